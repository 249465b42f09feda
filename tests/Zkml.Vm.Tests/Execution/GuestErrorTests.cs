using Zkml.Guest.Assembly;
using Zkml.Isa;
using Zkml.Program;
using Zkml.Vm.Execution;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Vm.Tests.Execution;

[TestFixture]
public sealed class GuestErrorTests
{
    const uint Start = 0x0020_0800;

    // One harmless instruction first, so that the error's place is not the entry.
    static GuestError FailSecond(Action<Assembler> body) => Guests.Fail(Guests.Make(assembler => body(assembler.Nop())));

    [TestCase(0x0000_0000u, GuestErrorKind.IllegalInstruction, "the all-zero word")]
    [TestCase(0x0000_4501u, GuestErrorKind.IllegalInstruction, "a compressed instruction")]
    [TestCase(0x0000_001Fu, GuestErrorKind.IllegalInstruction, "longer than 32 bits")]
    [TestCase(0xC000_2573u, GuestErrorKind.IllegalInstruction, "control and status register")]
    [TestCase(0x3020_0073u, GuestErrorKind.IllegalInstruction, "privileged")]
    [TestCase(0x00B5_252Fu, GuestErrorKind.IllegalInstruction, "extension other than M")]
    [TestCase(0x0205_9513u, GuestErrorKind.IllegalInstruction, "reserved encoding")]
    [TestCase(0x0000_000Bu, GuestErrorKind.IllegalInstruction, "unknown opcode")]
    [TestCase(0x0010_0073u, GuestErrorKind.Breakpoint, "ebreak")]
    [TestCase(0x0000_0163u, GuestErrorKind.MisalignedJump, "got 0x00200806")]
    [TestCase(0xFE00_1FE3u, GuestErrorKind.MisalignedJump, "got 0x00200802")]
    [TestCase(0x0020_006Fu, GuestErrorKind.MisalignedJump, "got 0x00200806")]
    public void Executor_WordWithoutRomRow_NamesPlaceWordAndReason(uint word, GuestErrorKind kind, string reason)
    {
        GuestError error = FailSecond(assembler => assembler.Word(word));
        Assert.That((error.Kind, error.Pc, error.InstructionWord, error.Symbol, error.Cycle), Is.EqualTo((kind, Start + 4, (uint?)word, "_start+0x4", 1L)));
        Assert.That(error.Disassembly, Is.EqualTo(Disassembler.FormatWord(word, Start + 4)));
        Assert.That(error.Message, Does.Contain(reason));
        Assert.That(new GuestException(error).Message,
            Does.Contain("0x00200804").And.Contain("_start+0x4").And.Contain($"{word:x8}").And.Contain(error.Message));
    }

    [TestCase(Opcode.Lw, 0x0030_0001u)]
    [TestCase(Opcode.Lw, 0x0030_0002u)]
    [TestCase(Opcode.Lw, 0x8001_0003u)]
    [TestCase(Opcode.Lh, 0x0030_0001u)]
    [TestCase(Opcode.Lhu, 0x0030_0003u)]
    [TestCase(Opcode.Sw, 0x0030_0001u)]
    [TestCase(Opcode.Sw, 0x0030_0002u)]
    [TestCase(Opcode.Sh, 0x0030_0003u)]
    public void Executor_MisalignedAccess_Stops(Opcode opcode, uint address) => CheckAccess(opcode, address, GuestErrorKind.MisalignedAccess);

    [TestCase(Opcode.Lw, 0u)]
    [TestCase(Opcode.Lb, 0u)]
    [TestCase(Opcode.Lbu, 0xFFFFu)]
    [TestCase(Opcode.Lw, 0xFFFCu)]
    [TestCase(Opcode.Lw, 0x8001_0020u)]
    [TestCase(Opcode.Lb, 0x8001_0020u)]
    [TestCase(Opcode.Lw, 0xBFFF_FFFCu)]
    [TestCase(Opcode.Lw, 0xC000_0000u)]
    [TestCase(Opcode.Lb, 0xFFFF_FFFFu)]
    [TestCase(Opcode.Sw, 0u)]
    [TestCase(Opcode.Sb, 0xFFFFu)]
    [TestCase(Opcode.Sw, 0xC000_0000u)]
    [TestCase(Opcode.Sb, 0xFFFF_FFFFu)]
    public void Executor_AddressThatNothingAnswers_Stops(Opcode opcode, uint address) => CheckAccess(opcode, address, GuestErrorKind.InvalidAddress);

    [TestCase(Opcode.Sw, 0x8001_0000u)]
    [TestCase(Opcode.Sb, 0x8001_0003u)]
    [TestCase(Opcode.Sh, 0xBFFF_FFFEu)]
    public void Executor_StoreToTheReadOnlyWindow_Stops(Opcode opcode, uint address) => CheckAccess(opcode, address, GuestErrorKind.ReadOnlyStore);

    static void CheckAccess(Opcode opcode, uint address, GuestErrorKind kind)
    {
        bool isStore = opcode is Opcode.Sw or Opcode.Sb or Opcode.Sh;
        GuestError error = Guests.Fail(Guests.Make(assembler => assembler
            .Li(A1, address + 7).Emit(new Instruction(opcode, isStore ? (byte)0 : (byte)A0, (byte)A1, isStore ? (byte)A0 : (byte)0, -7))
            .In(SectionKind.Window).Word(1)));
        Assert.That(error.Kind, Is.EqualTo(kind), error.ToString());
        Assert.That(error.Message, Does.Contain($"0x{address:x8}"));
        Assert.That(error.Disassembly, Does.StartWith(InstructionTable.Get(opcode).Mnemonic + " "));
    }

