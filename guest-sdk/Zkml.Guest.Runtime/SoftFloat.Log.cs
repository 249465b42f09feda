using System.Numerics;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>The logarithm and what is made of it, in binary64. Inside it is a signed 128-bit number (high, low) with 116 fraction bits.</summary>
public static partial class SoftFloat
{
    const int LogIntervals = 128;

    /// <summary>From the first interval that begins above √2, halves of mantissas are taken: no cancellation just below 1.</summary>
    const int FirstHalved = 54;

    /// <summary>For each interval of mantissas in [1, 2) a factor of 1/1024 that brings it next to 1 (or to 1/2).</summary>
    static LoopBuffer LogFactors => Table("f64.logFactors", MemoryType.UInt16, () => [.. Enumerable.Range(0, LogIntervals).SelectMany(i => BitConverter.GetBytes((ushort)LogFactor(i)))]);

    /// <summary>−log of each factor, high and low word.</summary>
    static LoopBuffer Logs => Table("f64.logs", MemoryType.Int64, () => [.. Enumerable.Range(0, LogIntervals).SelectMany(LogOfFactor)]);

    // The first and the last interval keep mantissas next to 1 as they are.
    static int LogFactor(int interval) => interval switch
    {
        0 => 1024,
        LogIntervals - 1 => 512,
        _ => (int)Math.Round(1024 / (1 + (interval + 0.5) / LogIntervals)),
    };

    static byte[] LogOfFactor(int interval)
    {
        BigInteger factor = High.One * LogFactor(interval) / (interval < FirstHalved ? 1024 : 512), log = High.Round(-High.Log(factor), 116);
        return [.. BitConverter.GetBytes((long)(log >> 64)), .. BitConverter.GetBytes((ulong)(log & ulong.MaxValue))];
    }

    /// <summary>log(mantissa · 2^(exponent − 63)): the high word; the low word is left in the second result.</summary>
    static Function LogCore => Once("f64.logCore", name =>
    {
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local exponent = f.Parameter(ScalarType.Int32, "exponent"), mantissa = f.Parameter(ScalarType.Int64, "mantissa");
        Local index = f.Local("index", mantissa.High() >>> 24 & LogIntervals - 1), factor = f.Local("factor", Expression.Load(LogFactors, index));
        f.Assign(exponent, exponent + (index >= FirstHalved));
        // mantissa · factor − 1 with 73 fraction bits, exactly: 62 and 11.
        Local tail = f.Local("tail", (mantissa.Low() & 2047) * factor);
        Local rest = f.Local("rest", (mantissa >>> 11) * factor.ToUInt64() - (1L << 62) + (tail >>> 11).ToUInt64());
        (Local high, Local low) = LogNear1(f, rest, f.Local("below", tail.ToUInt64() << 53));
        AddWide(f, high, low, Expression.Load(Logs, index << 1), Expression.Load(Logs, (index << 1) + 1));
        BigInteger ln2 = High.Round(High.Ln2, 116);
        // exponent · log 2 in three words of 32 bits and one above.
        Local wide = f.Local("wide", exponent.ToInt64()), product = f.Local("product", wide * (long)(ln2 & uint.MaxValue)), carry = f.Local("carry", wide * (long)(ln2 >> 32 & uint.MaxValue) + (product >> 32));
        AddWide(f, high, low, wide * (long)(ln2 >> 64) + (carry >> 32), carry << 32 | product.Low().ToUInt64());
        f.Store(s_second, 0, low);
        f.Return(high);
        return f.Build();
    });

