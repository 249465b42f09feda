using Zkml.Fields;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Records;

namespace Zkml.Sdk;

/// <summary>What a class costs to prove. The formulas follow the prover's buffers; `zkvm bench prove` prints measured figures beside them.</summary>
public static class SegmentCost
{
    const int ElementBytes = 4, DigestBytes = 32, Blowup = 2;

    /// <summary>Runtime, executor and guest memory: what a process needs besides the prover's buffers, in bytes.</summary>
    const long FixedBytes = 220L << 20;

    /// <summary>
    /// Estimated peak bytes while a segment of this class is proved: the extensions of main and permutation trace, one trace beside them, three trees,
    /// and the columns of quotient and FRI.
    /// </summary>
    public static long PeakBytes(ShapeClass shape)
    {
        long main = StridedCells(shape, table => table.Chip.Width), permutation = StridedCells(shape, table => table.Chip.LogUp.Width);
        long preprocessed = StridedCells(shape, table => table.Chip.PreprocessedWidth);
        long height = 1L << shape.Tables.Max(table => table.LogHeight);
        long traces = ElementBytes * (Blowup * (main + permutation + preprocessed) + main + permutation + preprocessed);
        long trees = 4 * 2 * Blowup * height * DigestBytes, columns = Blowup * height * ElementBytes * (16 + 4 * 2 * KoalaBear5.Degree);
        return FixedBytes + traces + trees + columns + 60L * shape.Capacities.Total;
    }

    /// <summary>Main and permutation cells of a segment before padding.</summary>
    public static long UsedCells(PlannedSegment segment)
    {
        long cells = 0;
        foreach ((EventStream stream, MachineChip chip) in RiscvMachine.StreamChips)
            cells += (long)segment.Counts[stream] * (chip.Width + chip.LogUp.Width);
        return cells + RiscvMachine.DerivedRows(segment.Counts).Sum(derived => (long)derived.Rows * (derived.Chip.Width + derived.Chip.LogUp.Width));
    }

    // Tables of one height share a matrix whose rows are padded to 16 elements.
    static long StridedCells(ShapeClass shape, Func<TableHeight, int> width) =>
        shape.Tables.GroupBy(table => table.LogHeight).Sum(group => (group.Sum(width) + 15L) / 16 * 16 << group.Key);
}