    [TestCase(0x0001_0000u)]
    [TestCase(0x8000_FFFCu)]
    public void Executor_FirstAndLastReadWriteWord_CanBeUsed(uint address)
    {
        ProgramImage program = Guests.Make(assembler => assembler.Li(A1, address).Li(A2, -5).Sw(A2, 0, A1).Lw(A3, 0, A1).Sub(A3, A3, A2)
            .Sh(A2, 2, A1).Lbu(A4, 3, A1).HaltWith([]));
        Assert.That(Guests.Run(program).ExitCode, Is.Zero);
        SessionChecker.Check(program, Guests.Record(program).Segments);
    }

    [TestCase(2u)]
    [TestCase(3u)]
    public void Executor_JumpRegisterToHalfWord_StopsAtTheJump(uint offset)
    {
        GuestError error = Guests.Fail(Guests.Make(assembler => assembler.Li(T1, Start + offset).Jr(T1)));
        Assert.That(error.Kind, Is.EqualTo(GuestErrorKind.MisalignedJump));
        Assert.That(error.Disassembly, Is.EqualTo("jalr zero, 0(t1)"));
        Assert.That(error.Message, Does.Contain($"0x{Start + 2:x8}"));
    }

    [TestCase(0u)]
    [TestCase(4u)]
    [TestCase(0x0001_0000u)]
    [TestCase(0x0030_0000u)]
    [TestCase(0x8001_0000u)]
    [TestCase(0xC000_0000u)]
    [TestCase(0xFFFF_FFFCu)]
    public void Executor_JumpOutOfText_StopsAtTheTarget(uint target)
    {
        GuestError error = Guests.Fail(Guests.Make(assembler => assembler.Li(T1, target).Jr(T1).In(SectionKind.Window).Word(0x73)));
        Assert.That((error.Kind, error.Pc), Is.EqualTo((GuestErrorKind.InvalidFetch, target)));
        Assert.That(error.InstructionWord, Is.Null);
    }

    [Test]
    public void Executor_JumpRegisterThatWraps_IsModulo2To32()
    {
        GuestError error = Guests.Fail(Guests.Make(assembler => assembler.Li(T1, -4).Jalr(Zero, 8, T1)));
        Assert.That((error.Kind, error.Pc), Is.EqualTo((GuestErrorKind.InvalidFetch, 4u)));
    }

    [Test]
    public void Executor_FallsOffTheEndOfText_Stops()
    {
        GuestError error = FailSecond(assembler => assembler.Nop());
        Assert.That((error.Kind, error.Pc), Is.EqualTo((GuestErrorKind.InvalidFetch, Start + 8)));
    }

    [Test]
    public void Executor_StoreToText_ChangesDataOnly()
    {
        // The stored ebreak would stop the guest if it were executed; the load sees it.
        ProgramImage program = Guests.Make(assembler =>
        {
            Label target = assembler.NewLabel("target");
            assembler.La(T1, target).Li(T2, 0x0010_0073).Sw(T2, 0, T1);
            assembler.Mark(target).Lw(A0, 0, T1).HaltWith([]);
        });
        SessionChecker.Check(program, Guests.Record(program).Segments);
        uint target = program.Symbols.TryFind("target", out Symbol symbol) ? symbol.Address : 0;
        Assert.That(Guests.Record(program).Segments[0].Boundary.Items.ToArray().Single(entry => entry.Space == 2 && entry.Word == target / 4).FinalValue,
            Is.EqualTo(0x0010_0073));
    }

    [Test]
    public void Executor_EndlessGuest_StopsAtTheCycleLimit()
    {
        ProgramImage program = Guests.Make(assembler => assembler.J(assembler.Here()));
        GuestError error = Guests.Fail(program, new() { CycleLimit = 1000 });
        Assert.That((error.Kind, error.Cycle), Is.EqualTo((GuestErrorKind.CycleLimit, 1000L)));
        Assert.That(error.Message, Does.Contain("1000"));
    }

    [Test]
    public void Executor_CycleLimit_IsExact()
    {
        ProgramImage program = Guests.Load(Programs.CountDown(100));
        long cycles = Guests.Run(program).Cycles;
        Assert.That(Guests.Run(program, new() { CycleLimit = cycles }).Cycles, Is.EqualTo(cycles));
        Assert.That(Guests.Fail(program, new() { CycleLimit = cycles - 1 }).Kind, Is.EqualTo(GuestErrorKind.CycleLimit));
    }

    [Test]
    public void Executor_TouchesMoreMemoryThanTheLimit_Stops()
    {
        ProgramImage program = Guests.Make(assembler =>
        {
            assembler.Li(T1, 0x0100_0000).Li(T2, 4096);
            Label loop = assembler.Here();
            assembler.Sw(T2, 0, T1).Add(T1, T1, T2).J(loop);
        });
        GuestError error = Guests.Fail(program, new() { MemoryLimitBytes = 1 << 20 });
        Assert.That(error.Kind, Is.EqualTo(GuestErrorKind.MemoryLimit));
        Assert.That(error.Message, Does.Contain((1 << 20).ToString(null as IFormatProvider)));
        Assert.That(() => new Executor(program, new() { MemoryLimitBytes = 0 }).Run(), Throws.ArgumentException, "not even the image fits");
    }
}
