using System.Buffers.Binary;
using System.IO.Compression;

namespace Zkml.Examples.Training;

/// <summary>Images of 28×28 gray bytes with their digits, as MNIST has them: white ink (255) on black (0).</summary>
public sealed class LabelledImages
{
    /// <summary>Rows and columns.</summary>
    public const int Side = 28;

    /// <summary>Bytes of one image, row-major.</summary>
    public const int PixelCount = Side * Side;

    const uint ImagesMagic = 2051, LabelsMagic = 2049;
    const int ImagesHeader = 16, LabelsHeader = 8;

    readonly byte[] _pixels;
    readonly byte[] _labels;

    LabelledImages(byte[] pixels, byte[] labels)
    {
        _pixels = pixels;
        _labels = labels;
    }

    /// <summary>The number of images.</summary>
    public int Count => _labels.Length;

    /// <summary>The pixels of one image: [28 × 28], row-major.</summary>
    public ReadOnlySpan<byte> Pixels(int index) => _pixels.AsSpan(index * PixelCount, PixelCount);

    /// <summary>The digit of one image, in [0, 10).</summary>
    public int Label(int index) => _labels[index];

    /// <summary>A run of images, copied.</summary>
    public LabelledImages Slice(int start, int count) =>
        new(_pixels.AsSpan(start * PixelCount, count * PixelCount).ToArray(), _labels.AsSpan(start, count).ToArray());

    /// <summary>Reads the pair of gzip-compressed IDX files <c>t10k-*</c> in a folder. Throws <see cref="InvalidDataException"/> for other contents.</summary>
    public static LabelledImages Read(string folder)
    {
        byte[] images = Unpack(Path.Combine(folder, "t10k-images-idx3-ubyte.gz"));
        byte[] labels = Unpack(Path.Combine(folder, "t10k-labels-idx1-ubyte.gz"));
        int count = CheckHeader(images, ImagesMagic, ImagesHeader, PixelCount);
        if (CheckHeader(labels, LabelsMagic, LabelsHeader, 1) != count) throw new InvalidDataException("Images and labels differ in number.");
        if (labels.AsSpan(LabelsHeader).ContainsAnyExceptInRange((byte)0, (byte)9)) throw new InvalidDataException("Labels: expected digits, got a larger byte.");
        return new(images[ImagesHeader..], labels[LabelsHeader..]);
    }

    static int CheckHeader(byte[] file, uint magic, int headerLength, int itemLength)
    {
        if (file.Length < headerLength || BinaryPrimitives.ReadUInt32BigEndian(file) != magic)
            throw new InvalidDataException($"IDX file: expected the magic number {magic}.");
        int count = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(4));
        if (headerLength == ImagesHeader && (BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(8)), BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(12))) != (Side, Side))
            throw new InvalidDataException($"IDX file: expected images of {Side}×{Side}.");
        if (count < 0 || file.Length != headerLength + (long)count * itemLength)
            throw new InvalidDataException($"IDX file: expected {headerLength + (long)count * itemLength} bytes, got {file.Length}.");
        return count;
    }

    static byte[] Unpack(string path)
    {
        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }
}
