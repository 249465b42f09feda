using System.Numerics;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>
/// A positive number mantissa · 2^(exponent − 63) on the way through an elementary function: the mantissa is unsigned and has its top bit set,
/// so it keeps 11 bits more than a binary64.
/// </summary>
sealed record Extended(Local Exponent, Local Mantissa);

/// <summary>Arithmetic of the elementary functions: 64-bit fixed point and <see cref="Extended"/>.</summary>
public static partial class SoftFloat
{
    /// <summary>The exponent, or the low word, of a result that does not fit the one word a function returns.</summary>
    static readonly LoopBuffer s_second = LoopBuffer.Create("f64.second", BufferKind.Scratch, MemoryType.Int64, 1);

    /// <summary>A constant of the high-precision series in fixed point.</summary>
    static long Fixed(BigInteger value, int bits) => unchecked((long)(ulong)(HighPrecision.Build.Round(value, bits) & ulong.MaxValue));

    static Expression MultiplyHigh64(Expression x, Expression y) => Expression.Call(Once("multiplyHigh64", name =>
    {
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local left = f.Parameter(ScalarType.Int64, "x"), right = f.Parameter(ScalarType.Int64, "y");
        f.Return(MultiplyWide(f, left, right).High);
        return f.Build();
    }), x, y);

    /// <summary>
    /// A polynomial as a function of a fixed-point number in [0, <paramref name="to"/>], to ≤ 1, with all fraction bits of the word; the value
    /// has <paramref name="bits"/> fraction bits. Every partial sum has the sign of its coefficient, so unsigned products are enough.
    /// </summary>
    static Function Polynomial(string name, ScalarType word, Func<BigInteger, BigInteger> function, double to, int degree, int bits) => Once(name, _ =>
    {
        BigInteger[] coefficients = [.. HighPrecision.Build.Fit(function, 0, to, degree).Select(coefficient => HighPrecision.Build.Round(coefficient, bits))];
        FunctionBuilder f = new(name, word);
        Local x = f.Parameter(word, "x"), sum = f.Local("sum", Fold.Constant(ScalarType.Int32, 0));
        BigInteger bound = BigInteger.Abs(coefficients[degree]);
        // While a sum fits 32 bits, the high half of the argument is enough for its product.
        bool isNarrow = word == ScalarType.Int32 || bound >> 31 == 0;
        Local wide = isNarrow && word == ScalarType.Int64 ? f.Local("wide", ScalarType.Int64) : sum;
        if (!isNarrow) wide = f.Local("wide", ScalarType.Int64);
        f.Assign(isNarrow ? sum : wide, unchecked((long)(ulong)(bound & ulong.MaxValue)));
        for (int i = degree - 1; i >= 0; i--)
        {
            BigInteger magnitude = BigInteger.Abs(coefficients[i]), product = new BigInteger((double)bound * to) + 1;
            bool isSame = coefficients[i].Sign == coefficients[i + 1].Sign;
            if (!isSame && product >= magnitude) throw new InvalidOperationException($"{name}: the sum at coefficient {i} changes its sign.");
            bound = isSame ? magnitude + product : magnitude;
            Expression high = isNarrow
                ? (word == ScalarType.Int32 ? x : x.High()).MultiplyHighUnsigned(sum)
                : MultiplyHigh64(x, wide);
            if (isNarrow && word == ScalarType.Int64 && bound >> 31 != 0)
            {
                isNarrow = false;
                high = high.ToUInt64();
            }
            Expression constant = Fold.Constant(isNarrow ? ScalarType.Int32 : ScalarType.Int64, unchecked((long)(ulong)(magnitude & ulong.MaxValue)));
            f.Assign(isNarrow ? sum : wide, isSame ? high + constant : constant - high);
        }
        f.Return(isNarrow ? sum : wide);
        return f.Build();
    });

    static Extended Unpacked(FunctionBuilder f, Local bits)
    {
        (Local exponent, Local mantissa) = Unpack(f, FloatFormat.Float64, bits);
        f.Assign(exponent, exponent - FloatFormat.Float64.Bias);
        f.Assign(mantissa, mantissa << 1);
        return new(exponent, mantissa);
    }

    /// <summary>A word that is not 0 and stands for word · 2^(exponent − 63).</summary>
    static Extended Normalized(FunctionBuilder f, Expression exponent, Expression word)
    {
        Local value = f.Local("word", word), zeros = f.Local("zeros", Expression.Call(LeadingZeros(ScalarType.Int64), value));
        return new(f.Local("exponent", exponent - zeros), f.Local("mantissa", value << zeros));
    }

