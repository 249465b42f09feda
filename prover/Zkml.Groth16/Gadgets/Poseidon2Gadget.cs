using Zkml.Groth16.R1cs;
using Zkml.Hashing;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Gadgets;

/// <summary>Poseidon2 over Fr in a circuit; the same values as <see cref="Poseidon2Bn254"/>.</summary>
public static class Poseidon2Gadget
{
    /// <summary>The permutation: 240 constraints, three for each S-box x⁵, none for the rest.</summary>
    /// <param name="builder">The circuit.</param>
    /// <param name="state">[3], replaced.</param>
    public static void Permute(CircuitBuilder builder, Span<Wire> state)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(state.Length, Poseidon2Bn254.Width);
        using GadgetScope scope = builder.Gadget("Poseidon2");
        MultiplyExternal(state);
        int rounds = Poseidon2Bn254.HalfExternalRounds;
        for (int round = 0; round < rounds; round++)
            ExternalRound(state, Poseidon2Bn254.ExternalConstants.Slice(round * state.Length, state.Length));
        foreach (ref readonly Fr constant in Poseidon2Bn254.InternalConstants)
            InternalRound(state, constant);
        for (int round = rounds; round < 2 * rounds; round++)
            ExternalRound(state, Poseidon2Bn254.ExternalConstants.Slice(round * state.Length, state.Length));
    }

    /// <summary>The hash of a number of elements that is fixed by the circuit: 240 constraints for every two.</summary>
    public static Wire Hash(CircuitBuilder builder, ReadOnlySpan<Wire> elements, uint domain)
    {
        Wire[] state = [Wire.Zero, Wire.Zero, Wire.Constant(Poseidon2Bn254.Capacity(elements.Length, domain))];
        for (int i = 0; i < elements.Length || i == 0; i += Poseidon2Bn254.Rate)
        {
            for (int lane = 0; lane < Poseidon2Bn254.Rate && i + lane < elements.Length; lane++)
                state[lane] += elements[i + lane];
            Permute(builder, state);
        }
        return state[0];
    }

    /// <summary>The parent of two nodes of a Merkle tree: 240 constraints.</summary>
    public static Wire Compress(CircuitBuilder builder, Wire left, Wire right) => Hash(builder, [left, right], Poseidon2Bn254.NodeDomain);

    static void ExternalRound(Span<Wire> state, ReadOnlySpan<Fr> constants)
    {
        for (int i = 0; i < state.Length; i++)
            state[i] = Power5(state[i] + constants[i]);
        MultiplyExternal(state);
    }

    static void InternalRound(Span<Wire> state, in Fr constant)
    {
        state[0] = Power5(state[0] + constant);
        Wire sum = Wire.Sum(state);
        (state[0], state[1], state[2]) = (state[0] + sum, state[1] + sum, state[2] + state[2] + sum);
    }

    static void MultiplyExternal(Span<Wire> state)
    {
        Wire sum = Wire.Sum(state);
        for (int i = 0; i < state.Length; i++)
            state[i] += sum;
    }

    static Wire Power5(Wire value)
    {
        Wire square = value * value;
        return square * square * value;
    }
}
