using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Import;

/// <summary>
/// Tensors of a file, in every encoding: packed bytes, typed fields, external files, sparse ones. Lengths are compared with the shape
/// before anything is allocated. Errors are <see cref="OnnxException"/> and start with what the tensor is.
/// </summary>
public sealed class TensorReader(string? folder = null)
{
    /// <summary>The most bytes that a sparse tensor may have once it is dense.</summary>
    public const int MaximumDenseBytes = 1 << 26;

    static readonly UTF8Encoding s_utf8 = new(false, throwOnInvalidBytes: true);

    /// <summary>Reads a tensor that stands alone in a file, as input_N.pb of the ONNX backend tests.</summary>
    public static Tensor Parse(ReadOnlySpan<byte> file)
    {
        try
        {
            return new TensorReader().Read(TensorProto.Parser.ParseFrom(file), "tensor");
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new OnnxException(OnnxError.Malformed, $"no tensor of ONNX: {e.Message}", e);
        }
    }

    /// <summary>Reads a tensor; <paramref name="what"/> names it in errors.</summary>
    public Tensor Read(TensorProto proto, string what)
    {
        ElementType type = ElementTypeOf(proto.DataType, what);
        Shape shape = ShapeOf(proto.Dims, what);
        if (proto.Segment != null) throw OnnxException.Unsupported($"{what}: a tensor in segments");
        CheckFields(proto, type, what);
        if (type == ElementType.String) return new(shape, Strings(proto, shape, what));
        int bits = PackedBits(type);
        long bytes = ((long)shape.Count * bits + 7) / 8;
        if (proto.DataLocation == TensorProto.Types.DataLocation.External)
            return FromPacked(type, shape, ExternalData.Read(folder, proto.ExternalData, bytes, what), what);
        if (proto.DataLocation != TensorProto.Types.DataLocation.Default) throw OnnxException.Malformed($"{what}: data location {proto.DataLocation} is not known");
        if (proto.HasRawData && (proto.RawData.Length > 0 || TypedCount(proto, type) == 0)) return FromPacked(type, shape, proto.RawData.Span, what);
        return FromTyped(proto, type, shape, bits, what);
    }

    /// <summary>Reads a sparse tensor into a dense one.</summary>
    public Tensor Read(SparseTensorProto proto, string what)
    {
        if (proto.Values == null || proto.Indices == null) throw OnnxException.Malformed($"{what}: a sparse tensor needs values and indices");
        Tensor values = Read(proto.Values, $"values of {what}"), indices = Read(proto.Indices, $"indices of {what}");
        Shape shape = ShapeOf(proto.Dims, what);
        if (values.Type == ElementType.String) throw new OnnxException(OnnxError.String, $"{what}: a sparse tensor of text");
        int count = values.Shape.Count, rank = shape.Rank, size = values.Type.Memory.ElementBytes;
        bool flat = indices.Shape.Equals(new Shape(count));
        if (values.Shape.Rank != 1 || indices.Type != ElementType.Int64 || !(flat || indices.Shape.Equals(new Shape(count, rank))))
            throw OnnxException.Malformed($"{what}: expected values [n] and Int64 indices [n] or [n, {rank}], got {values} and {indices}");
        if ((long)shape.Count * size > MaximumDenseBytes)
            throw new OnnxException(OnnxError.Limit, $"{what}: sparse tensor {shape} is larger than {MaximumDenseBytes} bytes");
        byte[] dense = new byte[shape.Count * size];
        ReadOnlySpan<long> positions = indices.As<long>();
        long last = -1;
        for (int i = 0; i < count; i++)
        {
            long position = flat ? positions[i] : Flatten(positions.Slice(i * rank, rank), shape, what);
            if (position <= last || position >= shape.Count)
                throw OnnxException.Malformed($"{what}: expected ascending indices below {shape.Count}, index {i} is {position} after {last}");
            values.Data.Slice(i * size, size).CopyTo(dense.AsSpan((int)position * size));
            last = position;
        }
        return new(values.Type, shape, dense);
    }

    /// <summary>The element type of a number in a file; 0 is malformed.</summary>
    public static ElementType ElementTypeOf(int number, string what)
    {
        ElementType type = (ElementType)number;
        if (type == ElementType.Undefined) throw OnnxException.Malformed($"{what}: the element type is missing");
        if (!Enum.IsDefined(type)) throw OnnxException.Malformed($"{what}: element type {number} is not known");
        if (type is ElementType.Complex64 or ElementType.Complex128) throw OnnxException.Unsupported($"{what}: complex numbers");
        return type;
    }

    /// <summary>Bits of an element in packed bytes.</summary>
    internal static int PackedBits(ElementType type) => type switch
    {
        ElementType.UInt4 or ElementType.Int4 or ElementType.Float4E2M1 => 4,
        ElementType.UInt2 or ElementType.Int2 => 2,
        _ => 8 * type.Memory.ElementBytes,
    };

    static Shape ShapeOf(RepeatedField<long> dims, string what)
    {
        try
        {
            return dims.Count > Shape.MaximumRank
                ? throw new OnnxException(OnnxError.Limit, $"rank {dims.Count}: expected at most {Shape.MaximumRank}")
                : Shape.Of([.. dims]);
        }
        catch (OnnxException e)
        {
            throw new OnnxException(e.Error, $"{what}: {e.Message}", e);
        }
    }

    static long Flatten(ReadOnlySpan<long> coordinates, Shape shape, string what)
    {
        long position = 0;
        for (int axis = 0; axis < coordinates.Length; axis++)
        {
            if (coordinates[axis] < 0 || coordinates[axis] >= shape[axis])
                throw OnnxException.Malformed($"{what}: index {coordinates[axis]} of axis {axis} is outside of {shape}");
            position = position * shape[axis] + coordinates[axis];
        }
        return position;
    }

