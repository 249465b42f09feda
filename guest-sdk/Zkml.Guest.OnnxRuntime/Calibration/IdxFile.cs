using System.Buffers.Binary;
using System.IO.Compression;

namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>Arrays in the format of MNIST: two zero bytes, element type, rank, extents and elements, most significant byte first; also compressed.</summary>
static class IdxFile
{
    const int MaximumBytes = 1 << 30;

    /// <summary>Reads a file, compressed if its name ends in .gz. Throws <see cref="CalibrationException"/>.</summary>
    public static NumberArray Read(string path)
    {
        byte[] bytes = Path.GetExtension(path) == ".gz" ? Decompress(path) : File.ReadAllBytes(path);
        return Parse(bytes, path);
    }

    /// <summary>Reads the bytes of a file.</summary>
    public static NumberArray Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length < 4 || bytes[0] != 0 || bytes[1] != 0) throw new CalibrationException($"{path}: expected an IDX file, got another.");
        (int type, int rank) = (bytes[2], bytes[3]);
        int size = type switch
        {
            0x08 or 0x09 => 1,
            0x0B => 2,
            0x0C or 0x0D => 4,
            0x0E => 8,
            _ => throw new CalibrationException($"{path}: element type 0x{type:x2} of IDX is not known."),
        };
        if (bytes.Length < 4 + 4 * rank) throw new CalibrationException($"{path}: the file ends in its header.");
        long[] dimensions = new long[rank];
        for (int axis = 0; axis < rank; axis++) dimensions[axis] = BinaryPrimitives.ReadUInt32BigEndian(bytes[(4 + 4 * axis)..]);
        int count = NumberArray.CountOf(dimensions, path);
        ReadOnlySpan<byte> data = bytes[(4 + 4 * rank)..];
        if (data.Length != (long)count * size) throw new CalibrationException($"{path}: expected {(long)count * size} bytes of elements, got {data.Length}.");
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> element = data[(i * size)..];
            values[i] = type switch
            {
                0x08 => element[0],
                0x09 => (sbyte)element[0],
                0x0B => BinaryPrimitives.ReadInt16BigEndian(element),
                0x0C => BinaryPrimitives.ReadInt32BigEndian(element),
                0x0D => BinaryPrimitives.ReadSingleBigEndian(element),
                _ => BinaryPrimitives.ReadDoubleBigEndian(element),
            };
        }
        return new(Array.ConvertAll(dimensions, extent => (int)extent), values);
    }

    static byte[] Decompress(string path)
    {
        using GZipStream stream = new(File.OpenRead(path), CompressionMode.Decompress);
        using MemoryStream bytes = new();
        Span<byte> buffer = stackalloc byte[8192];
        try
        {
            for (int read = stream.Read(buffer); read > 0; read = stream.Read(buffer))
            {
                if (bytes.Length + read > MaximumBytes) throw new CalibrationException($"{path}: expected at most {MaximumBytes} bytes once unpacked, got more.");
                bytes.Write(buffer[..read]);
            }
        }
        catch (InvalidDataException exception)
        {
            throw new CalibrationException($"{path}: expected a compressed file: {exception.Message}", exception);
        }
        return bytes.ToArray();
    }
}
