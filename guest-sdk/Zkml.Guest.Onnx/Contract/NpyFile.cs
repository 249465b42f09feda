using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Contract;

/// <summary>Reads NumPy's NPY format, versions 1 to 3, little endian, C order. [NumPy NEP 1]</summary>
public static partial class NpyFile
{
    static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>True if the bytes begin like an NPY file.</summary>
    public static bool IsNpy(ReadOnlySpan<byte> file) => file.StartsWith(Magic);

    /// <summary>Reads an array as a tensor of its own type and shape. Throws <see cref="InvalidDataException"/>.</summary>
    public static Tensor Read(ReadOnlySpan<byte> file)
    {
        if (!IsNpy(file) || file.Length < 12) throw new InvalidDataException("NPY: expected the magic bytes and a header.");
        int lengthBytes = file[6] == 1 ? 2 : 4, start = 8 + lengthBytes;
        uint headerLength = lengthBytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(file[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(file[8..]);
        if (file[6] is < 1 or > 3 || headerLength > file.Length - start) throw new InvalidDataException($"NPY: version {file[6]}: the header is cut off or not known.");
        string header = Encoding.Latin1.GetString(file.Slice(start, (int)headerLength));
        string description = DescriptionPattern().Match(header).Groups[1].Value, order = OrderPattern().Match(header).Groups[1].Value;
        Match extents = ShapePattern().Match(header);
        if (order == "True") throw new InvalidDataException("NPY: expected elements in C order, got Fortran's.");
        if (order != "False" || !extents.Success) throw new InvalidDataException($"NPY: expected descr, fortran_order and shape in the header, got {header.Trim()}.");
        List<int> shape = [];
        foreach (string part in extents.Groups[1].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            shape.Add(int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int extent) ? extent : throw new InvalidDataException($"NPY: extent '{part}'."));
        ElementType type = TypeOf(description);
        ReadOnlySpan<byte> data = file[(start + (int)headerLength)..];
        long count = 1;
        foreach (int extent in shape) count = count * extent <= int.MaxValue ? count * extent : throw new InvalidDataException("NPY: too many elements.");
        if (data.Length != count * type.Memory.ElementBytes) throw new InvalidDataException($"NPY: expected {count * type.Memory.ElementBytes} bytes of data, got {data.Length}.");
        return new(type, new(shape.ToArray()), data);
    }

    /// <summary>Reads an array for an input: its shape, up to extents of 1; its type, or one whose numbers fit.</summary>
    public static Tensor Read(BoundTensor bound, ReadOnlySpan<byte> file)
    {
        Tensor tensor = Read(file);
        Shape shape = new(bound.Shape);
        if (!tensor.Shape.Dimensions.ToArray().Where(extent => extent != 1).SequenceEqual(bound.Shape.Where(extent => extent != 1)))
            throw new InvalidDataException($"Input {bound.Name}: expected {shape}, got an NPY array {tensor.Shape}.");
        if (tensor.Type == bound.Type) return tensor.Reshape(shape);
        string[] numbers = new string[tensor.Shape.Count];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = tensor.NumberAt(i).ToString("R", CultureInfo.InvariantCulture);
        return BoundValues.Parse(bound, numbers);
    }

    static ElementType TypeOf(string description) => description switch
    {
        "<f4" => ElementType.Float32,
        "<f8" => ElementType.Float64,
        "<f2" => ElementType.Float16,
        "|i1" => ElementType.Int8,
        "|u1" => ElementType.UInt8,
        "<i2" => ElementType.Int16,
        "<u2" => ElementType.UInt16,
        "<i4" => ElementType.Int32,
        "<u4" => ElementType.UInt32,
        "<i8" => ElementType.Int64,
        "<u8" => ElementType.UInt64,
        "|b1" => ElementType.Bool,
        _ => throw new InvalidDataException($"NPY: element type '{description}': expected a little-endian float, integer or bool."),
    };

    [GeneratedRegex("""'descr'\s*:\s*'([^']{1,16})'""")]
    private static partial Regex DescriptionPattern();

    [GeneratedRegex("""'fortran_order'\s*:\s*(True|False)""")]
    private static partial Regex OrderPattern();

    [GeneratedRegex("""'shape'\s*:\s*\(([0-9, ]{0,256})\)""")]
    private static partial Regex ShapePattern();
}
