using System.Numerics;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>The elementary functions that float models call most, in binary32 by 32-bit fixed point. What is rare goes through binary64.</summary>
public static partial class SoftFloat
{
    static Expression ThroughBinary64(string name, FloatOperation operation, Local x) =>
        Expression.Call(Once($"{name}Rare", rare => BuildNarrowed(rare, operation)), x);

    /// <summary>e^x = m · 2^(n − 30): the product with log₂e in 64 bits gives n as its high half and the fraction as its low half. For |x| in [2^-25, 128).</summary>
    static (Local Power, Local Mantissa) ExpParts32(FunctionBuilder f, Local x, Local exponent)
    {
        Expression logarithm = Expression.Bits((uint)Fixed(High.Divide(High.One, High.Ln2), 31));
        Local product = f.Local("product", FloatFormat.Float32.HighMantissa(x).ToUInt64() * logarithm.ToUInt64() >>> FloatFormat.Float32.Bias + 30 - exponent);
        f.If(x < 0, () => f.Assign(product, -product));
        return (f.Local("power", product.High()), f.Local("mantissa", Expression.Call(Exp2, product.Low())));
    }

    /// <summary>2^z for z in [0, 1), 30 fraction bits.</summary>
    static Function Exp2 => Polynomial("f32.exp2", ScalarType.Int32, z => High.Exp(High.Multiply(z, High.Ln2)), 1, 6, 30);

    static Function BuildExp32(string name)
    {
        FloatFormat format = FloatFormat.Float32;
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x"), exponent = f.Local("exponent", format.Exponent(x));
        f.If((exponent - (format.Bias - 25)).IsBelow(32).Not(), () => f.Return(ThroughBinary64(name, FloatOperation.Exp, x)));
        (Local power, Local mantissa) = ExpParts32(f, x, exponent);
        f.Assign(power, power + (format.Bias - 1));
        f.If(power.IsBelow(format.MaxExponent - 3).Not(), () => f.Return(ThroughBinary64(name, FloatOperation.Exp, x)));
        // A mantissa that rounds up to 2 carries into the exponent.
        f.Return(format.Pack(power, format.Round(mantissa)));
        return f.Build();
    }

    /// <summary>e^x − 1: x · q(x) below 1/2, else the exponential less 1 in 64 bits.</summary>
    static Function BuildExpMinus1Of32(string name)
    {
        FloatFormat format = FloatFormat.Float32;
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x"), exponent = f.Local("exponent", format.Exponent(x));
        f.If(exponent < format.Bias - 25, () => f.Return(x));
        f.If(exponent < format.Bias - 1, () => ReturnNearlyLinear(f, x, exponent,
            Polynomial("f32.expMinus1Above", ScalarType.Int32, MeanSlope, 0.5, 6, 30), Polynomial("f32.expMinus1Below", ScalarType.Int32, z => MeanSlope(-z), 0.5, 6, 30)));
        f.If(exponent >= format.Bias + 6, () => f.Return(ThroughBinary64(name, FloatOperation.ExpMinus1, x)));
        (Local power, Local mantissa) = ExpParts32(f, x, exponent);
        Function toFloat = Get(FloatOperation.FromInt64, FloatWidth.Float32);
        f.If(x < 0, () =>
        {
            f.If(power < -30, () => f.Return(BitConverter.SingleToInt32Bits(-1)));
            f.Return(Expression.Call(toFloat, (mantissa.ToUInt64() << 30 >>> -power) - (1L << 60)) - (60 << 23));
        });
        Local difference = f.Local("difference", mantissa.ToUInt64() << 30);
        f.If(power < 60, () => f.Assign(difference, difference - (Expression.Bits(1UL << 60) >>> power)));
        f.Return(Expression.Call(toFloat, difference) + (power - 60 << 23));
        return f.Build();
    }

