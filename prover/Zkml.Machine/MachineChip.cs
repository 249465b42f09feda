using Zkml.Air;
using Zkml.Fields;
using Zkml.Records;

namespace Zkml.Machine;

/// <summary>Everything that the tables of one segment are filled from.</summary>
/// <param name="Program">The program's tables.</param>
/// <param name="Record">The segment's events.</param>
/// <param name="Lookups">Lookup multiplicities, counted from the event tables' rows before the lookup tables are filled.</param>
public sealed record TraceInput(ProgramTables Program, SegmentRecord Record, LookupCounts Lookups);

/// <summary>A table of the machine: an AIR and the way its rows are filled.</summary>
public abstract class MachineChip : Chip
{
    /// <summary>The table receives lookups: its main columns are multiplicities, filled after every other table.</summary>
    public virtual bool IsLookupTable => false;

    /// <summary>Rows that the input needs in this table, padding not counted.</summary>
    public abstract int RowCount(TraceInput input);

    /// <summary>
    /// Fills rows [firstRow, firstRow + rows.Count) of the main trace. Every cell is written: rows past <see cref="RowCount"/>
    /// become padding. Rows may be filled by several threads in any order.
    /// </summary>
    /// <param name="input">The segment.</param>
    /// <param name="firstRow">Index of the first row.</param>
    /// <param name="rows">The rows' cells.</param>
    public abstract void FillRows(TraceInput input, int firstRow, RowBlock rows);

    /// <summary>Rows of the preprocessed trace that a program needs; 0 without preprocessed columns.</summary>
    public virtual int PreprocessedRowCount(ProgramTables program) => 0;

    /// <summary>Fills rows of the preprocessed trace, which depends on the program alone (or on nothing, for the fixed tables).</summary>
    public virtual void FillPreprocessed(ProgramTables program, int firstRow, RowBlock rows) { }
}

/// <summary>Some consecutive rows of one table inside a wider row-major matrix.</summary>
/// <param name="cells">The matrix's cells from the first row's first cell of the table on.</param>
/// <param name="stride">Cells from one row to the next.</param>
/// <param name="count">Number of rows.</param>
/// <param name="width">The table's number of columns.</param>
public readonly ref struct RowBlock(Span<KoalaBear> cells, int stride, int count, int width)
{
    readonly Span<KoalaBear> _cells = cells;

    /// <summary>Number of rows.</summary>
    public int Count { get; } = count;

    /// <summary>Row <paramref name="index"/> of the block.</summary>
    public Span<KoalaBear> this[int index] => _cells.Slice(index * stride, width);
}

/// <summary>An AIR whose rows are events: one row each, padding rows all zero.</summary>
public interface IEventAir<TEvent> : IAir where TEvent : unmanaged
{
    /// <summary>The events of this table.</summary>
    EventList<TEvent> Events(SegmentRecord record);

    /// <summary>Writes the row of an event; the row is zero on entry.</summary>
    void FillRow(in TEvent e, Span<KoalaBear> row);
}

/// <summary>A machine table with its AIR; derived classes say how its rows are filled.</summary>
public abstract class MachineChip<TAir>(TAir air) : MachineChip where TAir : struct, IAir
{
    readonly TAir _air = air;

    /// <summary>The AIR.</summary>
    protected ref readonly TAir Air => ref _air;

    public override string Name => _air.Name;

    public override int Width => _air.Width;

    public override int PreprocessedWidth => _air.PreprocessedWidth;

    public override ExprGraph Graph { get; } = ExprGraph.Record(air);

    public override void Accept<TVisitor>(ref TVisitor visitor) => visitor.Visit(in _air);
}

/// <summary>The chip of an <see cref="IEventAir{TEvent}"/>.</summary>
public sealed class EventChip<TAir, TEvent>(TAir air) : MachineChip<TAir>(air) where TAir : struct, IEventAir<TEvent> where TEvent : unmanaged
{
    public override int RowCount(TraceInput input) => Air.Events(input.Record).Count;

    public override void FillRows(TraceInput input, int firstRow, RowBlock rows)
    {
        ReadOnlySpan<TEvent> events = Air.Events(input.Record).Items;
        for (int i = 0; i < rows.Count; i++)
        {
            Span<KoalaBear> row = rows[i];
            row.Clear();
            if (firstRow + i < events.Length) Air.FillRow(in events[firstRow + i], row);
        }
    }
}
