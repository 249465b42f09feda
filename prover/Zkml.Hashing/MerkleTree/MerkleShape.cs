using System.Collections.Immutable;

namespace Zkml.Hashing;

/// <summary>The public shape of one committed table: 2^<paramref name="LogHeight"/> rows of <paramref name="Width"/> elements.</summary>
public readonly record struct TableShape(int LogHeight, int Width);

/// <summary>The tables of one height in a Merkle tree, whose rows are hashed together.</summary>
/// <param name="LogHeight">log2 of the number of rows.</param>
/// <param name="Width">Elements of the concatenated row.</param>
/// <param name="Tables">Indices of the tables, in list order.</param>
public sealed record RowGroup(int LogHeight, int Width, ImmutableArray<int> Tables);

/// <summary>
/// What a verifier knows about a Merkle tree over tables of different heights, from public parameters alone. Rows of the highest tables
/// are the leaves; lower tables are injected at the level that has as many nodes as they have rows.
/// </summary>
public sealed class MerkleShape
{
    /// <summary>log2 of the most leaves.</summary>
    public const int MaxLogHeight = 30;

    readonly int[] _offsets;

    /// <summary>The shape of a tree over <paramref name="tables"/>, at least one, with a cap of 2^<paramref name="logCap"/> nodes.</summary>
    /// <exception cref="ArgumentException">
    /// No tables, a height not in [0, 30], a width below 1, more than 2^31 - 1 elements in all, or a cap above the lowest table:
    /// a table must be injected no higher than the cap.
    /// </exception>
    public MerkleShape(ReadOnlySpan<TableShape> tables, int logCap)
    {
        if (tables.IsEmpty)
            throw new ArgumentException("Merkle tree: expected at least one table, got none.", nameof(tables));
        for (int table = 0; table < tables.Length; table++)
        {
            if ((uint)tables[table].LogHeight > MaxLogHeight || tables[table].Width < 1)
                throw new ArgumentException(
                    $"Merkle tree, table {table}: expected log height in [0, {MaxLogHeight}] and width of at least 1, got {tables[table]}.", nameof(tables));
            if (logCap < 0 || logCap > tables[table].LogHeight)
                throw new ArgumentException(
                    $"Merkle tree, table {table}: expected a cap log height in [0, {tables[table].LogHeight}], the table's own, got {logCap}.", nameof(logCap));
        }

        LogCap = logCap;
        _offsets = new int[tables.Length];
        Groups = MakeGroups(tables, _offsets);
        LogHeight = Groups[0].LogHeight;
        RowLength = Groups.Sum(group => group.Width);
    }

    /// <summary>log2 of the number of leaves: the height of the highest tables.</summary>
    public int LogHeight { get; }

    /// <summary>log2 of the number of cap nodes.</summary>
    public int LogCap { get; }

    /// <summary>Siblings in an opening: the levels between leaf and cap.</summary>
    public int PathLength => LogHeight - LogCap;

    /// <summary>Nodes of the cap.</summary>
    public int CapLength => 1 << LogCap;

    /// <summary>Elements in an opening: one row of every table.</summary>
    public int RowLength { get; }

    /// <summary>The tables by height, highest first. An opening is the concatenation of the groups' rows in this order.</summary>
    public ImmutableArray<RowGroup> Groups { get; }

    /// <summary>Number of tables.</summary>
    public int TableCount => _offsets.Length;

    /// <summary>Where the row of table <paramref name="table"/> (its index in the list) starts in an opening.</summary>
    public int OffsetOf(int table) => _offsets[table];

    static ImmutableArray<RowGroup> MakeGroups(ReadOnlySpan<TableShape> tables, int[] offsets)
    {
        ImmutableArray<RowGroup>.Builder groups = ImmutableArray.CreateBuilder<RowGroup>();
        int offset = 0;
        for (int logHeight = MaxLogHeight; logHeight >= 0; logHeight--)
        {
            ImmutableArray<int>.Builder members = ImmutableArray.CreateBuilder<int>();
            int start = offset;
            for (int table = 0; table < tables.Length; table++)
            {
                if (tables[table].LogHeight != logHeight)
                    continue;
                members.Add(table);
                offsets[table] = offset;
                if (tables[table].Width > int.MaxValue - offset)
                    throw new ArgumentException($"Merkle tree, table {table}: expected fewer than 2^31 elements in all rows together.", nameof(tables));
                offset += tables[table].Width;
            }
            if (members.Count > 0)
                groups.Add(new RowGroup(logHeight, offset - start, members.ToImmutable()));
        }
        return groups.ToImmutable();
    }
}
