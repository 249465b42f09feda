namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// Host arithmetic exactly as ONNX Runtime's x86-64 kernels (with AVX2 and FMA) compute it in binary32: the source of every table that the
/// compiler builds, and the reference of the tests. Nothing here runs in the guest.
/// </summary>
public static class FloatKernels
{
    /// <summary>QuantizeLinear: x / scale, clamped, rounded to nearest even, plus the zero point. NaN gives the minimum, as MAXPS with the bound second does.</summary>
    public static int Quantize(float value, float scale, int zeroPoint, int minimum, int maximum)
    {
        float quotient = value / scale;
        float low = minimum - zeroPoint, high = maximum - zeroPoint;
        quotient = quotient > low ? quotient : low;
        quotient = quotient < high ? quotient : high;
        return (int)MathF.Round(quotient, MidpointRounding.ToEven) + zeroPoint;
    }

    /// <summary>DequantizeLinear: (q − zero point) · scale.</summary>
    public static float Dequantize(int code, float scale, int zeroPoint) => (code - zeroPoint) * scale;

    /// <summary>Requantisation of an accumulator: float32(acc) · scale, clamped, rounded to nearest even, plus the zero point.</summary>
    public static int Requantize(int accumulator, float scale, int zeroPoint, int minimum, int maximum)
    {
        float scaled = accumulator * scale;
        float low = minimum - zeroPoint, high = maximum - zeroPoint;
        scaled = scaled > low ? scaled : low;
        scaled = scaled < high ? scaled : high;
        return (int)MathF.Round(scaled, MidpointRounding.ToEven) + zeroPoint;
    }

    /// <summary>
    /// QLinearAdd: the code of a vector's element times its ratio, plus the other code times its ratio, plus a fixed part, with fused
    /// multiply-adds. <paramref name="leftFirst"/>: a is the vector.
    /// </summary>
    public static int Add(int a, float scaleA, int zeroPointA, int b, float scaleB, int zeroPointB, float scaleC, int zeroPointC, int minimum, int maximum, bool leftFirst)
    {
        if (!leftFirst) (a, scaleA, zeroPointA, b, scaleB, zeroPointB) = (b, scaleB, zeroPointB, a, scaleA, zeroPointA);
        float ratioA = scaleA / scaleC, ratioB = scaleB / scaleC;
        float fixedPart = zeroPointC - MathF.FusedMultiplyAdd(ratioA, zeroPointA, ratioB * zeroPointB);
        return Saturate(MathF.FusedMultiplyAdd(a, ratioA, MathF.FusedMultiplyAdd(b, ratioB, fixedPart)), minimum, maximum);
    }

    /// <summary>QLinearMul of a product of two codes without zero points: product · ratio, plus the zero point as a float, rounded to nearest even, saturated.</summary>
    public static int Multiply(int product, float ratio, int zeroPointC, int minimum, int maximum) =>
        Saturate(product * ratio + zeroPointC, minimum, maximum);

    /// <summary>CVTPS2DQ followed by saturating packs: to the nearest integer, ties to even; what does not fit 32 bits (and NaN) becomes the minimum.</summary>
    public static int Saturate(float value, int minimum, int maximum)
    {
        if (!(MathF.Abs(value) < 2147483648f)) return minimum;
        return Math.Clamp((int)MathF.Round(value, MidpointRounding.ToEven), minimum, maximum);
    }

    /// <summary>1 / (1 + e^−x) as a rational approximation with fused multiply-adds.</summary>
    public static float Logistic(float x)
    {
        float value = Math.Clamp(x, -18f, 18f), square = value * value;
        float p = Polynomial(square, [4.37031012579801e-11f, 1.15627324459942e-07f, 6.08574864600143e-05f, 8.51377133304701e-03f, 2.48287947061529e-01f]);
        float q = Polynomial(square, [6.10247389755681e-13f, 5.76102136993427e-09f, 6.29106785017040e-06f, 1.70198817374094e-03f, 1.16817656904453e-01f, 9.93151921023180e-01f]);
        return MathF.Max(0f, value * p / q + 0.5f);
    }

