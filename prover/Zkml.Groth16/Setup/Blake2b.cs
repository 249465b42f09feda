using System.Buffers.Binary;
using System.Numerics;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Setup;

/// <summary>BLAKE2b with 64 bytes of output and no key (RFC 7693), the hash of the setup's transcripts.</summary>
sealed class Blake2b
{
    static readonly ulong[] s_initial =
    [
        0x6A09E667F3BCC908, 0xBB67AE8584CAA73B, 0x3C6EF372FE94F82B, 0xA54FF53A5F1D36F1,
        0x510E527FADE682D1, 0x9B05688C2B3E6C1F, 0x1F83D9ABFB41BD6B, 0x5BE0CD19137E2179,
    ];

    static ReadOnlySpan<byte> Sigma =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
        14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3,
        11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4,
        7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8,
        9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13,
        2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9,
        12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11,
        13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10,
        6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5,
        10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0,
    ];

    readonly ulong[] _state = [.. s_initial];
    readonly byte[] _block = new byte[128];
    ulong _length;
    int _filled;

    /// <summary>A hash of nothing yet.</summary>
    public Blake2b() => _state[0] ^= 0x01010040;

    Blake2b(Blake2b other)
    {
        (_state, _block, _length, _filled) = ([.. other._state], [.. other._block], other._length, other._filled);
    }

    /// <summary>
    /// A hash in the middle of its input, from the 216 bytes that phase 1 files keep: the pending block, eight words of state, the number of bytes
    /// compressed, the number of bytes pending, the length of the output.
    /// </summary>
    public static bool TryRestore(ReadOnlySpan<byte> partial, out Blake2b hasher)
    {
        hasher = new();
        if (partial.Length != 216) return false;
        ulong pending = BinaryPrimitives.ReadUInt64LittleEndian(partial[200..]);
        if (pending > 128) return false;
        partial[..128].CopyTo(hasher._block);
        for (int i = 0; i < 8; i++)
            hasher._state[i] = BinaryPrimitives.ReadUInt64LittleEndian(partial[(128 + 8 * i)..]);
        hasher._length = BinaryPrimitives.ReadUInt64LittleEndian(partial[192..]);
        hasher._filled = (int)pending;
        return true;
    }

    /// <summary>The hash of one input.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> input)
    {
        Blake2b hasher = new();
        hasher.Add(input);
        return hasher.Finish();
    }

    /// <summary>A copy that goes its own way.</summary>
    public Blake2b Clone() => new(this);

    public void Add(ReadOnlySpan<byte> input)
    {
        while (input.Length > 0)
        {
            // The last block is compressed by Finish, so a full one waits for more input.
            if (_filled == 128)
            {
                _length += 128;
                Compress(isLast: false);
                _filled = 0;
            }
            int taken = Math.Min(128 - _filled, input.Length);
            input[..taken].CopyTo(_block.AsSpan(_filled));
            _filled += taken;
            input = input[taken..];
        }
    }

    /// <summary>Adds the big-endian encoding of a point, all zero for infinity.</summary>
    public void Add<TCurve, TField>(in AffinePoint<TCurve, TField> point)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>
    {
        Span<byte> bytes = stackalloc byte[AffinePoint<TCurve, TField>.ByteCount];
        point.Encode(bytes);
        Add(bytes);
    }

    /// <summary>Adds the encodings of many points.</summary>
    public void Add<TCurve, TField>(ReadOnlySpan<AffinePoint<TCurve, TField>> points)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>
    {
        foreach (ref readonly AffinePoint<TCurve, TField> point in points)
            Add(point);
    }

    /// <summary>Adds a number, most significant byte first.</summary>
    public void AddUInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, value);
        Add(bytes);
    }

    /// <summary>The 64 bytes; no more input after this.</summary>
    public byte[] Finish()
    {
        _length += (ulong)_filled;
        _block.AsSpan(_filled).Clear();
        Compress(isLast: true);
        byte[] hash = new byte[64];
        for (int i = 0; i < 8; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(hash.AsSpan(8 * i), _state[i]);
        return hash;
    }

    void Compress(bool isLast)
    {
        Span<ulong> v = stackalloc ulong[16], m = stackalloc ulong[16];
        _state.CopyTo(v);
        s_initial.CopyTo(v[8..]);
        v[12] ^= _length;
        if (isLast) v[14] = ~v[14];
        for (int i = 0; i < 16; i++)
            m[i] = BinaryPrimitives.ReadUInt64LittleEndian(_block.AsSpan(8 * i));
        for (int round = 0; round < 12; round++)
        {
            ReadOnlySpan<byte> sigma = Sigma.Slice(16 * (round % 10), 16);
            Mix(v, 0, 4, 8, 12, m[sigma[0]], m[sigma[1]]);
            Mix(v, 1, 5, 9, 13, m[sigma[2]], m[sigma[3]]);
            Mix(v, 2, 6, 10, 14, m[sigma[4]], m[sigma[5]]);
            Mix(v, 3, 7, 11, 15, m[sigma[6]], m[sigma[7]]);
            Mix(v, 0, 5, 10, 15, m[sigma[8]], m[sigma[9]]);
            Mix(v, 1, 6, 11, 12, m[sigma[10]], m[sigma[11]]);
            Mix(v, 2, 7, 8, 13, m[sigma[12]], m[sigma[13]]);
            Mix(v, 3, 4, 9, 14, m[sigma[14]], m[sigma[15]]);
        }
        for (int i = 0; i < 8; i++)
            _state[i] ^= v[i] ^ v[i + 8];
    }

    static void Mix(Span<ulong> v, int a, int b, int c, int d, ulong x, ulong y)
    {
        unchecked
        {
            v[a] += v[b] + x;
            v[d] = BitOperations.RotateRight(v[d] ^ v[a], 32);
            v[c] += v[d];
            v[b] = BitOperations.RotateRight(v[b] ^ v[c], 24);
            v[a] += v[b] + y;
            v[d] = BitOperations.RotateRight(v[d] ^ v[a], 16);
            v[c] += v[d];
            v[b] = BitOperations.RotateRight(v[b] ^ v[c], 63);
        }
    }
}
