using Zkml.Groth16.R1cs;
using Zkml.Fields.Bn254;
using Zkml.Hashing;

namespace Zkml.Groth16.Gadgets;

/// <summary>Poseidon over Fr in a circuit; the same values as <see cref="PoseidonBn254"/> and as <c>Poseidon(2)</c> of circomlib.</summary>
public static class PoseidonGadget
{
    /// <summary>The hash of two elements: 240 constraints, as the first S-box is of a constant.</summary>
    public static Wire Hash(CircuitBuilder builder, Wire first, Wire second)
    {
        using GadgetScope scope = builder.Gadget("Poseidon");
        Wire[] state = [Wire.Zero, first, second];
        for (int round = 0; round < PoseidonBn254.Constants.Length / PoseidonBn254.Width; round++)
        {
            for (int i = 0; i < state.Length; i++)
                state[i] += PoseidonBn254.Constants[(round * state.Length) + i];
            for (int i = 0; i < (PoseidonBn254.IsFull(round) ? state.Length : 1); i++)
                state[i] = Power5(state[i]);
            state = Mix(state);
        }
        return state[0];
    }

    static Wire[] Mix(Wire[] state)
    {
        Wire[] mixed = new Wire[state.Length];
        for (int i = 0; i < mixed.Length; i++)
            mixed[i] = Wire.Combine(state, PoseidonBn254.Matrix.Slice(i * state.Length, state.Length));
        return mixed;
    }

    static Wire Power5(Wire value)
    {
        Wire square = value * value;
        return square * square * value;
    }
}