    static void CheckFields(TensorProto proto, ElementType type, string what)
    {
        int used = TypedCount(proto, type);
        int all = proto.FloatData.Count + proto.Int32Data.Count + proto.Int64Data.Count + proto.DoubleData.Count + proto.Uint64Data.Count + proto.StringData.Count;
        if (all != used) throw OnnxException.Malformed($"{what}: a tensor of {type} has elements in the field of another type");
        bool isRaw = proto.HasRawData && proto.RawData.Length > 0, isExternal = proto.DataLocation == TensorProto.Types.DataLocation.External;
        if ((used > 0 ? 1 : 0) + (isRaw ? 1 : 0) + (isExternal ? 1 : 0) > 1) throw OnnxException.Malformed($"{what}: a tensor has elements in two encodings");
        if (type == ElementType.String && (isRaw || isExternal)) throw OnnxException.Malformed($"{what}: a tensor of text keeps its elements in string_data");
    }

    static int TypedCount(TensorProto proto, ElementType type) => type switch
    {
        ElementType.Float32 => proto.FloatData.Count,
        ElementType.Float64 => proto.DoubleData.Count,
        ElementType.Int64 => proto.Int64Data.Count,
        ElementType.UInt32 or ElementType.UInt64 => proto.Uint64Data.Count,
        ElementType.String => proto.StringData.Count,
        _ => proto.Int32Data.Count,
    };

    static string[] Strings(TensorProto proto, Shape shape, string what)
    {
        if (proto.StringData.Count != shape.Count) throw OnnxException.Malformed($"{what}: expected {shape.Count} texts for shape {shape}, got {proto.StringData.Count}");
        string[] texts = new string[shape.Count];
        for (int i = 0; i < texts.Length; i++) texts[i] = Text(proto.StringData[i], what);
        return texts;
    }

    /// <summary>Bytes of a file as text. Throws where they are no UTF-8.</summary>
    internal static string Text(ByteString bytes, string what)
    {
        try
        {
            return s_utf8.GetString(bytes.Span);
        }
        catch (DecoderFallbackException)
        {
            throw OnnxException.Malformed($"{what}: a text is no UTF-8");
        }
    }

    static Tensor FromTyped(TensorProto proto, ElementType type, Shape shape, int bits, string what)
    {
        // Elements below a byte are packed in int32_data as they are in raw bytes.
        int expected = bits < 8 ? (int)(((long)shape.Count * bits + 7) / 8) : shape.Count, got = TypedCount(proto, type);
        if (got != expected) throw OnnxException.Malformed($"{what}: expected {expected} elements for {type}{shape}, got {got}");
        switch (type)
        {
            case ElementType.Float32: return Tensor.Of(type, shape, [.. proto.FloatData]);
            case ElementType.Float64: return Tensor.Of(type, shape, [.. proto.DoubleData]);
            case ElementType.Int64: return Tensor.Of(type, shape, [.. proto.Int64Data]);
            case ElementType.UInt64: return Tensor.Of(type, shape, [.. proto.Uint64Data]);
            case ElementType.Int32: return Tensor.Of(type, shape, [.. proto.Int32Data]);
            case ElementType.UInt32:
                uint[] words = new uint[expected];
                for (int i = 0; i < expected; i++) words[i] = (uint)InRange(0, uint.MaxValue, (long)Math.Min(proto.Uint64Data[i], long.MaxValue), i, what);
                return Tensor.Of(type, shape, words);
        }
        (long low, long high) = bits < 8 ? (0, 255) : type.IsSigned ? (-(1L << (bits - 1)), (1L << (bits - 1)) - 1) : (0, (1L << bits) - 1);
        byte[] packed = new byte[expected * (bits == 16 ? 2 : 1)];
        Span<ushort> halves = MemoryMarshal.Cast<byte, ushort>(packed.AsSpan());
        for (int i = 0; i < expected; i++)
        {
            long element = InRange(low, high, proto.Int32Data[i], i, what);
            if (bits == 16) halves[i] = unchecked((ushort)element);
            else packed[i] = unchecked((byte)element);
        }
        return FromPacked(type, shape, packed, what);
    }

    static long InRange(long low, long high, long element, int index, string what) => element >= low && element <= high
        ? element
        : throw OnnxException.Malformed($"{what}: expected elements from {low} to {high}, element {index} is {element}");

    static Tensor FromPacked(ElementType type, Shape shape, ReadOnlySpan<byte> packed, string what)
    {
        int bits = PackedBits(type);
        long expected = ((long)shape.Count * bits + 7) / 8;
        if (packed.Length != expected) throw OnnxException.Malformed($"{what}: expected {expected} bytes for {type}{shape}, got {packed.Length}");
        if (type == ElementType.Bool && packed.IndexOfAnyExceptInRange((byte)0, (byte)1) is >= 0 and int index)
            throw OnnxException.Malformed($"{what}: expected 0 or 1 in a tensor of bool, element {index} is {packed[index]}");
        if (bits >= 8) return new(type, shape, packed);
        byte[] elements = new byte[shape.Count];
        int perByte = 8 / bits, unused = 8 - bits;
        for (int i = 0; i < elements.Length; i++)
        {
            int element = packed[i / perByte] >> (i % perByte * bits) & ((1 << bits) - 1);
            elements[i] = type.IsSigned ? unchecked((byte)((sbyte)(element << unused) >> unused)) : (byte)element;
        }
        return new(type, shape, elements);
    }
}