    /// <summary>Returns x · q(|x|) for |x| below 1/2: one polynomial for positive and one for negative x, with 30 fraction bits and values in [1/2, 2).</summary>
    static void ReturnNearlyLinear(FunctionBuilder f, Local x, Local exponent, Function above, Function below)
    {
        FloatFormat format = FloatFormat.Float32;
        Local mantissa = f.Local("mantissa", format.HighMantissa(x)), fraction = f.Local("fraction", mantissa >>> format.Bias - 1 - exponent), product = f.Local("product", ScalarType.Int32);
        f.If(x < 0, () => f.Assign(product, Expression.Call(below, fraction)), () => f.Assign(product, Expression.Call(above, fraction)));
        // 29 fraction bits.
        f.Assign(product, mantissa.MultiplyHighUnsigned(product));
        f.If((product >>> 30).Is(0), () => LoseLeadingZero(f, product, exponent));
        f.If((product >>> 30).Is(0), () => LoseLeadingZero(f, product, exponent));
        f.Return(format.Pack(exponent, format.Round(product)) | x & format.Sign);
    }

    /// <summary>log(1 + x): x · q(x) below 2^-7, else the logarithm of the sum in 64 bits.</summary>
    static Function BuildLog1PlusOf32(string name)
    {
        FloatFormat format = FloatFormat.Float32;
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x"), exponent = f.Local("exponent", format.Exponent(x));
        f.If(exponent < format.Bias - 25, () => f.Return(x));
        static BigInteger Slope(BigInteger r) => High.Divide(High.Log(High.One + r), r);
        f.If(exponent < format.Bias - 7, () => ReturnNearlyLinear(f, x, exponent,
            Polynomial("f32.log1PlusAbove", ScalarType.Int32, Slope, 0.0079, 3, 30), Polynomial("f32.log1PlusBelow", ScalarType.Int32, r => Slope(-r), 0.0079, 3, 30)));
        f.If(Expression.Bits(BitConverter.SingleToUInt32Bits(-1) - 1).IsBelow(x) | (exponent >= format.Bias + 20), () => f.Return(ThroughBinary64(name, FloatOperation.Log1Plus, x)));
        // 1 + x with 40 fraction bits, exactly.
        Local word = f.Local("word", format.HighMantissa(x).ToUInt64() << exponent - (format.Bias - 9));
        f.If(x < 0, () => f.Assign(word, -word));
        f.Assign(word, word + (1L << 40));
        Local zeros = f.Local("zeros", Expression.Call(LeadingZeros(ScalarType.Int64), word));
        f.Assign(word, word << zeros);
        Local index = f.Local("index", word.High() >>> 24 & LogIntervals - 1), power = f.Local("power", 63 - 40 + (index >= FirstHalved) - zeros);
        Local rest = f.Local("rest", (word >>> 11) * Expression.Load(LogFactors, index).ToUInt64() - (1L << 62)), wide = f.Local("wide", (rest >> 25).Low());
        ReturnLogarithm(f, index, power, wide, rest >> 10);
        return f.Build();
    }

    /// <summary>Returns a logarithm as <see cref="LogSum"/> gives it.</summary>
    static void ReturnLogarithm(FunctionBuilder f, Local index, Local power, Local wide, Expression rest)
    {
        // (r − log(1 + r)) / r² = 1/2 − r/3 + r²/4 with 31 fraction bits; r² has 42.
        Local slope = f.Local("slope", (wide.MultiplyHigh(wide) >>> 13) - wide.MultiplyHigh((1 << 26) / 3) + (1 << 30)), sum = LogSum(f, index, power, wide, slope, rest);
        f.If(sum.Is(0), () => f.Return(0));
        f.Return(Expression.Call(Get(FloatOperation.FromInt64, FloatWidth.Float32), sum) - (52 << 23));
    }

    /// <summary>power · log 2 − log(factor) + r − r²·slope with 52 fraction bits: r is given with 37 fraction bits, and with 52.</summary>
    static Local LogSum(FunctionBuilder f, Local index, Local power, Local wide, Expression slope, Expression rest)
    {
        // The square of r is taken in 64 bits: next to 1 it is all that separates r from the result.
        Local sum = f.Local("sum", Expression.Load(Logs, index << 1) + rest - (wide.ToInt64() * wide.MultiplyHigh(slope).ToInt64() >> 21));
        f.Assign(sum, sum + power.ToInt64() * Fixed(High.Ln2, 52));
        return sum;
    }