    /// <summary>log(1 + r) = r − r · (r · q(r)) for r of 62 + 64 fraction bits, |r| at most 2^-7.</summary>
    static (Local High, Local Low) LogNear1(FunctionBuilder f, Local rest, Local below)
    {
        Local high = f.Local("high", rest >> 10), low = f.Local("low", rest << 54 | below >>> 10), factor = f.Local("quotient", ScalarType.Int64), magnitude = f.Local("magnitude", rest << 2);
        // (r − log(1 + r)) / r² = 1/2 − r/3 + …; the magnitude has 64 fraction bits.
        static BigInteger Quotient(BigInteger r) => High.Divide(r - High.Log(High.One + r), High.Multiply(r, r));
        f.If(rest < 0, () =>
        {
            f.Assign(magnitude, -magnitude);
            f.Assign(factor, Expression.Call(Polynomial("f64.logBelow", ScalarType.Int64, r => Quotient(-r), 0.0079, 8, 63), magnitude));
        }, () => f.Assign(factor, Expression.Call(Polynomial("f64.logAbove", ScalarType.Int64, Quotient, 0.0079, 8, 63), magnitude)));
        f.Assign(factor, MultiplyHigh64(magnitude, factor));
        Local productHigh = f.Local("productHigh", MultiplyHigh64(magnitude, factor)), productLow = f.Local("productLow", magnitude * factor);
        Local subtrahend = f.Local("subtrahend", productHigh << 53 | productLow >>> 11);
        f.Assign(high, high - (productHigh >>> 11) - low.IsBelow(subtrahend).ToInt64());
        f.Assign(low, low - subtrahend);
        return (high, low);
    }

    static void AddWide(FunctionBuilder f, Local high, Local low, Expression addendHigh, Expression addendLow)
    {
        Local addend = f.Local("addend", addendLow);
        f.Assign(low, low + addend);
        f.Assign(high, high + addendHigh + low.IsBelow(addend).ToInt64());
    }

    /// <summary>log(1 ± x): high word, and low word in the second result. x is at least 2^-60 and, where it is subtracted, below 1.</summary>
    static Function Log1PlusCore => Once("f64.log1PlusCore", name =>
    {
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local isNegative = f.Parameter(ScalarType.Int32, "isNegative"), exponent = f.Parameter(ScalarType.Int32, "exponent"), mantissa = f.Parameter(ScalarType.Int64, "mantissa");
        Extended x = new(exponent, mantissa);
        f.If(exponent < -7, () =>
        {
            Local rest = ToFixed(f, x, 62), below = ToFixed(f, x, 126);
            f.If(isNegative, () =>
            {
                f.Assign(below, -below);
                f.Assign(rest, -rest - below.IsNot(0).ToInt64());
            });
            (Local high, Local low) = LogNear1(f, rest, below);
            f.Store(s_second, 0, low);
            f.Return(high);
        });
        f.If(isNegative, () =>
        {
            Extended difference = Normalized(f, 0, Expression.Bits(1UL << 63) - ToFixed(f, x, 63));
            f.Return(Expression.Call(LogCore, difference.Exponent, difference.Mantissa));
        });
        Extended sum = Add(f, x, One(f));
        f.Return(Expression.Call(LogCore, sum.Exponent, sum.Mantissa));
        return f.Build();
    });

    /// <summary>The magnitude of a wide number whose low word is in the second result; 0 has an exponent below −1000. The sign is the high word's.</summary>
    static Extended Magnitude(FunctionBuilder f, Local high) => WithExponent(f, Expression.Call(Once("f64.wideMagnitude", name =>
    {
        FunctionBuilder g = new(name, ScalarType.Int64);
        Local top = g.Parameter(ScalarType.Int64, "high"), low = g.Local("low", Expression.Load(s_second, 0));
        g.If(FloatFormat.Float64.IsNegative(top), () =>
        {
            g.Assign(low, -low);
            g.Assign(top, -top - low.IsNot(0).ToInt64());
        });
        g.If(top.Is(0), () =>
        {
            g.If(low.Is(0), () => g.Return(0L));
            ReturnWithExponent(g, Normalized(g, 63 - 116, low));
        });
        Local zeros = g.Local("zeros", Expression.Call(LeadingZeros(ScalarType.Int64), top));
        ReturnWithExponent(g, new(g.Local("exponent", 63 - 52 - zeros), g.Local("mantissa", top << zeros | low >>> 64 - zeros)));
        return g.Build();
    }), high));

