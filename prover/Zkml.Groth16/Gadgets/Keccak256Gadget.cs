using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>Keccak-256 as Ethereum has it, in a circuit, for messages whose length the circuit fixes.</summary>
public static class Keccak256Gadget
{
    const int LaneBits = 64, Side = 5, Rounds = 24, RateBytes = 136, DigestBits = 256;

    static readonly ulong[] s_roundConstants = RoundConstants();

    /// <summary>The digest of a message: up to 153,600 constraints for each 136 bytes.</summary>
    /// <param name="builder">The circuit.</param>
    /// <param name="message">Bits, each byte's least significant first; a multiple of 8.</param>
    /// <returns>[256], each byte's least significant first.</returns>
    public static BooleanWire[] Hash(CircuitBuilder builder, ReadOnlySpan<BooleanWire> message)
    {
        if (message.Length % 8 != 0) throw new ArgumentException($"Expected whole bytes, got {message.Length} bits.", nameof(message));
        BooleanWire[] padded = new BooleanWire[((message.Length / (8 * RateBytes)) + 1) * 8 * RateBytes];
        Array.Fill(padded, BooleanWire.False);
        message.CopyTo(padded);
        // The padding is a 1 after the message and one at the end of the block.
        padded[message.Length] = BooleanWire.True;
        padded[^1] = BooleanWire.True;
        BooleanWire[] state = new BooleanWire[Side * Side * LaneBits];
        Array.Fill(state, BooleanWire.False);
        for (int block = 0; block < padded.Length; block += 8 * RateBytes)
        {
            using GadgetScope scope = builder.Gadget("KeccakBlock");
            for (int i = 0; i < 8 * RateBytes; i++)
                state[i] ^= padded[block + i];
            foreach (ulong constant in s_roundConstants)
                state = Round(state, constant);
        }
        return state[..DigestBits];
    }

    static int Bit(int x, int y, int z) => (((y % Side * Side) + (x % Side)) * LaneBits) + (z & (LaneBits - 1));

    static BooleanWire[] Round(BooleanWire[] state, ulong constant)
    {
        BooleanWire[] mixed = MoveLanes(MixColumns(state)), result = new BooleanWire[state.Length];
        for (int y = 0; y < Side; y++)
        {
            for (int x = 0; x < Side; x++)
            {
                for (int z = 0; z < LaneBits; z++)
                    result[Bit(x, y, z)] = mixed[Bit(x, y, z)] ^ (!mixed[Bit(x + 1, y, z)] & mixed[Bit(x + 2, y, z)]);
            }
        }
        for (int z = 0; z < LaneBits; z++)
        {
            if ((constant >> z & 1) != 0) result[z] = !result[z];
        }
        return result;
    }

    /// <summary>θ: each bit and the parities of two columns.</summary>
    static BooleanWire[] MixColumns(BooleanWire[] state)
    {
        BooleanWire[] parities = new BooleanWire[Side * LaneBits], result = new BooleanWire[state.Length];
        for (int i = 0; i < parities.Length; i++)
            parities[i] = state[i] ^ state[i + (Side * LaneBits)] ^ state[i + (2 * Side * LaneBits)] ^ state[i + (3 * Side * LaneBits)] ^ state[i + (4 * Side * LaneBits)];
        for (int x = 0; x < Side; x++)
        {
            for (int z = 0; z < LaneBits; z++)
            {
                BooleanWire change = parities[Bit(x + Side - 1, 0, z)] ^ parities[Bit(x + 1, 0, z - 1)];
                for (int y = 0; y < Side; y++)
                    result[Bit(x, y, z)] = state[Bit(x, y, z)] ^ change;
            }
        }
        return result;
    }

    /// <summary>ρ and π: lane (x, y), rotated, becomes lane (y, 2x + 3y); free.</summary>
    static BooleanWire[] MoveLanes(BooleanWire[] state)
    {
        BooleanWire[] result = new BooleanWire[state.Length];
        Array.Copy(state, result, LaneBits);
        (int x, int y) = (1, 0);
        for (int step = 0; step < Rounds; step++)
        {
            int rotation = (step + 1) * (step + 2) / 2;
            for (int z = 0; z < LaneBits; z++)
                result[Bit(y, (2 * x) + (3 * y), z)] = state[Bit(x, y, z - rotation)];
            (x, y) = (y, ((2 * x) + (3 * y)) % Side);
        }
        return result;
    }

    /// <summary>The outputs of the register x⁸ + x⁶ + x⁵ + x⁴ + 1, bit 2^j − 1 of a round's constant for output 7·round + j.</summary>
    static ulong[] RoundConstants()
    {
        ulong[] constants = new ulong[Rounds];
        uint register = 1;
        for (int i = 0; i < 7 * Rounds; i++)
        {
            constants[i / 7] |= (ulong)(register & 1) << ((1 << (i % 7)) - 1);
            register = (register << 1) ^ ((register >> 7) * 0x171);
        }
        return constants;
    }
}
