using Zkml.Air;
using Zkml.Guest.Assembly;
using Zkml.Machine.Chips;
using Zkml.Machine.Chips.Sha;
using Zkml.Machine.Tables;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Testing;
using Zkml.Vm.Execution;
using Zkml.Vm.Sessions;

namespace Zkml.Machine.Tests.Chips.Sha;

public sealed class ShaChipTests
{
    static readonly Bus[] s_shaBuses =
        [Buses.Access, Buses.ShaAccess, Buses.ShaStart, Buses.Sha, Buses.ShaRoundStart, Buses.ShaRoundEnd, Buses.ShaSchedule, Buses.ShaConstant];

    static MachineChip[] ShaChips() =>
    [
        new EventChip<ShaHeadAir, ShaHeadEvent>(default), new ShaStateChip(), new EventChip<ShaBlockAir, ShaBlockEvent>(default),
        new ShaRoundChip(), new ShaMemoryChip(), new TransferChip(), new ShaConstantTable(),
    ];

    // Transfer's rows also serve these.
    static MachineChip[] OtherRequesters() => [RiscvMachine.Halt, RiscvMachine.Software, RiscvMachine.Input];

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(5)]
    public void ShaChips_HashedInput_SatisfyEveryConstraintAndBalance(int blocks)
    {
        using var check = new SegmentCheck();
        check.Fill([.. ShaChips(), .. OtherRequesters()], Execute(blocks));

        check.Run();

        Assert.That(check.Failures, Is.Empty);
        Assert.That(check.Imbalances.Where(imbalance => s_shaBuses.Contains(imbalance.Bus)), Is.Empty);
    }

    [Test]
    public void ShaChips_Graphs_HaveDegreeThreeAndStayNarrow()
    {
        int opened = 0;
        foreach (MachineChip chip in ShaChips())
        {
            TestContext.Out.WriteLine($"{chip.Name}: width {chip.Width} + {chip.PreprocessedWidth}, interactions {chip.Graph.Interactions.Count}, permutation {chip.LogUp.Width}");
            Assert.That(chip.Graph.Degree, Is.LessThanOrEqualTo(3), chip.Name);
            opened += chip.Width + chip.PreprocessedWidth + chip.LogUp.Width;
        }
        Assert.That(opened, Is.LessThanOrEqualTo(500));
    }

    static TraceInput Execute(int blocks)
    {
        ProgramImage program = ElfReader.Read(Programs.CommitInput(Math.Max(1, blocks)).ToElf());
        var executor = new Executor(program, new ExecutionInput { StandardInput = Enumerable.Range(0, 64 * blocks).Select(i => (byte)(i * 37 + 11)).ToArray() });
        var record = new SegmentRecord();
        Assert.That(executor.RunSegment(record, EventCounts.Uniform(1 << 20)), Is.EqualTo(SegmentStatus.Halted));
        ProgramTables tables = program.ToTables();
        return new TraceInput(tables, record, new LookupCounts(tables));
    }
}
