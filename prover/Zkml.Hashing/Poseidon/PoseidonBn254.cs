using Zkml.Fields.Bn254;

namespace Zkml.Hashing;

/// <summary>
/// Poseidon [GKR+21] over the scalar field of BN254, width 3, S-box x⁵, 4 + 57 + 4 rounds: the hash of two elements of circomlib, for trees and commitments
/// that other tools made. New designs take <see cref="Poseidon2Bn254"/>, which is faster and separates its uses. The readable reference, not tuned for speed.
/// </summary>
public static class PoseidonBn254
{
    /// <summary>Elements of the state; the first is the capacity.</summary>
    public const int Width = 3;

    /// <summary>Full rounds before, and again after, the partial rounds.</summary>
    public const int HalfFullRounds = 4;

    /// <summary>Rounds with one S-box.</summary>
    public const int PartialRounds = 57;

    const int FieldBits = 254, RoundCount = (2 * HalfFullRounds) + PartialRounds;

    static readonly Fr[] s_constants = new Fr[RoundCount * Width];
    static readonly Fr[] s_matrix = new Fr[Width * Width];

    static PoseidonBn254()
    {
        GrainLfsr grain = new(FieldBits, Width, 2 * HalfFullRounds, PartialRounds);
        foreach (ref Fr constant in s_constants.AsSpan())
        {
            Fr value;
            while (!Fr.TryReadBigEndian(grain.NextBytes(FieldBits), out value))
            {
                // Numbers of r and above are skipped, as the generator's definition has it.
            }
            constant = value;
        }
        // A Cauchy matrix 1/(x_i + y_j); its numbers are taken modulo r, not skipped.
        Fr[] numbers = new Fr[2 * Width];
        foreach (ref Fr number in numbers.AsSpan())
            number = ReadModulo(grain.NextBytes(FieldBits));
        for (int i = 0; i < s_matrix.Length; i++)
            s_matrix[i] = (numbers[i / Width] + numbers[Width + (i % Width)]).Inverse();
    }

    /// <summary>Constants of the rounds, [65 × width].</summary>
    public static ReadOnlySpan<Fr> Constants => s_constants;

    /// <summary>The mixing matrix, [width × width], row-major.</summary>
    public static ReadOnlySpan<Fr> Matrix => s_matrix;

    /// <summary>The permutation.</summary>
    /// <param name="state">[3], replaced.</param>
    public static void Permute(Span<Fr> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, Width);
        Span<Fr> mixed = stackalloc Fr[Width];
        for (int round = 0; round < RoundCount; round++)
        {
            for (int i = 0; i < Width; i++)
                state[i] += s_constants[(round * Width) + i];
            for (int i = 0; i < (IsFull(round) ? Width : 1); i++)
                state[i] *= state[i].Square().Square();
            for (int i = 0; i < Width; i++)
                mixed[i] = (s_matrix[i * Width] * state[0]) + (s_matrix[(i * Width) + 1] * state[1]) + (s_matrix[(i * Width) + 2] * state[2]);
            mixed.CopyTo(state);
        }
    }

    /// <summary>The hash of two elements: <c>Poseidon(2)</c> of circomlib.</summary>
    public static Fr Hash(in Fr first, in Fr second)
    {
        Span<Fr> state = [default, first, second];
        Permute(state);
        return state[0];
    }

    /// <summary>Whether a round has an S-box on every element.</summary>
    public static bool IsFull(int round) => round is < HalfFullRounds or >= HalfFullRounds + PartialRounds;

    /// <summary>A number below 2^254, which is below 2r.</summary>
    static Fr ReadModulo(ReadOnlySpan<byte> bytes)
    {
        // The low half and the high half are both below r.
        Span<byte> low = stackalloc byte[32], high = stackalloc byte[32];
        low.Clear();
        high.Clear();
        bytes[16..].CopyTo(low[16..]);
        bytes[..16].CopyTo(high[16..]);
        Fr shift = Fr.FromUInt64(1UL << 32).Square().Square();
        return Fr.TryReadBigEndian(low, out Fr lowElement) && Fr.TryReadBigEndian(high, out Fr highElement)
            ? lowElement + (highElement * shift)
            : throw new InvalidOperationException("Numbers of 128 bits are below r.");
    }
}
