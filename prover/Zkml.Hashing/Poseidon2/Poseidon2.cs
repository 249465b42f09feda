using System.Runtime.Intrinsics.X86;
using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>Poseidon2 over one state of KoalaBear elements: the permutation of transcripts and of the native verifier.</summary>
public readonly unsafe struct Poseidon2 : IPermutation<KoalaBear>
{
    /// <inheritdoc/>
    public static void Permute16(Span<KoalaBear> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, 16);
        if (!Avx512F.IsSupported)
        {
            Poseidon2Rounds.Permute(state, Poseidon2Constants.Width16);
            return;
        }
        // Safe: the length is checked, and an element is its one word.
        fixed (KoalaBear* cells = state)
            Poseidon2SingleAvx512.Permute16((uint*)cells);
    }

    /// <inheritdoc/>
    public static void Permute24(Span<KoalaBear> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, 24);
        if (!Avx512F.IsSupported)
        {
            Poseidon2Rounds.Permute(state, Poseidon2Constants.Width24);
            return;
        }
        // Safe: the length is checked, and an element is its one word.
        fixed (KoalaBear* cells = state)
            Poseidon2SingleAvx512.Permute24((uint*)cells);
    }
}
