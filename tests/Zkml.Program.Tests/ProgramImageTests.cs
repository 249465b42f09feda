using Zkml.Isa;
using Zkml.Program.Elf;
using Zkml.Program.Tests.Elf;
using Zkml.Records;

namespace Zkml.Program.Tests;

[TestFixture]
public sealed class ProgramImageTests
{
    const uint Text = ElfBytes.Text;

    [Test]
    public void ToTables_Segments_SplitsRomImageAndWindow()
    {
        // beq +2 has no aligned target and 0 does not decode: image words without a ROM row.
        byte[] code = [.. Words(0x0010_0513, 0x0000_0163, 0, 0x0000_0073)];
        ProgramTables tables = Image(
            new(Text, code, 64, false, true),
            new(0x0001_0000, Words(0xAAAA_0001), 8, true, false),
            new(0x8001_0000, Words(5, 6), 12, false, false)).ToTables();

        Assert.That(tables.Entry, Is.EqualTo(Text));
        Assert.That(tables.Rom.Select(step => (step.Pc4, (Opcode)step.Opcode)),
            Is.EqualTo(new[] { (Text / 4, Opcode.Addi), (Text / 4 + 3, Opcode.Ecall) }));
        Assert.That(tables.Rom.Select(step => step.Clock), Is.All.Zero);
        Assert.That(tables.Image, Is.EqualTo(new InitialWord[]
        {
            new(0x0001_0000 / 4, 0xAAAA_0001), new(Text / 4, 0x0010_0513), new(Text / 4 + 1, 0x0000_0163), new(Text / 4 + 2, 0), new(Text / 4 + 3, 0x73),
        }));
        Assert.That(tables.ReadOnly.Select(word => word.Word), Is.EqualTo(Enumerable.Range(0, 8).Select(i => 0x8001_0000 / 4 + (uint)i)));
        Assert.That(tables.ReadOnly.Select(word => word.Value), Is.EqualTo(new uint[] { 5, 6, 0, 0, 0, 0, 0, 0 }),
            "the words of a block of eight can all be loaded, so they need rows");
    }

    [Test]
    public void ToTables_ExecutableSegmentInTheWindow_IsDataWithoutRomRows()
    {
        ProgramTables tables = Image(new(Text, Words(0x73), 4, false, true), new(0x8001_0000, Words(0x73), 4, false, true)).ToTables();
        Assert.That(tables.Rom.Select(step => step.Pc4), Is.EqualTo(new[] { Text / 4 }));
    }

    [Test]
    public void ToTables_RomRow_IsTheRowOfItsInstruction()
    {
        uint jump = Encoder.Encode(new Instruction(Opcode.Jal, 1, 0, 0, -8));
        Step step = Image(new ProgramSegment(Text, Words(jump), 4, false, true)).ToTables().Rom.Single();
        Assert.That((step.Pc4, step.Immediate, step.Auxiliary, (Opcode)step.Opcode, step.Rd, step.Rs1, step.Rs2),
            Is.EqualTo((Text / 4, Text + 4, Text / 4 - 2, Opcode.Jal, (byte)1, (byte)0, (byte)0)));
    }

    [Test]
    public void FromSegments_WritableInTheWindow_Throws() =>
        Assert.That(Error(new(Text, Words(0x73), 4, false, true), new(0x8001_0000, Words(1), 4, true, false)), Is.EqualTo(ElfError.BadAddress));

    [Test]
    public void FromSegments_TwoSegmentsInOneWord_Throws() =>
        Assert.That(Error(new(Text, Words(0x73), 4, false, true), new(0x0030_0000, new byte[5], 5, true, false), new(0x0030_0004, Words(1), 4, true, false)),
            Is.EqualTo(ElfError.Overlap));

    [Test]
    public void FromSegments_TooManyWords_Throws()
    {
        ProgramSegment text = new(Text, Words(0x73), 4, false, true);
        Assert.That(Error(text, new(0x0100_0000, new byte[4 * ProgramImage.MaximumImageWords], 1 << 30, true, false)), Is.EqualTo(ElfError.TooLarge));
        Assert.That(Error(text, new(0x8001_0000, default, 4 * ProgramImage.MaximumReadOnlyWords + 1, false, false)), Is.EqualTo(ElfError.TooLarge));
    }

    [Test]
    public void FromSegments_WholeAddressSpaceOfZeros_TakesNoSpace()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        ProgramImage image = Image(
            new(0x0001_0000, Words(0x73), Text - 0x0001_0000, false, true), new(Text, default, 0x8001_0000 - Text, true, false));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
        Assert.That(image.Image, Has.Count.EqualTo(1));
    }

    static ProgramImage Image(params ProgramSegment[] segments)
    {
        uint entry = segments.First(segment => segment.IsExecutable).Address;
        return ProgramImage.FromSegments(entry, segments, SymbolTable.Empty);
    }

    static ElfError Error(params ProgramSegment[] segments) => Assert.Throws<ElfException>(() => Image(segments))!.Error;

    static byte[] Words(params uint[] words)
    {
        byte[] bytes = new byte[4 * words.Length];
        Buffer.BlockCopy(words, 0, bytes, 0, bytes.Length);
        return bytes;
    }

    [Test]
    public void ReadOnly_SegmentsInsideBlocks_DefinesWholeBlocks()
    {
        ProgramImage image = ProgramImage.FromSegments(
            0x0020_0800,
            [
                new ProgramSegment(0x0020_0800, new byte[] { 0x13, 0, 0, 0 }, 4, false, true),
                new ProgramSegment(0x8001_0004, new byte[] { 1, 0, 0, 0 }, 4, false, false),
                new ProgramSegment(0x8001_0010, new byte[] { 2, 0, 0, 0 }, 4, false, false),
                new ProgramSegment(0x8001_0100, new byte[] { 3, 0, 0, 0 }, 8, false, false),
            ],
            SymbolTable.Empty);

        Assert.That(image.ReadOnly.Select(region => region.StartWord), Is.EqualTo(new[] { 0x2000_4000u, 0x2000_4040u }));
        Assert.That(image.ReadOnly[0].Words.ToArray(), Is.EqualTo(new uint[] { 0, 1, 0, 0, 2, 0, 0, 0 }));
        Assert.That(image.ReadOnly[1].Words.ToArray(), Is.EqualTo(new uint[] { 3, 0, 0, 0, 0, 0, 0, 0 }));
    }
}
