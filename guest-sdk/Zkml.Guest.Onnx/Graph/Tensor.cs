using System.Runtime.InteropServices;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Onnx.Graph;

/// <summary>
/// Element type, shape and bytes: row-major, little endian, one byte for bool and for types below a byte. String tensors keep
/// <see cref="Strings"/> instead of bytes. Immutable by convention.
/// </summary>
public sealed class Tensor
{
    readonly byte[] _data;

    /// <summary>Takes a copy of the bytes; their number must fit the shape.</summary>
    public Tensor(ElementType type, Shape shape, ReadOnlySpan<byte> data)
    {
        long expected = (long)shape.Count * type.Memory.ElementBytes;
        if (data.Length != expected) throw new ArgumentException($"Tensor {type}{shape}: expected {expected} bytes, got {data.Length}.", nameof(data));
        (Type, Shape, _data, Strings) = (type, shape, data.ToArray(), []);
    }

    /// <summary>A tensor of strings.</summary>
    public Tensor(Shape shape, IReadOnlyList<string> strings)
    {
        if (strings.Count != shape.Count) throw new ArgumentException($"Tensor of strings {shape}: expected {shape.Count}, got {strings.Count}.", nameof(strings));
        (Type, Shape, _data, Strings) = (ElementType.String, shape, [], strings);
    }

    /// <summary>The element type.</summary>
    public ElementType Type { get; }

    /// <summary>The shape.</summary>
    public Shape Shape { get; }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Data => _data;

    /// <summary>The elements of a string tensor; empty for every other type.</summary>
    public IReadOnlyList<string> Strings { get; }

    /// <summary>A tensor of host numbers, for example float for Float32, Half for Float16, long for Int64, byte for UInt8, bool for Bool.</summary>
    public static Tensor Of<T>(ElementType type, Shape shape, params ReadOnlySpan<T> values) where T : unmanaged =>
        new(type, shape, MemoryMarshal.AsBytes(values));

    /// <summary>The elements as host numbers of the same size.</summary>
    public ReadOnlySpan<T> As<T>() where T : unmanaged => MemoryMarshal.Cast<byte, T>(_data);

    /// <summary>Element <paramref name="index"/> of an integer or bool tensor. Throws <see cref="InvalidOperationException"/> for floats, strings, and UInt64 above 2^63.</summary>
    public long IntegerAt(int index) => Type switch
    {
        ElementType.Int8 or ElementType.Int4 or ElementType.Int2 => As<sbyte>()[index],
        ElementType.UInt8 or ElementType.UInt4 or ElementType.UInt2 or ElementType.Bool => _data[index],
        ElementType.Int16 => As<short>()[index],
        ElementType.UInt16 => As<ushort>()[index],
        ElementType.Int32 => As<int>()[index],
        ElementType.UInt32 => As<uint>()[index],
        ElementType.Int64 => As<long>()[index],
        ElementType.UInt64 when As<ulong>()[index] <= long.MaxValue => As<long>()[index],
        _ => throw new InvalidOperationException($"Tensor {Type}{Shape}: element {index} is no integer of 64 bits."),
    };

    /// <summary>All elements of an integer or bool tensor.</summary>
    public long[] ToIntegers()
    {
        long[] values = new long[Shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = IntegerAt(i);
        return values;
    }

    /// <summary>Element <paramref name="index"/> as a double: Float16, Float32, Float64, BFloat16 and every integer type.</summary>
    public double NumberAt(int index) => Type switch
    {
        ElementType.Float32 => As<float>()[index],
        ElementType.Float64 => As<double>()[index],
        ElementType.Float16 => (double)As<Half>()[index],
        ElementType.BFloat16 => BitConverter.Int32BitsToSingle(As<ushort>()[index] << 16),
        ElementType.UInt64 => As<ulong>()[index],
        _ => IntegerAt(index),
    };

    /// <summary>The same bytes under another shape of the same count.</summary>
    public Tensor Reshape(Shape shape) => Type == ElementType.String ? new(shape, Strings) : new(Type, shape, _data);

    /// <inheritdoc/>
    public override string ToString() => $"{Type}{Shape}";
}
