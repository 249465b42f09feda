using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;

namespace Zkml.Guest.Onnx.Contract;

/// <summary>
/// Samples of 8 bits from a PNG (gray, RGB, with or without alpha, not interlaced; alpha is dropped) or a binary PGM. Row by row, channels
/// of a pixel together. [PNG, W3C 2003; Netpbm P5]
/// </summary>
public sealed class GrayImage
{
    const int MaximumSide = 1 << 14;

    GrayImage(int width, int height, int channels, byte[] pixels) => (Width, Height, Channels, Pixels) = (width, height, channels, pixels);

    static ReadOnlySpan<byte> PngMagic => [0x89, (byte)'P', (byte)'N', (byte)'G', 13, 10, 26, 10];

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 for gray, 3 for colour.</summary>
    public int Channels { get; }

    /// <summary>[height × width × channels].</summary>
    public byte[] Pixels { get; }

    /// <summary>True if the bytes begin like one of the formats.</summary>
    public static bool IsImage(ReadOnlySpan<byte> file) => file.StartsWith(PngMagic) || IsPgm(file);

    /// <summary>Reads an image. Throws <see cref="InvalidDataException"/>.</summary>
    public static GrayImage Read(ReadOnlySpan<byte> file) => IsPgm(file) ? ReadPgm(file) : ReadPng(file);

    static bool IsPgm(ReadOnlySpan<byte> file) => file.Length > 3 && file[0] == 'P' && file[1] == '5' && file[2] is (byte)'\n' or (byte)' ' or (byte)'\r' or (byte)'\t';

    static GrayImage ReadPgm(ReadOnlySpan<byte> file)
    {
        int position = 2;
        int width = Number(file, ref position), height = Number(file, ref position), maximum = Number(file, ref position);
        position++;
        if (maximum != 255 || file.Length - position != (long)width * height)
            throw new InvalidDataException($"PGM: expected 8-bit samples and {(long)width * height} of them, got a maximum of {maximum} and {file.Length - position}.");
        return new(width, height, 1, file[position..].ToArray());
    }

    static int Number(ReadOnlySpan<byte> file, ref int position)
    {
        while (position < file.Length && (char.IsWhiteSpace((char)file[position]) || file[position] == '#'))
        {
            if (file[position] == '#')
                while (position < file.Length && file[position] != '\n') position++;
            else position++;
        }
        int start = position;
        while (position < file.Length && char.IsAsciiDigit((char)file[position])) position++;
        bool isNumber = int.TryParse(file[start..position], NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value is > 0 and <= MaximumSide;
        return isNumber ? value : throw new InvalidDataException($"PGM: expected a number from 1 to {MaximumSide} at byte {start}.");
    }

    static GrayImage ReadPng(ReadOnlySpan<byte> file)
    {
        using MemoryStream compressed = new();
        (int width, int height, int samples) = (0, 0, 0);
        for (int position = PngMagic.Length; ;)
        {
            if (file.Length - position < 12) throw new InvalidDataException("PNG: cut off.");
            uint length = BinaryPrimitives.ReadUInt32BigEndian(file[position..]);
            ReadOnlySpan<byte> type = file.Slice(position + 4, 4);
            if (length > file.Length - position - 12) throw new InvalidDataException("PNG: cut off.");
            ReadOnlySpan<byte> content = file.Slice(position + 8, (int)length);
            if (type.SequenceEqual("IHDR"u8)) (width, height, samples) = ReadHeader(content);
            if (type.SequenceEqual("IDAT"u8)) compressed.Write(content);
            if (type.SequenceEqual("IEND"u8)) break;
            position += (int)length + 12;
        }
        if (samples == 0) throw new InvalidDataException("PNG: no header.");
        compressed.Position = 0;
        byte[] rows = new byte[(long)height * (width * samples + 1)];
        try
        {
            using ZLibStream stream = new(compressed, CompressionMode.Decompress);
            stream.ReadExactly(rows);
        }
        catch (Exception exception) when (exception is EndOfStreamException or InvalidDataException)
        {
            throw new InvalidDataException("PNG: the pixels are damaged or cut off.", exception);
        }
        return Unfilter(rows, width, height, samples);
    }

    static (int Width, int Height, int Samples) ReadHeader(ReadOnlySpan<byte> content)
    {
        if (content.Length != 13) throw new InvalidDataException("PNG: a damaged header.");
        uint width = BinaryPrimitives.ReadUInt32BigEndian(content), height = BinaryPrimitives.ReadUInt32BigEndian(content[4..]);
        int samples = content[9] switch { 0 => 1, 2 => 3, 4 => 2, 6 => 4, _ => 0 };
        if (width is 0 or > MaximumSide || height is 0 or > MaximumSide || content[8] != 8 || samples == 0 || content[12] != 0)
            throw new InvalidDataException($"PNG: expected gray or RGB of 8 bits, not interlaced, at most {MaximumSide} a side; got {width} × {height}, {content[8]} bits, colour type {content[9]}, interlace {content[12]}.");
        return ((int)width, (int)height, samples);
    }

    static GrayImage Unfilter(byte[] rows, int width, int height, int samples)
    {
        int rowBytes = width * samples, channels = samples >= 3 ? 3 : 1;
        byte[] pixels = new byte[(long)width * height * channels], previous = new byte[rowBytes], current = new byte[rowBytes];
        for (int y = 0; y < height; y++)
        {
            int start = y * (rowBytes + 1), filter = rows[start];
            if (filter > 4) throw new InvalidDataException($"PNG: row {y} has filter {filter}.");
            for (int i = 0; i < rowBytes; i++)
            {
                int left = i >= samples ? current[i - samples] : 0, up = previous[i], corner = i >= samples ? previous[i - samples] : 0;
                int prediction = filter switch { 0 => 0, 1 => left, 2 => up, 3 => (left + up) / 2, _ => Paeth(left, up, corner) };
                current[i] = (byte)(rows[start + 1 + i] + prediction);
            }
            for (int x = 0; x < width; x++) current.AsSpan(x * samples, channels).CopyTo(pixels.AsSpan((y * width + x) * channels));
            (previous, current) = (current, previous);
        }
        return new(width, height, channels, pixels);
    }

    static int Paeth(int left, int up, int corner)
    {
        int estimate = left + up - corner, toLeft = Math.Abs(estimate - left), toUp = Math.Abs(estimate - up), toCorner = Math.Abs(estimate - corner);
        return toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner;
    }
}
