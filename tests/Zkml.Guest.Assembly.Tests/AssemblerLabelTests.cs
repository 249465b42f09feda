using Zkml.Isa;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Guest.Assembly.Tests;

/// <summary>Labels, fix-ups, sections and what <see cref="Assembler.Assemble"/> refuses.</summary>
public sealed class AssemblerLabelTests
{
    [TestCase(1, 4)]
    [TestCase(1023, 4092)]
    public void Branch_ForwardWithinReach_HasTheDistance(int instructions, int offset)
    {
        Assembler assembler = new();
        Label target = assembler.NewLabel();
        assembler.Beq(A0, A1, target);
        Fill(assembler, instructions - 1).Mark(target).Nop();
        Assert.That(AssemblerInstructionTests.Decode(assembler.Assemble())[0].Immediate, Is.EqualTo(offset));
    }

    [TestCase(1)]
    [TestCase(1024)]
    public void Branch_BackwardWithinReach_HasTheDistance(int instructions)
    {
        Assembler assembler = new();
        Label target = assembler.Here();
        Fill(assembler, instructions).Bne(A0, A1, target);
        Assert.That(AssemblerInstructionTests.Decode(assembler.Assemble())[^1].Immediate, Is.EqualTo(-4 * instructions));
    }

    [TestCase(true, 1024)]
    [TestCase(false, 1025)]
    public void Branch_OneInstructionTooFar_NamesTheTargetAndTheDistance(bool forward, int instructions)
    {
        Assembler assembler = new();
        Label target = assembler.NewLabel("far");
        if (forward) Fill(assembler.Bltu(A0, A1, target), instructions - 1).Mark(target).Nop();
        else Fill(assembler.Mark(target), instructions).Bltu(A0, A1, target);
        Assert.That(assembler.Assemble, Throws.InstanceOf<AssemblyException>()
            .With.Message.Contains("far").And.Message.Contains("bltu").And.Message.Contains($"{(forward ? 1 : -1) * 4 * instructions}"));
    }

    [TestCase((1 << 18) - 1, true)]
    [TestCase(1 << 18, false)]
    public void Jal_AtTheEdgeOfItsReach_AssemblesOnlyInside(int instructions, bool fits)
    {
        Assembler assembler = new();
        Label target = assembler.NewLabel();
        assembler.J(target);
        Fill(assembler, instructions - 1).Mark(target).Nop();
        if (fits) Assert.That(AssemblerInstructionTests.Decode(assembler.Assemble())[0].Immediate, Is.EqualTo(4 * instructions));
        else Assert.That(assembler.Assemble, Throws.InstanceOf<AssemblyException>());
    }

    [TestCase(3)]
    [TestCase(511)]
    [TestCase(512)]
    [TestCase(300_000)]
    public void CallFar_AnyDistance_ReachesTheTarget(int instructions)
    {
        Assembler assembler = new();
        Label target = assembler.NewLabel();
        assembler.CallFar(target);
        Fill(assembler, instructions - 2).Mark(target).Nop();
        List<Instruction> code = AssemblerInstructionTests.Decode(assembler.Assemble());
        Assert.That((code[0].Opcode, code[1].Opcode, code[0].Rd, code[1].Rs1, code[1].Rd), Is.EqualTo((Opcode.Auipc, Opcode.Jalr, 1, 1, 1)));
        Assert.That(code[0].Immediate + code[1].Immediate, Is.EqualTo(4 * instructions));
    }

    [TestCase(0)]
    [TestCase(0x7FC)]
    [TestCase(0x800)]
    [TestCase(0xFFC)]
    [TestCase(-4)]
    public void La_LabelAndAddend_LoadsTheAddress(int addend)
    {
        Assembler assembler = new();
        Label variable = assembler.NewLabel("variable");
        assembler.La(T3, variable, addend).In(SectionKind.Window).Word(1u, 2u).Mark(variable).Word(3u);
        AssembledProgram program = assembler.Assemble();
        Assert.That(program.AddressOf("variable"), Is.EqualTo(MemoryMap.ReadOnlyStart + 8));
        Assert.That(AssemblerInstructionTests.Run(AssemblerInstructionTests.Decode(program), T3),
            Is.EqualTo(MemoryMap.ReadOnlyStart + 8 + (uint)addend));
    }

    [Test]
    public void WordOfLabel_InData_HoldsTheAddress()
    {
        Assembler assembler = new();
        Label function = assembler.Nop().Here("function");
        AssembledProgram program = assembler.Nop().In(SectionKind.Data).Word(function).Word(function, 8).Assemble();
        Assert.That(program.Sections[1].Contents.ToArray(), Is.EqualTo(new byte[] { 4, 8, 0x20, 0, 12, 8, 0x20, 0 }));
    }

    [Test]
    public void Label_NeverPlaced_IsNamed()
    {
        Assembler assembler = new();
        assembler.J(assembler.NewLabel("nowhere"));
        Assert.That(assembler.Assemble, Throws.InstanceOf<AssemblyException>().With.Message.Contains("nowhere"));
    }

    [Test]
    public void Label_NeverUsedNorPlaced_DoesNotMatter()
    {
        Assembler assembler = new();
        assembler.NewLabel("unused");
        Assert.That(assembler.Nop().Assemble().Symbols, Is.Empty);
    }

    [Test]
    public void Label_PlacedTwice_Throws()
    {
        Assembler assembler = new();
        Label label = assembler.Here("twice");
        Assert.That(() => assembler.Mark(label), Throws.InstanceOf<AssemblyException>().With.Message.Contains("twice"));
    }

