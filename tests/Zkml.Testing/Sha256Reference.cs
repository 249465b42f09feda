using System.Numerics;

namespace Zkml.Testing;

/// <summary>SHA-256 as FIPS 180-4 words it, one round at a time and backwards as well; constants from their definition.</summary>
public static class Sha256Reference
{
    /// <summary>K_0…K_63: the first 32 bits of the fractional parts of the cube roots of the first 64 primes (§4.2.2).</summary>
    public static IReadOnlyList<uint> Constants { get; } = [.. Primes().Take(64).Select(prime => (uint)CubeRoot((UInt128)prime << 96))];

    /// <summary>The initial state (§5.3.3): the same of square roots, of the first eight primes.</summary>
    public static IReadOnlyList<uint> InitialState { get; } = [.. Primes().Take(8).Select(prime => (uint)SquareRoot((UInt128)prime << 64))];

    /// <summary>W_0…W_63 of a block of 16 words (§6.2.2).</summary>
    public static uint[] Schedule(ReadOnlySpan<uint> block)
    {
        var w = new uint[64];
        block[..16].CopyTo(w);
        for (int t = 16; t < 64; t++)
        {
            uint sigma0 = Rotate(w[t - 15], 7) ^ Rotate(w[t - 15], 18) ^ w[t - 15] >> 3, sigma1 = Rotate(w[t - 2], 17) ^ Rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
            w[t] = unchecked(sigma1 + w[t - 7] + sigma0 + w[t - 16]);
        }
        return w;
    }

    /// <summary>Round t on a…h.</summary>
    public static void Step(Span<uint> s, int t, uint word)
    {
        uint t1 = FirstTerm(s[4], s[5], s[6], t, word), t2 = SecondTerm(s[0], s[1], s[2]);
        uint h = s[7];
        for (int i = 7; i > 0; i--) s[i] = s[i - 1];
        s[4] = unchecked(s[4] + h + t1);
        s[0] = unchecked(h + t1 + t2);
    }

    /// <summary>Undoes <see cref="Step"/>.</summary>
    public static void StepBack(Span<uint> s, int t, uint word)
    {
        uint a = s[0], e = s[4];
        for (int i = 0; i < 7; i++) s[i] = s[i + 1];
        uint sum = unchecked(a - SecondTerm(s[0], s[1], s[2]));     // h + T1's other terms
        s[3] = unchecked(e - sum);
        s[7] = unchecked(sum - FirstTerm(s[4], s[5], s[6], t, word));
    }

    /// <summary>The state after a block of 16 words.</summary>
    public static uint[] Compress(ReadOnlySpan<uint> state, ReadOnlySpan<uint> block)
    {
        uint[] schedule = Schedule(block), working = state.ToArray();
        for (int t = 0; t < 64; t++) Step(working, t, schedule[t]);
        for (int i = 0; i < 8; i++) working[i] = unchecked(working[i] + state[i]);
        return working;
    }

    static uint FirstTerm(uint e, uint f, uint g, int t, uint word) =>
        unchecked((Rotate(e, 6) ^ Rotate(e, 11) ^ Rotate(e, 25)) + (e & f ^ ~e & g) + Constants[t] + word);

    static uint SecondTerm(uint a, uint b, uint c) => unchecked((Rotate(a, 2) ^ Rotate(a, 13) ^ Rotate(a, 22)) + (a & b ^ a & c ^ b & c));

    static uint Rotate(uint x, int bits) => BitOperations.RotateRight(x, bits);

    static IEnumerable<int> Primes() => Enumerable.Range(2, 400).Where(n => Enumerable.Range(2, n - 2).All(d => n % d != 0));

    static UInt128 CubeRoot(UInt128 value) => LargestRoot(value, root => root * root * root);

    static UInt128 SquareRoot(UInt128 value) => LargestRoot(value, root => root * root);

    // The largest root whose power does not exceed the value; roots here are below 2^37, so powers are below 2^111.
    static UInt128 LargestRoot(UInt128 value, Func<UInt128, UInt128> power)
    {
        UInt128 root = 0;
        for (int bit = 36; bit >= 0; bit--)
            if (power(root | UInt128.One << bit) <= value) root |= UInt128.One << bit;
        return root;
    }
}
