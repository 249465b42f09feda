using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>How heads lie in a tensor: elements between batches, heads and rows; the elements of one row of a head are neighbours.</summary>
internal readonly record struct HeadLayout(int Batch, int Head, int Row)
{
    /// <summary>[batch, heads, rows, size], or [batch, rows, heads · size].</summary>
    public static HeadLayout Of(bool isSplit, int heads, int rows, int size) =>
        isSplit ? new(heads * rows * size, rows * size, size) : new(rows * heads * size, size, heads * size);

    /// <summary>Index of the first element of a row.</summary>
    public Expression At(Expression batch, Expression head, Expression row) => batch * Batch + head * Head + row * Row;
}

/// <summary>The extents of an Attention node: heads, sequence lengths, sizes of a head.</summary>
internal sealed class AttentionShape
{
    /// <summary>Checks the inputs and reads their extents.</summary>
    public AttentionShape(NodeAttributes attributes, Shape query, Shape key, Shape value, Shape? past, Shape? pastValue)
    {
        IsSplit = query.Rank == 4;
        Require(key.Rank == query.Rank && value.Rank == query.Rank, $"expected Q, K and V of one rank, got {query}, {key}, {value}");
        Batch = query[0];
        Heads = IsSplit ? query[1] : attributes.Int32("q_num_heads", 0);
        KeyHeads = IsSplit ? key[1] : attributes.Int32("kv_num_heads", 0);
        Require(Heads > 0 && KeyHeads > 0 && Heads % KeyHeads == 0, $"heads: expected those of Q to be a multiple of those of K, got {Heads} and {KeyHeads}");
        Queries = query[^2];
        Require(IsSplit || (query[2] % Heads == 0 && key[2] % KeyHeads == 0 && value[2] % KeyHeads == 0), $"heads: {Heads} and {KeyHeads} do not divide {query}, {key}, {value}");
        Size = IsSplit ? query[3] : query[2] / Heads;
        ValueSize = IsSplit ? value[3] : value[2] / KeyHeads;
        Past = past?[2] ?? 0;
        New = key[^2];
        int keySize = IsSplit ? key[3] : key[2] / KeyHeads, valueHeads = IsSplit ? value[1] : KeyHeads;
        Require(key[0] == Batch && value[0] == Batch && value[^2] == New && keySize == Size && valueHeads == KeyHeads, $"Q, K and V do not fit: {query}, {key}, {value}");
        Require(Keys <= int.MaxValue / 2, $"keys: expected fewer than 2^30, got {Keys}");
        if (past == null) return;
        Require(past.Equals(new(Batch, KeyHeads, Past, Size)) && pastValue != null && pastValue.Equals(new(Batch, KeyHeads, Past, ValueSize)),
            $"past keys and values: expected {new Shape(Batch, KeyHeads, Past, Size)} and as many values, got {past} and {pastValue}");
    }

    /// <summary>True for [batch, heads, rows, size], false for [batch, rows, heads · size].</summary>
    public bool IsSplit { get; }

    /// <summary>Number of sequences.</summary>
    public int Batch { get; }

    /// <summary>Heads of the query.</summary>
    public int Heads { get; }

    /// <summary>Heads of keys and values; each serves Heads / KeyHeads heads of the query.</summary>
    public int KeyHeads { get; }

    /// <summary>Rows of the query.</summary>
    public int Queries { get; }

    /// <summary>Elements of a query or key.</summary>
    public int Size { get; }

    /// <summary>Elements of a value.</summary>
    public int ValueSize { get; }

    /// <summary>Keys from the cache.</summary>
    public int Past { get; }

    /// <summary>Keys of this node.</summary>
    public int New { get; }

    /// <summary>All keys.</summary>
    public int Keys => Past + New;
}