    [Test]
    public void NewLabel_NameTaken_Throws()
    {
        Assembler assembler = new();
        assembler.NewLabel("main");
        Assert.That(() => assembler.NewLabel("main"), Throws.InstanceOf<AssemblyException>().With.Message.Contains("main"));
    }

    [TestCase("")]
    [TestCase("a\0b")]
    public void NewLabel_UnusableName_Throws(string name) => Assert.That(() => new Assembler().NewLabel(name), Throws.ArgumentException);

    [Test]
    public void Label_OfAnotherAssembler_Throws()
    {
        Label foreign = new Assembler().Here("foreign");
        Assert.That(() => new Assembler().J(foreign), Throws.ArgumentException.With.Message.Contains("foreign"));
        Assert.That(() => new Assembler().Word(foreign), Throws.ArgumentException.With.Message.Contains("foreign"));
    }

    [Test]
    public void Jump_ToAnAddressThatIsNoMultipleOfFour_Throws()
    {
        Assembler assembler = new();
        Label odd = assembler.NewLabel("odd");
        assembler.J(odd).Byte(1, 2).Mark(odd);
        Assert.That(assembler.Assemble, Throws.InstanceOf<AssemblyException>().With.Message.Contains("odd"));
    }

    [Test]
    public void Sections_WithContent_FollowEachOtherByPages()
    {
        Assembler assembler = new();
        assembler.Nop().In(SectionKind.ReadOnlyData).Byte(1).In(SectionKind.Data).Half(0x0302, 0x0504).Ascii("é!")
            .In(SectionKind.Bss).Space(5).In(SectionKind.Window).Align(64).Word(9u);
        AssembledProgram program = assembler.Assemble();
        Assert.That(program.Entry, Is.EqualTo(0x0020_0800));
        Assert.That(program.Sections.Select(section => (section.Kind, section.Address, section.Length, section.Contents.Length)), Is.EqualTo(new[]
        {
            (SectionKind.Text, 0x0020_0800u, 4u, 4), (SectionKind.ReadOnlyData, 0x0020_1000u, 4u, 4), (SectionKind.Data, 0x0020_2000u, 8u, 8),
            (SectionKind.Bss, 0x0020_3000u, 8u, 0), (SectionKind.Window, MemoryMap.ReadOnlyStart, 4u, 4),
        }));
        Assert.That(program.Sections[2].Contents.ToArray(), Is.EqualTo(new byte[] { 2, 3, 4, 5, 0xC3, 0xA9, (byte)'!', 0 }));
    }

    [Test]
    public void Align_InTheMiddle_FillsWithZeros()
    {
        Assembler assembler = new();
        assembler.Nop().In(SectionKind.Data).Byte(7).Align(8).Byte(8).Align(4);
        Assert.That(assembler.Assemble().Sections[1].Contents.ToArray(), Is.EqualTo(new byte[] { 7, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0 }));
        Assert.That(() => assembler.Align(3), Throws.InstanceOf<ArgumentOutOfRangeException>());
        Assert.That(() => assembler.Align(8192), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Entry_Label_IsTheFirstInstruction()
    {
        Assembler assembler = new();
        Label start = assembler.Nop().Here();
        Assert.That(assembler.Nop().Entry(start).Assemble().Entry, Is.EqualTo(0x0020_0804));
    }

    [Test]
    public void Instruction_OutsideOfTheText_Throws() =>
        Assert.That(() => new Assembler().In(SectionKind.Data).Nop(), Throws.InvalidOperationException);

    [Test]
    public void Instruction_AtAnOddOffset_Throws() => Assert.That(() => new Assembler().Byte(1).Nop(), Throws.InvalidOperationException);

    [Test]
    public void Bss_WithData_Throws() => Assert.That(() => new Assembler().In(SectionKind.Bss).Word(1u), Throws.InvalidOperationException);

    [Test]
    public void Assemble_NoInstruction_Throws() => Assert.That(new Assembler().Assemble, Throws.InstanceOf<AssemblyException>());

    [Test]
    public void Assemble_BssBeyondReadWriteMemory_Throws()
    {
        Assembler assembler = new();
        assembler.Nop().In(SectionKind.Bss).Space(MemoryMap.ReadOnlyStart - 0x0020_0FFC);
        Assert.That(assembler.Assemble, Throws.InstanceOf<AssemblyException>().With.Message.Contains("Bss"));
    }

    [Test]
    public void Assemble_DataStartInsideTheText_Throws()
    {
        Assembler assembler = new(new() { TextStart = 0x0001_0000, DataStart = 0x0001_0004 });
        assembler.Nop().Nop().In(SectionKind.ReadOnlyData).Word(1u);
        Assert.That(assembler.Assemble, Throws.InstanceOf<AssemblyException>().With.Message.Contains("ReadOnlyData"));
    }

    [TestCase(0x0001_0002u)]
    [TestCase(0x0000_FFFCu)]
    public void Assemble_TextStartNotUsable_Throws(uint start) =>
        Assert.That(new Assembler(new() { TextStart = start }).Nop().Assemble, Throws.InstanceOf<AssemblyException>());

    [Test]
    public void Assemble_Twice_GivesTheSameProgram()
    {
        Assembler assembler = new();
        Label loop = assembler.Here("loop");
        assembler.Addi(A0, A0, 1).J(loop);
        byte[] first = assembler.Assemble().ToElf();
        Assert.That(assembler.Assemble().ToElf(), Is.EqualTo(first));
    }

    static Assembler Fill(Assembler assembler, int instructions)
    {
        for (int i = 0; i < instructions; i++) assembler.Nop();
        return assembler;
    }
}
