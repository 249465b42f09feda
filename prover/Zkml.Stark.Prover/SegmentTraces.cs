using Zkml.Fields;
using Zkml.Machine;

namespace Zkml.Stark.Prover;

/// <summary>Fills rows [firstRow, firstRow + rows.Count) of table <paramref name="table"/>; every cell has to be written.</summary>
public delegate void TableFiller(int table, int firstRow, RowBlock rows);

/// <summary>The main traces of a segment, to be filled before <see cref="SegmentProver.CommitMain"/>.</summary>
public sealed class SegmentTraces : IDisposable
{
    const int ChunkRows = 1 << 12;

    readonly SegmentLayout _layout;

    /// <summary>Traces for the tables of <paramref name="layout"/>; padding columns are zero, other cells unspecified.</summary>
    public SegmentTraces(SegmentLayout layout, FieldMatrixPool pool)
    {
        _layout = layout;
        UsedRows = [.. layout.Shape.Tables.Select(table => 1 << table.LogHeight)];
        Matrices = TreeMatrices.RentTraces(pool, layout.Trees[layout.MainTree].Merkle, layout.Parameters.LogBlowup);
    }

    /// <summary>Rows of each table before padding; whole heights unless the filler says otherwise. For statistics only. [table]</summary>
    public int[] UsedRows { get; }

    /// <summary>The matrices behind the tables.</summary>
    public TreeMatrices Matrices { get; }

    /// <summary>
    /// The matrix that holds a table, and the table's first column in it; no matrix for a table without main columns.
    /// </summary>
    public (FieldMatrix? Matrix, int Column) Place(int table)
    {
        int position = Array.IndexOf(_layout.Trees[_layout.MainTree].Tables, table);
        if (position < 0)
            return (null, 0);
        (int group, int column) = Matrices.Place(position);
        return (Matrices.Matrices[group], column);
    }

    /// <summary>Fills every table that has main columns, by chunks of rows in any order.</summary>
    public void Fill(TableFiller filler, int threads, CancellationToken cancellation = default)
    {
        TreeShape tree = _layout.Trees[_layout.MainTree];
        int[] widths = [.. tree.Tables.Select(table => _layout.Width(table, TracePhase.Main))];
        Fill(Matrices, widths, (position, firstRow, rows) => filler(tree.Tables[position], firstRow, rows), threads, cancellation);
    }

    /// <summary>Fills the tables of a tree, of the given widths; here a table is its index in the tree.</summary>
    internal static void Fill(TreeMatrices traces, int[] widths, TableFiller filler, int threads, CancellationToken cancellation)
    {
        for (int group = 0; group < traces.Matrices.Count; group++)
        {
            FieldMatrix matrix = traces.Matrices[group];
            foreach (int table in traces.Shape.Groups[group].Tables)
            {
                int column = traces.Place(table).Column, width = widths[table];
                ParallelRange.Run(matrix.Rows, ChunkRows, threads, (start, end, _) => filler(table, start, matrix.Block(start, end, column, width)), cancellation);
            }
        }
    }

    /// <summary>Gives the memory back; <see cref="SegmentProver"/> does so when the traces are no longer needed.</summary>
    public void Dispose() => Matrices.Dispose();
}
