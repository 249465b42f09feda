using System.Runtime.CompilerServices;

namespace Zkml.Fields;

/// <summary>
/// Element of F_p, p = 2^31 - 2^24 + 1, in Montgomery form with R = 2^32; the stored word is canonical in [0, p).
/// The scalar reference of every packed kernel.
/// </summary>
/// <remarks>p - 1 = 127 · 2^24, so the two-adicity is 24, and x ↦ x³ is a permutation because 3 does not divide p - 1.</remarks>
public readonly struct KoalaBear : IAlgebra<KoalaBear>, IEquatable<KoalaBear>
{
    /// <summary>The modulus p = 2^31 - 2^24 + 1.</summary>
    public const uint Modulus = 0x7F000001;

    /// <summary>p^-1 mod 2^32: the Montgomery factor of the subtracting form, q = lo(x)·p^-1, result = hi(x) - hi(q·p).</summary>
    public const uint InverseModulus = 0x81000001;

    /// <summary>2^24 divides p - 1; no power-of-two domain is larger.</summary>
    public const int TwoAdicity = 24;

    const uint MontgomeryOne = 0x01FFFFFE;        // 2^32 mod p
    const uint MontgomeryRSquared = 0x17F7EFE4;   // 2^64 mod p

    readonly uint _montgomery;

    KoalaBear(uint montgomery) => _montgomery = montgomery;

    /// <summary>The stored word x·2^32 mod p, in [0, p).</summary>
    public uint Montgomery => _montgomery;

    /// <summary>The element 0.</summary>
    public static KoalaBear Zero => default;

    /// <summary>The element 1.</summary>
    public static KoalaBear One => new(MontgomeryOne);

    /// <summary>The multiplicative generator 3.</summary>
    public static KoalaBear Generator => FromCanonical(3);

    /// <summary>Wraps a word that is already in Montgomery form and in [0, p).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear FromMontgomery(uint montgomery) => new(montgomery);

    /// <summary>The element with integer value <paramref name="value"/> mod p; any 32-bit word is accepted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear FromCanonical(uint value) => new(Reduce((ulong)value * MontgomeryRSquared));

    /// <summary>The integer value in [0, p).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ToCanonical() => Reduce(_montgomery);

    /// <summary>1 for true, 0 for false.</summary>
    public static KoalaBear FromBool(bool value) => value ? One : default;

    /// <inheritdoc/>
    public static KoalaBear FromBase(KoalaBear value) => value;

    /// <summary>
    /// The canonical word of a difference in (-p, p). By a mask, not a comparison: the signs are random, and a mispredicted branch costs
    /// more than the whole operation.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static uint AddModulusIfNegative(uint difference) => unchecked(difference + (Modulus & (uint)((int)difference >> 31)));

    /// <summary>x·2^-32 mod p in [0, p), for x &lt; 2^32·p.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static uint Reduce(ulong x)
    {
        // q·p ≡ x (mod 2^32), so x - q·p is an exact multiple of 2^32; hi(x) < p and hi(q·p) < p, so one correction suffices.
        uint q = unchecked((uint)x * InverseModulus);
        uint high = (uint)(x >> 32), borrow = (uint)(((ulong)q * Modulus) >> 32);
        return AddModulusIfNegative(unchecked(high - borrow));
    }

    /// <summary>The element of a sum of Montgomery products: <paramref name="sum"/>·2^-32 mod p, for a sum below 2·2^32·p (four products fit).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static KoalaBear FromProducts(ulong sum) => new(Reduce(ReduceOnce(sum)));

    /// <summary>Subtracts 2^32·p where that leaves no negative number: brings a sum below 2·2^32·p under 2^32·p, the range of <see cref="Reduce"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static ulong ReduceOnce(ulong sum) => Math.Min(sum, unchecked(sum - ((ulong)Modulus << 32)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear operator +(KoalaBear left, KoalaBear right)
    {
        return new(AddModulusIfNegative(unchecked(left._montgomery + right._montgomery - Modulus)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear operator -(KoalaBear left, KoalaBear right) =>
        new(AddModulusIfNegative(unchecked(left._montgomery - right._montgomery)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear operator -(KoalaBear value) => default(KoalaBear) - value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KoalaBear operator *(KoalaBear left, KoalaBear right) => new(Reduce((ulong)left._montgomery * right._montgomery));

    public static bool operator ==(KoalaBear left, KoalaBear right) => left._montgomery == right._montgomery;

    public static bool operator !=(KoalaBear left, KoalaBear right) => left._montgomery != right._montgomery;

    /// <summary>This element to the power <paramref name="exponent"/> (0^0 = 1).</summary>
    public KoalaBear Power(ulong exponent)
    {
        KoalaBear result = One, power = this;
        for (; exponent != 0; exponent >>= 1, power *= power)
            if ((exponent & 1) != 0)
                result *= power;
        return result;
    }

    /// <summary>The inverse; 0 for 0. By Fermat: x^(p-2).</summary>
    public KoalaBear Inverse() => Power(Modulus - 2);

    /// <summary>The primitive 2^<paramref name="logOrder"/>-th root of unity 3^((p-1)/2^logOrder), logOrder in [0, 24].</summary>
    public static KoalaBear TwoAdicRoot(int logOrder)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)logOrder, (uint)TwoAdicity);
        return Generator.Power((Modulus - 1) >> logOrder);
    }

    public bool Equals(KoalaBear other) => this == other;

    public override bool Equals(object? obj) => obj is KoalaBear other && Equals(other);

    public override int GetHashCode() => (int)_montgomery;

    public override string ToString() => ToCanonical().ToString();
}
