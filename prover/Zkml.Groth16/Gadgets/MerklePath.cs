using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Gadgets;

/// <summary>Paths in binary Merkle trees of Poseidon2 over Fr.</summary>
public static class MerklePath
{
    /// <summary>
    /// The root above a leaf: 241 constraints a level. The depth is the number of siblings and so fixed by the circuit; leaves must be hashes of another
    /// domain than nodes, so that no node passes for a leaf.
    /// </summary>
    /// <param name="builder">The circuit.</param>
    /// <param name="leaf">The hash of the leaf.</param>
    /// <param name="index">The bits of the leaf's index, least significant first.</param>
    /// <param name="siblings">The siblings from the leaf up; as many as bits.</param>
    public static Wire Root(CircuitBuilder builder, Wire leaf, ReadOnlySpan<BooleanWire> index, ReadOnlySpan<Wire> siblings)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(siblings.Length, index.Length);
        using GadgetScope scope = builder.Gadget("MerklePath");
        Wire node = leaf;
        for (int level = 0; level < siblings.Length; level++)
        {
            (Wire left, Wire right) = Multiplexers.Swap(index[level], node, siblings[level]);
            node = Poseidon2Gadget.Compress(builder, left, right);
        }
        return node;
    }
}
