using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

public static partial class SoftFloat
{
    static Function BuildEqual(string name, FloatFormat format)
    {
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(format.Type, "x"), y = f.Parameter(format.Type, "y");
        f.If(x.Is(y), () => f.Return(format.IsNaN(x).Not()));
        f.Return(((x | y) << 1).Is(0));
        return f.Build();
    }

    static Function BuildLess(string name, FloatFormat format)
    {
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(format.Type, "x"), y = f.Parameter(format.Type, "y");
        ReturnIfUnordered(f, format, x, y);
        // Of two negative numbers the one with the larger bits is smaller; else bits compare like integers, but −0 is not less than +0.
        f.If(format.IsNegative(x & y), () => f.Return(y < x));
        f.Return((x < y) & ((x | y) << 1).IsNot(0));
        return f.Build();
    }

    static Function BuildLessOrEqual(string name, FloatFormat format)
    {
        FunctionBuilder f = new(name, ScalarType.Int32);
        Local x = f.Parameter(format.Type, "x"), y = f.Parameter(format.Type, "y");
        ReturnIfUnordered(f, format, x, y);
        f.If(format.IsNegative(x & y), () => f.Return(y <= x));
        f.Return((x <= y) | ((x | y) << 1).Is(0));
        return f.Build();
    }

    static void ReturnIfUnordered(FunctionBuilder f, FloatFormat format, Local x, Local y)
    {
        f.If(format.IsNaN(x), () => f.Return(0));
        f.If(format.IsNaN(y), () => f.Return(0));
    }

    /// <summary>To an integer as a float. Bits of a fraction are cleared after the bits of what rounds up are added: a carry moves into the exponent.</summary>
    static Function BuildRound(string name, FloatFormat format, FloatOperation operation)
    {
        FunctionBuilder f = new(name, format.Type);
        Local x = f.Parameter(format.Type, "x"), exponent = f.Local("exponent", format.Exponent(x));
        f.If(exponent >= format.Bias + format.FractionBits, () =>
        {
            f.If(format.IsNaN(x), () => f.Return(format.NaN));
            f.Return(x);
        });
        Expression sign = x & format.Sign, isZero = (x << 1).Is(0), isNegative = format.IsNegative(x);
        ConstantExpression one = format.Constant((long)format.Bias << format.FractionBits);
        f.If(exponent < format.Bias, () =>
        {
            Expression isOne = operation switch
            {
                // Above one half, which itself rounds to the even 0.
                FloatOperation.RoundToEven => format.Constant((long)(format.Bias - 1) << format.FractionBits + 1).IsBelow(x << 1),
                FloatOperation.Floor => isNegative & isZero.Not(),
                FloatOperation.Ceiling => (isNegative | isZero).Not(),
                _ => 0,
            };
            f.Return(sign | Expression.Select(isOne, one, format.Constant(0)));
        });
        Local count = f.Local("count", format.Bias + format.FractionBits - exponent), mask = f.Local("mask", (format.Constant(1) << count) - 1);
        Expression addend = operation switch
        {
            FloatOperation.RoundToEven => (mask >>> 1) + (x >>> count & 1),
            FloatOperation.Floor => Expression.Select(isNegative, mask, 0),
            FloatOperation.Ceiling => Expression.Select(isNegative, 0, mask),
            _ => format.Constant(0),
        };
        f.Return(x + addend & ~mask);
        return f.Build();
    }
}
