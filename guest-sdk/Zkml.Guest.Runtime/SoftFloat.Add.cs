using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

public static partial class SoftFloat
{
    /// <summary>x ± y. The common path is for normal operands far from both ends of the exponents; everything else is out of line.</summary>
    static Function BuildAdd(string name, FloatFormat format, bool subtracts)
    {
        FunctionBuilder f = new(name, format.Type);
        Local x = f.Parameter(format.Type, "x"), y = f.Parameter(format.Type, "y");
        if (subtracts) f.Assign(y, y ^ format.Sign);
        // The larger magnitude goes first: its exponent is the exponent of the result, and the difference of mantissas is not negative.
        f.If((x << 1).IsBelow(y << 1), () =>
        {
            Local swap = f.Local("swap", x);
            f.Assign(x, y);
            f.Assign(y, swap);
        });
        Local head = f.Local("head", format.SignedExponent(x));
        Local exponent = f.Local("exponent", head & format.MaxExponent), small = f.Local("small", format.Exponent(y));
        Function rare = Once($"{format.Prefix}.addRare", n => BuildAddRare(n, format));
        // Below the largest finite exponent a carry cannot overflow; from 2 on a shift by one cannot underflow.
        f.If(exponent >= format.MaxExponent - 1, () => f.Return(Expression.Call(rare, x, y)));
        f.If(small < 2, () => f.Return(Expression.Call(rare, x, y)));
        Local distance = f.Local("distance", exponent - small);
        f.If(distance >= format.FractionBits + 3, () => f.Return(x));
        Local mantissa = f.Local("mantissa", format.Mantissa(x)), other = AlignedMantissa(f, format, format.Mantissa(y), distance);
        f.If(format.IsNegative(x ^ y), () =>
        {
            f.Assign(mantissa, mantissa - other);
            // Two or more leading zeros occur only where the distance is at most 1.
            f.If(format.IsNegative(mantissa << 1).Not(), () =>
            {
                f.Assign(mantissa, mantissa << 1);
                f.Assign(head, head - 1);
                f.If(format.IsNegative(mantissa << 1).Not(), () => f.Return(Expression.Call(Cancel(format), head, mantissa)));
            });
        }, () =>
        {
            f.Assign(mantissa, mantissa + other);
            f.If(format.IsNegative(mantissa), () =>
            {
                f.Assign(mantissa, mantissa >>> 1 | mantissa & 1);
                f.Assign(head, head + 1);
            });
        });
        f.Return(format.Pack(head - 1, format.Round(mantissa)));
        return f.Build();
    }

    /// <summary>A mantissa shifted right; its last bit says whether any one was lost.</summary>
    static Local AlignedMantissa(FunctionBuilder f, FloatFormat format, Expression value, Expression distance)
    {
        Local mantissa = f.Local("other", value), aligned = f.Local("aligned", mantissa >>> distance);
        f.Assign(aligned, aligned | format.Flag((aligned << distance).IsNot(mantissa)));
        return aligned;
    }

    /// <summary>|x| ≥ |y|, with subnormals, infinities, NaNs and results that overflow.</summary>
    static Function BuildAddRare(string name, FloatFormat format)
    {
        FunctionBuilder f = new(name, format.Type);
        Local x = f.Parameter(format.Type, "x"), y = f.Parameter(format.Type, "y");
        Local head = f.Local("head", format.SignedExponent(x)), exponent = f.Local("exponent", head & format.MaxExponent);
        f.If(exponent.Is(format.MaxExponent), () =>
        {
            f.If(format.IsNaN(x) | (x ^ y).Is(format.Sign), () => f.Return(format.NaN));
            f.Return(x);
        });
        Local isOpposite = f.Local("isOpposite", format.IsNegative(x ^ y)), small = f.Local("small", format.Exponent(y));
        f.If(exponent.Is(0), () =>
        {
            // Two subnormals: their bits add like integers, and a carry makes a normal number.
            f.If(isOpposite.Not(), () => f.Return(x + format.Magnitude(y)));
            Local difference = f.Local("difference", x - format.Magnitude(y));
            f.Return(Expression.Select((difference << 1).Is(0), 0, difference));
        });
        Local other = f.Local("mantissaOfY", format.Mantissa(y));
        f.If(small.Is(0), () =>
        {
            f.Assign(other, format.Magnitude(y) << format.GuardBits);
            f.Assign(small, 1);
        });
        Local distance = f.Local("distance", exponent - small);
        f.If(distance >= format.FractionBits + 3, () => f.Return(x));
        Local aligned = AlignedMantissa(f, format, other, distance), mantissa = f.Local("mantissa", format.Mantissa(x));
        f.If(isOpposite, () => f.Return(Expression.Call(Cancel(format), head, mantissa - aligned)));
        f.Assign(mantissa, mantissa + aligned);
        f.If(format.IsNegative(mantissa), () =>
        {
            f.Assign(mantissa, mantissa >>> 1 | mantissa & 1);
            f.Assign(head, head + 1);
        });
        Local sum = f.Local("sum", format.Pack(head - 1, format.Round(mantissa)));
        // A carry out of the largest exponent leaves a fraction behind.
        f.If((sum << 1).IsBelow(format.TwiceInfinity), () => f.Return(sum));
        f.Return(x & format.Sign | format.Infinity);
        return f.Build();
    }

    /// <summary>The result of a difference: signed exponent and a mantissa that may have lost leading bits; may become subnormal or +0.</summary>
    static Function Cancel(FloatFormat format) => Once($"{format.Prefix}.cancel", name =>
    {
        FunctionBuilder f = new(name, format.Type);
        Local head = f.Parameter(ScalarType.Int32, "head"), mantissa = f.Parameter(format.Type, "mantissa");
        f.If(mantissa.Is(0), () => f.Return(0));
        Local shift = f.Local("shift", Expression.Call(LeadingZeros(format.Type), mantissa) - 1);
        // An exponent of 1 without a leading one is the exponent of subnormals.
        Local room = f.Local("room", (head & format.MaxExponent) - 1);
        f.If(room < shift, () => f.Assign(shift, room));
        f.Assign(mantissa, mantissa << shift);
        f.Return(format.Pack(head - 1 - shift, format.Round(mantissa)));
        return f.Build();
    });
}