    /// <summary>x^y = 2^(y · log₂x) for a normal x above 0, a normal y and a normal result.</summary>
    static Function BuildPower32(string name)
    {
        FloatFormat format = FloatFormat.Float32;
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x"), y = f.Parameter(ScalarType.Int32, "y"), exponent = f.Local("exponent", format.Exponent(y));
        Function rare = Once($"{name}Rare", n => BuildNarrowed(n, FloatOperation.Power));
        f.If((x - (1 << 23)).IsBelow((int)format.InfinityBits - (1 << 23)).Not() | (exponent - 1).IsBelow(format.MaxExponent - 1).Not(), () => f.Return(Expression.Call(rare, x, y)));
        Local index = f.Local("index", x >>> 16 & LogIntervals - 1), power = f.Local("powerOfX", (x >>> 23) - format.Bias + (index >= FirstHalved));
        Local rest = f.Local("rest", (x & 0x7FFFFF | 0x800000) * Expression.Load(LogFactors, index)), wide = f.Local("wide", rest << 4), square = f.Local("square", wide.MultiplyHigh(wide));
        // One term more than a logarithm needs: the exponent multiplies the error.
        Local slope = f.Local("slope", (square >>> 13) - wide.MultiplyHigh((1 << 26) / 3) - square.MultiplyHigh(wide).MultiplyHigh((1 << 16) / 5) + (1 << 30));
        Local sum = LogSum(f, index, power, wide, slope, rest.ToInt64() << 19);
        f.If(sum.Is(0), () => f.Return(BitConverter.SingleToInt32Bits(1)));
        Local isNegative = f.Local("isNegative", (sum.High() ^ y) < 0);
        f.If(sum < 0, () => f.Assign(sum, -sum));
        Local zeros = f.Local("zeros", Expression.Call(LeadingZeros(ScalarType.Int64), sum));
        // Below 2^-18 the sum has too few bits for a large exponent.
        f.If(zeros > 29, () => f.Return(Expression.Call(rare, x, y)));
        Local log2 = f.Local("log2", MultiplyHigh64(sum << zeros, Fixed(High.Divide(High.One, High.Ln2), 63))), mantissa = f.Local("mantissa", format.HighMantissa(y));
        Local product = f.Local("product", mantissa.ToUInt64() * log2.High().ToUInt64() + mantissa.MultiplyHighUnsigned(log2.Low()).ToUInt64());
        // To 32 fraction bits: 52 and the leading zeros of the logarithm, less the factors 2^63 and 2^32 that were divided out.
        Local shift = f.Local("shift", zeros + (format.Bias + 18) - exponent);
        f.If(shift < 24, () => f.Return(Expression.Call(rare, x, y)));
        f.Assign(product, Expression.Select(shift < 64, product >>> shift, 0));
        f.If(isNegative, () => f.Assign(product, -product));
        f.Assign(power, product.High() + (format.Bias - 1));
        f.If(power.IsBelow(format.MaxExponent - 3).Not(), () => f.Return(Expression.Call(rare, x, y)));
        Local result = f.Local("result", Expression.Call(Exp2, product.Low()));
        f.Return(format.Pack(power, format.Round(result)));
        return f.Build();
    }

    /// <summary>exponent · log 2 − log(factor) + log(1 + r), with r = mantissa · factor − 1 below 2^-7, summed in 64 bits.</summary>
    static Function BuildLog32(string name)
    {
        FloatFormat format = FloatFormat.Float32;
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x");
        f.If((x - (1 << 23)).IsBelow((int)format.InfinityBits - (1 << 23)).Not(), () => f.Return(ThroughBinary64(name, FloatOperation.Log, x)));
        Local index = f.Local("index", x >>> 16 & LogIntervals - 1), power = f.Local("power", (x >>> 23) - format.Bias + (index >= FirstHalved));
        // Modulo 2^32 the product is r with 33 fraction bits.
        Local rest = f.Local("rest", (x & 0x7FFFFF | 0x800000) * Expression.Load(LogFactors, index)), wide = f.Local("wide", rest << 4);
        ReturnLogarithm(f, index, power, wide, rest.ToInt64() << 19);
        return f.Build();
    }

