using Zkml.Program;
using Zkml.Records;
using Zkml.Vm.Execution;

namespace Zkml.Vm.Sessions;

/// <summary>How a session divides into segments, known before any event is recorded.</summary>
/// <param name="Segments">Rows of each stream, per segment; the last one includes its boundary.</param>
/// <param name="Result">What the guest left; its counts are the totals.</param>
public sealed record SessionPlan(IReadOnlyList<EventCounts> Segments, ExecutionResult Result);

/// <summary>Meters a session: same cuts as recording it with the same capacities, without storing events.</summary>
public static class SegmentPlanner
{
    /// <summary>The largest number of segments of a session (machine.md D10).</summary>
    public const int MaximumSegments = 1 << 12;

    /// <summary>
    /// Executes the program and cuts where a capacity is full. Throws <see cref="GuestException"/> where the guest fails and
    /// <see cref="ArgumentException"/> where the capacities are too small for a row or would need too many segments.
    /// </summary>
    public static SessionPlan Plan(ProgramImage program, ExecutionInput input, in EventCounts capacities, CancellationToken cancellation = default)
    {
        Executor executor = new(program, input);
        List<EventCounts> segments = [];
        SegmentStatus status;
        do
        {
            if (segments.Count == MaximumSegments)
                throw new ArgumentException($"Session: needs more than {MaximumSegments} segments of these capacities.", nameof(capacities));
            status = executor.MeterSegment(capacities, out EventCounts counts, cancellation);
            segments.Add(counts);
        }
        while (status != SegmentStatus.Halted);
        int boundary = executor.CountBoundary();
        EventCounts last = segments[^1], totals = executor.Result.Counts;
        last[EventStream.Boundary] = boundary;
        totals[EventStream.Boundary] = boundary;
        segments[^1] = last;
        return new SessionPlan(segments, executor.Result with { Counts = totals });
    }
}
