using Zkml.Guest.Assembly;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Testing;
using Zkml.Vm.Execution;

namespace Zkml.Soundness.Tests.Faults;

/// <summary>
/// A dishonest executor end to end: traces filled from an execution with one lie do not check, whatever the lie, unless it left no trace at all in
/// the architecture.
/// </summary>
public sealed class ExecutorFaultTests
{
    const int PositionsPerKind = 4;

    static readonly ExecutionInput s_input = new() { CycleLimit = 50_000, StandardInput = Enumerable.Range(0, 128).Select(i => (byte)(i * 7)).ToArray() };

    static readonly (string Name, AssembledProgram Program)[] s_guests =
    [
        ("mixed", Programs.Mixed(600)),
        ("hash", Programs.CommitInput(2)),
        ("journal", Programs.Halt("some journal"u8, 3)),
        ("random 1", RandomPrograms.Make(1, bodyLength: 60, iterations: 2)),
        ("random 2", RandomPrograms.Make(2, bodyLength: 60, iterations: 2)),
        ("random 3", RandomPrograms.Make(3, bodyLength: 60, iterations: 2)),
    ];

    static readonly Dictionary<FaultKind, uint[]> s_changes = new()
    {
        [FaultKind.Skip] = [0],
        [FaultKind.Result] = [1, 0x8000_0000, 0x0001_0000, 0xFFFF_FFFF],
        [FaultKind.Branch] = [0],
        [FaultKind.Address] = [4, unchecked((uint)-4), 64, 0x1000],
        [FaultKind.Load] = [1, 0x80, 0xFF00, 0x8000_0000],
        [FaultKind.Store] = [1, 0x100, 0x0080_0000],
        [FaultKind.Destination] = [31, 9, 32],
        [FaultKind.NextPc] = [1, unchecked((uint)-1), 2],
        [FaultKind.ExitCode] = [0x100, 0x300, 0xFF00],
    };

    static IEnumerable<TestCaseData> Faults() =>
        from guest in s_guests
        from kind in s_changes.Keys
        select new TestCaseData(guest.Program, kind).SetArgDisplayNames(guest.Name, kind.ToString());

    [TestCaseSource(nameof(Faults))]
    public void TracesOfADishonestExecution_DoNotCheck(AssembledProgram guest, FaultKind kind)
    {
        ProgramImage program = ElfReader.Read(guest.ToElf());
        EventCounts unlimited = EventCounts.Uniform(1 << 20);
        var none = new Fault(kind, int.MaxValue, 0);
        MachineRun honest = FaultyRun.Execute(program, s_input, unlimited, ref none)!;
        int refused = 0, stopped = 0, invisible = 0;
        foreach (uint change in s_changes[kind])
        {
            for (int i = 0; i < Math.Min(PositionsPerKind, none.Occasions); i++)
            {
                // Spread over the run, the last occasion included.
                int position = i == PositionsPerKind - 1 ? none.Occasions - 1 : i * none.Occasions / PositionsPerKind;
                var fault = new Fault(kind, position, change);
                MachineRun? run = FaultyRun.Execute(program, s_input, unlimited, ref fault);
                if (run is null) stopped++;
                else if (!fault.IsTold) invisible++;
                else if (!run.Check().IsAccepted) refused++;
                else
                {
                    Assert.That(FaultyRun.SameState(run, honest), $"{kind} at occasion {position} by 0x{change:x}: accepted, with another outcome");
                    invisible++;
                }
            }
        }
        TestContext.Out.WriteLine($"{kind}: {refused} refused, {stopped} stopped the guest, {invisible} invisible");
        if (none.Occasions > 0) Assert.That(refused + stopped, Is.Positive);
    }

    // Across a cut the bus, not the table, carries the lie.
    [TestCase(FaultKind.Result)]
    [TestCase(FaultKind.Store)]
    [TestCase(FaultKind.NextPc)]
    [TestCase(FaultKind.ExitCode)]
    public void TracesInSeveralSegments_DoNotCheck(FaultKind kind)
    {
        ProgramImage program = ElfReader.Read(s_guests[3].Program.ToElf());
        EventCounts capacities = EventCounts.Uniform(12);
        var none = new Fault(kind, int.MaxValue, 0);
        MachineRun honest = FaultyRun.Execute(program, s_input, capacities, ref none)!;
        Assert.That(honest.Segments, Has.Count.GreaterThan(2));
        Assert.That(honest.Check().IsAccepted);
        var fault = new Fault(kind, none.Occasions / 2, s_changes[kind][0]);
        MachineRun? run = FaultyRun.Execute(program, s_input, capacities, ref fault);
        Assert.That(fault.IsTold);
        if (run is not null) Assert.That(run.Check().IsAccepted, Is.False);
    }
}
