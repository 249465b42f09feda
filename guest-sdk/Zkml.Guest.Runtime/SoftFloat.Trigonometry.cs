using System.Numerics;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>Sine, cosine and tangent in binary64.</summary>
public static partial class SoftFloat
{
    const int AngleWords = 40;

    /// <summary>Two words of zeros, then 2/π, most significant word first.</summary>
    static LoopBuffer TwoByPi => Table("f64.twoByPi", MemoryType.Int32, TwoByPiWords);

    static Function SineQuotient => Polynomial("f64.sine", ScalarType.Int64, z => Quotient(High.Sin, z), 0.62, 10, 63);

    static Function CosineOfRoot => Polynomial("f64.cosine", ScalarType.Int64, z => High.Cos(High.SquareRoot(z)), 0.62, 10, 63);

    // function(√z) / √z
    static BigInteger Quotient(Func<BigInteger, BigInteger> function, BigInteger z)
    {
        BigInteger root = High.SquareRoot(z);
        return High.Divide(function(root), root);
    }

    static byte[] TwoByPiWords()
    {
        HighPrecision high = new(32 * AngleWords);
        BigInteger quotient = high.Divide(2 * high.One, high.Pi) >> 64;
        byte[] words = new byte[4 * AngleWords];
        for (int i = AngleWords - 1; i >= 0; i--, quotient >>= 32) BitConverter.TryWriteBytes(words.AsSpan(4 * i), (uint)(quotient & uint.MaxValue));
        return words;
    }

    /// <summary>
    /// |r| with x = q·π/2 ± r, r at most π/4 (below 1/2: r = x), as an extended number. The second result holds the exponent below, above it
    /// q modulo 4 and, as 4, whether r is subtracted. Payne and Hanek: the bits of x·2/π that decide q modulo 4 and 128 bits of the fraction.
    /// </summary>
    static Function ReduceAngle => Once("f64.reduceAngle", name =>
    {
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local exponent = f.Parameter(ScalarType.Int32, "exponent"), mantissa = f.Parameter(ScalarType.Int64, "mantissa");
        f.If(exponent < -1, () => ReturnWithExponent(f, new(exponent, mantissa)));
        // The first bit of the window has the weight 2 in 2/π · 2^(exponent − 52); what is above adds whole turns.
        Local start = f.Local("start", exponent + 10), word = f.Local("word", start >>> 5), shift = f.Local("shift", start & 31);
        Local[] window = [.. Enumerable.Range(0, 6).Select(i => f.Local($"window{i}",
            Expression.Load(TwoByPi, word + i) << shift | Expression.Load(TwoByPi, word + i + 1) >>> 1 >>> 31 - shift))];
        f.Assign(mantissa, mantissa >>> 11);
        Local low = f.Local("low", mantissa.Low()), high = f.Local("high", mantissa.High()), carry = f.Local("carry", 0L);
        Local[] product = new Local[6];
        for (int i = 5; i >= 0; i--)
        {
            Local partial = f.Local("partial", low.ToUInt64() * window[i].ToUInt64());
            Local sum = f.Local("sum", partial.Low().ToUInt64() + carry);
            if (i < 5) f.Assign(sum, sum + high.ToUInt64() * window[i + 1].ToUInt64());
            product[i] = f.Local($"product{i}", sum.Low());
            f.Assign(carry, (sum >>> 32) + (partial >>> 32));
        }
        Local quadrant = f.Local("quadrant", product[0] >>> 30);
        Local top = f.Local("top", Pair(product[0], product[1]) << 2 | (product[2] >>> 30).ToUInt64()), bottom = f.Local("bottom", Pair(product[2], product[3]) << 2 | (product[4] >>> 30).ToUInt64());
        f.If(FloatFormat.Float64.IsNegative(top), () =>
        {
            f.Assign(bottom, -bottom);
            f.Assign(top, -top - bottom.IsNot(0).ToInt64());
            f.Assign(quadrant, (quadrant + 1 & 3) | 4);
        });
        // No double comes so close to a multiple of π/2 that the upper half of the fraction is 0.
        Local zeros = f.Local("zeros", Expression.Call(LeadingZeros(ScalarType.Int64), top));
        Extended fraction = new(f.Local("exponentOfFraction", -1 - zeros), f.Local("fraction", top << zeros | bottom >>> 1 >>> 63 - zeros));
        Extended rest = Multiply(f, fraction, new(f.Local("zero", 0), f.Local("halfPi", Fixed(High.Pi / 2, 63))));
        f.Store(s_second, 0, Pair(quadrant, rest.Exponent));
        f.Return(rest.Mantissa);
        return f.Build();
    });

    static (Extended Remaining, Local Quadrant) Reduced(FunctionBuilder f, Extended x)
    {
        Local mantissa = f.Local("restOfAngle", Expression.Call(ReduceAngle, x.Exponent, x.Mantissa)), exponent = f.Local("exponentOfRest", Expression.Load(s_second, 0).Low());
        Local quadrant = f.Local("quadrant", Expression.Select(x.Exponent < -1, 0, Expression.Load(s_second, 0).High()));
        return (new(exponent, mantissa), quadrant);
    }

    static Local SquareOf(FunctionBuilder f, Extended x)
    {
        Local word = ToFixed(f, x, 64);
        return f.Local("square", MultiplyHigh64(word, word));
    }

    static Extended Sine(FunctionBuilder f, Extended x, Local square) => Multiply(f, x, Normalized(f, 0, Expression.Call(SineQuotient, square)));

    static Extended Cosine(FunctionBuilder f, Local square) => Normalized(f, 0, Expression.Call(CosineOfRoot, square));

    static Function BuildSine(string name, bool isCosine)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x"), field = f.Local("field", format.Exponent(x));
        f.If(field.Is(format.MaxExponent), () => f.Return(format.NaN));
        f.If(field < format.Bias - 28, () => f.Return(isCosine ? BitConverter.DoubleToInt64Bits(1) : x));
        (Extended rest, Local quadrant) = Reduced(f, Unpacked(f, x));
        Local square = SquareOf(f, rest);
        // cos x = sin(|x| + π/2)
        Local turn = f.Local("turn", isCosine ? (quadrant & 3) + 1 : quadrant & 3), sign = f.Local("sign", (turn & 2) << 30);
        if (!isCosine) f.Assign(sign, sign ^ x.High());
        f.If(turn & 1, () => f.Return(Packed(Cosine(f, square), Pair(sign, 0))));
        f.Return(Packed(Sine(f, rest, square), Pair(sign ^ (quadrant & 4) << 29, 0)));
        return f.Build();
    }

    static Function BuildTan(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x"), field = f.Local("field", format.Exponent(x));
        f.If(field.Is(format.MaxExponent), () => f.Return(format.NaN));
        f.If(field < format.Bias - 28, () => f.Return(x));
        (Extended rest, Local quadrant) = Reduced(f, Unpacked(f, x));
        Local square = SquareOf(f, rest), sign = f.Local("sign", x.High() ^ (quadrant & 4) << 29 ^ quadrant << 31);
        Extended sine = Sine(f, rest, square), cosine = Cosine(f, square);
        f.If(quadrant & 1, () => f.Return(Packed(Divide(f, cosine, sine), Pair(sign, 0))));
        f.Return(Packed(Divide(f, sine, cosine), Pair(sign, 0)));
        return f.Build();
    }
}
