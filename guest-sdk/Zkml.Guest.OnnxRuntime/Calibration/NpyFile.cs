using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>Arrays of NumPy: a magic, a header written as a Python dictionary, and the elements.</summary>
static partial class NpyFile
{
    const int MaximumHeaderBytes = 1 << 16;

    /// <summary>Reads a file. Throws <see cref="CalibrationException"/>.</summary>
    public static NumberArray Read(string path) => Parse(File.ReadAllBytes(path), path);

    /// <summary>Reads the bytes of a file.</summary>
    public static NumberArray Parse(ReadOnlySpan<byte> bytes, string path)
    {
        if (bytes.Length < 12 || bytes[0] != 0x93 || !bytes[1..].StartsWith("NUMPY"u8))
            throw new CalibrationException($"{path}: expected a file of NumPy, got another.");
        bool isShort = bytes[6] == 1;
        long length = isShort ? BinaryPrimitives.ReadUInt16LittleEndian(bytes[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        int start = isShort ? 10 : 12;
        if (length > MaximumHeaderBytes || start + length > bytes.Length) throw new CalibrationException($"{path}: the header of {length} bytes does not fit.");
        string header = Encoding.UTF8.GetString(bytes.Slice(start, (int)length));
        Match type = Type().Match(header), order = Order().Match(header), shape = Shape().Match(header);
        if (!type.Success || !order.Success || !shape.Success) throw new CalibrationException($"{path}: expected descr, fortran_order and shape in the header, got {header.Trim()}.");
        if (order.Groups[1].Value == "True") throw new CalibrationException($"{path}: expected row-major elements, got Fortran's order.");
        string[] extents = shape.Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        long[] dimensions = Array.ConvertAll(extents, extent => long.TryParse(extent, out long value) ? value : throw new CalibrationException($"{path}: extent {extent}."));
        int count = NumberArray.CountOf(dimensions, path);
        return new(Array.ConvertAll(dimensions, extent => (int)extent), Elements(bytes[(start + (int)length)..], type.Groups[1].Value, count, path));
    }

    static double[] Elements(ReadOnlySpan<byte> data, string type, int count, string path)
    {
        int size = type[^1] - '0';
        if ((long)count * size != data.Length) throw new CalibrationException($"{path}: expected {(long)count * size} bytes of elements, got {data.Length}.");
        double[] values = new double[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> element = data[(i * size)..];
            values[i] = type switch
            {
                "|b1" or "|u1" => element[0],
                "|i1" => (sbyte)element[0],
                "<u2" => BinaryPrimitives.ReadUInt16LittleEndian(element),
                "<i2" => BinaryPrimitives.ReadInt16LittleEndian(element),
                "<u4" => BinaryPrimitives.ReadUInt32LittleEndian(element),
                "<i4" => BinaryPrimitives.ReadInt32LittleEndian(element),
                "<u8" => BinaryPrimitives.ReadUInt64LittleEndian(element),
                "<i8" => BinaryPrimitives.ReadInt64LittleEndian(element),
                "<f2" => (double)BinaryPrimitives.ReadHalfLittleEndian(element),
                "<f4" => BinaryPrimitives.ReadSingleLittleEndian(element),
                "<f8" => BinaryPrimitives.ReadDoubleLittleEndian(element),
                _ => throw new CalibrationException($"{path}: expected numbers, least significant byte first, got elements of {type}."),
            };
        }
        return values;
    }

    [GeneratedRegex(@"'descr'\s*:\s*'([<>|=][a-z]\d)'")]
    private static partial Regex Type();

    [GeneratedRegex(@"'fortran_order'\s*:\s*(True|False)")]
    private static partial Regex Order();

    [GeneratedRegex(@"'shape'\s*:\s*\(([0-9, L]*)\)")]
    private static partial Regex Shape();
}
