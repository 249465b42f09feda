using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Machine.Chips;
using Zkml.Fields;
using Zkml.Records;
using Zkml.Testing;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>
/// OB-14: TERMINATE alone has a row, the exit code is one byte, INPUT returns 0. That `verify` accepts only Halted(0) with the output digest of
/// the journal, recomputed, and refuses zero digests: ReceiptVerifyTests and ClaimDigestTests of Zkml.Receipts.Tests.
/// </summary>
public sealed class Ob14ClaimTests
{
    // a0 = type | exit code << 8, as the guest of the claimed program sets it.
    static AssembledProgram Halt(uint argument)
    {
        var assembler = new Assembler();
        Label digest = assembler.NewLabel();
        assembler.Here("_start");
        // Two instructions whatever the number, so that programs differ in constants alone.
        assembler.Lui(A0, argument >> 12).Addi(A0, A0, (int)(argument & 0xFFF)).La(A1, digest).Ecall(EcallNumber.Halt);
        return assembler.In(SectionKind.Data).Mark(digest).Space(32).Assemble();
    }

    static MachineRun Claim(uint argument)
    {
        MachineRun run = Relocation.Make(Halt(0), Halt(argument));
        ref JumpEvent upper = ref run.Last.Jump.MutableItems[0];
        upper.Result.Value = upper.Step.Immediate;
        ref AluEvent lower = ref run.Last.AddImmediate.MutableItems[0];
        lower.Left.Value = lower.Result.Previous = upper.Result.Value;
        lower.Right.Value = lower.Step.Immediate;
        lower.Result.Value = argument;
        // What the chip asks for: it knows no other forms of a0.
        run.Last.Halt.MutableItems[0].A0.Value = argument >> 8 << 8;
        run.Entry(MemorySpace.Register, (uint)A0).FinalValue = argument;
        return run;
    }

    [TestCase(0u)]
    [TestCase(5u << 8)]
    public void Terminate_WithAnExitCodeOfOneByte_IsAccepted(uint argument)
    {
        MachineRun run = Claim(argument);
        run.Claim = run.Claim with { ExitCode = argument >> 8 };
        MachineVerdict verdict = run.Check();
        Assert.That(verdict.IsAccepted, verdict.ToString());
    }

    [TestCase(1u, TestName = "Pause_HasNoRow")]
    [TestCase(2u, TestName = "Split_HasNoRow")]
    [TestCase(0x7FFu, TestName = "UnknownType_HasNoRow")]
    public void HaltOfAnotherType_ReadsWhatA0DoesNotHold(uint argument)
    {
        MachineRun run = Claim(argument);
        run.Claim = run.Claim with { ExitCode = argument >> 8 };
        run.Check().AssertUnbalanced(Buses.Memory);
    }

    // The chip asks for a low limb of 2^16, which no register holds.
    [Test]
    public void ExitCodeOfTwoBytes_HasNoRow()
    {
        MachineRun run = Claim(0x0001_0000);
        run.Claim = run.Claim with { ExitCode = 0x100 };
        run.Check().AssertUnbalanced(Buses.Access);
    }

    // The exit code as an element that is argument / 2^8 mod p: no byte, not even 16 bits.
    [TestCase(1u)]
    [TestCase(0x7FFu)]
    public void ExitCodeOfTheField_IsOutOfRange(uint argument)
    {
        MachineRun run = Claim(argument);
        KoalaBear code = KoalaBear.FromCanonical(argument) * KoalaBear.FromCanonical(256).Inverse();
        run.Claim = run.Claim with { ExitCode = code.ToCanonical() };
        run.Last.Halt.MutableItems[0].A0.Value = argument;
        run.Check((_, check) => check.Cells<HaltColumns<KoalaBear>>(RiscvMachine.Halt, 0).ExitCode = code).AssertUnbalanced(Buses.U16);
    }

    [Test]
    public void InputThatReturnsAnotherWord_IsNotWhatTheChipSends()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Li(A0, 0).Ecall(EcallNumber.Input).Mv(A5, A0).HaltWith([]));
        ref AluEvent move = ref run.Last.AddImmediate.MutableItems[2];
        Assert.That(move.Step.Rd, Is.EqualTo((byte)A5));
        move.Left.Value = move.Result.Value = 9;
        run.Entry(MemorySpace.Register, (uint)A5).FinalValue = 9;
        run.Check().AssertUnbalanced(Buses.Memory);
    }
}