    /// <summary>tanh x as a rational approximation with fused multiply-adds.</summary>
    public static float Tanh(float x)
    {
        float value = Math.Clamp(x, -9f, 9f), square = value * value;
        float p = Polynomial(square, [-2.76076847742355e-16f, 2.00018790482477e-13f, -8.60467152213735e-11f, 5.12229709037114e-08f, 1.48572235717979e-05f, 6.37261928875436e-04f, 4.89352455891786e-03f]);
        float q = Polynomial(square, [1.19825839466702e-06f, 1.18534705686654e-04f, 2.26843463243900e-03f, 4.89352518554385e-03f]);
        return value * p / q;
    }

    /// <summary>The error function: a polynomial below 0.921875, else 1 − e^−polynomial.</summary>
    public static float Erf(float x)
    {
        float magnitude = MathF.Min(3.725f, MathF.Abs(x)), square = magnitude * magnitude;
        if (magnitude <= 0.921875f)
        {
            float small = Polynomial(square, [-5.99104969e-4f, 4.99339588e-3f, -2.67667342e-2f, 1.12818025e-1f, -3.76124859e-1f, 1.28379151e-1f]);
            return MathF.CopySign(MathF.FusedMultiplyAdd(small, magnitude, magnitude), x);
        }
        float big = Polynomial(magnitude, [1.72948930e-5f, -3.83208680e-4f, 3.88393435e-3f, -2.42545605e-2f, 1.06777847e-1f, 6.34846687e-1f, 1.28717512e-1f]);
        return MathF.CopySign(1f - ErfExponential(-MathF.FusedMultiplyAdd(big, magnitude, magnitude)), x);
    }

    /// <summary>QLinearSoftmax: e^((i − 255 + shift) · scale) for i = 0 … 255, the shift such that a sum of <paramref name="count"/> terms stays finite.</summary>
    public static float[] SoftmaxExponentials(float scale, int count)
    {
        double shift = Math.Max(0.0, Math.Log(float.MaxValue / count) - 5) / scale;
        return [.. Enumerable.Range(0, 256).Select(i => (float)Math.Exp((i - 255.0 + shift) * scale))];
    }

    /// <summary>
    /// QLinearSoftmax: each exponential times 1 / scale of the result. The product overflows for sums of very few terms, and the conversion of
    /// infinity leaves the zero point where that is not negative, the largest code where it is.
    /// </summary>
    public static float[] SoftmaxNumerators(float[] exponentials, float scale, int zeroPoint) =>
        [.. exponentials.Select(value => float.IsInfinity(value * scale) && zeroPoint >= 0 ? 0 : value * scale)];

    // e^x for x in [−88.37, 0] as the error function computes it.
    static float ErfExponential(float x)
    {
        const float Shift = 1.25829120e+7f;
        x = MathF.Max(-88.3762626647949f, x);
        float power = MathF.FusedMultiplyAdd(1.44269504088896341f, x, Shift) - Shift;
        float rest = MathF.FusedMultiplyAdd(power, -6.93145752e-1f, x);
        rest = MathF.FusedMultiplyAdd(power, -1.42860677e-6f, rest);
        float y = Polynomial(rest, [1.38319808e-3f, 8.37550033e-3f, 4.16689515e-2f, 1.66664466e-1f, 4.99999851e-1f, 1f, 1f]);
        return y * BitConverter.Int32BitsToSingle(((int)power + 127) << 23);
    }

    static float Polynomial(float x, ReadOnlySpan<float> coefficients)
    {
        float result = coefficients[0];
        foreach (float coefficient in coefficients[1..]) result = MathF.FusedMultiplyAdd(result, x, coefficient);
        return result;
    }
}
