using System.Numerics;
using System.Runtime.Intrinsics;
using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>
/// Proof of work on the transcript: a nonce after whose observation the next sample has a given number of low zero bits. It makes
/// each try of a cheating prover cost 2^bits permutations.
/// </summary>
public static class Grinding
{
    /// <summary>Nonces are in [0, 2^30), below p, so that each is one canonical element.</summary>
    public const uint NonceBound = 1u << 30;

    /// <summary>The most bits that may be asked for.</summary>
    public const int MaxBits = NativeChallenger.MaxSampleBits;

    const int ChunkLength = 1 << 14;

    /// <summary>
    /// Observes the nonce, samples once, and says whether the low <paramref name="bits"/> bits, in [0, 24], are zero. With 0 bits
    /// nothing is observed or sampled, and the nonce must be 0. A nonce out of range is refused.
    /// </summary>
    public static bool Check<TPermutation>(Challenger<KoalaBear, TPermutation> challenger, uint nonce, int bits)
        where TPermutation : IPermutation<KoalaBear>
    {
        ThrowIfBitsOutOfRange(bits);
        if (bits == 0)
            return nonce == 0;
        if (nonce >= NonceBound)
            return false;
        challenger.Observe(KoalaBear.FromCanonical(nonce));
        return challenger.SampleBits(bits) == 0;
    }

    /// <summary>
    /// The smallest nonce that passes <see cref="Check"/>, whatever the number of threads; the challenger is left as it is.
    /// </summary>
    /// <exception cref="InvalidOperationException">No nonce passes; at 24 bits this has a chance of about e^-64.</exception>
    public static uint Find(Challenger<KoalaBear, Poseidon2> challenger, int bits, int threads, CancellationToken cancellation = default)
    {
        ThrowIfBitsOutOfRange(bits);
        if (bits == 0)
            return 0;
        KoalaBear[] state = new KoalaBear[Challenger<KoalaBear, Poseidon2>.Width];
        int pending = challenger.CopyState(state);
        state[Challenger<KoalaBear, Poseidon2>.Rate] += KoalaBear.FromCanonical((uint)pending + 1);

        uint smallest = NonceBound;
        // Chunks start in increasing order, and one that starts below the smallest hit so far is always searched.
        ParallelRange.Run((int)NonceBound, ChunkLength, threads, (start, _, _) =>
        {
            if ((uint)start >= Volatile.Read(ref smallest))
                return;
            uint found = SearchChunk(state, pending, (uint)start, bits);
            for (uint seen = Volatile.Read(ref smallest); found < seen;)
                seen = Interlocked.CompareExchange(ref smallest, found, seen);
        }, cancellation);
        return smallest < NonceBound ? smallest : throw new InvalidOperationException($"No nonce below 2^30 gives {bits} zero bits.");
    }

    /// <summary>
    /// The smallest passing nonce in [start, start + <see cref="ChunkLength"/>), otherwise <see cref="NonceBound"/>. Sixteen nonces a
    /// permutation: the nonce fills the pending block or is its last element, so either way one duplexing gives the sample.
    /// </summary>
    static uint SearchChunk(ReadOnlySpan<KoalaBear> state, int pending, uint start, int bits)
    {
        Span<KoalaBear> lanes = stackalloc KoalaBear[PackedKoalaBear.Lanes];
        for (int lane = 0; lane < lanes.Length; lane++)
            lanes[lane] = KoalaBear.FromCanonical(start + (uint)lane);
        PackedKoalaBear nonces = PackedKoalaBear.FromElements(lanes), step = PackedKoalaBear.FromBase(KoalaBear.FromCanonical(PackedKoalaBear.Lanes));
        Vector512<uint> mask = Vector512.Create((1u << bits) - 1);
        // The Montgomery product with the word 1 divides by 2^32: it turns Montgomery words into canonical ones.
        KoalaBear toCanonical = KoalaBear.FromMontgomery(1);

        Span<PackedKoalaBear> packed = stackalloc PackedKoalaBear[state.Length];
        for (uint offset = 0; offset < ChunkLength; offset += PackedKoalaBear.Lanes, nonces += step)
        {
            for (int cell = 0; cell < packed.Length; cell++)
                packed[cell] = PackedKoalaBear.FromBase(state[cell]);
            packed[pending] = nonces;
            PackedPoseidon2.Permute24(packed);
            ulong hits = Vector512.Equals((packed[0] * toCanonical).Words & mask, Vector512<uint>.Zero).ExtractMostSignificantBits();
            if (hits != 0)
                return start + offset + (uint)BitOperations.TrailingZeroCount(hits);
        }
        return NonceBound;
    }

    static void ThrowIfBitsOutOfRange(int bits) => ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)bits, (uint)MaxBits, nameof(bits));
}
