using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

public static partial class SoftFloat
{
    /// <summary>An integer of 32 or 64 bits to a float.</summary>
    static Function BuildFromInteger(string name, FloatFormat format, FloatOperation operation)
    {
        bool isSigned = operation is FloatOperation.FromInt32 or FloatOperation.FromInt64;
        ScalarType source = operation is FloatOperation.FromInt32 or FloatOperation.FromUInt32 ? ScalarType.Int32 : ScalarType.Int64;
        FunctionBuilder f = new(name, format.Type);
        Local x = f.Parameter(source, "x");
        f.If(x.Is(0), () => f.Return(0));
        Expression top = source == ScalarType.Int32 ? x : x.High();
        Local sign = f.Local("sign", ScalarType.Int32);
        f.Assign(sign, isSigned ? top & int.MinValue : 0);
        if (isSigned) f.If(sign, () => f.Assign(x, -x));
        Local zeros = f.Local("zeros", Expression.Call(LeadingZeros(source), x));
        // The leading one goes to the top of the word.
        f.Assign(x, x << zeros);
        int bits = source == ScalarType.Int32 ? 32 : 64;
        Local exponent = f.Local("exponent", format.Bias + bits - 2 - zeros);
        if (isSigned) f.Assign(exponent, exponent | sign >>> 31 - format.ExponentBits);
        f.Return(format.Pack(exponent, Rounded(f, format, x)));
        return f.Build();
    }

    /// <summary>A word with its leading one at the top, rounded to the mantissa of a format, without guard bits.</summary>
    static Expression Rounded(FunctionBuilder f, FloatFormat format, Local word)
    {
        if (format.Width == FloatWidth.Float64 && word.Type == ScalarType.Int32) return word.ToUInt64() << format.FractionBits - 31;
        Local mantissa = f.Local("mantissa", format.Type == word.Type ? word >>> 1 | word & 1 : Narrowed(word));
        return format.Round(mantissa);
    }

    /// <summary>The high half of a word one to the right, its last bit set if anything below is.</summary>
    static Expression Narrowed(Local word) => word.High() >>> 1 | (word.High() << 31 | word.Low()).IsNot(0);

    /// <summary>A float to an integer of 32 or 64 bits, towards zero, saturating.</summary>
    static Function BuildToInteger(string name, FloatFormat format, FloatOperation operation)
    {
        bool isSigned = operation is FloatOperation.ToInt32 or FloatOperation.ToInt64;
        ScalarType target = operation is FloatOperation.ToInt32 or FloatOperation.ToUInt32 ? ScalarType.Int32 : ScalarType.Int64;
        int bits = target == ScalarType.Int32 ? 32 : 64;
        FunctionBuilder f = new(name, target);
        Local x = f.Parameter(format.Type, "x"), exponent = f.Local("exponent", format.Exponent(x));
        f.If(exponent < format.Bias, () => f.Return(0));
        Expression isNegative = format.IsNegative(x);
        // The lowest signed integer saturates to itself.
        f.If(exponent >= format.Bias + bits - (isSigned ? 1 : 0), () =>
        {
            f.If(format.IsNaN(x), () => f.Return(0));
            f.If(isNegative, () => f.Return(isSigned ? Fold.Constant(target, 1L << bits - 1) : 0));
            f.Return(Fold.Constant(target, isSigned ? (1L << bits - 1) - 1 : -1));
        });
        if (!isSigned) f.If(isNegative, () => f.Return(0));
        Expression mantissa = format.HighMantissa(x);
        Expression word = format.Type == target ? mantissa : target == ScalarType.Int32 ? mantissa.High() : mantissa.ToUInt64() << 32;
        Local result = f.Local("result", word >>> format.Bias + bits - 1 - exponent);
        if (isSigned) f.If(isNegative, () => f.Return(-result));
        f.Return(result);
        return f.Build();
    }

    static Function BuildToFloat64(string name)
    {
        FloatFormat from = FloatFormat.Float32, to = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int32, "x"), sign = f.Local("sign", x & from.Sign), exponent = f.Local("exponent", from.Exponent(x));
        int rebias = to.Bias - from.Bias << to.FractionBits - 32;
        f.If((exponent - 1).IsBelow(from.MaxExponent - 1), () => f.Return(Pair((from.Magnitude(x) >>> 3) + rebias | sign, x << 29)));
        f.If(exponent.Is(from.MaxExponent), () =>
        {
            f.If(from.IsNaN(x), () => f.Return(to.NaN));
            f.Return(Pair(sign | (int)(to.InfinityBits >> 32), 0));
        });
        f.If((x << 1).Is(0), () => f.Return(Pair(sign, 0)));
        (Local subnormal, Local mantissa) = Unpack(f, from, x);
        f.Assign(mantissa, mantissa << 2);
        f.Return(Pair((subnormal + (to.Bias - from.Bias) << to.FractionBits - 32 | sign) + (mantissa >>> 12), mantissa << 20));
        return f.Build();
    }

    static Function BuildToFloat32(string name)
    {
        FloatFormat from = FloatFormat.Float64, to = FloatFormat.Float32;
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int64, "x"), exponent = f.Local("exponent", from.Exponent(x));
        f.If(exponent.Is(from.MaxExponent), () =>
        {
            f.If(from.IsNaN(x), () => f.Return(to.NaN));
            f.Return(x.High() & to.Sign | to.Infinity);
        });
        Local word = f.Local("word", from.HighMantissa(x)), mantissa = f.Local("mantissa", Narrowed(word));
        f.Assign(exponent, exponent - (from.Bias - to.Bias));
        f.If((exponent - 1).IsBelow(to.MaxExponent - 1).Not(), () => f.Return(Expression.Call(RoundAndPack(to), x.High(), exponent, mantissa)));
        f.Return(to.Pack(exponent - 1, to.Round(mantissa)) | x.High() & to.Sign);
        return f.Build();
    }

    /// <summary>A 64-bit word of its halves.</summary>
    static Expression Pair(Expression high, Expression low) => high.ToUInt64() << 32 | low.ToUInt64();
}
