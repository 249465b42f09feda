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
    /// Product by the schoolbook sums d_k = Σ a_i·b_(k-i), then X⁵ = 1 - X², X⁶ = X - X³, X⁷ = X² - X⁴, X⁸ = X³ - 1 + X².
    /// </summary>
    public static KoalaBear5 operator *(KoalaBear5 a, KoalaBear5 b)
    {
        KoalaBear d5 = a.C1 * b.C4 + a.C2 * b.C3 + a.C3 * b.C2 + a.C4 * b.C1;
        KoalaBear d6 = a.C2 * b.C4 + a.C3 * b.C3 + a.C4 * b.C2;
        KoalaBear d7 = a.C3 * b.C4 + a.C4 * b.C3;
        KoalaBear d8 = a.C4 * b.C4;
        return new(
            a.C0 * b.C0 + d5 - d8,
            a.C0 * b.C1 + a.C1 * b.C0 + d6,
            a.C0 * b.C2 + a.C1 * b.C1 + a.C2 * b.C0 - d5 + d7 + d8,
            a.C0 * b.C3 + a.C1 * b.C2 + a.C2 * b.C1 + a.C3 * b.C0 - d6 + d8,
            a.C0 * b.C4 + a.C1 * b.C3 + a.C2 * b.C2 + a.C3 * b.C1 + a.C4 * b.C0 - d7);
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
