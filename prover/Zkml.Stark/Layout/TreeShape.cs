using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>One Merkle tree of a segment.</summary>
/// <param name="Phase">What it commits.</param>
/// <param name="Tables">The tables with columns in it, by ascending index in the shape; -1 alone for the quotient. [TableCount of Merkle]</param>
/// <param name="Merkle">Heights, widths and cap; its tables are <paramref name="Tables"/> in the same order.</param>
public sealed record TreeShape(TracePhase Phase, int[] Tables, MerkleShape Merkle)
{
    /// <summary>Where the columns of table <paramref name="table"/> (index in the shape, or -1) start in an opened leaf.</summary>
    public int OffsetOf(int table) => Merkle.OffsetOf(Array.IndexOf(Tables, table));
}
