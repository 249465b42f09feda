using Zkml.Fields;

namespace Zkml.Hashing.Tests;

/// <summary>Tables of random elements for a tree, with the readable definition of that tree beside them.</summary>
sealed class RandomTables : IDisposable
{
    readonly FieldMatrixPool _pool = new(idleLimitBytes: 0);
    readonly List<FieldMatrix> _tables = [];

    public RandomTables(int seed, int logCosets, params TableShape[] shapes)
    {
        LogCosets = logCosets;
        Random random = new(seed);
        foreach (TableShape shape in shapes)
        {
            FieldMatrix table = _pool.Rent(1 << shape.LogHeight, shape.Width);
            for (int row = 0; row < table.Rows; row++)
                RandomElements.Next(random, table.Width).CopyTo(table.Row(row));
            _tables.Add(table);
        }
    }

    public int LogCosets { get; }

    public FieldMatrixPool Pool => _pool;

    public IReadOnlyList<FieldMatrix> Tables => _tables;

    public MerkleTree Build(int logCap, int threads = 1) => MerkleTree.Build(_pool, _tables, RowOrder.CosetMajor(LogCosets), logCap, threads);

    /// <summary>The node of index <paramref name="node"/> among 2^<paramref name="logCount"/>, straight from the definition, with domain indices.</summary>
    public Digest Node(int logCount, int node)
    {
        int logMax = _tables.Max(table => int.Log2(table.Rows));
        Digest row = Digest.OfRow(RowAt(logCount, node));
        if (logCount == logMax)
            return row;
        Digest parent = Digest.Compress(Node(logCount + 1, 2 * node), Node(logCount + 1, 2 * node + 1));
        return _tables.Any(table => int.Log2(table.Rows) == logCount) ? Digest.Compress(parent, row) : parent;
    }

    /// <summary>The concatenated rows of the tables of 2^<paramref name="logHeight"/> rows at leaf position <paramref name="leaf"/>.</summary>
    public KoalaBear[] RowAt(int logHeight, int leaf)
    {
        int domainIndex = 0;
        for (int bit = 0; bit < logHeight; bit++)
            domainIndex |= ((leaf >> bit) & 1) << (logHeight - 1 - bit);
        int cosets = 1 << LogCosets;
        int storageRow = domainIndex % cosets * ((1 << logHeight) / cosets) + domainIndex / cosets;
        return [.. _tables.Where(table => table.Rows == 1 << logHeight).SelectMany(table => table.Row(storageRow).ToArray())];
    }

    public void Dispose()
    {
        foreach (FieldMatrix table in _tables)
            table.Dispose();
        _pool.Dispose();
    }
}
