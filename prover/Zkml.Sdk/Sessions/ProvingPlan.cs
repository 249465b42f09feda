using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Program;
using Zkml.Records;
using Zkml.Vm.Execution;
using Zkml.Vm.Sessions;

namespace Zkml.Sdk;

/// <summary>One segment of a plan: its class, the capacities at which execution is cut, and the rows that it will hold.</summary>
/// <param name="Class">The cheapest class that holds the rows.</param>
/// <param name="Capacities">What execution is cut by; the same cut comes out in every run.</param>
/// <param name="Counts">Rows of each event stream, the boundary of the closing segment included.</param>
public sealed record PlannedSegment(ShapeClass Class, EventCounts Capacities, EventCounts Counts);

/// <summary>How a session will be proved, known from one metered execution before any proving.</summary>
/// <param name="Segments">The segments in order; the last one closes the session.</param>
/// <param name="Result">What the guest left.</param>
public sealed record ProvingPlan(IReadOnlyList<PlannedSegment> Segments, ExecutionResult Result)
{
    static readonly EventCounts s_unlimited = EventCounts.Uniform(1 << 30);

    /// <summary>Main and permutation cells before padding.</summary>
    public long UsedCells => Segments.Sum(segment => SegmentCost.UsedCells(segment));

    /// <summary>Main and permutation cells, padding included.</summary>
    public long PaddedCells => Segments.Sum(segment => segment.Class.MainCells + segment.Class.PermutationCells);

    /// <summary>Estimated peak memory of proving, in bytes.</summary>
    public long EstimatedPeakBytes => Segments.Max(segment => SegmentCost.PeakBytes(segment.Class));

    /// <summary>
    /// Plans a session: one segment where a closing class within the memory limit holds it all, otherwise the executing class that costs least in total, cut where
    /// its first table is full.
    /// </summary>
    /// <param name="program">The guest.</param>
    /// <param name="input">Its input.</param>
    /// <param name="memoryLimitBytes">Upper bound on the estimated peak memory.</param>
    /// <param name="cancellation">Checked between segments.</param>
    /// <exception cref="GuestException">The guest failed.</exception>
    /// <exception cref="ArgumentException">No class fits: the program or its memory is too large, or the memory limit too small.</exception>
    public static ProvingPlan Make(ProgramImage program, ExecutionInput input, long memoryLimitBytes, CancellationToken cancellation = default)
    {
        ProgramSize size = ProgramSize.Of(program.ToTables());
        ShapeClass[] affordable = [.. ShapeClasses.All.Where(shape => SegmentCost.PeakBytes(shape) <= memoryLimitBytes && (shape.Closes is null || shape.Closes == size))];
        if (!affordable.Any(shape => shape.IsClosing))
        {
            long least = ShapeClasses.All.Where(shape => shape.Closes == size).Min(SegmentCost.PeakBytes);
            throw new ArgumentException($"Memory: proving a program of this size needs about {least >> 20} MiB, but the limit is {memoryLimitBytes >> 20} MiB.");
        }

        var executor = new Executor(program, input);
        executor.MeterSegment(s_unlimited, out EventCounts totals, cancellation);
        totals[EventStream.Boundary] = executor.CountBoundary();
        if (Cheapest(affordable, totals, isClosing: true) is { } single)
            return new ProvingPlan([new PlannedSegment(single, s_unlimited, totals)], executor.Result);

        ShapeClass? executing = affordable.Where(shape => !shape.IsClosing).MinBy(shape => SegmentsNeeded(shape, totals) * (shape.MainCells + shape.PermutationCells));
        if (executing is null) throw new ArgumentException($"Memory: no executing segment fits into {memoryLimitBytes >> 20} MiB.");
        // The halt may share its segment with what comes before; where no closing class holds both, it gets a segment of its own.
        return Cut(program, input, affordable, executing, haltsInside: true, cancellation)
            ?? Cut(program, input, affordable, executing, haltsInside: false, cancellation)
            ?? throw new ArgumentException($"Guest memory: {totals[EventStream.Boundary]} words were touched, more than the boundary table of any affordable class holds.");
    }

    static ProvingPlan? Cut(ProgramImage program, ExecutionInput input, ShapeClass[] affordable, ShapeClass executing, bool haltsInside, CancellationToken cancellation)
    {
        var executor = new Executor(program, input);
        EventCounts capacities = executing.Capacities;
        if (haltsInside) capacities[EventStream.Halt] = 1;
        List<PlannedSegment> segments = [];
        while (true)
        {
            if (segments.Count == SegmentPlanner.MaximumSegments)
                throw new ArgumentException($"Session: needs more than {SegmentPlanner.MaximumSegments} segments.");
            EventCounts limits = capacities;
            SegmentStatus status = executor.MeterSegment(limits, out EventCounts counts, cancellation);
            if (status == SegmentStatus.Halted)
            {
                counts[EventStream.Boundary] = executor.CountBoundary();
                if (Cheapest(affordable, counts, isClosing: true) is not { } closing) return null;
                segments.Add(new PlannedSegment(closing, limits, counts));
                return new ProvingPlan(segments, executor.Result);
            }
            segments.Add(new PlannedSegment(Cheapest(affordable, counts, isClosing: false)!, limits, counts));
            if (executor.FullStream == EventStream.Halt) capacities[EventStream.Halt] = 1;
        }
    }

    static ShapeClass? Cheapest(IEnumerable<ShapeClass> classes, EventCounts counts, bool isClosing) =>
        classes.Where(shape => shape.IsClosing == isClosing && shape.Fits(counts)).MinBy(shape => shape.MainCells + shape.PermutationCells);

    // A real number: fractions decide between classes.
    static double SegmentsNeeded(ShapeClass shape, EventCounts totals)
    {
        double segments = 1;
        for (EventStream stream = 0; stream < EventStream.Halt; stream++)
            segments = Math.Max(segments, totals[stream] / (double)shape.Capacities[stream]);
        return segments;
    }
}
