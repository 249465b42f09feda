using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zkml.Fields;

/// <summary>The packed products on processors without AVX-512: two AVX2 halves, or sixteen scalar products.</summary>
static class PackedFallback
{
    /// <summary>The lane-wise product, words canonical in [0, p).</summary>
    public static PackedKoalaBear Multiply(PackedKoalaBear left, PackedKoalaBear right) =>
        Avx2.IsSupported
            ? new(Vector512.Create(
                MultiplyHalf(left.Words.GetLower(), right.Words.GetLower()), MultiplyHalf(left.Words.GetUpper(), right.Words.GetUpper())))
            : MultiplyLanes(left, right);

    /// <summary>Eight lanes with AVX2; the same steps as the AVX-512 product.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> MultiplyHalf(Vector256<uint> left, Vector256<uint> right)
    {
        Vector256<uint> factor = Vector256.Create(KoalaBear.InverseModulus), modulus = Vector256.Create(KoalaBear.Modulus);
        Vector256<ulong> even = Avx2.Multiply(left, right);
        Vector256<ulong> odd = Avx2.Multiply(
            Avx.DuplicateOddIndexed(left.AsSingle()).AsUInt32(), Avx.DuplicateOddIndexed(right.AsSingle()).AsUInt32());
        even -= Avx2.Multiply(Avx2.Multiply(even.AsUInt32(), factor).AsUInt32(), modulus);
        odd -= Avx2.Multiply(Avx2.Multiply(odd.AsUInt32(), factor).AsUInt32(), modulus);
        Vector256<uint> result = Avx2.Blend(Avx.DuplicateOddIndexed(even.AsSingle()).AsUInt32(), odd.AsUInt32(), 0b1010_1010);
        return Avx2.Min(result, result + modulus);
    }

    /// <summary>Any words times canonical twiddles with their factors ⌊w·2^32/p⌋, canonical; see <see cref="Butterflies"/>.</summary>
    public static Vector512<uint> MultiplyTwiddle(Vector512<uint> left, Vector512<uint> word, Vector512<uint> factor)
    {
        if (Avx2.IsSupported)
            return Vector512.Create(
                MultiplyTwiddleHalf(left.GetLower(), word.GetLower(), factor.GetLower()),
                MultiplyTwiddleHalf(left.GetUpper(), word.GetUpper(), factor.GetUpper()));
        Span<uint> words = stackalloc uint[PackedKoalaBear.Lanes];
        for (int lane = 0; lane < words.Length; lane++)
        {
            uint quotient = (uint)(((ulong)left[lane] * factor[lane]) >> 32);
            uint result = unchecked(left[lane] * word[lane] - quotient * KoalaBear.Modulus);
            words[lane] = Math.Min(result, unchecked(result - KoalaBear.Modulus));
        }

        return Vector512.Create<uint>(words);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector256<uint> MultiplyTwiddleHalf(Vector256<uint> left, Vector256<uint> word, Vector256<uint> factor)
    {
        Vector256<uint> modulus = Vector256.Create(KoalaBear.Modulus);
        Vector256<uint> even = Avx2.Multiply(left, factor).AsUInt32();
        Vector256<uint> odd = Avx2.Multiply(Avx.DuplicateOddIndexed(left.AsSingle()).AsUInt32(), factor).AsUInt32();
        Vector256<uint> quotient = Avx2.Blend(Avx.DuplicateOddIndexed(even.AsSingle()).AsUInt32(), odd, 0b1010_1010);
        Vector256<uint> result = Avx2.MultiplyLow(left, word) - Avx2.MultiplyLow(quotient, modulus);
        return Avx2.Min(result, result - modulus);
    }

    static PackedKoalaBear MultiplyLanes(PackedKoalaBear left, PackedKoalaBear right)
    {
        Span<uint> words = stackalloc uint[PackedKoalaBear.Lanes];
        for (int lane = 0; lane < words.Length; lane++)
            words[lane] = (left[lane] * right[lane]).Montgomery;
        return new(Vector512.Create<uint>(words));
    }
}
