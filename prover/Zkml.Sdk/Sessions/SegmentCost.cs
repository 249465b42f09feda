using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Records;
using Zkml.Stark;
using Zkml.Stark.Prover;

namespace Zkml.Sdk;

/// <summary>What a class costs to prove.</summary>
public static class SegmentCost
{
    /// <summary>Runtime, compiled code, executor and guest memory: what a process needs besides traces and trees, in bytes.</summary>
    const long FixedBytes = 384L << 20;

    /// <summary>Bytes of an event in the record, those of a list that has just doubled included.</summary>
    const long EventBytes = 60;

    static readonly Lazy<long[]> s_peaks = new(() => [.. ShapeClasses.All.Select(Estimate)]);

    /// <summary>Estimated peak bytes of the process while a segment of this class is proved; `zkvm bench prove` prints the measured figure beside it.</summary>
    public static long PeakBytes(ShapeClass shape) => s_peaks.Value[shape.Index];

    /// <summary>Main and permutation cells of a segment before padding.</summary>
    public static long UsedCells(PlannedSegment segment)
    {
        long cells = 0;
        foreach ((EventStream stream, MachineChip chip) in RiscvMachine.StreamChips)
            cells += (long)segment.Counts[stream] * (chip.Width + chip.LogUp.Width);
        return cells + RiscvMachine.DerivedRows(segment.Counts).Sum(derived => (long)derived.Rows * (derived.Chip.Width + derived.Chip.LogUp.Width));
    }

    static long Estimate(ShapeClass shape)
    {
        var layout = new SegmentLayout(RiscvSession.ShapeOf(shape, default), FriParameters.ForSegment(SecurityProfile.P100));
        return FixedBytes + ProverMemory.EstimatePeak(layout) + EventBytes * shape.Capacities.Total;
    }
}
