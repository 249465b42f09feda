using System.Buffers.Binary;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// Constant weights without their zero points, [channel][element], with what follows from them at compile time: the bias that takes in the
/// zero point of the activations, the sums, and the proof that no accumulator overflows.
/// </summary>
sealed class IntegerWeights
{
    // Far more than a guest holds; the tables of the compiler take several times as much.
    const int MaximumCount = 1 << 26;

    readonly int[] _values;

    /// <summary>Takes quantised weights [channel][element] and one zero point, or one for each channel.</summary>
    public IntegerWeights(Tensor weights, int channels, ReadOnlySpan<int> zeroPoints)
    {
        CheckCount(weights.Shape.Count);
        (Channels, Elements, _values) = (channels, channels == 0 ? 0 : weights.Shape.Count / channels, new int[weights.Shape.Count]);
        if (zeroPoints.Length != 1 && zeroPoints.Length != channels)
            throw OnnxException.Malformed($"zero points of the weights: expected 1 or {channels}, got {zeroPoints.Length}");
        for (int channel = 0; channel < channels; channel++)
        {
            int zeroPoint = zeroPoints[zeroPoints.Length == 1 ? 0 : channel];
            for (int i = 0; i < Elements; i++)
                _values[(channel * Elements) + i] = (int)weights.IntegerAt((channel * Elements) + i) - zeroPoint;
        }
    }

    IntegerWeights(int channels, int elements, int[] values) => (Channels, Elements, _values) = (channels, elements, values);

    /// <summary>Output channels.</summary>
    public int Channels { get; }

    /// <summary>Weights of one channel.</summary>
    public int Elements { get; }

    /// <summary>One weight.</summary>
    public int this[int channel, int element] => _values[(channel * Elements) + element];

    /// <summary>The weights of a matrix [element][channel], as the right side of a product stands.</summary>
    public static IntegerWeights OfColumns(Tensor matrix, int offset, int rows, int columns, ReadOnlySpan<int> zeroPoints)
    {
        if (zeroPoints.Length != 1 && zeroPoints.Length != columns)
            throw OnnxException.Malformed($"zero points of the right side: expected 1 or {columns}, got {zeroPoints.Length}");
        CheckCount((long)rows * columns);
        int[] values = new int[rows * columns];
        for (int column = 0; column < columns; column++)
            for (int row = 0; row < rows; row++)
                values[(column * rows) + row] = (int)matrix.IntegerAt(offset + (row * columns) + column) - zeroPoints[zeroPoints.Length == 1 ? 0 : column];
        return new(columns, rows, values);
    }

    static void CheckCount(long count)
    {
        if (count > MaximumCount) throw new OnnxException(OnnxError.Limit, $"expected at most {MaximumCount} weights, got {count}");
    }

    /// <summary>The sum of the weights of a channel.</summary>
    public int Sum(int channel)
    {
        int sum = 0;
        for (int i = 0; i < Elements; i++) sum += this[channel, i];
        return sum;
    }

    /// <summary>bias − zero point · Σ weights, so that the loops multiply raw activations.</summary>
    public int[] FoldBias(Tensor? bias, int zeroPoint)
    {
        if (bias != null && (bias.Type != ElementType.Int32 || bias.Shape.Count != Channels))
            throw OnnxException.Malformed($"bias: expected Int32 of {Channels} elements, got {bias.Type}{bias.Shape}");
        int[] folded = new int[Channels];
        for (int channel = 0; channel < Channels; channel++)
            folded[channel] = unchecked((bias == null ? 0 : (int)bias.IntegerAt(channel)) - (zeroPoint * Sum(channel)));
        return folded;
    }

    /// <summary>
    /// The largest magnitude that any accumulator can take, for activations of a type less their zero point. Throws
    /// <see cref="OnnxError.Limit"/> where it exceeds 31 bits.
    /// </summary>
    public long CheckRange(ElementType activations, int zeroPoint, Tensor? bias)
    {
        long reach = Math.Max(zeroPoint - (long)QuantizationConstants.Minimum(activations), QuantizationConstants.Maximum(activations) - (long)zeroPoint);
        long largest = 0;
        for (int channel = 0; channel < Channels; channel++)
        {
            long magnitude = bias == null ? 0 : Math.Abs(bias.IntegerAt(channel));
            for (int i = 0; i < Elements; i++) magnitude += reach * Math.Abs(this[channel, i]);
            largest = Math.Max(largest, magnitude);
        }
        if (largest > int.MaxValue) throw new OnnxException(OnnxError.Limit, $"an accumulator may reach {largest}: expected at most {int.MaxValue}");
        return largest;
    }

    /// <summary>The weights in the order of access, as bytes where they fit, else as 16-bit words.</summary>
    public static LoopBuffer Pack(string name, ReadOnlySpan<int> values)
    {
        bool small = true;
        foreach (int value in values) small &= value is >= sbyte.MinValue and <= sbyte.MaxValue;
        byte[] data = new byte[values.Length * (small ? 1 : 2)];
        for (int i = 0; i < values.Length; i++)
        {
            if (small) data[i] = unchecked((byte)values[i]);
            else BinaryPrimitives.WriteInt16LittleEndian(data.AsSpan(2 * i), checked((short)values[i]));
        }
        return LoopBuffer.Constant(name, small ? MemoryType.Int8 : MemoryType.Int16, data);
    }
}
