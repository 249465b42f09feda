using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Contract;

/// <summary>Values in real units on the host's side of the border, and their bytes on the guest's side.</summary>
public static class BoundValues
{
    /// <summary>Bytes of a salt.</summary>
    public const int SaltBytes = 32;

    /// <summary>
    /// The guest's input stream: a salt where the input is hashed, one where the output is hashed, then the tensors' bytes. Salts are random,
    /// or given to open a commitment again. Throws <see cref="InvalidDataException"/> for a tensor that does not fit.
    /// </summary>
    public static byte[] Encode(ModelContract contract, IReadOnlyList<Tensor> inputs, byte[]? inputSalt = null, byte[]? outputSalt = null)
    {
        if (inputs.Count != contract.Inputs.Length) throw new InvalidDataException($"Input: expected {contract.Inputs.Length} tensors, got {inputs.Count}.");
        List<byte> stream = [];
        if (contract.InputVisibility == Visibility.Hashed) stream.AddRange(inputSalt ?? RandomNumberGenerator.GetBytes(SaltBytes));
        if (contract.OutputVisibility == Visibility.Hashed) stream.AddRange(outputSalt ?? RandomNumberGenerator.GetBytes(SaltBytes));
        for (int i = 0; i < inputs.Count; i++) stream.AddRange(Quantize(contract.Inputs[i], inputs[i]).Data);
        return [.. stream];
    }

    /// <summary>A tensor of the model's type in the guest's type, rounded as QuantizeLinear rounds. Throws <see cref="InvalidDataException"/> for another type or shape, and for NaN.</summary>
    public static Tensor Quantize(BoundTensor bound, Tensor tensor)
    {
        Shape shape = new(bound.Shape);
        if (tensor.Type != bound.Type || !tensor.Shape.Equals(shape)) throw new InvalidDataException($"Input {bound.Name}: expected {bound.Type}{shape}, got {tensor}.");
        if (tensor.Type.IsFloat)
        {
            for (int i = 0; i < shape.Count; i++)
                if (double.IsNaN(tensor.NumberAt(i))) throw new InvalidDataException($"Input {bound.Name}: element {i} is not a number.");
        }
        if (!bound.IsQuantized) return tensor;
        (long minimum, long maximum) = RangeOf(bound.GuestType);
        long[] values = new long[shape.Count];
        for (int i = 0; i < values.Length; i++)
        {
            // float32 division and rounding half to even, then the zero point, then saturation: ONNX QuantizeLinear.
            float scaled = MathF.Round((float)tensor.NumberAt(i) / bound.Scale, MidpointRounding.ToEven);
            values[i] = (long)Math.Clamp((double)scaled + bound.ZeroPoint, minimum, maximum);
        }
        return FromIntegers(bound.GuestType, shape, values);
    }

    /// <summary>The outputs in real units, taken from their bytes. Throws <see cref="InvalidDataException"/> for another number of bytes.</summary>
    public static Tensor[] Decode(IReadOnlyList<BoundTensor> bounds, ReadOnlySpan<byte> bytes)
    {
        int expected = bounds.Sum(bound => bound.ByteCount);
        if (bytes.Length != expected) throw new InvalidDataException($"Expected {expected} bytes of tensors, got {bytes.Length}.");
        Tensor[] tensors = new Tensor[bounds.Count];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = Dequantize(bounds[i], new(bounds[i].GuestType, new(bounds[i].Shape), bytes[..bounds[i].ByteCount]));
            bytes = bytes[bounds[i].ByteCount..];
        }
        return tensors;
    }

    /// <summary>The tensor in the model's type.</summary>
    public static Tensor Dequantize(BoundTensor bound, Tensor tensor)
    {
        if (!bound.IsQuantized) return tensor;
        float[] values = new float[tensor.Shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = (tensor.IntegerAt(i) - bound.ZeroPoint) * bound.Scale;
        return Tensor.Of<float>(ElementType.Float32, tensor.Shape, values);
    }

    /// <summary>
    /// A tensor from numbers as a person writes them. Throws <see cref="InvalidDataException"/> for a number outside of the type, and for a
    /// fraction where the type has none.
    /// </summary>
    public static Tensor Parse(BoundTensor bound, IReadOnlyList<string> numbers)
    {
        Shape shape = new(bound.Shape);
        if (numbers.Count != shape.Count) throw new InvalidDataException($"Input {bound.Name}: expected {shape.Count} numbers for {shape}, got {numbers.Count}.");
        if (bound.Type.IsFloat) return FromDoubles(bound, shape, [.. numbers.Select((text, i) => ParseDouble(bound, text, i))]);
        long[] integers = new long[numbers.Count];
        for (int i = 0; i < integers.Length; i++) integers[i] = ParseInteger(bound, numbers[i], i);
        return FromIntegers(bound.Type, shape, integers);
    }

    static double ParseDouble(BoundTensor bound, string text, int index)
    {
        bool isNumber = double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && !double.IsNaN(value);
        return isNumber ? value : throw new InvalidDataException($"Input {bound.Name}: element {index}: expected a number, got '{text}'.");
    }

    static long ParseInteger(BoundTensor bound, string text, int index)
    {
        if (bound.Type == ElementType.Bool && text is "true" or "false") return text == "true" ? 1 : 0;
        if (bound.Type == ElementType.UInt64 && ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong wide)) return unchecked((long)wide);
        (long minimum, long maximum) = RangeOf(bound.Type);
        bool isInteger = decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out decimal value) && value == decimal.Truncate(value);
        if (!isInteger || value < minimum || value > maximum)
            throw new InvalidDataException($"Input {bound.Name}: element {index}: expected an integer from {minimum} to {maximum}, got '{text}'.");
        return (long)value;
    }

    static (long Minimum, long Maximum) RangeOf(ElementType type) => type switch
    {
        ElementType.Bool => (0, 1),
        ElementType.UInt64 => (0, long.MaxValue),
        _ when type.IsSigned => (-1L << (type.Bits - 1), (1L << (type.Bits - 1)) - 1),
        _ => (0, (1L << type.Bits) - 1),
    };

    static Tensor FromDoubles(BoundTensor bound, Shape shape, double[] values) => bound.Type switch
    {
        ElementType.Float64 => Tensor.Of<double>(bound.Type, shape, values),
        ElementType.Float32 => Tensor.Of<float>(bound.Type, shape, [.. values.Select(value => (float)value)]),
        ElementType.Float16 => Tensor.Of<Half>(bound.Type, shape, [.. values.Select(value => (Half)value)]),
        _ => throw new InvalidDataException($"Input {bound.Name}: {bound.Type} cannot be written as numbers; give raw bytes."),
    };

    static Tensor FromIntegers(ElementType type, Shape shape, ReadOnlySpan<long> values)
    {
        int size = type.Memory.ElementBytes;
        byte[] data = new byte[values.Length * size];
        ReadOnlySpan<byte> source = MemoryMarshal.AsBytes(values);
        for (int i = 0; i < values.Length; i++) source.Slice(8 * i, size).CopyTo(data.AsSpan(size * i));
        return new(type, shape, data);
    }
}
