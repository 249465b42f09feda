using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zkml.Fields;

/// <summary>
/// Butterflies of the row-major transforms. Each works on whole rows: sixteen columns a step, canonical words in [0, p) in and out.
/// Rows are read from <c>source</c> and written to <c>destination</c>, which may be the same place. The scalar form is <see cref="Ntt"/>.
/// </summary>
/// <remarks>
/// A twiddle is a canonical integer w with the factor ⌊w·2^32/p⌋. Then q = ⌊a·factor/2^32⌋ misses a·w/p by less than 2, for any word a, so that
/// the low words alone give a·w - q·p in [0, 2p): four multiplications where a Montgomery product needs six [Shoup].
/// Optimised at once, without tiers: a kernel that starts unoptimised loses more on a first segment than tiering ever gains.
/// Safe: the callers pass rows of <c>count</c> elements, a multiple of 16, and tables that hold the three entries read.
/// </remarks>
static unsafe class Butterflies
{
    const int Lanes = PackedKoalaBear.Lanes;

    /// <summary>Decimation in frequency, two stages on rows 0, 1, 2, 3 (each <c>step</c> elements apart): first (0,2), (1,3), then (0,1), (2,3).</summary>
    /// <param name="words">Twiddles at this row: [quarter] for the second stage, [2·quarter] and [3·quarter] for the first.</param>
    /// <param name="factors">The factors, at the same places.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Frequency4(KoalaBear* source, nint sourceStep, KoalaBear* destination, nint destinationStep, int count, uint* words, uint* factors, nint quarter)
    {
        uint* s0 = (uint*)source, s1 = s0 + sourceStep, s2 = s1 + sourceStep, s3 = s2 + sourceStep;
        uint* d0 = (uint*)destination, d1 = d0 + destinationStep, d2 = d1 + destinationStep, d3 = d2 + destinationStep;
        Vector512<uint> a = Vector512.Create(words[2 * quarter]), aFactor = Vector512.Create(factors[2 * quarter]);
        Vector512<uint> b = Vector512.Create(words[3 * quarter]), bFactor = Vector512.Create(factors[3 * quarter]);
        Vector512<uint> c = Vector512.Create(words[quarter]), cFactor = Vector512.Create(factors[quarter]);
        for (nint i = 0; i < count; i += Lanes)
        {
            Vector512<uint> x0 = Vector512.Load(s0 + i), x1 = Vector512.Load(s1 + i), x2 = Vector512.Load(s2 + i), x3 = Vector512.Load(s3 + i);
            Vector512<uint> y0 = Add(x0, x2), y1 = Add(x1, x3);
            Vector512<uint> y2 = Multiply(Difference(x0, x2), a, aFactor), y3 = Multiply(Difference(x1, x3), b, bFactor);
            Add(y0, y1).Store(d0 + i);
            Multiply(Difference(y0, y1), c, cFactor).Store(d1 + i);
            Add(y2, y3).Store(d2 + i);
            Multiply(Difference(y2, y3), c, cFactor).Store(d3 + i);
        }
    }

    /// <summary>Decimation in time, two stages on four rows: first (0,1), (2,3), then (0,2), (1,3). The inverse of <see cref="Frequency4"/> but for a factor 4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Time4(KoalaBear* source, nint sourceStep, KoalaBear* destination, nint destinationStep, int count, uint* words, uint* factors, nint quarter)
    {
        uint* s0 = (uint*)source, s1 = s0 + sourceStep, s2 = s1 + sourceStep, s3 = s2 + sourceStep;
        uint* d0 = (uint*)destination, d1 = d0 + destinationStep, d2 = d1 + destinationStep, d3 = d2 + destinationStep;
        Vector512<uint> a = Vector512.Create(words[2 * quarter]), aFactor = Vector512.Create(factors[2 * quarter]);
        Vector512<uint> b = Vector512.Create(words[3 * quarter]), bFactor = Vector512.Create(factors[3 * quarter]);
        Vector512<uint> c = Vector512.Create(words[quarter]), cFactor = Vector512.Create(factors[quarter]);
        for (nint i = 0; i < count; i += Lanes)
        {
            Vector512<uint> x0 = Vector512.Load(s0 + i), x1 = Multiply(Vector512.Load(s1 + i), c, cFactor);
            Vector512<uint> x2 = Vector512.Load(s2 + i), x3 = Multiply(Vector512.Load(s3 + i), c, cFactor);
            Vector512<uint> y0 = Add(x0, x1), y1 = Subtract(x0, x1);
            // The sum stays below 2p and the difference is shifted by p: the product takes any word.
            Vector512<uint> y2 = Multiply(x2 + x3, a, aFactor), y3 = Multiply(Difference(x2, x3), b, bFactor);
            Add(y0, y2).Store(d0 + i);
            Subtract(y0, y2).Store(d2 + i);
            Add(y1, y3).Store(d1 + i);
            Subtract(y1, y3).Store(d3 + i);
        }
    }

