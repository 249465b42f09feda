using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Zkml.Fields;

/// <summary>
/// Element c0 + c1·X + … + c4·X⁴ of K = F[X]/(X⁵ + X² - 1), F = <see cref="KoalaBear"/>; about 2^154.9 elements.
/// The polynomial is irreducible over F (a test runs Rabin's criterion). Twenty bytes, coefficients least significant first.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct KoalaBear5(KoalaBear c0, KoalaBear c1, KoalaBear c2, KoalaBear c3, KoalaBear c4) :
    IExtensionAlgebra<KoalaBear5, KoalaBear>, IExtensionAlgebra<KoalaBear5, KoalaBear5>, IEquatable<KoalaBear5>
{
    /// <summary>The degree of K over F.</summary>
    public const int Degree = 5;

    public readonly KoalaBear C0 = c0, C1 = c1, C2 = c2, C3 = c3, C4 = c4;

    /// <summary>The element 0.</summary>
    public static KoalaBear5 Zero => default;

    /// <summary>The element 1.</summary>
    public static KoalaBear5 One => FromBase(KoalaBear.One);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear5 FromBase(KoalaBear value) => new(value, default, default, default, default);

    /// <summary>The element with the given five coefficients, least significant first.</summary>
    public static KoalaBear5 FromCoefficients(ReadOnlySpan<KoalaBear> c) => new(c[0], c[1], c[2], c[3], c[4]);

    /// <summary>Coefficient <paramref name="index"/> in [0, 5).</summary>
    public KoalaBear this[int index] => index switch { 0 => C0, 1 => C1, 2 => C2, 3 => C3, 4 => C4, _ => throw new ArgumentOutOfRangeException(nameof(index)) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear5 operator +(KoalaBear5 a, KoalaBear5 b) => new(a.C0 + b.C0, a.C1 + b.C1, a.C2 + b.C2, a.C3 + b.C3, a.C4 + b.C4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear5 operator -(KoalaBear5 a, KoalaBear5 b) => new(a.C0 - b.C0, a.C1 - b.C1, a.C2 - b.C2, a.C3 - b.C3, a.C4 - b.C4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear5 operator -(KoalaBear5 a) => default(KoalaBear5) - a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear5 operator *(KoalaBear5 a, KoalaBear b) => new(a.C0 * b, a.C1 * b, a.C2 * b, a.C3 * b, a.C4 * b);

    /// <summary>
    /// Product: each coefficient is one dot product of a with b, b1 - b4, b0 - b3, b4 - b2 and b3 - b1 + b4 (from X⁵ = 1 - X²), reduced once.
    /// </summary>
    [SkipLocalsInit]
    public static KoalaBear5 operator *(KoalaBear5 a, KoalaBear5 b)
    {
        ulong a0 = a.C0.Montgomery, a1 = a.C1.Montgomery, a2 = a.C2.Montgomery, a3 = a.C3.Montgomery, a4 = a.C4.Montgomery;
        uint b0 = b.C0.Montgomery, b1 = b.C1.Montgomery, b2 = b.C2.Montgomery, b3 = b.C3.Montgomery, b4 = b.C4.Montgomery;
        uint u = (b.C1 - b.C4).Montgomery, v = (b.C0 - b.C3).Montgomery, w = (b.C4 - b.C2).Montgomery, z = (b.C3 - b.C1 + b.C4).Montgomery;
        // Four products are below 4·p² < 2·2^32·p < 2^64; after ReduceOnce the fifth fits as well.
        return new(
            KoalaBear.FromProducts(KoalaBear.ReduceOnce(a0 * b0 + a1 * b4 + a2 * b3 + a3 * b2) + a4 * u),
            KoalaBear.FromProducts(KoalaBear.ReduceOnce(a0 * b1 + a1 * b0 + a2 * b4 + a3 * b3) + a4 * b2),
            KoalaBear.FromProducts(KoalaBear.ReduceOnce(a0 * b2 + a1 * u + a2 * v + a3 * w) + a4 * z),
            KoalaBear.FromProducts(KoalaBear.ReduceOnce(a0 * b3 + a1 * b2 + a2 * u + a3 * v) + a4 * w),
            KoalaBear.FromProducts(KoalaBear.ReduceOnce(a0 * b4 + a1 * b3 + a2 * b2 + a3 * u) + a4 * v));
    }

    /// <summary>This element times X: X·X⁴ = 1 - X².</summary>
    public KoalaBear5 TimesX() => new(C4, C0, C1 - C4, C2, C3);

    public static KoalaBear5 Lift(KoalaBear cell) => FromBase(cell);

    public static KoalaBear5 Scale(KoalaBear5 value, KoalaBear cell) => value * cell;

    public static KoalaBear5 Combine(ReadOnlySpan<KoalaBear> cells) => FromCoefficients(cells);

    public static KoalaBear5 Lift(KoalaBear5 cell) => cell;

    public static KoalaBear5 Scale(KoalaBear5 value, KoalaBear5 cell) => value * cell;

    /// <summary>Σ_k cells[k]·X^k, where the cells are base columns opened at a point of K.</summary>
    public static KoalaBear5 Combine(ReadOnlySpan<KoalaBear5> cells)
    {
        KoalaBear5 result = cells[4];
        for (int k = 3; k >= 0; k--) result = result.TimesX() + cells[k];
        return result;
    }

    /// <summary>The Frobenius map x ↦ x^p, linear over F: Σ c_i·(X^p)^i.</summary>
    public KoalaBear5 Frobenius() => Apply(FrobeniusImages);

    /// <summary>
    /// The inverse; 0 for 0. With r = 1 + p + p² + p³ + p⁴ the norm a^r lies in F, so a^-1 = a^(r-1) / a^r: two Frobenius-linear maps,
    /// two products and one inverse in F.
    /// </summary>
    public KoalaBear5 Inverse()
    {
        KoalaBear5 firstTwo = Apply(FrobeniusImages) * Apply(FrobeniusSquaredImages);   // a^(p + p²)
        KoalaBear5 conjugates = firstTwo * firstTwo.Apply(FrobeniusSquaredImages);  // a^(p + p² + p³ + p⁴)
        KoalaBear norm = (this * conjugates).C0;
        return conjugates * norm.Inverse();
    }

    // Row i is (X^(p^k))^i, so that applying the map is a combination of the rows.
    static readonly KoalaBear5[] FrobeniusImages = Powers(X.Power(KoalaBear.Modulus));
    static readonly KoalaBear5[] FrobeniusSquaredImages = Powers(X.Power(KoalaBear.Modulus).Power(KoalaBear.Modulus));

    static KoalaBear5 X => new(default, KoalaBear.One, default, default, default);

    static KoalaBear5[] Powers(KoalaBear5 image)
    {
        var powers = new KoalaBear5[Degree];
        powers[0] = One;
        for (int i = 1; i < Degree; i++)
            powers[i] = powers[i - 1] * image;
        return powers;
    }

    KoalaBear5 Apply(KoalaBear5[] images) =>
        FromBase(C0) + images[1] * C1 + images[2] * C2 + images[3] * C3 + images[4] * C4;

    public static bool operator ==(KoalaBear5 a, KoalaBear5 b) => a.Equals(b);

    public static bool operator !=(KoalaBear5 a, KoalaBear5 b) => !a.Equals(b);

    /// <summary>This element to the power <paramref name="exponent"/>.</summary>
    public KoalaBear5 Power(ulong exponent)
    {
        KoalaBear5 result = One, power = this;
        for (; exponent != 0; exponent >>= 1, power *= power)
            if ((exponent & 1) != 0)
                result *= power;
        return result;
    }

    public bool Equals(KoalaBear5 other) => C0 == other.C0 && C1 == other.C1 && C2 == other.C2 && C3 == other.C3 && C4 == other.C4;

    public override bool Equals(object? obj) => obj is KoalaBear5 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(C0, C1, C2, C3, C4);

    public override string ToString() => $"[{C0}, {C1}, {C2}, {C3}, {C4}]";
}
