using System.Numerics;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>SHA-256 [FIPS 180-4] in a circuit, for messages whose length the circuit fixes.</summary>
public static class Sha256Gadget
{
    const int WordBits = 32, BlockWords = 16, Rounds = 64, BlockBits = WordBits * BlockWords;

    static readonly uint[] s_roundConstants = FractionalRoots(Rounds, degree: 3);
    static readonly uint[] s_initialState = FractionalRoots(8, degree: 2);

    /// <summary>The digest of a message.</summary>
    /// <param name="builder">The circuit.</param>
    /// <param name="message">Bits, each byte's most significant first; a multiple of 8.</param>
    /// <returns>[256], most significant first.</returns>
    public static BooleanWire[] Hash(CircuitBuilder builder, ReadOnlySpan<BooleanWire> message)
    {
        if (message.Length % 8 != 0) throw new ArgumentException($"Expected whole bytes, got {message.Length} bits.", nameof(message));
        BooleanWire[] padded = Pad(message);
        BooleanWire[][] state = Array.ConvertAll(s_initialState, Word);
        for (int block = 0; block < padded.Length; block += BlockBits)
        {
            using GadgetScope scope = builder.Gadget("Sha256Block");
            state = Compress(state, padded.AsSpan(block, BlockBits));
        }
        BooleanWire[] digest = new BooleanWire[state.Length * WordBits];
        for (int i = 0; i < digest.Length; i++)
            digest[i] = state[i / WordBits][WordBits - 1 - (i % WordBits)];
        return digest;
    }

    static BooleanWire[] Pad(ReadOnlySpan<BooleanWire> message)
    {
        int blocks = (message.Length + 1 + 64 + BlockBits - 1) / BlockBits;
        BooleanWire[] padded = new BooleanWire[blocks * BlockBits];
        Array.Fill(padded, BooleanWire.False);
        message.CopyTo(padded);
        padded[message.Length] = BooleanWire.True;
        for (int i = 0; i < 64; i++)
        {
            if ((((ulong)message.Length >> i) & 1) != 0) padded[^(i + 1)] = BooleanWire.True;
        }
        return padded;
    }

    static BooleanWire[][] Compress(BooleanWire[][] state, ReadOnlySpan<BooleanWire> block)
    {
        BooleanWire[][] schedule = Schedule(block);
        BooleanWire[] a = state[0], b = state[1], c = state[2], d = state[3], e = state[4], f = state[5], g = state[6], h = state[7];
        for (int i = 0; i < Rounds; i++)
        {
            UnsignedWire first = UnsignedWire.Sum(
                [Number(h), Number(Xor(Rotate(e, 6), Rotate(e, 11), Rotate(e, 25))), Number(Choose(e, f, g)), s_roundConstants[i], Number(schedule[i])]);
            UnsignedWire second = Number(Xor(Rotate(a, 2), Rotate(a, 13), Rotate(a, 22))) + Number(Majority(a, b, c));
            (h, g, f, e, d, c, b, a) = (g, f, e, Truncate(Number(d) + first), c, b, a, Truncate(first + second));
        }
        BooleanWire[][] end = [a, b, c, d, e, f, g, h];
        for (int i = 0; i < end.Length; i++)
            end[i] = Truncate(Number(state[i]) + Number(end[i]));
        return end;
    }

    static BooleanWire[][] Schedule(ReadOnlySpan<BooleanWire> block)
    {
        BooleanWire[][] words = new BooleanWire[Rounds][];
        for (int i = 0; i < BlockWords; i++)
        {
            words[i] = block.Slice(i * WordBits, WordBits).ToArray();
            Array.Reverse(words[i]);
        }
        for (int i = BlockWords; i < Rounds; i++)
        {
            BooleanWire[] early = words[i - 15], late = words[i - 2];
            words[i] = Truncate(UnsignedWire.Sum(
            [
                Number(words[i - 16]), Number(Xor(Rotate(early, 7), Rotate(early, 18), Shift(early, 3))),
                Number(words[i - 7]), Number(Xor(Rotate(late, 17), Rotate(late, 19), Shift(late, 10))),
            ]));
        }
        return words;
    }

    /// <summary>The low 32 bits; the carries above are bits too, so that the sum is a sum of integers.</summary>
    static BooleanWire[] Truncate(UnsignedWire sum) => sum.ToBits()[..WordBits];

    static UnsignedWire Number(BooleanWire[] word) => Bits.Compose(word);

    static BooleanWire[] Word(uint value) => Map(i => (value >> i & 1) != 0 ? BooleanWire.True : BooleanWire.False);

    static BooleanWire[] Rotate(BooleanWire[] word, int count) => Map(i => word[(i + count) % WordBits]);

    static BooleanWire[] Shift(BooleanWire[] word, int count) => Map(i => i + count < WordBits ? word[i + count] : BooleanWire.False);

    static BooleanWire[] Xor(BooleanWire[] x, BooleanWire[] y, BooleanWire[] z) => Map(i => x[i] ^ y[i] ^ z[i]);

    static BooleanWire[] Choose(BooleanWire[] x, BooleanWire[] y, BooleanWire[] z) => Map(i => x[i].Select(y[i], z[i]));

    /// <summary>Where y and z agree it is y, elsewhere x.</summary>
    static BooleanWire[] Majority(BooleanWire[] x, BooleanWire[] y, BooleanWire[] z) => Map(i => (y[i] ^ z[i]).Select(x[i], y[i]));

    static BooleanWire[] Map(Func<int, BooleanWire> bit)
    {
        BooleanWire[] word = new BooleanWire[WordBits];
        for (int i = 0; i < word.Length; i++)
            word[i] = bit(i);
        return word;
    }

    /// <summary>The first 32 bits of the fractional parts of the square or cube roots of the first primes, §4.2.2 and §5.3.3.</summary>
    static uint[] FractionalRoots(int count, int degree)
    {
        uint[] constants = new uint[count];
        int prime = 1;
        for (int i = 0; i < count; i++)
        {
            do
                prime++;
            while (Enumerable.Range(2, prime - 2).Any(divisor => prime % divisor == 0));
            BigInteger target = new BigInteger(prime) << (WordBits * degree), root = BigInteger.Zero;
            for (int bit = WordBits + 8; bit >= 0; bit--)
            {
                BigInteger candidate = root | (BigInteger.One << bit);
                if (BigInteger.Pow(candidate, degree) <= target) root = candidate;
            }
            constants[i] = (uint)(root & uint.MaxValue);
        }
        return constants;
    }
}
