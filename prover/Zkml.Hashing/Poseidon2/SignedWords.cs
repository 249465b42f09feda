using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Zkml.Fields;
using V = System.Runtime.Intrinsics.Vector512<uint>;

namespace Zkml.Hashing;

/// <summary>
/// AVX-512 arithmetic on Montgomery words with the wider input ranges that the permutation kernels live on; only called where AVX-512F is supported.
/// </summary>
static class SignedWords
{
    /// <summary>x + y mod p; canonical for x in [0, p), y in [0, p].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Add(V x, V y)
    {
        V sum = x + y;
        return Avx512F.Min(sum, sum - Vector512.Create(KoalaBear.Modulus));
    }

    /// <summary>x - y mod p; canonical for x in [0, p), y in [0, p].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Subtract(V x, V y)
    {
        V difference = x - y;
        return Avx512F.Min(difference, difference + Vector512.Create(KoalaBear.Modulus));
    }

    /// <summary>
    /// x³ in [0, p) for signed words x in [-p, p). Even and odd lanes go apart; the square stays signed in (-p, p), and |x²·x| is at
    /// most p², which the last reduction takes to (-p, p).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Cube(Vector512<int> x)
    {
        Vector512<int> factor = Vector512.Create(unchecked((int)KoalaBear.InverseModulus)), modulus = Vector512.Create((int)KoalaBear.Modulus);
        Vector512<int> odd = Avx512F.DuplicateOddIndexed(x.AsSingle()).AsInt32();
        Vector512<long> evenPower = Avx512F.Multiply(x, x), oddPower = Avx512F.Multiply(odd, odd);
        evenPower -= Avx512F.Multiply(Avx512F.Multiply(evenPower.AsInt32(), factor).AsInt32(), modulus);
        oddPower -= Avx512F.Multiply(Avx512F.Multiply(oddPower.AsInt32(), factor).AsInt32(), modulus);
        evenPower = Avx512F.Multiply(Avx512F.DuplicateOddIndexed(evenPower.AsSingle()).AsInt32(), x);
        oddPower = Avx512F.Multiply(Avx512F.DuplicateOddIndexed(oddPower.AsSingle()).AsInt32(), odd);
        evenPower -= Avx512F.Multiply(Avx512F.Multiply(evenPower.AsInt32(), factor).AsInt32(), modulus);
        oddPower -= Avx512F.Multiply(Avx512F.Multiply(oddPower.AsInt32(), factor).AsInt32(), modulus);
        V result = Vector512.ConditionalSelect(
            Vector512.Create(0x00000000_FFFFFFFFUL).AsUInt32(), Avx512F.DuplicateOddIndexed(evenPower.AsSingle()).AsUInt32(), oddPower.AsUInt32());
        return Avx512F.Min(result, result + modulus.AsUInt32());
    }

    /// <summary>x·y mod p in [0, p) for words in [0, p); <paramref name="factors"/> holds y·p^-1 mod 2^32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Multiply(V x, V y, V factors)
    {
        V modulus = Vector512.Create(KoalaBear.Modulus), xOdd = Avx512F.DuplicateOddIndexed(x.AsSingle()).AsUInt32();
        V yOdd = Avx512F.DuplicateOddIndexed(y.AsSingle()).AsUInt32(), factorsOdd = Avx512F.DuplicateOddIndexed(factors.AsSingle()).AsUInt32();
        Vector512<ulong> even = Avx512F.Multiply(x, y) - Avx512F.Multiply(Avx512F.Multiply(x, factors).AsUInt32(), modulus);
        Vector512<ulong> odd = Avx512F.Multiply(xOdd, yOdd) - Avx512F.Multiply(Avx512F.Multiply(xOdd, factorsOdd).AsUInt32(), modulus);
        V result = Vector512.ConditionalSelect(
            Vector512.Create(0x00000000_FFFFFFFFUL).AsUInt32(), Avx512F.DuplicateOddIndexed(even.AsSingle()).AsUInt32(), odd.AsUInt32());
        return Avx512F.Min(result, result + modulus);
    }
}
