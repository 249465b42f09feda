using System.Numerics;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>e^x and what is made of it, in binary64.</summary>
public static partial class SoftFloat
{
    static HighPrecision High => HighPrecision.Build;

    /// <summary>e^r for r in [0, log 2], 62 fraction bits.</summary>
    static Function ExpPolynomial => Polynomial("f64.expPolynomial", ScalarType.Int64, High.Exp, 0.6932, 16, 62);

    /// <summary>
    /// e^(±x) = p · 2^(n − 62), p in [2^62, 2^63), for x below 2^11: n = floor(x / log 2) from the head of x, then x − n·log 2 modulo 4 in 62 fraction bits,
    /// which is exact for x of 1 and above.
    /// </summary>
    static (Local Power, Local Mantissa) ExpParts(FunctionBuilder f, Expression isNegative, Extended x) =>
        ExpParts(f, isNegative, ToFixed(f, x, 62), f.Local("head", Expression.Select(x.Exponent > -20, x.Mantissa.High() >>> 11 - x.Exponent, 0)));

    /// <summary>The same from x modulo 4 with 62 fraction bits, and its head with 20 fraction bits.</summary>
    static (Local Power, Local Mantissa) ExpParts(FunctionBuilder f, Expression isNegative, Local rest, Local head)
    {
        f.If(isNegative, () =>
        {
            f.Assign(rest, -rest);
            f.Assign(head, -head);
        });
        // 20 fraction bits times 30, less the 32 of the low half.
        Local power = f.Local("power", head.MultiplyHigh((int)Fixed(High.Divide(High.One, High.Ln2), 30)) >> 18);
        long ln2 = (long)(High.Ln2 >> High.Bits - 62), below = (long)(High.Ln2 >> High.Bits - 94 & uint.MaxValue);
        f.Assign(rest, rest - power.ToInt64() * ln2 - (power.ToInt64() * below >> 32));
        f.If(rest < 0, () =>
        {
            f.Assign(rest, rest + ln2);
            f.Assign(power, power - 1);
        });
        f.If(rest >= ln2, () =>
        {
            f.Assign(rest, rest - ln2);
            f.Assign(power, power + 1);
        });
        Local mantissa = f.Local("expMantissa", Expression.Call(ExpPolynomial, rest << 2));
        f.If(FloatFormat.Float64.IsNegative(mantissa), () =>
        {
            f.Assign(mantissa, mantissa >>> 1);
            f.Assign(power, power + 1);
        });
        return (power, mantissa);
    }

    static Function BuildExp(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x"), exponent = f.Local("field", format.Exponent(x));
        f.If(exponent < format.Bias - 54, () => f.Return(BitConverter.DoubleToInt64Bits(1)));
        f.If(exponent >= format.Bias + 10, () =>
        {
            f.If(format.IsNaN(x), () => f.Return(format.NaN));
            f.Return(Expression.Select(format.IsNegative(x), format.Constant(0), format.Infinity));
        });
        (Local power, Local mantissa) = ExpParts(f, format.IsNegative(x), Unpacked(f, x));
        f.Return(Expression.Call(RoundAndPack(format), format.Constant(0), power + format.Bias, mantissa));
        return f.Build();
    }

    /// <summary>|e^(±x) − 1| as an extended number: the function gives the mantissa and leaves the exponent in the second result. x below 2^11.</summary>
    static Extended ExpMinus1(FunctionBuilder f, Expression isNegative, Extended x) => WithExponent(f, Expression.Call(Once("f64.expMinus1Core", name =>
    {
        FunctionBuilder g = new(name, ScalarType.Int64);
        Local sign = g.Parameter(ScalarType.Int32, "isNegative"), exponent = g.Parameter(ScalarType.Int32, "exponent"), mantissa = g.Parameter(ScalarType.Int64, "mantissa");
        Extended argument = new(exponent, mantissa);
        g.If(exponent < -1, () =>
        {
            // x · (e^x − 1)/x keeps the relative precision of x.
            Local small = ToFixed(g, argument, 64), quotient = g.Local("quotient", ScalarType.Int64);
            g.If(sign,
                () => g.Assign(quotient, Expression.Call(Polynomial("f64.expMinus1Below", ScalarType.Int64, z => MeanSlope(-z), 0.5, 14, 62), small)),
                () => g.Assign(quotient, Expression.Call(Polynomial("f64.expMinus1Above", ScalarType.Int64, MeanSlope, 0.5, 14, 62), small)));
            ReturnWithExponent(g, Multiply(g, Normalized(g, 1, quotient), argument));
        });
        (Local power, Local exp) = ExpParts(g, sign, argument);
        Local word = g.Local("difference", long.MinValue);
        g.If(sign, () =>
        {
            g.If(power > -64, () => g.Assign(word, word - (exp << 1 >>> -power)));
            ReturnWithExponent(g, Normalized(g, 0, word));
        });
        g.Assign(word, exp << 1);
        g.If(power < 64, () => g.Assign(word, word - (Expression.Bits(1UL << 63) >>> power)));
        ReturnWithExponent(g, Normalized(g, power, word));
        return g.Build();
    }), isNegative, x.Exponent, x.Mantissa));