    static Extended Multiply(FunctionBuilder f, Extended x, Extended y)
    {
        Local mantissa = f.Local("product", MultiplyHigh64(x.Mantissa, y.Mantissa)), exponent = f.Local("exponent", x.Exponent + y.Exponent + 1);
        f.If(FloatFormat.Float64.IsNegative(mantissa).Not(), () =>
        {
            f.Assign(mantissa, mantissa << 1);
            f.Assign(exponent, exponent - 1);
        });
        return new(exponent, mantissa);
    }

    static Extended Add(FunctionBuilder f, Extended x, Extended y)
    {
        Local exponent = f.Local("exponent", x.Exponent), mantissa = f.Local("sum", x.Mantissa), other = f.Local("addend", y.Mantissa), distance = f.Local("distance", x.Exponent - y.Exponent);
        f.If(distance < 0, () =>
        {
            f.Assign(distance, -distance);
            f.Assign(exponent, y.Exponent);
            f.Assign(mantissa, y.Mantissa);
            f.Assign(other, x.Mantissa);
        });
        f.Assign(other, Expression.Select(distance < 64, other >>> distance, 0));
        f.Assign(mantissa, mantissa + other);
        f.If(mantissa.IsBelow(other), () =>
        {
            f.Assign(mantissa, mantissa >>> 1 | long.MinValue);
            f.Assign(exponent, exponent + 1);
        });
        return new(exponent, mantissa);
    }

    static Extended Reciprocal(FunctionBuilder f, Extended x) =>
        new(f.Local("exponent", -1 - x.Exponent), f.Local("reciprocal", Expression.Call(Reciprocal64, x.Mantissa)));

    static Extended Divide(FunctionBuilder f, Extended x, Extended y) => Multiply(f, x, Reciprocal(f, y));

    /// <summary>2^127 / x for an x with its top bit set, to a relative 2^-56.</summary>
    static Function Reciprocal64 => Once("reciprocal64", name =>
    {
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x"), head = f.Local("head", x.High()), reciprocal = Reciprocal32(f, head);
        Local estimate = f.Local("estimate", reciprocal.ToUInt64() << 32), error = f.Local("error", Expression.Bits(1UL << 63) - MultiplyHigh64(x, estimate));
        Local result = f.Local("result", estimate + ((error >> 4) * reciprocal.ToUInt64() >> 27));
        // Next to 2^63 the result is next to 2^64 and may have wrapped.
        f.If(FloatFormat.Float64.IsNegative(result).Not(), () => f.Return(-1L));
        f.Return(result);
        return f.Build();
    });

    /// <summary>2^63 / x for a 32-bit x with its top bit set: 16 bits by a division, then one Newton step.</summary>
    static Local Reciprocal32(FunctionBuilder f, Local x)
    {
        Local reciprocal = f.Local("reciprocal32", ((Expression)int.MaxValue).DivideUnsigned(x >>> 16) << 16);
        // mulh(4·error, r/2) = error·r / 2^31.
        Local error = f.Local("error32", Expression.Bits(1u << 31) - x.MultiplyHighUnsigned(reciprocal));
        f.Assign(reciprocal, reciprocal + (error << 2).MultiplyHigh(reciprocal >>> 1));
        return reciprocal;
    }

    static Extended SquareRoot(FunctionBuilder f, Extended x)
    {
        Local mantissa = f.Local("radicand", x.Mantissa >>> 1);
        f.If(x.Exponent & 1, () => f.Assign(mantissa, x.Mantissa));
        Local root = RootMantissa(f, FloatFormat.Float64, mantissa);
        return new(f.Local("exponent", x.Exponent >> 1), f.Local("root", root << 1));
    }

    /// <summary>A positive number as a binary64 with the sign of a word.</summary>
    static Expression Packed(Extended x, Expression sign) =>
        Expression.Call(RoundAndPack(FloatFormat.Float64), sign, x.Exponent + FloatFormat.Float64.Bias, x.Mantissa >>> 1 | x.Mantissa & 1);

    /// <summary>The number as fixed point with this many fraction bits; bits above the word wrap, bits below it are lost.</summary>
    static Local ToFixed(FunctionBuilder f, Extended x, int bits)
    {
        Local shift = f.Local("shift", x.Exponent + (bits - 63)), word = f.Local("fixed", 0L);
        f.If(shift >= 0, () => f.If(shift < 64, () => f.Assign(word, x.Mantissa << shift)), () => f.If(shift > -64, () => f.Assign(word, x.Mantissa >>> -shift)));
        return word;
    }
}
