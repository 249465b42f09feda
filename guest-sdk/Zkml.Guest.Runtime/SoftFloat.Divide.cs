using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

public static partial class SoftFloat
{
    /// <summary>x / y; normal operands and a normal result in line.</summary>
    static Function BuildDivide(string name, FloatFormat format)
    {
        FunctionBuilder f = new(name, format.Type);
        Local x = f.Parameter(format.Type, "x"), y = f.Parameter(format.Type, "y");
        Local first = f.Local("first", format.Exponent(x)), second = f.Local("second", format.Exponent(y));
        Function rare = Once($"{format.Prefix}.divideRare", n => BuildDivideRare(n, format));
        f.If((first - 1).IsBelow(format.MaxExponent - 1).Not(), () => f.Return(Expression.Call(rare, x, y)));
        f.If((second - 1).IsBelow(format.MaxExponent - 1).Not(), () => f.Return(Expression.Call(rare, x, y)));
        // 1 less than the exponent of the result: Pack adds the leading one.
        Local exponent = f.Local("exponent", first - second + (format.Bias - 1));
        f.If((exponent - 1).IsBelow(format.MaxExponent - 4).Not(), () => f.Return(Expression.Call(rare, x, y)));
        Local quotient = Quotient(f, format, format.Mantissa(x), format.Mantissa(y), exponent);
        f.Return(format.Pack(exponent, format.Round(quotient)) | (x ^ y) & format.Sign);
        return f.Build();
    }

    static Function BuildDivideRare(string name, FloatFormat format)
    {
        FunctionBuilder f = new(name, format.Type);
        Local x = f.Parameter(format.Type, "x"), y = f.Parameter(format.Type, "y");
        Local magnitudeX = f.Local("magnitudeX", x << 1), magnitudeY = f.Local("magnitudeY", y << 1), sign = f.Local("sign", (x ^ y) & format.Sign);
        f.If(format.TwiceInfinity.IsBelow(magnitudeX) | format.TwiceInfinity.IsBelow(magnitudeY), () => f.Return(format.NaN));
        f.If(magnitudeX.Is(magnitudeY) & (magnitudeX.Is(0) | magnitudeX.Is(format.TwiceInfinity)), () => f.Return(format.NaN));
        f.If(magnitudeX.Is(0) | magnitudeY.Is(format.TwiceInfinity), () => f.Return(sign));
        f.If(magnitudeY.Is(0) | magnitudeX.Is(format.TwiceInfinity), () => f.Return(sign | format.Infinity));
        (Local first, Local left) = Unpack(f, format, x);
        (Local second, Local right) = Unpack(f, format, y);
        Local exponent = f.Local("exponentOfQuotient", first - second + format.Bias);
        Local quotient = Quotient(f, format, left, right, exponent);
        f.Return(Expression.Call(RoundAndPack(format), sign, exponent, quotient));
        return f.Build();
    }

    /// <summary>The quotient of two mantissas as a mantissa, its last bit set if there is a remainder; the exponent loses 1 where x &lt; y.</summary>
    static Local Quotient(FunctionBuilder f, FloatFormat format, Expression x, Expression y, Local exponent) =>
        format.Width == FloatWidth.Float32 ? Quotient32(f, x, y, exponent) : Quotient64(f, x, y, exponent);

    /// <summary>Three digits of 8 bits: each dividend is below 2^32.</summary>
    static Local Quotient32(FunctionBuilder f, Expression x, Expression y, Local exponent)
    {
        int guard = FloatFormat.Float32.GuardBits;
        Local dividend = f.Local("dividend", x >>> guard), divisor = f.Local("divisor", y >>> guard), quotient = f.Local("quotient", ScalarType.Int32);
        f.If(dividend < divisor, () =>
        {
            f.Assign(dividend, dividend << 1);
            f.Assign(exponent, exponent - 1);
        });
        f.Assign(dividend, dividend << 7);
        f.Assign(quotient, dividend.DivideUnsigned(divisor));
        f.Assign(dividend, dividend - quotient * divisor << 8);
        Local digit = f.Local("digit", dividend.DivideUnsigned(divisor));
        f.Assign(dividend, dividend - digit * divisor << 8);
        f.Assign(quotient, (quotient << 8) + digit);
        f.Assign(digit, dividend.DivideUnsigned(divisor));
        f.Assign(dividend, dividend - digit * divisor);
        f.Assign(quotient, (quotient << 8) + digit);
        // A quotient of two mantissas is never half way between two floats, so one bit below the last decides.
        f.Assign(quotient, (quotient << 1 | divisor.IsAtMost(dividend << 1)) << guard - 1 | dividend.IsNot(0));
        return quotient;
    }

    /// <summary>Two digits of 28 and 27 bits from a reciprocal of about 28 bits, then corrected by the exact remainder.</summary>
    static Local Quotient64(FunctionBuilder f, Expression x, Expression y, Local exponent)
    {
        Local head = f.Local("dividendHead", x.High() << 1), dividend = f.Local("dividend", x >>> FloatFormat.Float64.GuardBits);
        Local divisorHead = f.Local("divisorHead", y.High() << 1), divisor = f.Local("divisor", y >>> FloatFormat.Float64.GuardBits);
        Local reciprocal = Reciprocal32(f, divisorHead);
        Local half = f.Local("halfReciprocal", reciprocal >>> 1);
        Local digit = f.Local("digit", head.MultiplyHighUnsigned(reciprocal) >>> 3);
        Local remainder = f.Local("remainder", (dividend << 28) - digit.ToUInt64() * divisor), quotient = f.Local("quotient", digit.ToUInt64() << 27);
        Local next = f.Local("next", (remainder >> 24).Low().MultiplyHigh(half));
        f.Assign(quotient, quotient + next.ToInt64());
        f.Assign(remainder, (remainder << 27) - next.ToInt64() * divisor);
        f.While(remainder < 0, () =>
        {
            f.Assign(remainder, remainder + divisor);
            f.Assign(quotient, quotient - 1);
        });
        f.While(remainder >= divisor, () =>
        {
            f.Assign(remainder, remainder - divisor);
            f.Assign(quotient, quotient + 1);
        });
        f.Assign(quotient, quotient << 7 | remainder.IsNot(0).ToUInt64());
        f.If(FloatFormat.Float64.IsNegative(quotient << 1).Not(), () =>
        {
            f.Assign(quotient, quotient << 1);
            f.Assign(exponent, exponent - 1);
        });
        return quotient;
    }
}
