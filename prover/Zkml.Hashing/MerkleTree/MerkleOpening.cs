using System.Runtime.InteropServices;
using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>One opened leaf of a Merkle tree.</summary>
/// <param name="Rows">One row of every table, groups by falling height: [<see cref="MerkleShape.RowLength"/>].</param>
/// <param name="Path">The siblings from the leaf upward: [<see cref="MerkleShape.PathLength"/>].</param>
public sealed record MerkleOpening(KoalaBear[] Rows, Digest[] Path)
{
    /// <summary>Whether this opening belongs to leaf <paramref name="leaf"/> of the tree with the given shape and cap.</summary>
    public bool Verifies(MerkleShape shape, ReadOnlySpan<Digest> cap, uint leaf) => Verify(shape, cap, leaf, Rows, Path);

    /// <summary>
    /// Whether <paramref name="rows"/> and <paramref name="path"/> open leaf <paramref name="leaf"/>. False for any content and any lengths
    /// that do not; nothing is thrown and nothing large allocated.
    /// </summary>
    public static bool Verify(MerkleShape shape, ReadOnlySpan<Digest> cap, uint leaf, ReadOnlySpan<KoalaBear> rows, ReadOnlySpan<Digest> path)
    {
        if (cap.Length != shape.CapLength || leaf >> shape.LogHeight != 0)
            return false;
        Span<KoalaBear> bits = stackalloc KoalaBear[shape.PathLength];
        for (int i = 0; i < bits.Length; i++)
            bits[i] = KoalaBear.FromBool(((leaf >> i) & 1) != 0);
        Digest entry = default;
        return MerkleVerifier<KoalaBear, Poseidon2>.TryComputeCapEntry(shape, rows, MemoryMarshal.Cast<Digest, KoalaBear>(path), bits, entry)
            && entry == cap[(int)(leaf >> shape.PathLength)];
    }
}
