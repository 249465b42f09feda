using System.Runtime.InteropServices;

namespace Zkml.Fields.Bn254;

/// <summary>
/// Element c0 + c1·w of Fq12 = Fq6[w]/(w² - v). Over Fq2 the basis is 1, w, w², …, w⁵ with w⁶ = ξ: coefficient k of w^k is
/// C0.C0, C1.C0, C0.C1, C1.C1, C0.C2, C1.C2 for k = 0 … 5. Values of the pairing lie here.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Fq12(in Fq6 c0, in Fq6 c1) : IField<Fq12>
{
    public readonly Fq6 C0 = c0, C1 = c1;

    /// <inheritdoc/>
    public static Fq12 One => new(Fq6.One, default);

    /// <inheritdoc/>
    public bool IsZero => C0.IsZero && C1.IsZero;

    /// <summary>c0 - c1·w = x^(q⁶): the inverse of every element whose order divides q⁶ + 1, so of every pairing value.</summary>
    public Fq12 Conjugate() => new(C0, -C1);

    public static Fq12 operator +(in Fq12 left, in Fq12 right) => new(left.C0 + right.C0, left.C1 + right.C1);

    public static Fq12 operator -(in Fq12 left, in Fq12 right) => new(left.C0 - right.C0, left.C1 - right.C1);

    public static Fq12 operator -(in Fq12 value) => new(-value.C0, -value.C1);

    /// <summary>Three products in Fq6 (Karatsuba).</summary>
    public static Fq12 operator *(in Fq12 left, in Fq12 right)
    {
        Fq6 low = left.C0 * right.C0, high = left.C1 * right.C1;
        Fq6 cross = (left.C0 + left.C1) * (right.C0 + right.C1);
        return new(low + high.TimesV(), cross - low - high);
    }

    /// <summary>Product with the line l0 + l1·w + l3·w³: 13 products in Fq2.</summary>
    public Fq12 TimesLine(in Fq2 l0, in Fq2 l1, in Fq2 l3)
    {
        Fq6 low = C0 * l0, high = C1.TimesSparse(l1, l3);
        Fq6 cross = (C0 + C1).TimesSparse(l0 + l1, l3);
        return new(low + high.TimesV(), cross - low - high);
    }

    /// <summary>(c0 + c1)(c0 + v·c1) - (1 + v)·c0·c1 + 2·c0·c1·w.</summary>
    public Fq12 Square()
    {
        Fq6 product = C0 * C1;
        return new((C0 + C1) * (C0 + C1.TimesV()) - product - product.TimesV(), product + product);
    }

    /// <summary>
    /// The square of an element whose order divides q⁴ - q² + 1, which every value of the final exponentiation's easy part is:
    /// three squarings in Fq4 = Fq2[w³] instead of one in Fq12. [GS10] §3.2.
    /// </summary>
    public Fq12 CyclotomicSquare()
    {
        (Fq2 s0, Fq2 s1) = SquareQuartic(C0.C0, C1.C1);
        (Fq2 s2, Fq2 s3) = SquareQuartic(C1.C0, C0.C2);
        (Fq2 s4, Fq2 s5) = SquareQuartic(C0.C1, C1.C2);
        return new(
            new Fq6(ThreeTimesMinus(s0, C0.C0), ThreeTimesMinus(s2, C0.C1), ThreeTimesMinus(s4, C0.C2)),
            new Fq6(ThreeTimesPlus(s5.TimesXi(), C1.C0), ThreeTimesPlus(s1, C1.C1), ThreeTimesPlus(s3, C1.C2)));
    }

    /// <summary>(a + b·s)² for s² = ξ, as the coefficients of 1 and s.</summary>
    static (Fq2 Low, Fq2 High) SquareQuartic(in Fq2 a, in Fq2 b)
    {
        Fq2 product = a * b;
        return ((a + b) * (a + b.TimesXi()) - product - product.TimesXi(), product + product);
    }

    static Fq2 ThreeTimesMinus(in Fq2 square, in Fq2 value)
    {
        Fq2 difference = square - value;
        return difference + difference + square;
    }

    static Fq2 ThreeTimesPlus(in Fq2 square, in Fq2 value)
    {
        Fq2 sum = square + value;
        return sum + sum + square;
    }

    /// <inheritdoc/>
    public Fq12 Inverse()
    {
        Fq6 inverse = (C0.Square() - C1.Square().TimesV()).Inverse();
        return new(C0 * inverse, -(C1 * inverse));
    }

    /// <summary>x^q: each coefficient is conjugated, and w^k becomes w^k·γ^k with γ = ξ^((q-1)/6).</summary>
    public Fq12 Frobenius() => new(
        new Fq6(C0.C0.Conjugate(), C0.C1.Conjugate() * FrobeniusConstants.Gamma2, C0.C2.Conjugate() * FrobeniusConstants.Gamma4),
        new Fq6(C1.C0.Conjugate() * FrobeniusConstants.Gamma1, C1.C1.Conjugate() * FrobeniusConstants.Gamma3, C1.C2.Conjugate() * FrobeniusConstants.Gamma5));

    /// <summary>x^(q²): w^k becomes w^k·δ^k with δ = γ^(q+1), the norm of γ, a sixth root of unity in Fq.</summary>
    public Fq12 FrobeniusSquared() => new(
        new Fq6(C0.C0, C0.C1 * FrobeniusConstants.Delta2, C0.C2 * FrobeniusConstants.Delta4),
        new Fq6(C1.C0 * FrobeniusConstants.Delta1, -C1.C1, C1.C2 * FrobeniusConstants.Delta5));

    public static bool operator ==(in Fq12 left, in Fq12 right) => left.Equals(right);

    public static bool operator !=(in Fq12 left, in Fq12 right) => !left.Equals(right);

    public bool Equals(Fq12 other) => C0 == other.C0 && C1 == other.C1;

    public override bool Equals(object? obj) => obj is Fq12 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(C0, C1);

    public override string ToString() => $"[{C0}, {C1}]";
}
