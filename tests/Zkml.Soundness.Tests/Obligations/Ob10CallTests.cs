using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Machine.Chips;
using Zkml.Machine.Chips.Sha;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Testing;
using Zkml.Vm.Execution;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>
/// OB-10: calls of variable length end on the exact count, and a host that answers a panic cannot talk the guest into success. Guest runtimes clamp
/// what a host returns: SdkTests of Zkml.Guest.Assembly.Tests.
/// </summary>
public sealed class Ob10CallTests
{
    const uint Buffer = 0x0030_0000;

    static MachineRun ReadsWords(int count) => MachineRun.Of(assembler => assembler.Lui(A0, Buffer >> 12).Li(A1, count).Ecall(HostCall.Random).HaltWith([]));

    // Leaves the last word out: the call ends one row early, and everything after it keeps its clock but for 4 ticks that are missing.
    [Test]
    public void OneWordFewer_EndsWhereTwoRemain()
    {
        MachineRun run = ReadsWords(3);
        HostWordEvent[] words = run.Last.HostWord.Items.ToArray();
        run.Last.HostWord.Set(words[..2]);
        run.Last.Boundary.Set(run.Last.Boundary.Items.ToArray().Where(entry => entry.Word != words[2].Word));
        // Ending early leaves the token 4 ticks before the next row.
        MachineVerdict verdict = run.Check((_, check) => check.Cells<HostWordColumns<KoalaBear>>(RiscvMachine.HostWord, 1).IsLast = KoalaBear.One);
        Assert.That(verdict.Failures.Select(failure => failure.Failure.Label), Has.All.Contains("Remaining").And.Not.Empty);
        run.Check().AssertUnbalanced(Buses.State, Buses.Host);
    }

    // One word more than asked for: the token that the last word should give back goes on to another.
    [Test]
    public void OneWordMore_FindsNoToken()
    {
        MachineRun run = ReadsWords(2);
        HostWordEvent more = run.Last.HostWord.Items[1];
        more.Word++;
        more.Clock += 4;
        more.Remaining = 0;
        more.Memory = new WriteAccess { Value = 99 };
        run.Last.HostWord.Add(more);
        List<BoundaryEntry> entries = [.. run.Last.Boundary.Items];
        entries.Add(new BoundaryEntry { Space = MemorySpace.Memory, Word = more.Word, InitialTime = more.Clock + 1, FinalTime = more.Clock + 2, FinalValue = 99 });
        run.Last.Boundary.Set(entries);
        run.SortBoundary();
        run.Check().AssertUnbalanced(Buses.Host);
    }

    [Test]
    public void CountClaimedZero_ViolatesTheHead()
    {
        MachineRun run = ReadsWords(2);
        MachineVerdict verdict = run.Check((_, check) => check.Cells<SoftwareColumns<KoalaBear>>(RiscvMachine.Software, 0).HasWords = default);
        Assert.That(verdict.Failures.Select(failure => failure.Failure.Label), Has.Some.Contains("HasWords"));
    }

    [Test]
    public void NoWordsClaimedForACountOfZero_ViolatesTheHead()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Li(A0, 0).Li(A1, 0).Ecall(HostCall.CycleCount).HaltWith([]));
        MachineVerdict verdict = run.Check((_, check) => check.Cells<SoftwareColumns<KoalaBear>>(RiscvMachine.Software, 0).HasWords = KoalaBear.One);
        Assert.That(verdict.Failures.Select(failure => failure.Failure.Label), Has.Some.Contains("HasWords"));
    }

    [Test]
    public void HashThatStoresBeforeItsLastBlock_ViolatesTheStore()
    {
        MachineRun run = MachineRun.Of(Programs.CommitInput(1), new() { StandardInput = new byte[64] });
        int loads = run.Last.ShaLoad.Count;
        MachineVerdict verdict = run.Check((_, check) => check.Cells<ShaStateColumns<KoalaBear>>(RiscvMachine.ShaState, loads).Remaining = KoalaBear.One);
        Assert.That(verdict.Failures.Select(failure => failure.Failure.Label), Has.All.Contains("Remaining").And.Not.Empty);
    }

    // The call that a host answers though it should stop the guest: the record of another call, claimed to be the panic.
    [Test]
    public void HostThatReturnsFromAPanic_LeavesAnInstructionThatHasNoRow()
    {
        MachineRun run = Relocation.Make(Make(HostCall.CycleCount, assembler => assembler.Nop()), Make(HostCall.Panic, assembler => assembler.Ebreak()));
        foreach (ref AluEvent e in run.Last.AddImmediate.MutableItems)
            if (e.Step.Rd == (byte)T6) e.Right.Value = e.Result.Value = (uint)HostCall.Panic;
        run.Entry(MemorySpace.Register, (uint)T6).FinalValue = (uint)HostCall.Panic;
        run.Check().AssertUnbalanced(Buses.Fetch);
    }

    static AssembledProgram Make(HostCall call, Action<Assembler> after)
    {
        var assembler = new Assembler();
        assembler.Here("_start");
        assembler.Li(A0, 0).Li(A1, 0).Li(A3, 0).Li(A4, 0).Ecall(call);
        after(assembler);
        return assembler.HaltWith([]).Assemble();
    }

    // The examples' runtime calls ebreak after a panic; no program has a ROM row for it.
    [TestCase("01-hello-c")]
    [TestCase("02-digits-c")]
    public void RomOfAGuest_HasNoRowForEbreak(string example)
    {
        ProgramTables tables = ElfReader.Read(Repository.Read($"examples/{example}/guest.elf")).ToTables();
        Assert.That(tables.Rom.Select(step => (Isa.Opcode)step.Opcode), Has.None.AnyOf(Isa.Opcode.Ebreak, Isa.Opcode.None, Isa.Opcode.Fence));
        uint[] breaks = [.. tables.Image.Where(word => word.Value == 0x0010_0073).Select(word => word.Word)];
        Assert.That(breaks, Is.Not.Empty, "the runtime holds an ebreak");
        Assert.That(tables.Rom.Select(step => step.Pc4), Has.None.AnyOf([.. breaks.Cast<object>()]));
    }

    // The record of an INPUT, claimed with another number in t0: its chip asserts the number that it is for.
    [TestCase(4u)]
    [TestCase(255u)]
    [TestCase(2047u)]
    public void UnknownCall_HasNoChip(uint number)
    {
        Assert.That(() => new Executor(ElfReader.Read(MakeCall(number).ToElf()), new()).Run(), Throws.InstanceOf<GuestException>());
        MachineRun run = Relocation.Make(MakeCall((uint)EcallNumber.Input), MakeCall(number));
        Span<AluEvent> sets = run.Last.AddImmediate.MutableItems;
        sets[0].Right.Value = sets[0].Result.Value = number;
        foreach (ref AluEvent later in sets[1..])
            if (later.Step.Rd == (byte)T0) later.Result.Previous = number;
        run.Check().AssertUnbalanced(Buses.Memory);
    }

    static AssembledProgram MakeCall(uint number)
    {
        var assembler = new Assembler();
        assembler.Here("_start");
        return assembler.Li(T0, number).Ecall().HaltWith([]).Assemble();
    }
}
