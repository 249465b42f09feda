using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine;
using Zkml.Records;
using Zkml.Testing;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>OB-11: x0 starts at 0 and has no writer; what the program writes to it goes to the sink, which is never read.</summary>
public sealed class Ob11ZeroRegisterTests
{
    static readonly MachineRun s_run = MachineRun.Of(assembler => assembler.Addi(Zero, Zero, 5).Add(A5, Zero, Zero).HaltWith([]));

    static MachineRun WriteToZero()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Addi(Zero, Zero, 5).Add(A5, Zero, Zero).HaltWith([]));
        ref AluEvent write = ref run.Last.AddImmediate.MutableItems[0];
        ref AluEvent read = ref run.Last.AddSub.MutableItems[0];
        Assert.That(write.Step.Rd, Is.EqualTo(RomRow.SinkRegister));
        // x0 holds 5 from the first instruction on; the second adds it to itself.
        write.Step.Rd = 0;
        write.Result.Gap = (ushort)(write.Step.Clock + 3 - 1 - write.Step.Clock);
        read.Left = new ReadAccess { Value = 5, Gap = (ushort)(read.Step.Clock - 1 - (write.Step.Clock + 3)) };
        read.Right.Value = 5;
        read.Result.Value = 10;
        run.Entry(MemorySpace.Register, (uint)A5).FinalValue = 10;
        ref BoundaryEntry sink = ref run.Entry(MemorySpace.Register, RomRow.SinkRegister);
        (sink.FinalValue, sink.FinalTime) = (0, sink.InitialTime);
        return run;
    }

    [Test]
    public void HonestWriteToX0_GoesToTheSink()
    {
        MachineVerdict verdict = s_run.Check();
        Assert.That(verdict.IsAccepted, verdict.ToString());
        Assert.That(s_run.Entry(MemorySpace.Register, 0).FinalValue, Is.Zero);
        Assert.That(s_run.Entry(MemorySpace.Register, RomRow.SinkRegister).FinalValue, Is.EqualTo(5));
    }

    [Test]
    public void WriteToX0_IsNotWhatTheRomSays()
    {
        MachineRun run = WriteToZero();
        run.Check().AssertUnbalanced(Buses.Fetch, Buses.Memory);
    }

    [Test]
    public void X0ThatStartsElsewhereThanAtZero_ViolatesTheBoundary()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Add(A5, Zero, Zero).HaltWith([]));
        run.Entry(MemorySpace.Register, 0).InitialValue = 7;
        MachineVerdict verdict = run.Check();
        Assert.That(verdict.Failures.Select(failure => (failure.Table, failure.Failure.Label)), Is.EqualTo(new[] { ("Boundary", "c.InitialValue.Lo") }));
    }

    [Test]
    public void RomRows_OfEveryInstruction_NeverWriteToX0NorReadTheSink()
    {
        foreach (InstructionDefinition definition in InstructionTable.All)
        {
            foreach (byte register in (byte[])[0, 1, 31])
            {
                var instruction = new Instruction(definition.Opcode, register, register, register, 0);
                if (!RomRow.TryCreate(0x0020_0000 / 4, instruction, out RomRow row)) continue;
                Assert.That(row.Rs1, Is.LessThan(RomRow.SinkRegister), definition.Mnemonic);
                Assert.That(row.Rs2, Is.LessThan(RomRow.SinkRegister), definition.Mnemonic);
                bool writes = definition.Format is not (InstructionFormat.Branch or InstructionFormat.Store or InstructionFormat.Environment);
                if (definition.Opcode != Opcode.Fence && writes) Assert.That(row.Rd, Is.EqualTo(register == 0 ? RomRow.SinkRegister : register), definition.Mnemonic);
                if (!writes) Assert.That(row.Rd, Is.Zero, definition.Mnemonic);
            }
        }
    }
}
