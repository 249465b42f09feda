using Zkml.Isa;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Records;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Guest.Assembly.Tests;

/// <summary>What <see cref="ElfWriter"/> writes, the strict reader reads.</summary>
public sealed class ElfWriterTests
{
    [Test]
    public void Write_AllSections_ReadsBackAsTheSameImage()
    {
        Assembler assembler = new();
        Label table = assembler.NewLabel("table"), weights = assembler.NewLabel("weights"), buffer = assembler.NewLabel("buffer");
        assembler.Nop();
        Label start = assembler.Here("_start");
        assembler.Entry(start).La(A0, table).Lw(A1, 0, A0).Ecall()
            .In(SectionKind.ReadOnlyData).Mark(table).Word(0xAABB_CCDD, 5)
            .In(SectionKind.Data).Word(0x0102_0304)
            .In(SectionKind.Bss).Mark(buffer).Space(0x1000_0000)
            .In(SectionKind.Window).Mark(weights).Word(7, 0, 9);
        AssembledProgram program = assembler.Assemble();

        ProgramImage image = ElfReader.Read(program.ToElf());

        Assert.That(image.Entry, Is.EqualTo(0x0020_0804));
        Assert.That(image.Image.Select(region => (region.StartWord * 4, region.Words.Length, region.IsExecutable)), Is.EqualTo(new[]
        {
            (0x0020_0800u, 5, true), (0x0020_1000u, 2, false), (0x0020_2000u, 1, false),
        }));
        Assert.That(image.InitialWordAt(0x0020_1000 / 4), Is.EqualTo(0xAABB_CCDD));
        Assert.That(image.ReadOnly.Select(region => (region.StartWord * 4, region.Words.ToArray())), Is.EqualTo(new[]
        {
            (MemoryMap.ReadOnlyStart, new uint[] { 7, 0, 9, 0, 0, 0, 0, 0 }), // a whole block of the read-only table
        }));
        Assert.That(image.Symbols.Count, Is.EqualTo(4));
        foreach (ProgramSymbol symbol in program.Symbols)
        {
            Assert.That(image.Symbols.TryFind(symbol.Name, out Symbol found), Is.True, symbol.Name);
            Assert.That(found.Address, Is.EqualTo(symbol.Address));
        }
        Assert.That(image.Symbols.Describe(0x0020_0808), Is.EqualTo("_start+0x4"));
    }

    [Test]
    public void Write_EveryInstruction_HasARomRowUnlessItHasNone()
    {
        Assembler assembler = new();
        Label here = assembler.Here();
        assembler.Add(A0, A1, A2).Lui(A0, 1).Jal(Ra, here).Sw(A0, 4, Sp).Beq(A0, A1, here).Fence().Ecall().Ebreak().Word(0u);
        ProgramTables tables = ElfReader.Read(assembler.Assemble().ToElf()).ToTables();
        Assert.That(Array.ConvertAll(tables.Rom, step => (Opcode)step.Opcode), Is.EqualTo(new[]
        {
            Opcode.Add, Opcode.Lui, Opcode.Jal, Opcode.Sw, Opcode.Beq, Opcode.Addi, Opcode.Ecall,
        }));
        Assert.That(tables.Image, Has.Length.EqualTo(9));
    }

    [Test]
    public void Write_LabelInAnEmptySection_IsLeftOutByTheReader()
    {
        Assembler assembler = new();
        assembler.Nop().In(SectionKind.Bss).Here("_end");
        AssembledProgram program = assembler.Assemble();
        Assert.That(program.AddressOf("_end"), Is.EqualTo(0x0020_1000));
        Assert.That(ElfReader.Read(program.ToElf()).Symbols.Count, Is.Zero);
    }

    [Test]
    public void Write_Truncated_IsRefusedByTheReaderOrLosesOnlySymbols()
    {
        byte[] elf = Programs.Halt("journal"u8).ToElf();
        ProgramTables whole = ElfReader.Read(elf).ToTables();
        for (int length = 0; length < elf.Length; length++)
        {
            try
            {
                Assert.That(ElfReader.Read(elf.AsSpan(0, length)).ToTables().Image, Is.EqualTo(whole.Image), $"length {length}");
            }
            catch (ElfException exception)
            {
                Assert.That(exception.Error, Is.EqualTo(length < 4 ? ElfError.NotElf : ElfError.Truncated), $"length {length}");
            }
        }
    }

    [Test]
    public void Write_Notes_ReadBackByNameAndDoNotChangeTheImage()
    {
        AssembledProgram program = new Assembler().Nop().Ecall().Assemble();
        byte[] elf = program.ToElf((".first", [1, 2, 3]), (".second", [4]));
        Assert.That(ElfReader.ReadNote(elf, ".second"), Is.EqualTo(new byte[] { 4 }));
        Assert.That(ElfReader.ReadNote(elf, ".first"), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(ElfReader.ReadNote(elf, ".third"), Is.Null);
        Assert.That(ElfReader.Read(elf).Image.Select(region => region.Words.ToArray()), Is.EqualTo(ElfReader.Read(program.ToElf()).Image.Select(region => region.Words.ToArray())));
        for (int length = 0; length < elf.Length; length++) Assert.That(() => ElfReader.ReadNote(elf.AsSpan(0, length), ".first"), Throws.Nothing);
    }
}
