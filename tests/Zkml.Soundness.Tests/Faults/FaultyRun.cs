using Zkml.Program;
using Zkml.Records;
using Zkml.Testing;
using Zkml.Vm.Execution;
using Zkml.Vm.Sessions;

namespace Zkml.Soundness.Tests.Faults;

/// <summary>Executions with one lie.</summary>
static class FaultyRun
{
    /// <summary>Runs a guest with a lie; null where the guest is stopped by it, so that there is nothing to prove.</summary>
    public static MachineRun? Execute(ProgramImage program, ExecutionInput input, in EventCounts capacities, ref Fault fault)
    {
        var executor = new Executor(program, input);
        List<SegmentRecord> segments = [];
        try
        {
            SegmentStatus status;
            do
            {
                segments.Add(new SegmentRecord());
                status = executor.RunSegment(segments[^1], capacities, ref fault);
            }
            while (status == SegmentStatus.Full);
        }
        catch (GuestException)
        {
            return null;
        }
        executor.FinishBoundary(segments[^1]);
        return new MachineRun(program.ToTables(), segments, executor.Result);
    }

    /// <summary>
    /// Two runs end in the same architectural state by the same way: all that a verifier is told, the registers that can be read, and memory.
    /// </summary>
    public static bool SameState(MachineRun left, MachineRun right) =>
        left.Claim.ExitCode == right.Claim.ExitCode && left.Claim.OutputDigest.SequenceEqual(right.Claim.OutputDigest)
            && State(left).SequenceEqual(State(right));

    static IEnumerable<(uint, uint, uint)> State(MachineRun run) => run.Last.Boundary.Items.ToArray()
        .Where(entry => (entry.Space == MemorySpace.Register && entry.Word < 32) || (entry.Space == MemorySpace.Memory && (entry.FinalValue != 0 || entry.IsImage)))
        .Select(entry => (entry.Space, entry.Word, entry.FinalValue));
}
