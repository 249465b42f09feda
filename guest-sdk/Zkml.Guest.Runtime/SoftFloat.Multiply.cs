using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

public static partial class SoftFloat
{
    /// <summary>x · y; normal operands and a normal result in line.</summary>
    static Function BuildMultiply(string name, FloatFormat format)
    {
        FunctionBuilder f = new(name, format.Type);
        Local x = f.Parameter(format.Type, "x"), y = f.Parameter(format.Type, "y");
        Local first = f.Local("first", format.Exponent(x)), second = f.Local("second", format.Exponent(y));
        Function rare = Once($"{format.Prefix}.multiplyRare", n => BuildMultiplyRare(n, format));
        f.If((first - 1).IsBelow(format.MaxExponent - 1).Not(), () => f.Return(Expression.Call(rare, x, y)));
        f.If((second - 1).IsBelow(format.MaxExponent - 1).Not(), () => f.Return(Expression.Call(rare, x, y)));
        // 1 less than the exponent of the result: Pack adds the leading one. Two units below the ends leave room for the carries.
        Local exponent = f.Local("exponent", first + second - (format.Bias + 1));
        f.If(exponent.IsBelow(format.MaxExponent - 4).Not(), () => f.Return(Expression.Call(rare, x, y)));
        Local product = Product(f, format, format.HighMantissa(x), format.Mantissa(y));
        f.If(format.IsNegative(product << 1), () => f.Assign(exponent, exponent + 1), () => f.Assign(product, product << 1));
        f.Return(format.Pack(exponent, format.Round(product)) | (x ^ y) & format.Sign);
        return f.Build();
    }

    /// <summary>The high word of a product, its last bit set if the low word has a one.</summary>
    static Local Product(FunctionBuilder f, FloatFormat format, Expression left, Expression right)
    {
        Local x = f.Local("left", left), y = f.Local("right", right);
        if (format.Width == FloatWidth.Float32) return f.Local("product", x.MultiplyHighUnsigned(y) | (x * y).IsNot(0));
        (Local high, Expression lowBits) = MultiplyWide(f, x, y);
        f.Assign(high, high | lowBits.IsNot(0).ToUInt64());
        return high;
    }

    static Function BuildMultiplyRare(string name, FloatFormat format)
    {
        FunctionBuilder f = new(name, format.Type);
        Local x = f.Parameter(format.Type, "x"), y = f.Parameter(format.Type, "y");
        Local magnitudeX = f.Local("magnitudeX", x << 1), magnitudeY = f.Local("magnitudeY", y << 1), sign = f.Local("sign", (x ^ y) & format.Sign);
        Expression isFinite = magnitudeX.IsBelow(format.TwiceInfinity) & magnitudeY.IsBelow(format.TwiceInfinity), isZero = magnitudeX.Is(0) | magnitudeY.Is(0);
        f.If(isFinite, () => f.If(isZero, () => f.Return(sign)), () =>
        {
            f.If(isZero | format.TwiceInfinity.IsBelow(magnitudeX) | format.TwiceInfinity.IsBelow(magnitudeY), () => f.Return(format.NaN));
            f.Return(sign | format.Infinity);
        });
        (Local first, Local left) = Unpack(f, format, x);
        (Local second, Local right) = Unpack(f, format, y);
        Local product = Product(f, format, left << 1, right), exponent = f.Local("exponentOfProduct", first + second - format.Bias);
        f.If(format.IsNegative(product << 1), () => f.Assign(exponent, exponent + 1), () => f.Assign(product, product << 1));
        f.Return(Expression.Call(RoundAndPack(format), sign, exponent, product));
        return f.Build();
    }
}