    static Function BuildLog(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x");
        f.If((x << 1).Is(0), () => f.Return(format.Sign | format.Infinity));
        f.If(format.IsNegative(x) | format.IsNaN(x), () => f.Return(format.NaN));
        f.If(x.Is(format.Infinity), () => f.Return(x));
        f.If(x.Is(BitConverter.DoubleToInt64Bits(1)), () => f.Return(0L));
        Extended argument = Unpacked(f, x);
        Local high = f.Local("high", Expression.Call(LogCore, argument.Exponent, argument.Mantissa));
        f.Return(Packed(Magnitude(f, high), high));
        return f.Build();
    }

    static Function BuildLog1Plus(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x"), minusOne = f.Local("minusOne", BitConverter.DoubleToInt64Bits(-1));
        f.If(format.Exponent(x) < format.Bias - 54, () => f.Return(x));
        f.If(format.IsNaN(x) | minusOne.IsBelow(x), () => f.Return(format.NaN));
        f.If(x.Is(minusOne), () => f.Return(format.Sign | format.Infinity));
        f.If(x.Is(format.Infinity), () => f.Return(x));
        Extended argument = Unpacked(f, x);
        Local high = f.Local("high", Expression.Call(Log1PlusCore, format.IsNegative(x), argument.Exponent, argument.Mantissa));
        f.Return(Packed(Magnitude(f, high), high));
        return f.Build();
    }

    /// <summary>log(1 + w) with w = |x| + x² / (1 + √(1 + x²)).</summary>
    static Function BuildAsinh(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x");
        Extended argument = OddArgument(f, x, -28, 1024, () => f.Return(x)), square = Multiply(f, argument, argument);
        Extended root = SquareRoot(f, Add(f, square, One(f))), sum = Add(f, argument, Divide(f, square, Add(f, root, One(f))));
        Local high = f.Local("high", Expression.Call(Log1PlusCore, 0, sum.Exponent, sum.Mantissa));
        f.Return(Packed(Magnitude(f, high), x));
        return f.Build();
    }

    /// <summary>log(1 + t + √(t·(t + 2))) with t = x − 1.</summary>
    static Function BuildAcosh(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x"), one = f.Local("bitsOf1", BitConverter.DoubleToInt64Bits(1));
        f.If(format.IsNegative(x) | format.IsNaN(x) | x.IsBelow(one), () => f.Return(format.NaN));
        f.If(x.Is(format.Infinity), () => f.Return(x));
        f.If(x.Is(one), () => f.Return(0L));
        Extended argument = Unpacked(f, x), two = One(f);
        f.Assign(two.Exponent, 1);
        Local word = f.Local("word", argument.Mantissa);
        f.If(argument.Exponent < 64, () => f.Assign(word, word - (Expression.Bits(1UL << 63) >>> argument.Exponent)));
        Extended less1 = Normalized(f, argument.Exponent, word);
        Extended sum = Add(f, less1, SquareRoot(f, Multiply(f, less1, Add(f, less1, two))));
        Local high = f.Local("high", Expression.Call(Log1PlusCore, 0, sum.Exponent, sum.Mantissa));
        f.Return(Packed(Magnitude(f, high), high));
        return f.Build();
    }

    /// <summary>log(1 + 2x/(1 − x))/2.</summary>
    static Function BuildAtanh(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x");
        Extended argument = OddArgument(f, x, -28, 0, () =>
        {
            f.If((x << 1).Is(BitConverter.DoubleToInt64Bits(1) << 1), () => f.Return(x & format.Sign | format.Infinity));
            f.Return(format.NaN);
        });
        Extended quotient = Divide(f, argument, Normalized(f, 0, Expression.Bits(1UL << 63) - ToFixed(f, argument, 63)));
        Local high = f.Local("high", Expression.Call(Log1PlusCore, 0, quotient.Exponent + 1, quotient.Mantissa));
        Extended result = Magnitude(f, high);
        f.Return(Packed(new(f.Local("half", result.Exponent - 1), result.Mantissa), x));
        return f.Build();
    }
}
