using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zkml.Fields;

/// <summary>
/// Sixteen elements of F in one vector, lane by lane: every operator equals the operator of <see cref="KoalaBear"/> on each lane.
/// Words are in Montgomery form, canonical in [0, p) on input and on output.
/// </summary>
/// <remarks>
/// Products use AVX-512 where the processor has it, otherwise two AVX2 halves, otherwise the scalar lanes; the choice is a constant for the JIT.
/// </remarks>
public readonly unsafe struct PackedKoalaBear : IAlgebra<PackedKoalaBear>, IEquatable<PackedKoalaBear>
{
    /// <summary>Elements in one value, whatever the processor.</summary>
    public const int Lanes = 16;

    readonly Vector512<uint> _words;

    /// <summary>Wraps sixteen Montgomery words, each in [0, p).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PackedKoalaBear(Vector512<uint> words) => _words = words;

    /// <summary>The sixteen Montgomery words, each in [0, p).</summary>
    public Vector512<uint> Words
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => _words;
    }

    /// <summary>0 in every lane.</summary>
    public static PackedKoalaBear Zero => default;

    /// <summary>1 in every lane.</summary>
    public static PackedKoalaBear One => FromBase(KoalaBear.One);

    /// <summary>The same element in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear FromBase(KoalaBear value) => new(Vector512.Create(value.Montgomery));

    /// <summary>The first sixteen elements of <paramref name="elements"/>; fewer throw.</summary>
    public static PackedKoalaBear FromElements(ReadOnlySpan<KoalaBear> elements)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(elements.Length, Lanes);
        // Safe: the length is checked, and an element is its one word.
        fixed (KoalaBear* source = elements)
            return Load(source);
    }

    /// <summary>Reads sixteen consecutive elements; any alignment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear Load(KoalaBear* source) => new(Vector512.Load((uint*)source));

    /// <summary>Writes sixteen consecutive elements; any alignment.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(KoalaBear* destination) => _words.Store((uint*)destination);

    /// <summary>The element in lane <paramref name="lane"/>, in [0, 16).</summary>
    public KoalaBear this[int lane] => KoalaBear.FromMontgomery(_words.GetElement(lane));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear operator +(PackedKoalaBear left, PackedKoalaBear right)
    {
        // The sum is below 2p < 2^32; below p, subtracting p wraps to a larger word, so that the minimum is the canonical one.
        Vector512<uint> sum = left._words + right._words;
        return new(Vector512.Min(sum, sum - Vector512.Create(KoalaBear.Modulus)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear operator -(PackedKoalaBear left, PackedKoalaBear right)
    {
        // A negative difference wraps above 2^32 - p > p, and adding p brings it back.
        Vector512<uint> difference = left._words - right._words;
        return new(Vector512.Min(difference, difference + Vector512.Create(KoalaBear.Modulus)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear operator -(PackedKoalaBear value) => default(PackedKoalaBear) - value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear operator *(PackedKoalaBear left, PackedKoalaBear right)
    {
        if (!Avx512F.IsSupported)
            return PackedFallback.Multiply(left, right);
        Vector512<uint> factor = Vector512.Create(KoalaBear.InverseModulus), modulus = Vector512.Create(KoalaBear.Modulus);
        Vector512<ulong> even = Avx512F.Multiply(left._words, right._words);
        Vector512<ulong> odd = Avx512F.Multiply(
            Avx512F.DuplicateOddIndexed(left._words.AsSingle()).AsUInt32(), Avx512F.DuplicateOddIndexed(right._words.AsSingle()).AsUInt32());
        // The low words of x and of q·p are equal, so the 64-bit difference is exactly (hi(x) - hi(q·p))·2^32.
        even -= Avx512F.Multiply(Avx512F.Multiply(even.AsUInt32(), factor).AsUInt32(), modulus);
        odd -= Avx512F.Multiply(Avx512F.Multiply(odd.AsUInt32(), factor).AsUInt32(), modulus);
        Vector512<uint> result = Vector512.ConditionalSelect(
            Vector512.Create(0x00000000_FFFFFFFFUL).AsUInt32(), Avx512F.DuplicateOddIndexed(even.AsSingle()).AsUInt32(), odd.AsUInt32());
        return new(Avx512F.Min(result, result + modulus));
    }

    /// <summary>Every lane times one element; two products fewer on the critical path than the general product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear operator *(PackedKoalaBear left, KoalaBear right)
    {
        if (!Avx512F.IsSupported)
            return PackedFallback.Multiply(left, FromBase(right));
        return left.Multiply(Vector512.Create(right.Montgomery), Vector512.Create(unchecked(right.Montgomery * KoalaBear.InverseModulus)));
    }

    /// <summary>Every lane times one prepared element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear operator *(PackedKoalaBear left, BroadcastKoalaBear right) =>
        Avx512F.IsSupported ? left.Multiply(right.Words, right.Factors) : PackedFallback.Multiply(left, new PackedKoalaBear(right.Words));

    /// <summary>AVX-512 only: the product with a vector of equal words; <paramref name="factors"/> holds words·p^-1 mod 2^32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    PackedKoalaBear Multiply(Vector512<uint> words, Vector512<uint> factors)
    {
        Vector512<uint> modulus = Vector512.Create(KoalaBear.Modulus), shifted = Avx512F.DuplicateOddIndexed(_words.AsSingle()).AsUInt32();
        Vector512<ulong> even = Avx512F.Multiply(_words, words) - Avx512F.Multiply(Avx512F.Multiply(_words, factors).AsUInt32(), modulus);
        Vector512<ulong> odd = Avx512F.Multiply(shifted, words) - Avx512F.Multiply(Avx512F.Multiply(shifted, factors).AsUInt32(), modulus);
        Vector512<uint> result = Vector512.ConditionalSelect(
            Vector512.Create(0x00000000_FFFFFFFFUL).AsUInt32(), Avx512F.DuplicateOddIndexed(even.AsSingle()).AsUInt32(), odd.AsUInt32());
        return new(Avx512F.Min(result, result + modulus));
    }

    /// <summary>x² in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PackedKoalaBear Square()
    {
        if (!Avx512F.IsSupported)
            return PackedFallback.Multiply(this, this);
        Vector512<uint> factor = Vector512.Create(KoalaBear.InverseModulus), modulus = Vector512.Create(KoalaBear.Modulus);
        Vector512<uint> shifted = Avx512F.DuplicateOddIndexed(_words.AsSingle()).AsUInt32();
        Vector512<ulong> even = Avx512F.Multiply(_words, _words), odd = Avx512F.Multiply(shifted, shifted);
        even -= Avx512F.Multiply(Avx512F.Multiply(even.AsUInt32(), factor).AsUInt32(), modulus);
        odd -= Avx512F.Multiply(Avx512F.Multiply(odd.AsUInt32(), factor).AsUInt32(), modulus);
        Vector512<uint> result = Vector512.ConditionalSelect(
            Vector512.Create(0x00000000_FFFFFFFFUL).AsUInt32(), Avx512F.DuplicateOddIndexed(even.AsSingle()).AsUInt32(), odd.AsUInt32());
        return new(Avx512F.Min(result, result + modulus));
    }

    /// <summary>
    /// x³ in every lane. Even and odd lanes stay apart, and the square stays a signed number in (-p, p) without correction,
    /// because the last reduction takes |x²·x| &lt; p².
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public PackedKoalaBear Cube()
    {
        if (!Avx512F.IsSupported)
            return PackedFallback.Multiply(PackedFallback.Multiply(this, this), this);
        Vector512<int> factor = Vector512.Create(unchecked((int)KoalaBear.InverseModulus)), modulus = Vector512.Create((int)KoalaBear.Modulus);
        Vector512<int> words = _words.AsInt32(), shifted = Avx512F.DuplicateOddIndexed(_words.AsSingle()).AsInt32();
        Vector512<long> even = Avx512F.Multiply(words, words), odd = Avx512F.Multiply(shifted, shifted);
        even -= Avx512F.Multiply(Avx512F.Multiply(even.AsInt32(), factor).AsInt32(), modulus);
        odd -= Avx512F.Multiply(Avx512F.Multiply(odd.AsInt32(), factor).AsInt32(), modulus);
        even = Avx512F.Multiply(Avx512F.DuplicateOddIndexed(even.AsSingle()).AsInt32(), words);
        odd = Avx512F.Multiply(Avx512F.DuplicateOddIndexed(odd.AsSingle()).AsInt32(), shifted);
        even -= Avx512F.Multiply(Avx512F.Multiply(even.AsInt32(), factor).AsInt32(), modulus);
        odd -= Avx512F.Multiply(Avx512F.Multiply(odd.AsInt32(), factor).AsInt32(), modulus);
        Vector512<uint> result = Vector512.ConditionalSelect(
            Vector512.Create(0x00000000_FFFFFFFFUL).AsUInt32(), Avx512F.DuplicateOddIndexed(even.AsSingle()).AsUInt32(), odd.AsUInt32());
        return new(Avx512F.Min(result, result + modulus.AsUInt32()));
    }

    public static bool operator ==(PackedKoalaBear left, PackedKoalaBear right) => left._words == right._words;

    public static bool operator !=(PackedKoalaBear left, PackedKoalaBear right) => left._words != right._words;

    public bool Equals(PackedKoalaBear other) => this == other;

    public override bool Equals(object? obj) => obj is PackedKoalaBear other && Equals(other);

    public override int GetHashCode() => _words.GetHashCode();
}

/// <summary>One element in every lane, with the factor word·p^-1 mod 2^32 that makes products with it cheaper.</summary>
public readonly struct BroadcastKoalaBear
{
    /// <summary>Sixteen copies of the Montgomery word, in [0, p).</summary>
    public readonly Vector512<uint> Words;

    /// <summary>Sixteen copies of word·p^-1 mod 2^32.</summary>
    public readonly Vector512<uint> Factors;

    /// <summary>Prepares <paramref name="value"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public BroadcastKoalaBear(KoalaBear value)
    {
        Words = Vector512.Create(value.Montgomery);
        Factors = Vector512.Create(unchecked(value.Montgomery * KoalaBear.InverseModulus));
    }
}
