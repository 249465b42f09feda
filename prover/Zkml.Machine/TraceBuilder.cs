using Zkml.Air;
using Zkml.Fields;
using Zkml.Records;

namespace Zkml.Machine;

/// <summary>Where one table's columns stand: columns [Offset, Offset + Chip.Width) of a matrix with the table's height as rows.</summary>
public readonly record struct TableSlot(MachineChip Chip, FieldMatrix Matrix, int Offset);

/// <summary>Fills the main traces of a segment: event tables first, then the lookup tables with what the event tables' constraint texts look up.</summary>
public static class TraceBuilder
{
    const int RowsPerChunk = 1 << 12;

    /// <summary>
    /// Fills every slot. Lookups are added to <paramref name="input"/>.Lookups: its local tables must be clear, its session tables hold the
    /// earlier segments' counts. The result does not depend on the number of threads.
    /// </summary>
    /// <exception cref="ArgumentException">A table is too low for its rows.</exception>
    public static void Fill(IReadOnlyList<TableSlot> slots, TraceInput input, int threads, CancellationToken cancellation = default)
    {
        LookupCounts[] perWorker = [input.Lookups, .. Enumerable.Range(1, threads - 1).Select(_ => new LookupCounts(input.Program))];
        foreach (TableSlot slot in slots)
        {
            CheckHeight(slot, input);
            if (slot.Chip.IsLookupTable || slot.Chip.Width == 0) continue;
            FillTable(slot, input, threads, cancellation);
            CountLookups(slot, perWorker, slot.Chip.RowCount(input), threads, cancellation);
        }
        foreach (LookupCounts other in perWorker.AsSpan(1)) input.Lookups.Absorb(other);
        foreach (TableSlot slot in slots)
            if (slot.Chip.IsLookupTable && slot.Chip.Width > 0)
                FillTable(slot, input, threads, cancellation);
    }

    static void CheckHeight(TableSlot slot, TraceInput input)
    {
        int rows = slot.Chip.RowCount(input), capacity = slot.Matrix.Rows - (slot.Chip.LogUp.LastRowIsInert ? 1 : 0);
        if (rows > capacity)
            throw new ArgumentException($"Segment {input.Record.Index}, table {slot.Chip.Name}: {rows} rows do not fit into {capacity}.", nameof(slot));
    }

    static void FillTable(TableSlot slot, TraceInput input, int threads, CancellationToken cancellation) =>
        ParallelRange.Run(slot.Matrix.Rows, RowsPerChunk, threads, (start, end, _) => slot.Chip.FillRows(input, start, slot.Matrix.Block(start, end, slot.Offset, slot.Chip.Width)), cancellation);

    static void CountLookups(TableSlot slot, LookupCounts[] perWorker, int rows, int threads, CancellationToken cancellation) =>
        ParallelRange.Run(rows, RowsPerChunk, threads, (start, end, worker) =>
        {
            var visitor = new CountVisitor(slot, perWorker[worker], start, end);
            slot.Chip.Accept(ref visitor);
        }, cancellation);

    /// <summary>Rows [start, end) of a table inside its matrix.</summary>
    public static RowBlock Block(this FieldMatrix matrix, int start, int end, int offset, int width)
    {
        // The block begins at the table's first cell of row start and reaches to the end of row end - 1.
        Span<KoalaBear> cells = matrix.PaddedRows(start, end - start)[offset..];
        return new RowBlock(cells, matrix.Stride, end - start, width);
    }

    readonly struct CountVisitor(TableSlot slot, LookupCounts counts, int start, int end) : IAirVisitor
    {
        public void Visit<TAir>(in TAir air) where TAir : struct, IAir
        {
            var sink = new LookupSink(counts);
            FieldMatrix matrix = slot.Matrix;
            for (int row = start; row < end; row++)
            {
                ReadOnlySpan<KoalaBear> local = matrix.Row(row).Slice(slot.Offset, slot.Chip.Width);
                ReadOnlySpan<KoalaBear> next = matrix.Row(row + 1 < matrix.Rows ? row + 1 : 0).Slice(slot.Offset, slot.Chip.Width);
                var counter = new InteractionCounter<LookupSink>(ref sink);
                air.Constrain<InteractionCounter<LookupSink>, KoalaBear>(ref counter, new RowWindow<KoalaBear>(local, next, default));
            }
        }
    }
}
