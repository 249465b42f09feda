using Zkml.Fields.Bn254;

namespace Zkml.Hashing;

/// <summary>
/// Poseidon2 [GKS23] over the scalar field of BN254, width 3, S-box x⁵, 4 + 56 + 4 rounds, as in the reference code of its authors and in gnark,
/// Plonky3 and Noir for this width. The readable reference; circuits compute the same. Not tuned for speed.
/// </summary>
public static class Poseidon2Bn254
{
    /// <summary>Elements of the state.</summary>
    public const int Width = 3;

    /// <summary>Elements that a permutation absorbs; the last one of the state is the capacity.</summary>
    public const int Rate = 2;

    /// <summary>External rounds before, and again after, the internal rounds.</summary>
    public const int HalfExternalRounds = 4;

    /// <summary>Rounds with one S-box.</summary>
    public const int InternalRounds = 56;

    /// <summary>The domain of inner nodes of Merkle trees.</summary>
    public const uint NodeDomain = 1;

    /// <summary>The smallest domain that an application may take.</summary>
    public const uint FirstApplicationDomain = 16;

    const int FieldBits = 254;

    static readonly Fr[] s_external = new Fr[2 * HalfExternalRounds * Width];
    static readonly Fr[] s_internal = new Fr[InternalRounds];

    static Poseidon2Bn254()
    {
        GrainLfsr grain = new(FieldBits, Width, 2 * HalfExternalRounds, InternalRounds);
        Fill(ref grain, s_external.AsSpan(0, HalfExternalRounds * Width));
        Fill(ref grain, s_internal);
        Fill(ref grain, s_external.AsSpan(HalfExternalRounds * Width));
    }

    /// <summary>Constants of the external rounds, [8 × width]: four rounds before the internal ones, four after.</summary>
    public static ReadOnlySpan<Fr> ExternalConstants => s_external;

    /// <summary>Constants of the internal rounds, one each, added to element 0.</summary>
    public static ReadOnlySpan<Fr> InternalConstants => s_internal;

    /// <summary>The permutation.</summary>
    /// <param name="state">[3], replaced.</param>
    public static void Permute(Span<Fr> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, Width);
        MultiplyExternal(state);
        for (int round = 0; round < HalfExternalRounds; round++)
            ExternalRound(state, s_external.AsSpan(round * Width, Width));
        foreach (ref readonly Fr constant in s_internal.AsSpan())
        {
            state[0] = Power5(state[0] + constant);
            Fr sum = state[0] + state[1] + state[2];
            (state[0], state[1], state[2]) = (state[0] + sum, state[1] + sum, state[2] + state[2] + sum);
        }
        for (int round = HalfExternalRounds; round < 2 * HalfExternalRounds; round++)
            ExternalRound(state, s_external.AsSpan(round * Width, Width));
    }

    /// <summary>
    /// A sponge of one output. The capacity starts with the domain and the number of elements, so that neither other lengths nor other uses share states.
    /// </summary>
    public static Fr Hash(ReadOnlySpan<Fr> elements, uint domain)
    {
        Span<Fr> state = [default, default, Capacity(elements.Length, domain)];
        for (int i = 0; i < elements.Length || i == 0; i += Rate)
        {
            for (int lane = 0; lane < Rate && i + lane < elements.Length; lane++)
                state[lane] += elements[i + lane];
            Permute(state);
        }
        return state[0];
    }

    /// <summary>The parent of two nodes of a Merkle tree.</summary>
    public static Fr Compress(in Fr left, in Fr right) => Hash([left, right], NodeDomain);

    /// <summary>The capacity before the first element: count · 2^32 + domain.</summary>
    public static Fr Capacity(int count, uint domain) => Fr.FromUInt64(((ulong)count << 32) | domain);

    static void ExternalRound(Span<Fr> state, ReadOnlySpan<Fr> constants)
    {
        for (int i = 0; i < Width; i++)
            state[i] = Power5(state[i] + constants[i]);
        MultiplyExternal(state);
    }

    /// <summary>The circulant matrix (2, 1, 1).</summary>
    static void MultiplyExternal(Span<Fr> state)
    {
        Fr sum = state[0] + state[1] + state[2];
        for (int i = 0; i < Width; i++)
            state[i] += sum;
    }

    static Fr Power5(in Fr value)
    {
        Fr square = value.Square();
        return square.Square() * value;
    }

    static void Fill(ref GrainLfsr grain, Span<Fr> target)
    {
        foreach (ref Fr constant in target)
        {
            Fr value;
            while (!Fr.TryReadBigEndian(grain.NextBytes(FieldBits), out value))
            {
                // Numbers of r and above are skipped, as the generator's definition has it.
            }
            constant = value;
        }
    }
}
