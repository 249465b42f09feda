using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>Sixteen independent Poseidon2 states, one in each lane; equals <see cref="Poseidon2"/> lane by lane.</summary>
public readonly unsafe struct PackedPoseidon2 : IPermutation<PackedKoalaBear>
{
    /// <inheritdoc/>
    public static void Permute16(Span<PackedKoalaBear> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, 16);
        if (!Avx512BW.IsSupported)
        {
            Poseidon2Rounds.Permute(state, Poseidon2Constants.Width16);
            return;
        }
        // Safe: the length is checked, and a packed element is its one vector.
        fixed (PackedKoalaBear* cells = state)
            Poseidon2Avx512.Permute16((Vector512<uint>*)cells);
    }

    /// <inheritdoc/>
    public static void Permute24(Span<PackedKoalaBear> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, 24);
        if (!Avx512BW.IsSupported)
        {
            Poseidon2Rounds.Permute(state, Poseidon2Constants.Width24);
            return;
        }
        // Safe: the length is checked, and a packed element is its one vector.
        fixed (PackedKoalaBear* cells = state)
            Poseidon2Avx512.Permute24((Vector512<uint>*)cells);
    }
}