    /// <summary>tanh or erf: x · q(x²) below 1/2, then polynomials for intervals of width 1/4, then 1.</summary>
    static Function BuildSaturating32(string name, FloatOperation operation)
    {
        FloatFormat format = FloatFormat.Float32;
        bool isTanh = operation == FloatOperation.Tanh;
        Func<BigInteger, BigInteger> function = isTanh ? HyperbolicTangent : High.Erf;
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x"), exponent = f.Local("exponent", format.Exponent(x)), mantissa = f.Local("mantissa", format.HighMantissa(x)), sign = f.Local("sign", x & format.Sign);
        f.If(exponent < format.Bias - 1, () =>
        {
            if (isTanh) f.If(exponent < format.Bias - 13, () => f.Return(x));
            else f.If(exponent < 2, () => f.Return(ThroughBinary64(name, operation, x)));
            Local fraction = f.Local("fraction", 0);
            f.If(exponent >= format.Bias - 13, () => f.Assign(fraction, mantissa >>> format.Bias - 1 - exponent));
            Function quotient = Polynomial($"{name}Quotient", ScalarType.Int32, z => Quotient(function, z), 0.2501, 5, 30);
            Local product = f.Local("product", mantissa.MultiplyHighUnsigned(Expression.Call(quotient, fraction.MultiplyHighUnsigned(fraction))));
            // 29 fraction bits of a number in [0.9, 2.3).
            f.If((product >>> 30).Is(0), () => LoseLeadingZero(f, product, exponent));
            f.If((product >>> 30).Is(0), () => LoseLeadingZero(f, product, exponent));
            f.Return(format.Pack(exponent, format.Round(product)) | sign);
        });
        int first = 2, last = isTanh ? 36 : 15;
        // Past the last interval the distance to 1 is below a quarter of a unit.
        f.If(format.Constant(BitConverter.SingleToInt32Bits((last + 1) / 4f) - 1) < format.Magnitude(x), () =>
        {
            f.If(format.IsNaN(x), () => f.Return(format.NaN));
            f.Return(sign | BitConverter.SingleToInt32Bits(1));
        });
        const int Degree = 6;
        LoopBuffer table = Table($"{name}Intervals", MemoryType.Int32, () => [.. Enumerable.Range(first, last - first + 1).SelectMany(i =>
            High.Fit(t => function((High.One * (2 * i + 1) / 2 + t) / 4), -0.5, 0.5, Degree).Reverse().SelectMany(coefficient => BitConverter.GetBytes((int)Fixed(coefficient, 30))))]);
        Local start = f.Local("start", ((mantissa >>> format.Bias + 29 - exponent) - first) * (Degree + 1));
        // From the middle of the interval: in [−1/2, 1/2), with 32 fraction bits.
        Local position = f.Local("position", mantissa << exponent - (format.Bias - 3) ^ int.MinValue), sum = f.Local("sum", Expression.Load(table, start));
        for (int i = 1; i <= Degree; i++) f.Assign(sum, sum.MultiplyHigh(position) + Expression.Load(table, start + i));
        // 30 fraction bits of a number in [0.46, 1).
        f.Assign(sum, sum << 1);
        f.Assign(exponent, format.Bias - 2);
        f.If((sum >>> 30).Is(0), () => LoseLeadingZero(f, sum, exponent));
        f.Return(format.Pack(exponent, format.Round(sum)) | sign);
        return f.Build();
    }

    static void LoseLeadingZero(FunctionBuilder f, Local mantissa, Local exponent)
    {
        f.Assign(mantissa, mantissa << 1);
        f.Assign(exponent, exponent - 1);
    }

    static BigInteger HyperbolicTangent(BigInteger x)
    {
        BigInteger square = High.Exp(2 * x);
        return High.Divide(square - High.One, square + High.One);
    }

