using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>Poseidon2 over one state of KoalaBear elements: the permutation of the native verifier, and the reference of the packed one.</summary>
public readonly struct Poseidon2 : IPermutation<KoalaBear>
{
    /// <inheritdoc/>
    public static void Permute16(Span<KoalaBear> state) => Poseidon2Rounds.Permute(state, Poseidon2Constants.Width16);

    /// <inheritdoc/>
    public static void Permute24(Span<KoalaBear> state) => Poseidon2Rounds.Permute(state, Poseidon2Constants.Width24);
}
