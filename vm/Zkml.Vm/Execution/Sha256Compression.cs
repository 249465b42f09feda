using System.Buffers.Binary;
using System.Numerics;

namespace Zkml.Vm.Execution;

/// <summary>The SHA-256 compression function on guest memory words. [FIPS 180-4] §6.2.2</summary>
internal static class Sha256Compression
{
    static readonly uint[] RoundConstants =
    [
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
        0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
        0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
        0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
        0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
        0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
        0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    ];

    /// <summary>
    /// Absorbs one block: <paramref name="state"/> [8 words] and the block's halves [8 words each], all as little-endian memory words of
    /// big-endian bytes.
    /// </summary>
    public static void Compress(Span<uint> state, ReadOnlySpan<uint> first, ReadOnlySpan<uint> second)
    {
        Span<uint> schedule = stackalloc uint[64];
        for (int i = 0; i < 8; i++)
        {
            schedule[i] = BinaryPrimitives.ReverseEndianness(first[i]);
            schedule[i + 8] = BinaryPrimitives.ReverseEndianness(second[i]);
        }
        for (int i = 16; i < 64; i++)
        {
            uint early = schedule[i - 15], late = schedule[i - 2];
            uint small0 = BitOperations.RotateRight(early, 7) ^ BitOperations.RotateRight(early, 18) ^ early >> 3;
            uint small1 = BitOperations.RotateRight(late, 17) ^ BitOperations.RotateRight(late, 19) ^ late >> 10;
            schedule[i] = schedule[i - 16] + small0 + schedule[i - 7] + small1;
        }
        Span<uint> working = stackalloc uint[8];
        for (int i = 0; i < 8; i++) working[i] = BinaryPrimitives.ReverseEndianness(state[i]);
        Rounds(working, schedule);
        for (int i = 0; i < 8; i++)
            state[i] = BinaryPrimitives.ReverseEndianness(BinaryPrimitives.ReverseEndianness(state[i]) + working[i]);
    }

    static void Rounds(Span<uint> working, ReadOnlySpan<uint> schedule)
    {
        uint a = working[0], b = working[1], c = working[2], d = working[3];
        uint e = working[4], f = working[5], g = working[6], h = working[7];
        for (int i = 0; i < 64; i++)
        {
            uint big1 = BitOperations.RotateRight(e, 6) ^ BitOperations.RotateRight(e, 11) ^ BitOperations.RotateRight(e, 25);
            uint big0 = BitOperations.RotateRight(a, 2) ^ BitOperations.RotateRight(a, 13) ^ BitOperations.RotateRight(a, 22);
            uint first = h + big1 + (e & f ^ ~e & g) + RoundConstants[i] + schedule[i];
            uint second = big0 + (a & b ^ a & c ^ b & c);
            (h, g, f, e, d, c, b, a) = (g, f, e, d + first, c, b, a, first + second);
        }
        (working[0], working[1], working[2], working[3]) = (a, b, c, d);
        (working[4], working[5], working[6], working[7]) = (e, f, g, h);
    }
}
