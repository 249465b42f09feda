using Zkml.Guest.Assembly;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Stark;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>
/// OB-12: preprocessed values are not range-checked in the proof, so an image ID means a program only to who recomputed it from the ELF: it
/// must bind every one of them, and the documents must say so.
/// </summary>
public sealed class Ob12ImageIdTests
{
    static readonly ProgramTables s_program = ElfReader.Read(MakeElf()).ToTables();

    static byte[] MakeElf()
    {
        var assembler = new Assembler();
        assembler.Here("_start");
        return assembler.Nop().HaltWith([]).In(SectionKind.Data).Word(1, 2, 3).In(SectionKind.Window).Word(4, 5, 6).Assemble().ToElf();
    }

    static Hashing.Digest Id(ProgramTables program) => ProgramKey.Of(program, 1).ImageId();

    static ProgramTables With(uint? entry = null, Step[]? rom = null, InitialWord[]? image = null, InitialWord[]? readOnly = null) => new()
    {
        Entry = entry ?? s_program.Entry, Rom = rom ?? s_program.Rom, Image = image ?? s_program.Image, ReadOnly = readOnly ?? s_program.ReadOnly,
    };

    static IEnumerable<TestCaseData> Changes()
    {
        yield return Case("entry", With(entry: s_program.Entry + 4));
        yield return Case("opcode", With(rom: Change(s_program.Rom, (ref Step step) => step.Opcode++)));
        yield return Case("rd", With(rom: Change(s_program.Rom, (ref Step step) => step.Rd--)));
        yield return Case("rs1", With(rom: Change(s_program.Rom, (ref Step step) => step.Rs1++)));
        yield return Case("rs2", With(rom: Change(s_program.Rom, (ref Step step) => step.Rs2++)));
        yield return Case("immediate, low", With(rom: Change(s_program.Rom, (ref Step step) => step.Immediate ^= 1)));
        yield return Case("immediate, high", With(rom: Change(s_program.Rom, (ref Step step) => step.Immediate ^= 1u << 31)));
        yield return Case("auxiliary", With(rom: Change(s_program.Rom, (ref Step step) => step.Auxiliary++)));
        yield return Case("place", With(rom: Change(s_program.Rom, (ref Step step) => step.Pc4 += 1 << 20)));
        yield return Case("missing instruction", With(rom: s_program.Rom[..^1]));
        yield return Case("image value", With(image: [.. s_program.Image[..^1], s_program.Image[^1] with { Value = 9 }]));
        yield return Case("image address", With(image: [.. s_program.Image[..^1], s_program.Image[^1] with { Word = s_program.Image[^1].Word + 1 }]));
        yield return Case("missing image word", With(image: s_program.Image[..^1]));
        yield return Case("image word claimed for the window", With(image: s_program.Image[..^1], readOnly: [.. s_program.ReadOnly, new(0x2000_5000, 3)]));
        yield return Case("read-only value", With(readOnly: [.. s_program.ReadOnly[..^1], s_program.ReadOnly[^1] with { Value = 9 }]));
        yield return Case("read-only address", With(readOnly: [.. s_program.ReadOnly[..^1], s_program.ReadOnly[^1] with { Word = s_program.ReadOnly[^1].Word + 1 }]));

        static TestCaseData Case(string name, ProgramTables changed) => new TestCaseData(changed).SetArgDisplayNames(name);
    }

    delegate void StepChange(ref Step step);

    static Step[] Change(Step[] rom, StepChange change)
    {
        Step[] copy = [.. rom];
        change(ref copy[0]);
        return copy;
    }

    [TestCaseSource(nameof(Changes))]
    public void EveryPartOfAProgram_MovesItsImageId(ProgramTables changed) => Assert.That(Id(changed), Is.Not.EqualTo(Id(s_program)));

    [Test]
    public void SameProgram_HasTheSameImageId() => Assert.That(Id(ElfReader.Read(MakeElf()).ToTables()), Is.EqualTo(Id(s_program)));

    [Test]
    public void Documents_SayThatAnImageIdMustBeRecomputed()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "SECURITY.md")) + File.ReadAllText(Path.Combine(Repository.Root, "README.md"));
        Assert.That(text, Does.Contain("--elf"), "verify --elf is named");
        Assert.That(text, Does.Contain("image ID").IgnoreCase);
    }
}
