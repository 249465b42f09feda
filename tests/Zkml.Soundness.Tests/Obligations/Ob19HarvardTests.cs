using Zkml.Guest.Assembly;
using Zkml.Isa;
using Zkml.Machine;
using Zkml.Records;
using Zkml.Testing;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>OB-19: a store to the text changes data memory alone; what runs is the ROM, in execution and in proof.</summary>
public sealed class Ob19HarvardTests
{
    // Overwrites "addi a5, zero, 1" with "addi a5, zero, 2", loads the word back, then runs the place.
    static MachineRun SelfModifying()
    {
        var assembler = new Assembler();
        Label place = assembler.NewLabel("place");
        assembler.Here("_start");
        assembler.La(A1, place).Li(A2, Encoder.Encode(new Instruction(Opcode.Addi, (byte)A5, 0, 0, 2))).Sw(A2, 0, A1).Lw(A3, 0, A1)
            .Mark(place).Addi(A5, Zero, 1).HaltWith([]);
        return MachineRun.Of(assembler.Assemble());
    }

    [Test]
    public void StoreToTheText_ChangesWhatIsLoaded_NotWhatRuns()
    {
        MachineRun run = SelfModifying();
        Assert.That(run.Entry(MemorySpace.Register, (uint)A5).FinalValue, Is.EqualTo(1));
        Assert.That(run.Last.LoadWord.Items[0].Result.Value, Is.EqualTo(Encoder.Encode(new Instruction(Opcode.Addi, (byte)A5, 0, 0, 2))));
        MachineVerdict verdict = run.Check();
        Assert.That(verdict.IsAccepted, verdict.ToString());
    }

    [Test]
    public void InstructionThatWasStored_IsNotInTheRom()
    {
        MachineRun run = SelfModifying();
        Span<AluEvent> additions = run.Last.AddImmediate.MutableItems;
        for (int i = 0; i < additions.Length; i++)
            if (additions[i].Step.Rd == (byte)A5)
                additions[i].Step.Immediate = additions[i].Right.Value = additions[i].Result.Value = 2;
        run.Entry(MemorySpace.Register, (uint)A5).FinalValue = 2;
        run.Check().AssertUnbalanced(Buses.Fetch);
    }

    [Test]
    public void JumpIntoData_FetchesNothing()
    {
        // Data that would decode: the ROM holds executable words alone.
        var assembler = new Assembler();
        Label data = assembler.NewLabel("data");
        assembler.Here("_start");
        assembler.HaltWith([]).In(SectionKind.Data).Mark(data).Word(Encoder.Encode(new Instruction(Opcode.Addi, (byte)A5, 0, 0, 2)));
        AssembledProgram program = assembler.Assemble();
        Assert.That(MachineRun.Of(program).Program.Rom.Select(step => step.Pc4), Has.None.EqualTo(program.AddressOf("data") / 4));
    }
}
