namespace Zkml.Hashing;

/// <summary>
/// The self-shrinking Grain generator of [GKR+21] appendix E, which derives the round constants of Poseidon and Poseidon2 from their
/// parameters alone.
/// </summary>
struct GrainLfsr
{
    UInt128 _register; // 80 bits; bit 0 is the oldest

    /// <summary>A generator for a prime field of <paramref name="fieldBits"/> bits and the S-box x^α.</summary>
    public GrainLfsr(int fieldBits, int width, int externalRounds, int internalRounds)
    {
        int length = 0;
        Append(ref _register, ref length, 1, 2); // prime field
        Append(ref _register, ref length, 0, 4); // S-box x^α
        Append(ref _register, ref length, fieldBits, 12);
        Append(ref _register, ref length, width, 12);
        Append(ref _register, ref length, externalRounds, 10);
        Append(ref _register, ref length, internalRounds, 10);
        Append(ref _register, ref length, (1 << 30) - 1, 30);
        for (int i = 0; i < 160; i++)
            Step();
    }

    static void Append(ref UInt128 register, ref int length, int value, int bits)
    {
        for (int i = bits - 1; i >= 0; i--)
            register |= (UInt128)(uint)((value >> i) & 1) << length++;
    }

    uint Step()
    {
        UInt128 r = _register;
        uint bit = (uint)((r >> 62) ^ (r >> 51) ^ (r >> 38) ^ (r >> 23) ^ (r >> 13) ^ r) & 1;
        _register = (r >> 1) | ((UInt128)bit << 79);
        return bit;
    }

    /// <summary>Of each pair of bits the second counts, and only when the first is 1.</summary>
    uint NextBit()
    {
        while (Step() == 0)
            Step();
        return Step();
    }

    /// <summary>The next integer of <paramref name="bits"/> bits (at most 32), most significant bit first, below <paramref name="bound"/>.</summary>
    public uint NextBelow(int bits, uint bound)
    {
        while (true)
        {
            uint value = 0;
            for (int i = 0; i < bits; i++)
                value = (value << 1) | NextBit();
            if (value < bound)
                return value;
        }
    }

    /// <summary>The next integer of <paramref name="bits"/> bits, at most 256, as 32 bytes, most significant first.</summary>
    public byte[] NextBytes(int bits)
    {
        byte[] bytes = new byte[32];
        for (int i = bits - 1; i >= 0; i--)
            bytes[31 - (i / 8)] |= (byte)(NextBit() << (i % 8));
        return bytes;
    }
}
