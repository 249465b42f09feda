using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>OB-7: one token, one halt, no clock twice, the claim's values.</summary>
public sealed class Ob07TokenTests
{
    // The accesses of a halt taken out of their words' histories, or a second halt right after the first added to them.
    static void MoveFinalTimes(MachineRun run, Func<uint, ushort, uint> time)
    {
        HaltEvent halt = run.Last.Halt.Items[0];
        uint clock = halt.Step.Clock, pointer = halt.A1.Value / 4;
        run.Entry(MemorySpace.Register, (uint)T0).FinalTime = time(clock, halt.T0.Gap);
        run.Entry(MemorySpace.Register, (uint)A0).FinalTime = time(clock + 1, halt.A0.Gap);
        run.Entry(MemorySpace.Register, (uint)A1).FinalTime = time(clock + 2, halt.A1.Gap);
        for (uint j = 0; j < 8; j++) run.Entry(MemorySpace.Memory, pointer + j).FinalTime = time(clock + 3 + j, halt.Digest[(int)j].Gap);
    }

    [Test]
    public void NoHalt_LeavesTheTokenAndTheVerifiersHalt()
    {
        MachineRun run = MachineRun.Of(Programs.Halt());
        MoveFinalTimes(run, (time, gap) => time - 1 - gap);
        run.Last.Halt.Clear();
        run.Check().AssertUnbalanced(Buses.State, Buses.Halt);
    }

    [Test]
    public void TwoHalts_TakeATokenThatIsNotThere()
    {
        MachineRun run = MachineRun.Of(Programs.Halt());
        MoveFinalTimes(run, (time, _) => time + 4);
        HaltEvent second = run.Last.Halt.Items[0];
        second.Step.Clock += 4;
        second.T0.Gap = second.A0.Gap = second.A1.Gap = 3;
        for (int j = 0; j < 8; j++) second.Digest[j].Gap = 3;
        run.Last.Halt.Add(second);
        run.Check().AssertUnbalanced(Buses.State, Buses.Halt);
    }

    [Test]
    public void MultiplicityOfAHalt_IsABit()
    {
        MachineRun run = MachineRun.Of(Programs.Halt());
        MachineVerdict verdict = run.Check((_, check) => check.Cells<HaltColumns<KoalaBear>>(RiscvMachine.Halt, 0).IsReal = KoalaBear.FromCanonical(2));
        Assert.That(verdict.Failures, Has.Count.EqualTo(1));
        Assert.That(verdict.Failures[0].Failure.Label, Does.Contain("IsReal"));
    }

    [Test]
    public void HaltWhereTheProgramHasNone_FetchesNothing()
    {
        // The halt's ECALL stands at the last ROM row; the claimed program has another instruction there.
        MachineRun run = MachineRun.Of(Programs.Halt());
        uint pc4 = run.Last.Halt.Items[0].Step.Pc4;
        Step[] rom = [.. run.Program.Rom];
        int index = Array.FindIndex(rom, step => step.Pc4 == pc4);
        rom[index].Opcode = (byte)Isa.Opcode.Add;
        run.Program = new ProgramTables { Entry = run.Program.Entry, Rom = rom, Image = run.Program.Image, ReadOnly = run.Program.ReadOnly };
        run.Check().AssertUnbalanced(Buses.Fetch);
    }

    // A loop that the program holds but never reaches, run by a second token: whatever its length, one message is missing and one is left.
    [TestCase(1)]
    [TestCase(50)]
    public void SecondToken_HasNoBeginningAndNoEnd(int rows)
    {
        MachineRun run = MachineRun.Of(assembler =>
        {
            assembler.HaltWith([]);
            Label loop = assembler.Here("loop");
            assembler.J(loop);
        });
        Step step = run.Program.Rom[^1];
        ref BoundaryEntry sink = ref run.Entry(MemorySpace.Register, Isa.RomRow.SinkRegister);
        sink.InitialTime = 1000;
        sink.FinalValue = step.Immediate;
        for (uint i = 0; i < rows; i++)
        {
            step.Clock = 1000 + 4 * i;
            run.Last.Jump.Add(new JumpEvent { Step = step, Result = new() { Previous = i == 0 ? 0 : step.Immediate, Value = step.Immediate, Gap = (ushort)(i == 0 ? 2 : 3) } });
            sink.FinalTime = step.Clock + 3;
        }
        MachineVerdict verdict = run.Check();
        verdict.AssertUnbalanced(Buses.State);
        Assert.That(verdict.Imbalances.Select(left => left.Count), Is.EquivalentTo(new long[] { 1, -1 }));
    }

    [Test]
    public void SameClockTwice_TakesTheTokenTwice()
    {
        MachineRun run = MachineRun.Of(Programs.CountDown(2));
        // Both ways of the loop's branch: the taken one again, as another row at the same clock.
        run.Last.Branch.Add(run.Last.Branch.Items[0]);
        MachineVerdict verdict = run.Check();
        Assert.That(verdict.UnbalancedBuses, Does.Contain(Buses.State));
    }
}
