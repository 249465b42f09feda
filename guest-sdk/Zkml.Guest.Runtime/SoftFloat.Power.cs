using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>x^y in binary64.</summary>
public static partial class SoftFloat
{
    static Function BuildPower(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x"), y = f.Parameter(ScalarType.Int64, "y"), one = f.Local("one", BitConverter.DoubleToInt64Bits(1));
        Local magnitude = f.Local("magnitude", format.Magnitude(x)), sign = f.Local("sign", 0L);
        f.If((y << 1).Is(0) | x.Is(one), () => f.Return(one));
        f.If(format.IsNaN(x) | format.IsNaN(y), () => f.Return(format.NaN));
        f.If((y << 1).Is(format.TwiceInfinity), () =>
        {
            f.If(magnitude.Is(one), () => f.Return(one));
            f.Return(Expression.Select(format.IsNegative(y).Is(magnitude < one), format.Infinity, format.Constant(0)));
        });
        f.If(format.IsNegative(x), () =>
        {
            Local kind = f.Local("kind", Expression.Call(IntegerKind, y));
            f.If(kind.Is(1), () => f.Assign(sign, format.Sign));
            f.If(kind.Is(0) & magnitude.IsNot(0) & magnitude.IsNot(format.Infinity), () => f.Return(format.NaN));
        });
        f.If(magnitude.Is(0), () => f.Return(sign | Expression.Select(format.IsNegative(y), format.Infinity, format.Constant(0))));
        f.If(magnitude.Is(format.Infinity), () => f.Return(sign | Expression.Select(format.IsNegative(y), format.Constant(0), format.Infinity)));
        f.If(magnitude.Is(one), () => f.Return(sign | one));
        Extended left = Unpacked(f, magnitude), right = Unpacked(f, y);
        Local high = f.Local("high", Expression.Call(LogCore, left.Exponent, left.Mantissa)), low = f.Local("low", Expression.Load(s_second, 0));
        Local isNegative = f.Local("isNegative", format.IsNegative(high ^ y));
        (Local exponent, Local top, Local bottom) = WideProduct(f, high, low, right);
        f.If(exponent >= 11, () => f.Return(sign | Expression.Select(isNegative, format.Constant(0), format.Infinity)));
        f.If(exponent < -64, () => f.Return(sign | one));
        // 62 fraction bits of the 128 bits, modulo 4.
        Local shift = f.Local("shift", 65 - exponent), rest = f.Local("rest", 0L);
        f.If(shift < 64, () => f.Assign(rest, top << 64 - shift | bottom >>> shift), () => f.If(shift < 128, () => f.Assign(rest, top >>> shift - 64)));
        Local head = f.Local("head", Expression.Select(exponent > -20, top.High() >>> 11 - exponent, 0));
        (Local power, Local mantissa) = ExpParts(f, isNegative, rest, head);
        f.Return(Expression.Call(RoundAndPack(format), sign, power + format.Bias, mantissa));
        return f.Build();
    }

    /// <summary>|high, low| · y as a mantissa of 128 bits with its top bit set.</summary>
    static (Local Exponent, Local Top, Local Bottom) WideProduct(FunctionBuilder f, Local high, Local low, Extended y)
    {
        f.If(FloatFormat.Float64.IsNegative(high), () =>
        {
            f.Assign(low, -low);
            f.Assign(high, -high - low.IsNot(0).ToInt64());
        });
        Local exponent = f.Local("exponent", y.Exponent + (1 + 63 - 52));
        // A logarithm below 2^-52 has 64 bits and more in its low word alone.
        f.If(high.Is(0), () =>
        {
            f.Assign(high, low);
            f.Assign(low, 0);
            f.Assign(exponent, exponent - 64);
        });
        Local zeros = f.Local("zeros", Expression.Call(LeadingZeros(ScalarType.Int64), high));
        f.Assign(high, high << zeros | low >>> 1 >>> 63 - zeros);
        f.Assign(low, low << zeros);
        f.Assign(exponent, exponent - zeros);
        Local top = f.Local("top", MultiplyHigh64(high, y.Mantissa)), bottom = f.Local("bottom", high * y.Mantissa), addend = f.Local("addend", MultiplyHigh64(low, y.Mantissa));
        f.Assign(bottom, bottom + addend);
        f.Assign(top, top + bottom.IsBelow(addend).ToInt64());
        f.If(FloatFormat.Float64.IsNegative(top).Not(), () =>
        {
            f.Assign(top, top << 1 | bottom >>> 63);
            f.Assign(bottom, bottom << 1);
            f.Assign(exponent, exponent - 1);
        });
        return (exponent, top, bottom);
    }

    /// <summary>0: not an integer; 1: an odd one; 2: an even one. Of a finite number that is not 0.</summary>
    static Function IntegerKind => Once("f64.integerKind", name =>
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int64, "x"), count = f.Local("count", format.Bias + format.FractionBits - format.Exponent(x));
        f.If(count < 0, () => f.Return(2));
        f.If(count > format.FractionBits, () => f.Return(0));
        Local mantissa = f.Local("mantissa", format.HighMantissa(x) >>> format.ExponentBits);
        f.If((mantissa & (format.Constant(1) << count) - 1).IsNot(0), () => f.Return(0));
        f.Return(2 - (mantissa >>> count & 1).Low());
        return f.Build();
    });
}
