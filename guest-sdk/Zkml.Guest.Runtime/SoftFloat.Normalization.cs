using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

public static partial class SoftFloat
{
    /// <summary>Number of zeros above the highest one; the width of the word for 0. Int32.</summary>
    static Function LeadingZeros(ScalarType type) => type == ScalarType.Int32
        ? Once("leadingZeros32", name =>
        {
            FunctionBuilder f = new(name, ScalarType.Int32);
            Local x = f.Parameter(ScalarType.Int32, "x"), zeros = f.Local("zeros", 0);
            f.If(x.Is(0), () => f.Return(32));
            foreach (int step in (int[])[16, 8, 4, 2])
                f.If((x >>> 32 - step).Is(0), () =>
                {
                    f.Assign(x, x << step);
                    f.Assign(zeros, zeros + step);
                });
            f.Return(zeros + (x >= 0));
            return f.Build();
        })
        : Once("leadingZeros64", name =>
        {
            FunctionBuilder f = new(name, ScalarType.Int32);
            Local x = f.Parameter(ScalarType.Int64, "x");
            f.If(x.High().IsNot(0), () => f.Return(Expression.Call(LeadingZeros(ScalarType.Int32), x.High())));
            f.Return(Expression.Call(LeadingZeros(ScalarType.Int32), x.Low()) + 32);
            return f.Build();
        });

    /// <summary>
    /// (sign word, biased exponent, mantissa with its leading one at the top bit, lost bits in the last bit) to a float: rounds, overflows to
    /// infinity, underflows to subnormals. The exponent is any Int32 in ±2^20; only the sign of the sign word counts.
    /// </summary>
    static Function RoundAndPack(FloatFormat format) => Once($"{format.Prefix}.pack", name =>
    {
        FunctionBuilder f = new(name, format.Type);
        Local sign = f.Parameter(format.Type, "sign"), exponent = f.Parameter(ScalarType.Int32, "exponent"), mantissa = f.Parameter(format.Type, "mantissa");
        f.Assign(sign, sign & format.Sign);
        f.If(exponent >= format.MaxExponent, () => f.Return(sign | format.Infinity));
        f.If(exponent < 1, () =>
        {
            f.If(exponent < -(format.FractionBits + 2), () => f.Return(sign));
            Local aligned = AlignedMantissa(f, format, mantissa, 1 - exponent);
            f.Return(sign | format.Round(aligned));
        });
        // A carry of the rounding out of the largest exponent gives infinity by itself.
        f.Return(sign | format.Pack(exponent - 1, format.Round(mantissa)));
        return f.Build();
    });

    /// <summary>The exponent and the mantissa (leading one at the top bit) of a finite number that is not 0, subnormals normalised: exponents go down to 1 − FractionBits.</summary>
    static (Local Exponent, Local Mantissa) Unpack(FunctionBuilder f, FloatFormat format, Local bits)
    {
        Local exponent = f.Local("exponent", format.Exponent(bits)), mantissa = f.Local("mantissa", format.Mantissa(bits));
        f.If(exponent.Is(0), () =>
        {
            f.Assign(mantissa, format.Magnitude(bits));
            Local shift = f.Local("shift", Expression.Call(LeadingZeros(format.Type), mantissa) - 1);
            f.Assign(mantissa, mantissa << shift);
            f.Assign(exponent, format.GuardBits + 1 - shift);
        });
        return (exponent, mantissa);
    }

    /// <summary>The full product of two unsigned 64-bit numbers: its high word, and a value that is 0 only if the low word is 0.</summary>
    static (Local High, Expression LowBits) MultiplyWide(FunctionBuilder f, Local x, Local y)
    {
        Local xLow = f.Local("xLow", x.Low()), xHigh = f.Local("xHigh", x.High()), yLow = f.Local("yLow", y.Low()), yHigh = f.Local("yHigh", y.High());
        Local low = f.Local("low", xLow.ToUInt64() * yLow.ToUInt64());
        // Neither sum overflows: (2^32 − 1)² + 2^32 − 1 < 2^64.
        Local middle = f.Local("middle", xLow.ToUInt64() * yHigh.ToUInt64() + low.High().ToUInt64());
        Local middle2 = f.Local("middle2", xHigh.ToUInt64() * yLow.ToUInt64() + middle.Low().ToUInt64());
        Local high = f.Local("high", xHigh.ToUInt64() * yHigh.ToUInt64() + middle.High().ToUInt64() + middle2.High().ToUInt64());
        return (high, low.Low() | middle2.Low());
    }
}