    static BigInteger MeanSlope(BigInteger z) => High.Divide(High.Exp(z) - High.One, z);

    static Extended WithExponent(FunctionBuilder f, Expression call)
    {
        Local mantissa = f.Local("mantissa", call);
        return new(f.Local("exponent", Expression.Load(s_second, 0).Low()), mantissa);
    }

    static void ReturnWithExponent(FunctionBuilder f, Extended value)
    {
        f.Store(s_second, 0, value.Exponent.ToInt64());
        f.Return(value.Mantissa);
    }

    static Extended One(FunctionBuilder f) => new(f.Local("exponent", 0), f.Local("one", long.MinValue));

    /// <summary>What e^x − 1, sinh and tanh have in common: NaN; x itself where it is tiny; beyond a power of two the limit.</summary>
    static Extended OddArgument(FunctionBuilder f, Local x, int tiny, int large, Action limit)
    {
        FloatFormat format = FloatFormat.Float64;
        Local field = f.Local("field", format.Exponent(x));
        f.If(field < format.Bias + tiny, () => f.Return(x));
        f.If(field >= format.Bias + large, () =>
        {
            f.If(format.IsNaN(x), () => f.Return(format.NaN));
            limit();
        });
        return Unpacked(f, x);
    }

    static Function BuildExpMinus1(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x");
        Extended argument = OddArgument(f, x, -54, 10, () =>
            f.Return(Expression.Select(format.IsNegative(x), format.Constant(BitConverter.DoubleToInt64Bits(-1)), format.Infinity)));
        f.Return(Packed(ExpMinus1(f, format.IsNegative(x), argument), x));
        return f.Build();
    }

    /// <summary>(m + m/(m + 1))/2 with m = e^|x| − 1.</summary>
    static Function BuildSinh(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x");
        Extended argument = OddArgument(f, x, -28, 10, () => f.Return(x & format.Sign | format.Infinity));
        Extended less1 = ExpMinus1(f, 0, argument), sum = Add(f, less1, Divide(f, less1, Add(f, less1, One(f))));
        f.Assign(sum.Exponent, sum.Exponent - 1);
        f.Return(Packed(sum, x));
        return f.Build();
    }

    /// <summary>m/(m + 2) with m = e^(2|x|) − 1.</summary>
    static Function BuildTanh(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x");
        Extended argument = OddArgument(f, x, -28, 5, () => f.Return(x & format.Sign | BitConverter.DoubleToInt64Bits(1)));
        f.Assign(argument.Exponent, argument.Exponent + 1);
        Extended less1 = ExpMinus1(f, 0, argument), two = One(f);
        f.Assign(two.Exponent, 1);
        f.Return(Packed(Divide(f, less1, Add(f, less1, two)), x));
        return f.Build();
    }

    /// <summary>(e^|x| + 1/e^|x|)/2.</summary>
    static Function BuildCosh(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x"), exponent = f.Local("field", format.Exponent(x));
        f.If(exponent < format.Bias - 28, () => f.Return(BitConverter.DoubleToInt64Bits(1)));
        f.If(exponent >= format.Bias + 10, () =>
        {
            f.If(format.IsNaN(x), () => f.Return(format.NaN));
            f.Return(format.Infinity);
        });
        (Local power, Local mantissa) = ExpParts(f, 0, Unpacked(f, x));
        f.Assign(mantissa, mantissa << 1);
        Extended exp = new(power, mantissa), sum = Add(f, exp, Reciprocal(f, exp));
        f.Assign(sum.Exponent, sum.Exponent - 1);
        f.Return(Packed(sum, format.Constant(0)));
        return f.Build();
    }

    /// <summary>A function of binary32 through that of binary64: correctly rounded but for arguments whose result is next to a half unit.</summary>
    static Function BuildNarrowed(string name, FloatOperation operation)
    {
        FunctionBuilder f = new(name, ScalarType.Int32);
        Function function = Get(operation, FloatWidth.Float64), widen = Get(FloatOperation.ToOtherWidth, FloatWidth.Float32);
        Expression[] arguments = [.. function.Parameters.Select(parameter => Expression.Call(widen, f.Parameter(ScalarType.Int32, parameter.Name)))];
        f.Return(Expression.Call(Get(FloatOperation.ToOtherWidth, FloatWidth.Float64), Expression.Call(function, arguments)));
        return f.Build();
    }
}