    /// <summary>The last step of an inverse: <see cref="Frequency4"/> with every result scaled. The caller has scaled a, b and <paramref name="words"/>[1] already.</summary>
    /// <param name="words">[c, c·scale, a·scale, b·scale, scale].</param>
    /// <param name="factors">The factors, at the same places.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaledFrequency4(KoalaBear* source, nint sourceStep, KoalaBear* destination, nint destinationStep, int count, uint* words, uint* factors)
    {
        uint* s0 = (uint*)source, s1 = s0 + sourceStep, s2 = s1 + sourceStep, s3 = s2 + sourceStep;
        uint* d0 = (uint*)destination, d1 = d0 + destinationStep, d2 = d1 + destinationStep, d3 = d2 + destinationStep;
        Vector512<uint> c = Vector512.Create(words[0]), cFactor = Vector512.Create(factors[0]);
        Vector512<uint> scaledC = Vector512.Create(words[1]), scaledCFactor = Vector512.Create(factors[1]);
        Vector512<uint> a = Vector512.Create(words[2]), aFactor = Vector512.Create(factors[2]);
        Vector512<uint> b = Vector512.Create(words[3]), bFactor = Vector512.Create(factors[3]);
        Vector512<uint> scale = Vector512.Create(words[4]), scaleFactor = Vector512.Create(factors[4]);
        for (nint i = 0; i < count; i += Lanes)
        {
            Vector512<uint> x0 = Vector512.Load(s0 + i), x1 = Vector512.Load(s1 + i), x2 = Vector512.Load(s2 + i), x3 = Vector512.Load(s3 + i);
            Vector512<uint> y0 = Add(x0, x2), y1 = Add(x1, x3);
            Vector512<uint> y2 = Multiply(Difference(x0, x2), a, aFactor), y3 = Multiply(Difference(x1, x3), b, bFactor);
            Multiply(y0 + y1, scale, scaleFactor).Store(d0 + i);
            Multiply(Difference(y0, y1), scaledC, scaledCFactor).Store(d1 + i);
            Add(y2, y3).Store(d2 + i);
            Multiply(Difference(y2, y3), c, cFactor).Store(d3 + i);
        }
    }

    /// <summary>One stage of decimation in frequency on two rows, scaled: [a·scale, scale].</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void ScaledFrequency2(KoalaBear* source, nint sourceStep, KoalaBear* destination, nint destinationStep, int count, uint* words, uint* factors)
    {
        uint* s0 = (uint*)source, s1 = s0 + sourceStep, d0 = (uint*)destination, d1 = d0 + destinationStep;
        Vector512<uint> a = Vector512.Create(words[0]), aFactor = Vector512.Create(factors[0]);
        Vector512<uint> scale = Vector512.Create(words[1]), scaleFactor = Vector512.Create(factors[1]);
        for (nint i = 0; i < count; i += Lanes)
        {
            Vector512<uint> x0 = Vector512.Load(s0 + i), x1 = Vector512.Load(s1 + i);
            Multiply(x0 + x1, scale, scaleFactor).Store(d0 + i);
            Multiply(Difference(x0, x1), a, aFactor).Store(d1 + i);
        }
    }

    /// <summary>One stage of decimation in frequency on two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Frequency2(KoalaBear* source, nint sourceStep, KoalaBear* destination, nint destinationStep, int count, uint word, uint factor)
    {
        uint* s0 = (uint*)source, s1 = s0 + sourceStep, d0 = (uint*)destination, d1 = d0 + destinationStep;
        Vector512<uint> a = Vector512.Create(word), aFactor = Vector512.Create(factor);
        for (nint i = 0; i < count; i += Lanes)
        {
            Vector512<uint> x0 = Vector512.Load(s0 + i), x1 = Vector512.Load(s1 + i);
            Add(x0, x1).Store(d0 + i);
            Multiply(Difference(x0, x1), a, aFactor).Store(d1 + i);
        }
    }

    /// <summary>One stage of decimation in time on two rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Time2(KoalaBear* source, nint sourceStep, KoalaBear* destination, nint destinationStep, int count, uint word, uint factor)
    {
        uint* s0 = (uint*)source, s1 = s0 + sourceStep, d0 = (uint*)destination, d1 = d0 + destinationStep;
        Vector512<uint> a = Vector512.Create(word), aFactor = Vector512.Create(factor);
        for (nint i = 0; i < count; i += Lanes)
        {
            Vector512<uint> x0 = Vector512.Load(s0 + i), x1 = Multiply(Vector512.Load(s1 + i), a, aFactor);
            Add(x0, x1).Store(d0 + i);
            Subtract(x0, x1).Store(d1 + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Add(Vector512<uint> left, Vector512<uint> right)
    {
        Vector512<uint> sum = left + right;
        return Vector512.Min(sum, sum - Vector512.Create(KoalaBear.Modulus));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Subtract(Vector512<uint> left, Vector512<uint> right)
    {
        Vector512<uint> difference = left - right;
        return Vector512.Min(difference, difference + Vector512.Create(KoalaBear.Modulus));
    }

    /// <summary>left - right + p, in (0, 2p): not canonical, for <see cref="Multiply"/> only.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Difference(Vector512<uint> left, Vector512<uint> right) => left - right + Vector512.Create(KoalaBear.Modulus);

    /// <summary>Any words times a twiddle, canonical.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Multiply(Vector512<uint> left, Vector512<uint> word, Vector512<uint> factor)
    {
        if (!Avx512F.IsSupported)
            return PackedFallback.MultiplyTwiddle(left, word, factor);
        Vector512<uint> modulus = Vector512.Create(KoalaBear.Modulus);
        Vector512<uint> even = Avx512F.Multiply(left, factor).AsUInt32();
        Vector512<uint> odd = Avx512F.Multiply(Avx512F.DuplicateOddIndexed(left.AsSingle()).AsUInt32(), factor).AsUInt32();
        Vector512<uint> quotient = Vector512.ConditionalSelect(
            Vector512.Create(0x00000000_FFFFFFFFUL).AsUInt32(), Avx512F.DuplicateOddIndexed(even.AsSingle()).AsUInt32(), odd);
        Vector512<uint> result = Avx512F.MultiplyLow(left.AsInt32(), word.AsInt32()).AsUInt32() - Avx512F.MultiplyLow(quotient.AsInt32(), modulus.AsInt32()).AsUInt32();
        return Avx512F.Min(result, result - modulus);
    }
}
