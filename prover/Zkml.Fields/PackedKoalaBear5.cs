using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zkml.Fields;

/// <summary>
/// Sixteen elements of K, one vector per coefficient: lane by lane equal to <see cref="KoalaBear5"/>. 320 bytes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct PackedKoalaBear5(PackedKoalaBear c0, PackedKoalaBear c1, PackedKoalaBear c2, PackedKoalaBear c3, PackedKoalaBear c4)
    : IExtensionAlgebra<PackedKoalaBear5, PackedKoalaBear>, IEquatable<PackedKoalaBear5>
{
    /// <summary>Coefficient i of every lane, least significant first.</summary>
    public readonly PackedKoalaBear C0 = c0, C1 = c1, C2 = c2, C3 = c3, C4 = c4;

    /// <summary>0 in every lane.</summary>
    public static PackedKoalaBear5 Zero => default;

    /// <summary>1 in every lane.</summary>
    public static PackedKoalaBear5 One => FromBase(KoalaBear.One);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 FromBase(KoalaBear value) => FromBase(PackedKoalaBear.FromBase(value));

    /// <summary>Embeds sixteen elements of F.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 FromBase(PackedKoalaBear value) => new(value, default, default, default, default);

    /// <summary>The same element of K in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 FromExtension(KoalaBear5 value) => new(
        PackedKoalaBear.FromBase(value.C0), PackedKoalaBear.FromBase(value.C1), PackedKoalaBear.FromBase(value.C2),
        PackedKoalaBear.FromBase(value.C3), PackedKoalaBear.FromBase(value.C4));

    /// <summary>The first sixteen elements of <paramref name="elements"/>, transposed; fewer throw.</summary>
    [SkipLocalsInit]
    public static PackedKoalaBear5 FromElements(ReadOnlySpan<KoalaBear5> elements)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(elements.Length, PackedKoalaBear.Lanes);
        Span<KoalaBear> words = stackalloc KoalaBear[PackedKoalaBear.Lanes * KoalaBear5.Degree];
        for (int lane = 0; lane < PackedKoalaBear.Lanes; lane++)
        {
            KoalaBear5 element = elements[lane];
            words[lane] = element.C0;
            words[lane + 16] = element.C1;
            words[lane + 32] = element.C2;
            words[lane + 48] = element.C3;
            words[lane + 64] = element.C4;
        }

        return new(
            PackedKoalaBear.FromElements(words), PackedKoalaBear.FromElements(words[16..]), PackedKoalaBear.FromElements(words[32..]),
            PackedKoalaBear.FromElements(words[48..]), PackedKoalaBear.FromElements(words[64..]));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 Lift(PackedKoalaBear cell) => FromBase(cell);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 Scale(PackedKoalaBear5 value, PackedKoalaBear cell) => value * cell;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 Combine(ReadOnlySpan<PackedKoalaBear> cells) => new(cells[0], cells[1], cells[2], cells[3], cells[4]);

    /// <summary>sum + Σ_j weights[j]·cells[j] with one reduction for all products.</summary>
    public static PackedKoalaBear5 AddProducts(PackedKoalaBear5 sum, ReadOnlySpan<PackedKoalaBear5> weights, ReadOnlySpan<PackedKoalaBear> cells)
    {
        weights = weights[..cells.Length];
        if (!Avx512F.IsSupported)
        {
            for (int j = 0; j < cells.Length; j++)
                sum += weights[j] * cells[j];
            return sum;
        }

        Vector512<ulong> even0 = default, even1 = default, even2 = default, even3 = default, even4 = default;
        Vector512<ulong> odd0 = default, odd1 = default, odd2 = default, odd3 = default, odd4 = default;
        for (int j = 0; j < cells.Length; j++)
        {
            ref readonly PackedKoalaBear5 weight = ref weights[j];
            Vector512<uint> cell = cells[j].Words, oddCell = Odd(cell);
            AddProduct(ref even0, ref odd0, weight.C0.Words, cell, oddCell);
            AddProduct(ref even1, ref odd1, weight.C1.Words, cell, oddCell);
            AddProduct(ref even2, ref odd2, weight.C2.Words, cell, oddCell);
            AddProduct(ref even3, ref odd3, weight.C3.Words, cell, oddCell);
            AddProduct(ref even4, ref odd4, weight.C4.Words, cell, oddCell);
        }

        return new(
            sum.C0 + Reduce(even0, odd0), sum.C1 + Reduce(even1, odd1), sum.C2 + Reduce(even2, odd2), sum.C3 + Reduce(even3, odd3), sum.C4 + Reduce(even4, odd4));
    }

    /// <summary>The element in lane <paramref name="lane"/>, in [0, 16).</summary>
    public KoalaBear5 this[int lane] => new(C0[lane], C1[lane], C2[lane], C3[lane], C4[lane]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 operator +(PackedKoalaBear5 a, PackedKoalaBear5 b) =>
        new(a.C0 + b.C0, a.C1 + b.C1, a.C2 + b.C2, a.C3 + b.C3, a.C4 + b.C4);

    /// <summary>Adds an element of F in each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 operator +(PackedKoalaBear5 a, PackedKoalaBear b) => new(a.C0 + b, a.C1, a.C2, a.C3, a.C4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 operator -(PackedKoalaBear5 a, PackedKoalaBear5 b) =>
        new(a.C0 - b.C0, a.C1 - b.C1, a.C2 - b.C2, a.C3 - b.C3, a.C4 - b.C4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 operator -(PackedKoalaBear5 a) => default(PackedKoalaBear5) - a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 operator *(PackedKoalaBear5 a, PackedKoalaBear b) => new(a.C0 * b, a.C1 * b, a.C2 * b, a.C3 * b, a.C4 * b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 operator *(PackedKoalaBear5 a, KoalaBear b) => new(a.C0 * b, a.C1 * b, a.C2 * b, a.C3 * b, a.C4 * b);

    /// <summary>
    /// Product by five dot products with one reduction each; see <see cref="KoalaBear5"/> for the combinations of b.
    /// </summary>
    // Inlined although long: passing 640 bytes by value costs as much as the product (0.95 against 1.8 ns an element).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 operator *(PackedKoalaBear5 a, PackedKoalaBear5 b)
    {
        PackedKoalaBear u = b.C1 - b.C4, v = b.C0 - b.C3, w = b.C4 - b.C2, z = b.C3 - u;
        if (!Avx512F.IsSupported)
            return Multiply(a, b, u, v, w, z);
        return DotProducts(
            a, b.C0.Words, b.C1.Words, b.C2.Words, b.C3.Words, b.C4.Words, u.Words, v.Words, w.Words, z.Words,
            Odd(b.C0.Words), Odd(b.C1.Words), Odd(b.C2.Words), Odd(b.C3.Words), Odd(b.C4.Words), Odd(u.Words), Odd(v.Words), Odd(w.Words), Odd(z.Words));
    }

    /// <summary>Every lane times one prepared element of K.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 operator *(PackedKoalaBear5 a, in BroadcastKoalaBear5 b)
    {
        if (!Avx512F.IsSupported)
            return Multiply(a, FromExtension(b.Value), b.U, b.V, b.W, b.Z);
        // All lanes of b are equal, so its odd lanes need no shuffle.
        Vector512<uint> b0 = b.C0.Words, b1 = b.C1.Words, b2 = b.C2.Words, b3 = b.C3.Words, b4 = b.C4.Words;
        Vector512<uint> u = b.U.Words, v = b.V.Words, w = b.W.Words, z = b.Z.Words;
        return DotProducts(a, b0, b1, b2, b3, b4, u, v, w, z, b0, b1, b2, b3, b4, u, v, w, z);
    }

    /// <summary>The fallback of both products, and their readable form.</summary>
    static PackedKoalaBear5 Multiply(PackedKoalaBear5 a, PackedKoalaBear5 b, PackedKoalaBear u, PackedKoalaBear v, PackedKoalaBear w, PackedKoalaBear z) => new(
        a.C0 * b.C0 + a.C1 * b.C4 + a.C2 * b.C3 + a.C3 * b.C2 + a.C4 * u,
        a.C0 * b.C1 + a.C1 * b.C0 + a.C2 * b.C4 + a.C3 * b.C3 + a.C4 * b.C2,
        a.C0 * b.C2 + a.C1 * u + a.C2 * v + a.C3 * w + a.C4 * z,
        a.C0 * b.C3 + a.C1 * b.C2 + a.C2 * u + a.C3 * v + a.C4 * w,
        a.C0 * b.C4 + a.C1 * b.C3 + a.C2 * b.C2 + a.C3 * u + a.C4 * v);

    /// <summary>AVX-512: the five dot products; lower case are even lanes, upper case odd lanes moved to even places.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static PackedKoalaBear5 DotProducts(
        PackedKoalaBear5 a,
        Vector512<uint> b0, Vector512<uint> b1, Vector512<uint> b2, Vector512<uint> b3, Vector512<uint> b4,
        Vector512<uint> u, Vector512<uint> v, Vector512<uint> w, Vector512<uint> z,
        Vector512<uint> B0, Vector512<uint> B1, Vector512<uint> B2, Vector512<uint> B3, Vector512<uint> B4,
        Vector512<uint> U, Vector512<uint> V, Vector512<uint> W, Vector512<uint> Z)
    {
        Vector512<uint> a0 = a.C0.Words, a1 = a.C1.Words, a2 = a.C2.Words, a3 = a.C3.Words, a4 = a.C4.Words;
        Vector512<uint> A0 = Odd(a0), A1 = Odd(a1), A2 = Odd(a2), A3 = Odd(a3), A4 = Odd(a4);
        return new(
            Reduce(Dot(a0, b0, a1, b4, a2, b3, a3, b2, a4, u), Dot(A0, B0, A1, B4, A2, B3, A3, B2, A4, U)),
            Reduce(Dot(a0, b1, a1, b0, a2, b4, a3, b3, a4, b2), Dot(A0, B1, A1, B0, A2, B4, A3, B3, A4, B2)),
            Reduce(Dot(a0, b2, a1, u, a2, v, a3, w, a4, z), Dot(A0, B2, A1, U, A2, V, A3, W, A4, Z)),
            Reduce(Dot(a0, b3, a1, b2, a2, u, a3, v, a4, w), Dot(A0, B3, A1, B2, A2, U, A3, V, A4, W)),
            Reduce(Dot(a0, b4, a1, b3, a2, b2, a3, u, a4, v), Dot(A0, B4, A1, B3, A2, B2, A3, U, A4, V)));
    }

    // A sum below 2^32·p and one product below p² stay below 2^64, and the subtraction brings them back under 2^32·p.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddProduct(ref Vector512<ulong> even, ref Vector512<ulong> odd, Vector512<uint> weight, Vector512<uint> cell, Vector512<uint> oddCell)
    {
        Vector512<ulong> limit = Vector512.Create((ulong)KoalaBear.Modulus << 32);
        even += Avx512F.Multiply(weight, cell);
        odd += Avx512F.Multiply(Odd(weight), oddCell);
        even = Avx512F.Min(even, even - limit);
        odd = Avx512F.Min(odd, odd - limit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Odd(Vector512<uint> words) => Avx512F.DuplicateOddIndexed(words.AsSingle()).AsUInt32();

    /// <summary>Five 64-bit products summed, below 2^32·p: four are below 2·2^32·p, and one subtraction makes room for the fifth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<ulong> Dot(
        Vector512<uint> a, Vector512<uint> b, Vector512<uint> c, Vector512<uint> d, Vector512<uint> e,
        Vector512<uint> f, Vector512<uint> g, Vector512<uint> h, Vector512<uint> i, Vector512<uint> j)
    {
        Vector512<ulong> limit = Vector512.Create((ulong)KoalaBear.Modulus << 32);
        Vector512<ulong> sum = Avx512F.Multiply(a, b) + Avx512F.Multiply(c, d) + (Avx512F.Multiply(e, f) + Avx512F.Multiply(g, h));
        sum = Avx512F.Min(sum, sum - limit) + Avx512F.Multiply(i, j);
        return Avx512F.Min(sum, sum - limit);
    }

    /// <summary>Montgomery reduction of the even and odd sums, each below 2^32·p, to words in [0, p).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static PackedKoalaBear Reduce(Vector512<ulong> even, Vector512<ulong> odd)
    {
        Vector512<uint> factor = Vector512.Create(KoalaBear.InverseModulus), modulus = Vector512.Create(KoalaBear.Modulus);
        even -= Avx512F.Multiply(Avx512F.Multiply(even.AsUInt32(), factor).AsUInt32(), modulus);
        odd -= Avx512F.Multiply(Avx512F.Multiply(odd.AsUInt32(), factor).AsUInt32(), modulus);
        Vector512<uint> result = Vector512.ConditionalSelect(
            Vector512.Create(0x00000000_FFFFFFFFUL).AsUInt32(), Avx512F.DuplicateOddIndexed(even.AsSingle()).AsUInt32(), odd.AsUInt32());
        return new(Avx512F.Min(result, result + modulus));
    }

    public static bool operator ==(PackedKoalaBear5 a, PackedKoalaBear5 b) => a.Equals(b);

    public static bool operator !=(PackedKoalaBear5 a, PackedKoalaBear5 b) => !a.Equals(b);

    public bool Equals(PackedKoalaBear5 other) => C0 == other.C0 && C1 == other.C1 && C2 == other.C2 && C3 == other.C3 && C4 == other.C4;

    public override bool Equals(object? obj) => obj is PackedKoalaBear5 other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(C0, C1, C2, C3, C4);
}

/// <summary>
/// One element b of K in every lane, with the combinations of its coefficients that a product needs. 576 bytes: keep one per constant, pass it by reference.
/// </summary>
public readonly struct BroadcastKoalaBear5
{
    /// <summary>Coefficient i of b in every lane.</summary>
    public readonly PackedKoalaBear C0, C1, C2, C3, C4;

    /// <summary>b1 - b4, b0 - b3, b4 - b2 and b3 - b1 + b4 in every lane.</summary>
    internal readonly PackedKoalaBear U, V, W, Z;

    /// <summary>Prepares <paramref name="value"/>.</summary>
    public BroadcastKoalaBear5(KoalaBear5 value)
    {
        PackedKoalaBear5 packed = PackedKoalaBear5.FromExtension(value);
        (C0, C1, C2, C3, C4) = (packed.C0, packed.C1, packed.C2, packed.C3, packed.C4);
        (U, V, W, Z) = (C1 - C4, C0 - C3, C4 - C2, C3 - C1 + C4);
    }

    /// <summary>The element b.</summary>
    public KoalaBear5 Value => new(C0[0], C1[0], C2[0], C3[0], C4[0]);

    /// <summary>Sixteen elements of F times b.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static PackedKoalaBear5 operator *(PackedKoalaBear left, in BroadcastKoalaBear5 right) =>
        new(left * right.C0, left * right.C1, left * right.C2, left * right.C3, left * right.C4);
}
