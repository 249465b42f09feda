using System.Numerics;
using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>
/// A Merkle tree over the rows of tables of different heights: the prover's side. Rows of the highest tables, concatenated in list order,
/// are the leaves; the rows of lower tables are injected at the level of their height.
/// </summary>
/// <remarks>The tree reads its tables again when it opens a leaf; it neither owns nor copies them.</remarks>
public sealed class MerkleTree : IDisposable
{
    readonly MerkleLevels _levels;

    MerkleTree(MerkleShape shape, MerkleLevels levels)
    {
        Shape = shape;
        _levels = levels;
    }

    /// <summary>The public shape: heights, widths, cap.</summary>
    public MerkleShape Shape { get; }

    /// <summary>The committed nodes: [2^logCap]. Valid until disposal.</summary>
    public ReadOnlySpan<Digest> Cap => _levels.Level(Shape.LogCap);

    /// <summary>Bytes of node memory, rented from the pool.</summary>
    public long Bytes => _levels.Bytes;

    /// <summary>
    /// Hashes all rows and nodes. The result does not depend on the number of threads.
    /// </summary>
    /// <param name="pool">Lends the node memory: 64 bytes a leaf.</param>
    /// <param name="tables">At least one; each has a power of two of rows, at least 2^logCap and one for each coset of the order.</param>
    /// <param name="order">How the rows of all tables are stored.</param>
    /// <param name="logCap">log2 of the number of cap nodes.</param>
    /// <param name="threads">Most threads at work, at least 1.</param>
    /// <param name="cancellation">Checked every thousand rows.</param>
    /// <exception cref="ArgumentException">The tables do not have such heights.</exception>
    public static MerkleTree Build(
        FieldMatrixPool pool, IReadOnlyList<FieldMatrix> tables, RowOrder order, int logCap, int threads, CancellationToken cancellation = default)
    {
        MerkleShape shape = new(ShapesOf(tables, order), logCap);
        MerkleLevels levels = new(pool, shape, [.. tables], order);
        try
        {
            int width = shape.Groups.Max(group => group.Width);
            using FieldMatrix scratch = pool.RentUnspecified(threads, MerkleLevels.ScratchLength(width));
            levels.HashLeaves(scratch, threads, cancellation);
            int group = 1;
            for (int logCount = shape.LogHeight - 1; logCount >= shape.LogCap; logCount--)
            {
                levels.CompressLevel(logCount, scratch, threads, cancellation);
                if (group < shape.Groups.Length && shape.Groups[group].LogHeight == logCount)
                    levels.Inject(shape.Groups[group++], scratch, threads, cancellation);
            }
            return new MerkleTree(shape, levels);
        }
        catch
        {
            levels.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens leaf <paramref name="leaf"/>, in [0, 2^LogHeight), of the highest tables, and with it leaf ≫ (LogHeight - logHeight) of each lower table.
    /// </summary>
    public MerkleOpening Open(uint leaf)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(leaf, 1u << Shape.LogHeight);
        KoalaBear[] rows = new KoalaBear[Shape.RowLength];
        Span<KoalaBear> next = rows;
        foreach (RowGroup group in Shape.Groups)
        {
            _levels.CopyLeaf(group, (int)(leaf >> (Shape.LogHeight - group.LogHeight)), next);
            next = next[group.Width..];
        }
        Digest[] path = new Digest[Shape.PathLength];
        for (int step = 0; step < path.Length; step++)
            path[step] = _levels.Level(Shape.LogHeight - step)[(int)(leaf >> step) ^ 1];
        return new MerkleOpening(rows, path);
    }

    /// <summary>Gives the node memory back; the tables are not touched.</summary>
    public void Dispose() => _levels.Dispose();

    static TableShape[] ShapesOf(IReadOnlyList<FieldMatrix> tables, RowOrder order)
    {
        TableShape[] shapes = new TableShape[tables.Count];
        for (int table = 0; table < shapes.Length; table++)
        {
            int rows = tables[table].Rows;
            if (!BitOperations.IsPow2(rows) || BitOperations.Log2((uint)rows) < order.LogCosets)
                throw new ArgumentException($"Merkle tree, table {table}: expected a power of two of at least 2^{order.LogCosets} rows, got {rows}.", nameof(tables));
            shapes[table] = new TableShape(BitOperations.Log2((uint)rows), tables[table].Width);
        }
        return shapes;
    }
}
