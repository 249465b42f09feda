using System.Runtime.InteropServices;
using Zkml.Isa;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Vm.Execution;

namespace Zkml.Guest.Assembly.Tests;

/// <summary>The ready-made guests do what they say.</summary>
public sealed class ProgramsTests
{
    // Source of the digest: the published formula of RISC Zero's Output, evaluated by an independent script.
    [Test]
    public void OutputDigest_EmptyJournal_IsThePublishedValue() => Assert.That(Convert.ToHexStringLower(Assembler.OutputDigest([])),
        Is.EqualTo("836f175c62c0f353831665427e8b0b34f6d1d21902764daeb406c6b83db575b0"));

    [Test]
    public void Halt_WithJournal_HoldsJournalAndDigest()
    {
        AssembledProgram program = Programs.Halt("abc"u8, 7);
        byte[] constants = program.Sections[1].Contents.ToArray();
        Assert.That(constants.AsSpan(0, 32).ToArray(), Is.EqualTo(Assembler.OutputDigest("abc"u8)));
        Assert.That(constants.AsSpan(32, 3).ToArray(), Is.EqualTo("abc"u8.ToArray()));
        Assert.That(ElfReader.Read(program.ToElf()).Entry, Is.EqualTo(program.Entry));
    }

    [Test]
    public void Mixed_LoopBody_HasThePromisedMix()
    {
        List<Instruction> code = AssemblerInstructionTests.Decode(Programs.Mixed(1 << 20));
        int end = code.FindIndex(instruction => instruction.Opcode == Opcode.Bne);
        int start = end + code[end].Immediate / 4;
        List<Instruction> loop = code[start..(end + 1)];
        int Count(params InstructionFamily[] families) => loop.Count(instruction => families.Contains(InstructionTable.Family(instruction.Opcode)));
        Assert.That(loop, Has.Count.EqualTo(Programs.MixedLoopCycles));
        Assert.That(Count(InstructionFamily.LoadWord, InstructionFamily.LoadPart), Is.EqualTo(20));
        Assert.That(Count(InstructionFamily.StoreWord, InstructionFamily.StorePart), Is.EqualTo(11));
        Assert.That(Count(InstructionFamily.Branch), Is.EqualTo(16));
        Assert.That(Count(InstructionFamily.Multiply), Is.EqualTo(7));
        Assert.That(Count(InstructionFamily.Divide), Is.EqualTo(2));
        Assert.That(Count(InstructionFamily.AddSub), Is.EqualTo(32));
        Assert.That(Count(InstructionFamily.AddImmediate), Is.EqualTo(16));
        Assert.That(Count(InstructionFamily.Bitwise), Is.EqualTo(14));
        Assert.That(Count(InstructionFamily.Shift), Is.EqualTo(7));
        Assert.That(Count(InstructionFamily.LessThan), Is.EqualTo(3));
    }

    [Test]
    public void Mixed_OfTwoToTheTwentyCycles_FitsOneBalancedSegment()
    {
        ExecutionResult result = Run(Programs.Mixed(1 << 20));
        Assert.That(result.Cycles, Is.LessThanOrEqualTo(1 << 20));
        (EventStream Stream, int LogCapacity)[] heights =
        [
            (EventStream.AddSub, 18), (EventStream.AddImmediate, 17), (EventStream.LessThan, 15), (EventStream.Bitwise, 17), (EventStream.Shift, 16),
            (EventStream.Multiply, 16), (EventStream.Divide, 14), (EventStream.LoadWord, 17), (EventStream.LoadPart, 15), (EventStream.StoreWord, 17),
            (EventStream.StorePart, 14), (EventStream.Branch, 17), (EventStream.Jump, 14),
        ];
        foreach ((EventStream stream, int logCapacity) in heights)
            Assert.That(result.Counts[stream], Is.LessThanOrEqualTo(1 << logCapacity), stream.ToString());
        double Share(params EventStream[] streams) => streams.Sum(stream => (double)result.Counts[stream]) / result.Cycles;
        Assert.That(Share(EventStream.LoadWord, EventStream.LoadPart), Is.GreaterThanOrEqualTo(0.15));
        Assert.That(Share(EventStream.StoreWord, EventStream.StorePart), Is.GreaterThanOrEqualTo(0.08));
        Assert.That(Share(EventStream.Branch), Is.GreaterThanOrEqualTo(0.12));
        Assert.That(result.CountOf(Opcode.Mul) / (double)result.Cycles, Is.GreaterThanOrEqualTo(0.05));
        Assert.That(result.CountOf(Opcode.Divu) / (double)result.Cycles, Is.GreaterThanOrEqualTo(0.01));
    }

    [TestCase("", 0)]
    [TestCase("abc", 7)]
    [TestCase("a journal of more than one block of SHA-256, which has sixty-four bytes", 255)]
    public void Halt_Run_LeavesJournalExitCodeAndDigest(string journal, byte exitCode)
    {
        byte[] bytes = System.Text.Encoding.ASCII.GetBytes(journal);
        ExecutionResult result = Run(Programs.Halt(bytes, exitCode));
        Assert.That(result.ExitCode, Is.EqualTo(exitCode));
        Assert.That(result.Journal, Is.EqualTo(bytes));
        AssertDigestIsOfJournal(result);
    }

    [TestCase(1)]
    [TestCase(5000)]
    public void CountDown_Run_TakesTwoCyclesAnIteration(int iterations)
    {
        ExecutionResult result = Run(Programs.CountDown(iterations));
        Assert.That(result.Cycles - Run(Programs.CountDown(1)).Cycles, Is.InRange(2 * (iterations - 1), 2 * (iterations - 1) + 1));
        AssertDigestIsOfJournal(result);
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(1000)]
    public void CommitInput_Run_CommitsWhatItReadAndHashesIt(int blocks)
    {
        byte[] input = new byte[64 * blocks + 5];
        new Random(blocks).NextBytes(input);
        ExecutionResult result = Run(Programs.CommitInput(blocks), input);
        Assert.That(result.Journal, Is.EqualTo(input[..(64 * blocks)]));
        AssertDigestIsOfJournal(result);
    }

    [TestCase(200)]
    [TestCase(1000)]
    [TestCase(1 << 20)]
    public void Mixed_Run_EndsCloseToTheCyclesAskedFor(int cycles)
    {
        ExecutionResult result = Run(Programs.Mixed(cycles));
        Assert.That(result.Cycles, Is.InRange(cycles - 150, cycles + 150));
        AssertDigestIsOfJournal(result);
    }

    [TestCase(0)]
    [TestCase(1001)]
    public void CommitInput_BlocksOutOfRange_Throws(int blocks) =>
        Assert.That(() => Programs.CommitInput(blocks), Throws.InstanceOf<ArgumentOutOfRangeException>());

    static ExecutionResult Run(AssembledProgram program, byte[]? input = null) =>
        new Executor(ElfReader.Read(program.ToElf()), new() { StandardInput = input }).Run();

    internal static void AssertDigestIsOfJournal(ExecutionResult result) => Assert.That(
        MemoryMarshal.AsBytes<uint>(result.OutputDigest).ToArray(), Is.EqualTo(Assembler.OutputDigest(result.Journal)));
}
