using System.Numerics;
using System.Runtime.CompilerServices;

namespace Zkml.Fields.Bn254;

/// <summary>
/// Inverses mod p by the binary greatest common divisor, 31 steps at a time on the top and bottom bits of both numbers [Por20]; about ten times as
/// fast as the power p - 2. The running time depends on the number only through its length.
/// </summary>
static class BinaryInverse<TModulus>
    where TModulus : struct, IModulus
{
    // Steps of one round: as many as keep the factors in 32 bits. 17 rounds are enough for two numbers of 254 bits.
    const int Steps = 31, Rounds = 17;

    const ulong LowMask = (1UL << Steps) - 1, Bias = 0x7FFF_FFFF;

    /// <summary>Four words of a number, least significant first; as a result of <see cref="Combine"/>, reduced.</summary>
    internal struct Words
    {
        public ulong W0, W1, W2, W3;

        public readonly bool IsZero => (W0 | W1 | W2 | W3) == 0;
    }

    /// <summary>x^-1 mod p of a number in [1, p).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static Words Invert(in Words x)
    {
        // a ≡ u·x and b ≡ v·x mod p, always; a and b are never negative, and b is odd. At the end a = 0 and b = 1.
        Words a = x, b = new() { W0 = TModulus.P0, W1 = TModulus.P1, W2 = TModulus.P2, W3 = TModulus.P3 }, u = new() { W0 = 1 }, v = default;
        for (int round = 0; round < Rounds && !a.IsZero; round++)
        {
            (ulong topA, ulong topB) = Approximate(a, b);
            RunSteps(topA, topB, out long f0, out long g0, out long f1, out long g1);
            Words nextA = Shift(a, f0, b, g0, out bool isNegativeA), nextB = Shift(a, f1, b, g1, out bool isNegativeB);
            if (isNegativeA)
                (f0, g0) = (-f0, -g0);
            if (isNegativeB)
                (f1, g1) = (-f1, -g1);
            (a, b) = (nextA, nextB);
            (u, v) = (Combine(u, f0, v, g0), Combine(u, f1, v, g1));
        }

        return v;
    }

    /// <summary>The lowest 31 bits of both under the 33 bits below the top bit of the longer; short numbers as they are.</summary>
    static (ulong A, ulong B) Approximate(in Words a, in Words b)
    {
        ulong top3 = a.W3 | b.W3, top2 = a.W2 | b.W2, top1 = a.W1 | b.W1;
        if (top3 != 0)
            return (Join(a.W3, a.W2, a.W0, top3), Join(b.W3, b.W2, b.W0, top3));
        if (top2 != 0)
            return (Join(a.W2, a.W1, a.W0, top2), Join(b.W2, b.W1, b.W0, top2));
        return top1 != 0 ? (Join(a.W1, a.W0, a.W0, top1), Join(b.W1, b.W0, b.W0, top1)) : (a.W0, b.W0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Join(ulong high, ulong low, ulong lowest, ulong top)
    {
        int zeros = BitOperations.LeadingZeroCount(top);
        ulong window = zeros == 0 ? high : (high << zeros) | (low >> (64 - zeros));
        return (window >> Steps << Steps) | (lowest & LowMask);
    }

    /// <summary>
    /// 31 times: where a is odd, a = |a - b| with the smaller number in b; then a is halved. The factors say what became of a and b, times 2^31.
    /// Without branches, which would be random; both factors of a number share a word.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void RunSteps(ulong a, ulong b, out long f0, out long g0, out long f1, out long g1)
    {
        ulong factorsA = 1, factorsB = 1UL << 32;
        for (int i = 0; i < Steps; i++)
        {
            ulong odd = 0 - (a & 1), exchange = a < b ? odd : 0;
            ulong numbers = (a ^ b) & exchange, factors = (factorsA ^ factorsB) & exchange;
            a ^= numbers;
            b ^= numbers;
            factorsA ^= factors;
            factorsB ^= factors;
            a = (a - (b & odd)) >> 1;
            factorsA -= factorsB & odd;
            factorsB <<= 1;
        }

        factorsA += (Bias << 32) | Bias;
        factorsB += (Bias << 32) | Bias;
        f0 = (long)(factorsA & uint.MaxValue) - (long)Bias;
        g0 = (long)(factorsA >> 32) - (long)Bias;
        f1 = (long)(factorsB & uint.MaxValue) - (long)Bias;
        g1 = (long)(factorsB >> 32) - (long)Bias;
    }

    /// <summary>|a·f + b·g| / 2^31, which is exact, and whether the sum is negative.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static Words Shift(in Words a, long f, in Words b, long g, out bool isNegative)
    {
        ulong low = 0, high = 0;
        ulong t0 = Accumulate(a.W0, f, b.W0, g, ref low, ref high), t1 = Accumulate(a.W1, f, b.W1, g, ref low, ref high);
        ulong t2 = Accumulate(a.W2, f, b.W2, g, ref low, ref high), t3 = Accumulate(a.W3, f, b.W3, g, ref low, ref high), t4 = low;
        isNegative = (long)t4 < 0;
        Words result = new()
        {
            W0 = (t0 >> Steps) | (t1 << (64 - Steps)), W1 = (t1 >> Steps) | (t2 << (64 - Steps)), W2 = (t2 >> Steps) | (t3 << (64 - Steps)),
            W3 = (t3 >> Steps) | (t4 << (64 - Steps)),
        };
        return isNegative ? Negate(result) : result;
    }

    static Words Negate(in Words x)
    {
        UInt128 low = 0 - new UInt128(x.W1, x.W0), high = 0 - new UInt128(x.W3, x.W2) - (low != 0 ? UInt128.One : UInt128.Zero);
        return new() { W0 = (ulong)low, W1 = (ulong)(low >> 64), W2 = (ulong)high, W3 = (ulong)(high >> 64) };
    }

    /// <summary>
    /// (u·f + v·g) / 2^31 mod p in [0, p), for u and v there. A multiple m·p, m below 2^31, makes the sum divisible; |f| + |g| is at most 2^31, so the
    /// quotient is above -p and below 2p.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static Words Combine(in Words u, long f, in Words v, long g)
    {
        ulong lowest = unchecked(u.W0 * (ulong)f + v.W0 * (ulong)g), low = 0, high = 0;
        long m = (long)((lowest * TModulus.NegativeInverse) & LowMask);
        ulong t0 = Accumulate(u.W0, f, v.W0, g, ref low, ref high, TModulus.P0, m), t1 = Accumulate(u.W1, f, v.W1, g, ref low, ref high, TModulus.P1, m);
        ulong t2 = Accumulate(u.W2, f, v.W2, g, ref low, ref high, TModulus.P2, m), t3 = Accumulate(u.W3, f, v.W3, g, ref low, ref high, TModulus.P3, m);
        ulong t4 = low;
        UInt128 lower = new((t1 >> Steps) | (t2 << (64 - Steps)), (t0 >> Steps) | (t1 << (64 - Steps)));
        UInt128 upper = new((t3 >> Steps) | (t4 << (64 - Steps)), (t2 >> Steps) | (t3 << (64 - Steps)));
        UInt128 modulusLower = new(TModulus.P1, TModulus.P0), modulusUpper = new(TModulus.P3, TModulus.P2);
        if ((long)t4 < 0)
        {
            UInt128 sum = lower + modulusLower;
            upper += modulusUpper + (sum < lower ? UInt128.One : UInt128.Zero);
            lower = sum;
        }
        else if (upper > modulusUpper || (upper == modulusUpper && lower >= modulusLower))
        {
            upper -= modulusUpper + (lower < modulusLower ? UInt128.One : UInt128.Zero);
            lower -= modulusLower;
        }

        return new() { W0 = (ulong)lower, W1 = (ulong)(lower >> 64), W2 = (ulong)upper, W3 = (ulong)(upper >> 64) };
    }

    /// <summary>Adds x·f + y·g to a signed carry of two words, and takes its lowest word off.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Accumulate(ulong x, long f, ulong y, long g, ref ulong low, ref ulong high)
    {
        Add(x, f, ref low, ref high);
        Add(y, g, ref low, ref high);
        ulong word = low;
        low = high;
        high = (ulong)((long)high >> 63);
        return word;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static ulong Accumulate(ulong x, long f, ulong y, long g, ref ulong low, ref ulong high, ulong z, long h)
    {
        Add(z, h, ref low, ref high);
        return Accumulate(x, f, y, g, ref low, ref high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Add(ulong x, long f, ref ulong low, ref ulong high)
    {
        // The unsigned product of a negative f is x·2^64 too large.
        ulong productHigh = Math.BigMul(x, (ulong)f, out ulong productLow);
        productHigh -= x & (ulong)(f >> 63);
        low += productLow;
        high += productHigh + (low < productLow ? 1UL : 0);
    }
}
