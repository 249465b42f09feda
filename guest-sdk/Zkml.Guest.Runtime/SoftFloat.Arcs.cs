using System.Numerics;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>Inverse trigonometric functions in binary64, all through the angle of a point.</summary>
public static partial class SoftFloat
{
    /// <summary>atan(i/8) for i = 0 … 8, with 62 fraction bits.</summary>
    static LoopBuffer Angles => Table("f64.angles", MemoryType.Int64,
        () => [.. Enumerable.Range(0, 9).SelectMany(i => BitConverter.GetBytes(Fixed(High.Atan(High.One * i / 8), 62)))]);

    /// <summary>atan(t)/t as a function of t², t up to a little more than 1/16.</summary>
    static Function AtanQuotient => Polynomial("f64.atanQuotient", ScalarType.Int64, z => Quotient(High.Atan, z), 0.0045, 8, 63);

    /// <summary>
    /// The angle of (x, y), both positive, in (0, π/2), as an extended number. For y ≤ x the ratio goes next to a multiple of 1/8:
    /// atan(y/x) = atan(c) + atan((y − c·x)/(x + c·y)).
    /// </summary>
    static Extended Angle(FunctionBuilder f, Extended y, Extended x) => WithExponent(f, Expression.Call(Once("f64.angle", name =>
    {
        FunctionBuilder g = new(name, ScalarType.Int64);
        Local exponentY = g.Parameter(ScalarType.Int32, "exponentY"), mantissaY = g.Parameter(ScalarType.Int64, "mantissaY");
        Local exponentX = g.Parameter(ScalarType.Int32, "exponentX"), mantissaX = g.Parameter(ScalarType.Int64, "mantissaX");
        Extended numerator = new(exponentY, mantissaY), denominator = new(exponentX, mantissaX);
        Local isSteep = g.Local("isSteep", (exponentX < exponentY) | exponentX.Is(exponentY) & mantissaX.IsBelow(mantissaY));
        g.If(isSteep, () =>
        {
            Extended small = LowAngle(g, denominator, numerator);
            ReturnWithExponent(g, Normalized(g, 1, Fixed(High.Pi / 2, 62) - ToFixed(g, small, 62)));
        });
        ReturnWithExponent(g, LowAngle(g, numerator, denominator));
        return g.Build();
    }), y.Exponent, y.Mantissa, x.Exponent, x.Mantissa));

    /// <summary>The same for y ≤ x.</summary>
    static Extended LowAngle(FunctionBuilder f, Extended y, Extended x) => WithExponent(f, Expression.Call(Once("f64.lowAngle", name =>
    {
        FunctionBuilder g = new(name, ScalarType.Int64);
        Local exponentY = g.Parameter(ScalarType.Int32, "exponentY"), mantissaY = g.Parameter(ScalarType.Int64, "mantissaY");
        Local exponentX = g.Parameter(ScalarType.Int32, "exponentX"), mantissaX = g.Parameter(ScalarType.Int64, "mantissaX");
        Local distance = g.Local("distance", exponentX - exponentY), head = g.Local("head", mantissaX.High()), index = g.Local("index", 0);
        g.If(distance < 5, () => g.Assign(index, ((mantissaY.High() >>> 1 >>> distance) + (head >>> 5)).DivideUnsigned(head >>> 4)));
        g.If(index.Is(0), () =>
        {
            Extended ratio = Divide(g, new(exponentY, mantissaY), new(exponentX, mantissaX));
            ReturnWithExponent(g, Multiply(g, ratio, Normalized(g, 0, Expression.Call(AtanQuotient, SquareOf(g, ratio)))));
        });
        Local wideX = g.Local("wideX", mantissaX >>> 1), wideY = g.Local("wideY", mantissaY >>> 1 >>> distance), factor = g.Local("factor", index.ToInt64());
        Local angle = g.Local("angle", Expression.Load(Angles, index));
        Local difference = g.Local("difference", wideY - Eighths(wideX, factor)), isNegative = g.Local("isNegative", FloatFormat.Float64.IsNegative(difference));
        g.If(difference.IsNot(0), () =>
        {
            g.If(isNegative, () => g.Assign(difference, -difference));
            Extended ratio = Divide(g, Normalized(g, 1, difference), Normalized(g, 1, wideX + Eighths(wideY, factor)));
            Extended small = Multiply(g, ratio, Normalized(g, 0, Expression.Call(AtanQuotient, SquareOf(g, ratio))));
            Local correction = ToFixed(g, small, 62);
            g.If(isNegative, () => g.Assign(correction, -correction));
            g.Assign(angle, angle + correction);
        });
        ReturnWithExponent(g, Normalized(g, 1, angle));
        return g.Build();
    }), y.Exponent, y.Mantissa, x.Exponent, x.Mantissa));

    // x · factor / 8 without overflow.
    static Expression Eighths(Local x, Local factor) => (x >>> 3) * factor + ((x & 7) * factor >>> 3);

    static Function BuildAtan(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x");
        Extended argument = OddArgument(f, x, -28, 64, () => f.Return(x & format.Sign | BitConverter.DoubleToInt64Bits(Math.PI / 2)));
        f.Return(Packed(Angle(f, argument, One(f)), x));
        return f.Build();
    }

    static Function BuildAsin(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x");
        Extended argument = OddArgument(f, x, -28, 0, () =>
        {
            f.If((x << 1).Is(BitConverter.DoubleToInt64Bits(1) << 1), () => f.Return(x & format.Sign | BitConverter.DoubleToInt64Bits(Math.PI / 2)));
            f.Return(format.NaN);
        });
        f.Return(Packed(Angle(f, argument, OtherLeg(f, argument)), x));
        return f.Build();
    }

    static Function BuildAcos(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x"), field = f.Local("field", format.Exponent(x));
        f.If(field < format.Bias - 56, () => f.Return(BitConverter.DoubleToInt64Bits(Math.PI / 2)));
        f.If(field >= format.Bias, () =>
        {
            f.If(x.Is(BitConverter.DoubleToInt64Bits(1)), () => f.Return(0L));
            f.If(x.Is(BitConverter.DoubleToInt64Bits(-1)), () => f.Return(BitConverter.DoubleToInt64Bits(Math.PI)));
            f.Return(format.NaN);
        });
        Extended argument = Unpacked(f, x), angle = Angle(f, OtherLeg(f, argument), argument);
        f.If(format.IsNegative(x), () => f.Return(Packed(Normalized(f, 2, Fixed(High.Pi, 61) - ToFixed(f, angle, 61)), format.Constant(0))));
        f.Return(Packed(angle, format.Constant(0)));
        return f.Build();
    }

    /// <summary>√((1 − x)·(1 + x)) for x below 1.</summary>
    static Extended OtherLeg(FunctionBuilder f, Extended x) =>
        SquareRoot(f, Multiply(f, Normalized(f, 0, Expression.Bits(1UL << 63) - ToFixed(f, x, 63)), Add(f, x, One(f))));
}
