using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;

namespace Zkml.Chain.Ethereum;

/// <summary>The key derivation scrypt, RFC 7914. BouncyCastle's refuses r = 1 with N of 2^16 and more, which keystore files have.</summary>
static class Scrypt
{
    const int BlockWords = 16;

    /// <summary>Derives a key of <paramref name="length"/> bytes. N is a power of two above 1; it takes 128·N·r bytes of memory, p times one after another.</summary>
    public static byte[] Derive(byte[] password, byte[] salt, int n, int r, int p, int length)
    {
        int words = 2 * BlockWords * r;
        byte[] blocks = Rfc2898DeriveBytes.Pbkdf2(password, salt, 1, HashAlgorithmName.SHA256, checked(4 * words * p));
        uint[] block = new uint[words], scratch = new uint[words];
        uint[][] table = new uint[n][];
        for (int i = 0; i < n; i++) table[i] = new uint[words];
        for (int part = 0; part < p; part++)
        {
            Span<byte> bytes = blocks.AsSpan(4 * words * part, 4 * words);
            for (int i = 0; i < words; i++) block[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]);
            Mix(ref block, ref scratch, table);
            for (int i = 0; i < words; i++) BinaryPrimitives.WriteUInt32LittleEndian(bytes[(4 * i)..], block[i]);
        }
        return Rfc2898DeriveBytes.Pbkdf2(password, blocks, 1, HashAlgorithmName.SHA256, length);
    }

    // scryptROMix
    static void Mix(ref uint[] block, ref uint[] scratch, uint[][] table)
    {
        foreach (uint[] row in table)
        {
            block.CopyTo(row, 0);
            MixBlock(block, scratch);
            (block, scratch) = (scratch, block);
        }
        for (int i = 0; i < table.Length; i++)
        {
            uint[] row = table[block[^BlockWords] & (uint)(table.Length - 1)];
            for (int k = 0; k < block.Length; k++) block[k] ^= row[k];
            MixBlock(block, scratch);
            (block, scratch) = (scratch, block);
        }
    }

    // scryptBlockMix: even results first, then odd ones.
    static void MixBlock(ReadOnlySpan<uint> source, Span<uint> target)
    {
        Span<uint> state = stackalloc uint[BlockWords];
        source[^BlockWords..].CopyTo(state);
        int count = source.Length / BlockWords;
        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < BlockWords; k++) state[k] ^= source[(BlockWords * i) + k];
            Salsa(state);
            state.CopyTo(target[(BlockWords * ((i / 2) + (i % 2 * count / 2)))..]);
        }
    }

    // Salsa20/8
    static void Salsa(Span<uint> state)
    {
        Span<uint> x = stackalloc uint[BlockWords];
        state.CopyTo(x);
        for (int round = 0; round < 4; round++)
        {
            for (int i = 0; i < 4; i++) Quarter(x, 5 * i, ((5 * i) + 4) & 15, ((5 * i) + 8) & 15, ((5 * i) + 12) & 15);
            for (int i = 0; i < 4; i++) Quarter(x, 5 * i, (4 * i) + ((i + 1) & 3), (4 * i) + ((i + 2) & 3), (4 * i) + ((i + 3) & 3));
        }
        for (int i = 0; i < BlockWords; i++) state[i] += x[i];
    }

    static void Quarter(Span<uint> x, int a, int b, int c, int d)
    {
        x[b] ^= BitOperations.RotateLeft(x[a] + x[d], 7);
        x[c] ^= BitOperations.RotateLeft(x[b] + x[a], 9);
        x[d] ^= BitOperations.RotateLeft(x[c] + x[b], 13);
        x[a] ^= BitOperations.RotateLeft(x[d] + x[c], 18);
    }
}
