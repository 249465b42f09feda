using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>OB-8: addresses and program counters are words; a byte address of 4t + offset has one word, whatever multiple of p is added.</summary>
public sealed class Ob08WordTests
{
    static readonly KoalaBear s_quarter = KoalaBear.FromCanonical(4).Inverse();

    // addi a1, a2, 4 and a load at a1; claimed as addi a1, a2, 4 + shift: a misaligned address.
    static MachineRun Misaligned(uint shift) =>
        Relocation.Make(Assemble(4), Assemble(4 + (int)shift), 0x0030_0004, 0x0030_0004 + shift);

    static AssembledProgram Assemble(int addend)
    {
        var assembler = new Assembler();
        assembler.Here("_start");
        assembler.Lui(A2, 0x300).Addi(A1, A2, addend).Lw(A5, 0, A1).HaltWith([]);
        return assembler.Assemble();
    }

    [TestCase(1u)]
    [TestCase(2u)]
    [TestCase(3u)]
    public void MisalignedLoad_WithAQuarterInRange_HasNoCarry(uint shift)
    {
        MachineVerdict verdict = Misaligned(shift).Check();
        Assert.That(verdict.Failures.Select(failure => (failure.Table, failure.Failure.Label)), Is.EqualTo(new[] { ("LoadWord", "carry") }));
    }

    [TestCase(1u)]
    [TestCase(2u)]
    [TestCase(3u)]
    public void MisalignedLoad_WithAQuarterOfTheField_IsOutOfRange(uint shift)
    {
        MachineRun run = Misaligned(shift);
        MachineVerdict verdict = run.Check((_, check) =>
            check.Cells<LoadWordColumns<KoalaBear>>(RiscvMachine.LoadWord, 0).Address.Quarter = KoalaBear.FromCanonical(4 + shift) * s_quarter);
        // The word that the row then claims is no integer: nothing holds it.
        verdict.AssertUnbalanced(Buses.Memory, Buses.U16);
    }

    // low = 4t may be claimed with or without the carry where both fit 18 bits; the word t + 2^14·hi is the same, so nothing false is claimed.
    [Test]
    public void OtherFormOfAQuarter_NamesTheSameWord()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x310).Addi(A1, A1, -4).Lw(A5, 8, A1).HaltWith([]));
        MachineVerdict verdict = run.Check((_, check) =>
            check.Cells<LoadWordColumns<KoalaBear>>(RiscvMachine.LoadWord, 0).Address.Quarter += KoalaBear.FromCanonical(1 << 14));
        Assert.That(verdict.IsAccepted, verdict.ToString());
    }

    // 4·pc4 passes p from 0x7F00_0001 on, and every pc4 is still its own element.
    [Test]
    public void ProgramAbovePOver4_RunsAndLinks()
    {
        var assembler = new Assembler(new MemoryLayout { TextStart = 0x7F80_0000 });
        Label function = assembler.NewLabel(), done = assembler.NewLabel();
        assembler.Here("_start");
        assembler.CallFar(function).J(done).Mark(function).Auipc(A2, 1).Ret().Mark(done).HaltWith([]);
        MachineRun run = MachineRun.Of(assembler.Assemble());
        Assert.That(run.Claim.EntryPc4 * 4UL, Is.GreaterThan(KoalaBear.Modulus));
        MachineVerdict verdict = run.Check();
        Assert.That(verdict.IsAccepted, verdict.ToString());
    }

    // The program adds 4 to the target before the jump; the prover goes on where it would go without.
    [Test]
    public void JumpElsewhere_HasNoCarry()
    {
        uint target = MachineRun.Of(MakeJump(0)).Last.JumpRegister.Items[0].Base.Value;
        MachineRun run = Relocation.Make(MakeJump(0), MakeJump(4));
        foreach (ref AluEvent e in run.Last.AddImmediate.MutableItems)
            if (e.Step.Rd == (byte)A6) e.Result.Value = target + 4;
        run.Last.JumpRegister.MutableItems[0].Base.Value = target + 4;
        run.Entry(MemorySpace.Register, (uint)A6).FinalValue = target + 4;
        run.Check().AssertUnbalanced(Buses.State);
        // 4·word + offset is the sum whatever the quarter says: another quarter only breaks the carry.
        KoalaBear quarter = KoalaBear.FromCanonical((target & 0xFFFF) / 4);
        MachineVerdict verdict = run.Check((_, check) => check.Cells<JumpRegisterColumns<KoalaBear>>(RiscvMachine.JumpRegister, 0).Address.Quarter = quarter);
        Assert.That(verdict.Failures.Select(failure => (failure.Table, failure.Failure.Label)), Is.EqualTo(new[] { ("JumpRegister", "carry") }));
    }

    static AssembledProgram MakeJump(int addend)
    {
        var assembler = new Assembler();
        Label target = assembler.NewLabel();
        assembler.Here("_start");
        assembler.La(A2, target).Addi(A6, A2, addend).Jr(A6).Mark(target).HaltWith([]);
        return assembler.Assemble();
    }
}
