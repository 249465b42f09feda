using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Setup;

/// <summary>
/// The ChaCha20 stream that snarkjs draws field elements and points from, word by word: what a transcript is hashed to, and what comes of a beacon.
/// Everything here is public; secrets come from the system's generator.
/// </summary>
sealed class TranscriptRandom
{
    // 2q - r: the number of points of the twist is r times this.
    static readonly ulong[] s_cofactor = [0x345F2299C0F9FA8D, 0x06CEECDA572A2489, 0xB85045B68181585E, 0x30644E72E131A029];

    readonly uint[] _state = new uint[16], _words = new uint[16];
    int _next = 16;

    /// <summary>A stream from the first 32 bytes of a hash.</summary>
    public TranscriptRandom(ReadOnlySpan<byte> seed)
    {
        (_state[0], _state[1], _state[2], _state[3]) = (0x61707865, 0x3320646E, 0x79622D32, 0x6B206574);
        for (int i = 0; i < 8; i++)
            _state[4 + i] = BinaryPrimitives.ReadUInt32BigEndian(seed[(4 * i)..]);
    }

    /// <summary>The stream of a beacon: SHA-256 of it, 2^<paramref name="log"/> times, 10 to 63.</summary>
    public static TranscriptRandom FromBeacon(ReadOnlySpan<byte> beacon, int log, CancellationToken cancellation)
    {
        byte[] hash = SHA256.HashData(beacon);
        for (ulong i = 1; i < 1UL << log; i++)
        {
            if ((i & 0xFFFF) == 0) cancellation.ThrowIfCancellationRequested();
            SHA256.HashData(hash, hash);
        }
        return new(hash);
    }

    /// <summary>The point of G2 that a hash of 64 bytes stands for; nobody knows its logarithm.</summary>
    public static G2Affine HashToG2(ReadOnlySpan<byte> hash) => new TranscriptRandom(hash).NextG2();

    public uint NextUInt32()
    {
        if (_next == 16) Refill();
        return _words[_next++];
    }

    ulong NextUInt64()
    {
        ulong high = NextUInt32();
        return high << 32 | NextUInt32();
    }

    /// <summary>The next element: 254 bits below the modulus, taken as its Montgomery form.</summary>
    public MontgomeryElement<TModulus> NextElement<TModulus>()
        where TModulus : struct, IModulus
    {
        Span<ulong> limbs = stackalloc ulong[4];
        do
        {
            for (int i = 0; i < 4; i++)
                limbs[i] = NextUInt64();
            limbs[3] &= ulong.MaxValue >> 2;
        }
        while (!Formats.MontgomeryPoints.IsBelow<TModulus>(limbs));
        return MemoryMarshal.Cast<ulong, MontgomeryElement<TModulus>>(limbs)[0];
    }

    /// <summary>The next point of G1: an abscissa and one bit for the sign of the ordinate, until one is on the curve.</summary>
    public G1Affine NextG1()
    {
        while (true)
        {
            Fq x = NextElement<FqModulus>();
            bool isNegative = (NextUInt32() & 1) != 0;
            if (!Fq2SquareRoot.TryCompute(x.Square() * x + G1Curve.B, out Fq y)) continue;
            return new(x, IsNegative(y) == isNegative ? y : -y);
        }
    }

    /// <summary>The next point of G2: one of the twist, times the cofactor.</summary>
    public G2Affine NextG2()
    {
        while (true)
        {
            Fq c0 = NextElement<FqModulus>(), c1 = NextElement<FqModulus>();
            Fq2 x = new(c0, c1);
            bool isNegative = (NextUInt32() & 1) != 0;
            if (!Fq2SquareRoot.TryCompute(x.Square() * x + G2Curve.B, out Fq2 y)) continue;
            G2Affine point = new(x, IsNegative(y.C1.IsZero ? y.C0 : y.C1) == isNegative ? y : -y);
            return point.ToJacobian().Multiply(s_cofactor).ToAffine();
        }
    }

    /// <summary>Whether the integer is above (q - 1)/2.</summary>
    static bool IsNegative(in Fq value)
    {
        Span<byte> own = stackalloc byte[32], opposite = stackalloc byte[32];
        value.WriteBigEndian(own);
        (-value).WriteBigEndian(opposite);
        return own.SequenceCompareTo(opposite) > 0;
    }

    void Refill()
    {
        _state.CopyTo(_words, 0);
        for (int i = 0; i < 10; i++)
        {
            Quarter(0, 4, 8, 12);
            Quarter(1, 5, 9, 13);
            Quarter(2, 6, 10, 14);
            Quarter(3, 7, 11, 15);
            Quarter(0, 5, 10, 15);
            Quarter(1, 6, 11, 12);
            Quarter(2, 7, 8, 13);
            Quarter(3, 4, 9, 14);
        }
        unchecked
        {
            for (int i = 0; i < 16; i++)
                _words[i] += _state[i];
            for (int i = 12; i < 16 && ++_state[i] == 0; i++) { }
        }
        _next = 0;
    }

    void Quarter(int a, int b, int c, int d)
    {
        unchecked
        {
            _words[a] += _words[b];
            _words[d] = BitOperations.RotateLeft(_words[d] ^ _words[a], 16);
            _words[c] += _words[d];
            _words[b] = BitOperations.RotateLeft(_words[b] ^ _words[c], 12);
            _words[a] += _words[b];
            _words[d] = BitOperations.RotateLeft(_words[d] ^ _words[a], 8);
            _words[c] += _words[d];
            _words[b] = BitOperations.RotateLeft(_words[b] ^ _words[c], 7);
        }
    }
}