    /// <summary>Sine or cosine, the angle reduced by 96 bits of 2/π.</summary>
    static Function BuildSine32(string name, bool isCosine)
    {
        FloatFormat format = FloatFormat.Float32;
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x"), exponent = f.Local("exponent", format.Exponent(x)), mantissa = f.Local("mantissa", format.HighMantissa(x));
        f.If(exponent.Is(format.MaxExponent), () => f.Return(format.NaN));
        f.If(exponent < format.Bias - 12, () => f.Return(isCosine ? BitConverter.SingleToInt32Bits(1) : x));
        Local turn = f.Local("turn", isCosine ? 1 : 0), sign = f.Local("sign", isCosine ? 0 : x);
        f.If(exponent >= format.Bias - 1, () => ReduceAngle32(f, exponent, mantissa, turn, sign));
        Local shift = f.Local("shift", format.Bias - 1 - exponent), fraction = f.Local("fraction", 0);
        f.If(shift < 32, () => f.Assign(fraction, mantissa >>> shift));
        Local square = f.Local("square", fraction.MultiplyHighUnsigned(fraction)), result = f.Local("result", ScalarType.Int32);
        f.Assign(sign, (sign ^ turn << 30) & format.Sign);
        f.If(turn & 1, () =>
        {
            f.Assign(result, Expression.Call(Polynomial("f32.cosine", ScalarType.Int32, z => High.Cos(High.SquareRoot(z)), 0.62, 5, 31), square) >>> 1);
            f.Assign(exponent, format.Bias - 1);
        }, () =>
        {
            f.Assign(result, mantissa.MultiplyHighUnsigned(Expression.Call(Polynomial("f32.sine", ScalarType.Int32, z => Quotient(High.Sin, z), 0.62, 4, 31), square)));
            f.Assign(exponent, exponent - 1);
        });
        f.If((result >>> 30).Is(0), () => LoseLeadingZero(f, result, exponent));
        f.Return(format.Pack(exponent, format.Round(result)) | sign);
        return f.Build();
    }

    /// <summary>
    /// x = q·π/2 ± r with r at most π/4: adds q to the turn, moves the sign of r into the sign word where the turn gives a sine, and leaves r in exponent and mantissa.
    /// </summary>
    static void ReduceAngle32(FunctionBuilder f, Local exponent, Local mantissa, Local turn, Local sign)
    {
        // The first bit of the window has the weight 2 in 2/π · 2^(exponent − 23).
        Local start = f.Local("start", exponent + (39 - FloatFormat.Float32.Bias)), word = f.Local("word", start >>> 5), shift = f.Local("shift", start & 31);
        Local[] window = [.. Enumerable.Range(0, 3).Select(i => f.Local($"window{i}",
            Expression.Load(TwoByPi, word + i) << shift | Expression.Load(TwoByPi, word + i + 1) >>> 1 >>> 31 - shift))];
        Local significand = f.Local("significand", mantissa >>> 8);
        Local product = f.Local("product", significand.ToUInt64() * window[1].ToUInt64() + significand.MultiplyHighUnsigned(window[2]).ToUInt64());
        f.Assign(product, product + ((significand * window[0]).ToUInt64() << 32));
        Local quadrant = f.Local("quadrant", product.High() >>> 30);
        f.Assign(product, product << 2);
        f.If(product < 0, () =>
        {
            f.Assign(product, -product);
            f.Assign(quadrant, quadrant + 1);
            f.If((turn + quadrant & 1).Not(), () => f.Assign(sign, sign ^ int.MinValue));
        });
        f.Assign(turn, turn + quadrant);
        // No binary32 comes so close to a multiple of π/2 that all these bits are 0.
        Local zeros = f.Local("zeros", Expression.Call(LeadingZeros(ScalarType.Int64), product));
        f.Assign(mantissa, (product << zeros).High().MultiplyHighUnsigned(Expression.Bits((uint)Fixed(High.Pi / 2, 31))));
        f.Assign(exponent, FloatFormat.Float32.Bias - zeros);
        f.If(mantissa >= 0, () => LoseLeadingZero(f, mantissa, exponent));
    }
}
