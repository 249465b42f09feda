using Zkml.Guest.Loops;
using static Zkml.Guest.Loops.Expression;

namespace Zkml.Guest.Emission.Routines;

/// <summary>64-bit division in 32-bit steps, after [Knuth, TAOCP 2, 4.3.1 D] with digits of 16 bits. Division by zero as RISC-V defines it.</summary>
static class WideDivision
{
    static readonly Function s_leadingZeros = BuildLeadingZeros();
    static readonly Function s_divideDigits = BuildDivideDigits();
    static readonly Function s_divideUnsigned = BuildDivideUnsigned();
    static readonly Function s_remainderUnsigned = BuildRemainder("wide_remu", s_divideUnsigned);
    static readonly Function s_divideSigned = BuildDivideSigned();
    static readonly Function s_remainderSigned = BuildRemainder("wide_rem", s_divideSigned);

    /// <summary>The function (Int64, Int64) → Int64 of a division or remainder.</summary>
    public static Function Get(BinaryOperation operation) => operation switch
    {
        BinaryOperation.DivideUnsigned => s_divideUnsigned,
        BinaryOperation.RemainderUnsigned => s_remainderUnsigned,
        BinaryOperation.DivideSigned => s_divideSigned,
        BinaryOperation.RemainderSigned => s_remainderSigned,
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation, "Expected a division."),
    };

    // Of a word that is not 0.
    static Function BuildLeadingZeros()
    {
        FunctionBuilder f = new("wide_clz", ScalarType.Int32);
        Local value = f.Parameter(ScalarType.Int32, "value"), count = f.Local("count", Bits(0u));
        for (int step = 16; step > 0; step /= 2)
        {
            f.If((value >>> (32 - step)).Not(), () =>
            {
                f.Assign(count, count + step);
                f.Assign(value, value << step);
            });
        }
        f.Return(count);
        return f.Build();
    }

    // (high, low) / divisor where high < divisor, so that the quotient is a word.
    static Function BuildDivideDigits()
    {
        FunctionBuilder f = new("wide_digits", ScalarType.Int32);
        Local high = f.Parameter(ScalarType.Int32, "high"), low = f.Parameter(ScalarType.Int32, "low");
        Local divisor = f.Parameter(ScalarType.Int32, "divisor");
        f.If(high.Not(), () => f.Return(low.DivideUnsigned(divisor)));
        Local shift = f.Local("shift", Call(s_leadingZeros, divisor));
        f.Assign(divisor, divisor << shift);
        // A shift by 32 would be a shift by 0.
        f.If(shift, () => f.Assign(high, (high << shift) | (low >>> (0 - shift))));
        f.Assign(low, low << shift);
        Local top = f.Local("top", divisor >>> 16), bottom = f.Local("bottom", divisor & 0xFFFF);
        Local first = EstimateDigit(f, high, low >>> 16, top, bottom);
        Local rest = f.Local("rest", (high << 16) + (low >>> 16) - first * divisor);
        Local second = EstimateDigit(f, rest, low & 0xFFFF, top, bottom);
        f.Return((first << 16) + second);
        return f.Build();
    }

    static Local EstimateDigit(FunctionBuilder f, Expression numerator, Expression next, Local top, Local bottom)
    {
        Local digit = f.Local("digit", numerator.DivideUnsigned(top)), remainder = f.Local("remainder", numerator - digit * top);
        Local below = f.Local("below", next);
        for (int i = 0; i < 2; i++)
        {
            f.If((remainder >>> 16).Not() & ((digit >>> 16).IsNot(0) | ((remainder << 16) + below).IsBelow(digit * bottom)), () =>
            {
                f.Assign(digit, digit - 1);
                f.Assign(remainder, remainder + top);
            });
        }
        return digit;
    }

    static Function BuildDivideUnsigned()
    {
        FunctionBuilder f = new("wide_divu", ScalarType.Int64);
        Local n = f.Parameter(ScalarType.Int64, "n"), d = f.Parameter(ScalarType.Int64, "d");
        Local high = f.Local("high", n.High()), low = f.Local("low", n.Low()), divisor = f.Local("divisor", d.Low());
        f.If(d.High().Not(), () =>
        {
            f.If(divisor.Not(), () => f.Return(-1));
            Local upper = f.Local("upper", high.DivideUnsigned(divisor));
            Local rest = f.Local("rest", high - upper * divisor);
            f.Return((upper.ToUInt64() << 32) | Call(s_divideDigits, rest, low, divisor).ToUInt64());
        });
        // Divides by the 32 leading bits of d; the estimate is right or one too large.
        Local shift = f.Local("shift", Call(s_leadingZeros, d.High()));
        Local half = f.Local("half", n >>> 1);
        Local estimate = f.Local("estimate", Call(s_divideDigits, half.High(), half.Low(), (d << shift).High()));
        Local quotient = f.Local("quotient", (estimate.ToUInt64() << shift) >>> 31);
        f.If(quotient.IsNot(0), () => f.Assign(quotient, quotient - 1));
        f.If((n - quotient * d).IsBelow(d).Not(), () => f.Assign(quotient, quotient + 1));
        f.Return(quotient);
        return f.Build();
    }

    static Function BuildDivideSigned()
    {
        FunctionBuilder f = new("wide_div", ScalarType.Int64);
        Local n = f.Parameter(ScalarType.Int64, "n"), d = f.Parameter(ScalarType.Int64, "d");
        f.If(d.Is(0), () => f.Return(-1));
        Local sign = f.Local("sign", (n.High() ^ d.High()) >> 31);
        f.If(n < 0, () => f.Assign(n, -n));
        f.If(d < 0, () => f.Assign(d, -d));
        Local quotient = f.Local("quotient", Call(s_divideUnsigned, n, d));
        f.If(sign, () => f.Assign(quotient, -quotient));
        f.Return(quotient);
        return f.Build();
    }

    static Function BuildRemainder(string name, Function division)
    {
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local n = f.Parameter(ScalarType.Int64, "n"), d = f.Parameter(ScalarType.Int64, "d");
        f.Return(n - Call(division, n, d) * d);
        return f.Build();
    }
}
