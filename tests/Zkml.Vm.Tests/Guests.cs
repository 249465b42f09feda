using Zkml.Guest.Assembly;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Vm.Execution;
using Zkml.Vm.Sessions;

namespace Zkml.Vm.Tests;

/// <summary>Short ways to run assembled guests.</summary>
internal static class Guests
{
    public static readonly EventCounts Unlimited = EventCounts.Uniform(int.MaxValue);

    /// <summary>A guest from a few instructions; the label _start stands before them.</summary>
    public static ProgramImage Make(Action<Assembler> body)
    {
        Assembler assembler = new();
        assembler.Here("_start");
        body(assembler);
        return Load(assembler.Assemble());
    }

    public static ProgramImage Load(AssembledProgram program) => ElfReader.Read(program.ToElf());

    public static ExecutionResult Run(ProgramImage program, ExecutionInput? input = null) => new Executor(program, input ?? new()).Run();

    /// <summary>The session in segments of given capacities; the last segment has the boundary.</summary>
    public static (List<SegmentRecord> Segments, Executor Executor) Record(ProgramImage program, ExecutionInput? input = null, EventCounts? capacities = null)
    {
        Executor executor = new(program, input ?? new());
        List<SegmentRecord> segments = [];
        SegmentStatus status;
        do
        {
            segments.Add(new SegmentRecord());
            status = executor.RunSegment(segments[^1], capacities ?? Unlimited);
        }
        while (status == SegmentStatus.Full);
        executor.FinishBoundary(segments[^1]);
        return (segments, executor);
    }

    /// <summary>The error that stops a guest, checked to be the same with and without events.</summary>
    public static GuestError Fail(ProgramImage program, ExecutionInput? input = null)
    {
        GuestError error = Assert.Throws<GuestException>(() => Run(program, input))!.Error;
        Executor recording = new(program, input ?? new());
        Assert.That(Assert.Throws<GuestException>(() => recording.RunSegment(new SegmentRecord(), Unlimited))!.Error, Is.EqualTo(error));
        Assert.That(recording.IsHalted, Is.False);
        Assert.That(() => recording.RunSegment(new SegmentRecord(), Unlimited), Throws.InvalidOperationException, "nothing may follow a failure");
        return error;
    }
}
