using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Quantization;

/// <summary>An affine code: real value = <paramref name="Scale"/> · (integer − <paramref name="ZeroPoint"/>).</summary>
/// <param name="Scale">Positive and finite.</param>
/// <param name="ZeroPoint">The integer that stands for 0, in the range of <paramref name="Type"/>.</param>
/// <param name="Type">An integer type of 8, 16 or 32 bits.</param>
public readonly record struct QuantizationParameters(float Scale, int ZeroPoint, ElementType Type)
{
    // A narrower range than this has no scale that float32 divides by accurately.
    const float SmallestScale = 1e-30f;

    /// <summary>
    /// The code of a softmax. ONNX Runtime's QLinearSoftmax multiplies by floor(1 / scale), and wraps for int8 if that is 256.
    /// </summary>
    public static QuantizationParameters OfProbability(ElementType type)
    {
        (int low, int high) = Limits(type);
        int steps = high - low;
        float scale = 1f / steps;
        while (MathF.Floor(1f / scale) < steps) scale = MathF.BitDecrement(scale);
        return new(scale, low, type);
    }

    /// <summary>
    /// The code for a range, which is widened to hold 0. No integer means more than <paramref name="limit"/>, the upper bound of a Clip that is to
    /// vanish into the saturation. Throws <see cref="OnnxException"/> for a range that is not finite.
    /// </summary>
    public static QuantizationParameters Of(ValueRange range, ElementType type, float limit = float.PositiveInfinity)
    {
        (int low, int high) = Limits(type);
        double minimum = Math.Min(0.0, range.Minimum), maximum = Math.Max(0.0, Math.Min(range.Maximum, limit));
        if (!double.IsFinite(minimum) || !double.IsFinite(maximum)) throw OnnxException.Malformed($"calibration: expected finite values, got the range {range.Minimum} to {range.Maximum}");
        double step = (maximum - minimum) / (high - low);
        if (step < SmallestScale) step = 1;
        int zeroPoint = (int)Math.Clamp(Math.Round(low - minimum / step, MidpointRounding.ToEven), low, high);
        float scale = (float)step;
        while (scale * (high - zeroPoint) > limit) scale = MathF.BitDecrement(scale);
        return new(scale, zeroPoint, type);
    }

    /// <summary>The smallest and largest integer of a type.</summary>
    public static (int Low, int High) Limits(ElementType type) => type switch
    {
        ElementType.UInt8 => (0, byte.MaxValue),
        ElementType.Int8 => (sbyte.MinValue, sbyte.MaxValue),
        ElementType.UInt16 => (0, ushort.MaxValue),
        ElementType.Int16 => (short.MinValue, short.MaxValue),
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Expected an integer type of 8 or 16 bits."),
    };

    /// <summary>The integer for a value: divided by the scale, rounded half to even, saturated.</summary>
    public int Quantize(float value)
    {
        (int low, int high) = Limits(Type);
        return (int)Math.Clamp(MathF.Round(value / Scale, MidpointRounding.ToEven) + ZeroPoint, low, high);
    }
}
