using Zkml.Guest.Assembly;
using Zkml.Program.Elf;

namespace Zkml.Program.Tests.Elf;

[TestFixture]
public sealed class ElfReaderTests
{
    // Offsets of header fields and of the first program header's fields, by the System V ABI.
    const int Type = 16, Machine = 18, Version = 20, Entry = 24, HeadersOffset = 28, HeaderSize = 40, ProgramHeaderSize = 42, ProgramHeaderCount = 44;
    const int First = ElfBytes.SegmentsOffset, SegmentType = First, Offset = First + 4, Address = First + 8;
    const int FileBytes = First + 16, MemoryBytes = First + 20, Flags = First + 24, Alignment = First + 28;

    [Test]
    public void Read_MinimalFile_GivesItsWordsAndSymbols()
    {
        ProgramImage image = ElfReader.Read(ElfBytes.Minimal());
        Assert.That(image.Entry, Is.EqualTo(ElfBytes.Text));
        Assert.That(image.Image.Select(region => (region.StartWord, region.Words.Length, region.IsExecutable)),
            Is.EqualTo(new[] { (ElfBytes.Text / 4, 2, true), (0x0030_0000u / 4, 2, false) }));
        Assert.That(image.InitialWordAt(0x0030_0000 / 4), Is.EqualTo(0x0403_0201));
        Assert.That(image.InitialWordAt(0x0030_0004 / 4), Is.EqualTo(5), "the last word of the data is padded with zeros");
        Assert.That(image.InitialWordAt(0x0030_0008 / 4), Is.Zero, "zero memory after the data is no image word");
        Assert.That(image.Symbols.Describe(ElfBytes.Text + 4), Is.EqualTo("_start+0x4"));
        Assert.That(image.Symbols.Describe(0x0030_0000), Is.EqualTo("data"));
        Assert.That(image.Symbols.Describe(ElfBytes.Text - 4), Is.Null);
        Assert.That(image.Symbols.Describe(ElfBytes.Text + 8), Is.Null, "past the symbol's size");
    }

    [Test]
    public void Read_FileOfTheAssembler_GivesTheAssembledWords()
    {
        AssembledProgram program = Programs.Halt("hello"u8);
        ProgramImage image = ElfReader.Read(program.ToElf());
        Assert.That(image.Entry, Is.EqualTo(program.Entry));
        foreach (ProgramSection section in program.Sections)
        {
            for (int i = 0; i + 4 <= section.Contents.Length; i += 4)
                Assert.That(image.InitialWordAt((section.Address + (uint)i) / 4), Is.EqualTo(BitConverter.ToUInt32(section.Contents.Span[i..])));
        }
        Assert.That(image.Symbols.TryFind("_start", out Symbol start) && start.Address == program.Entry, Is.True);
    }

    [TestCase(0, 0x464C4500u, 4, ElfError.NotElf)]
    [TestCase(4, 2u, 1, ElfError.Not32Bit)]
    [TestCase(4, 0u, 1, ElfError.Not32Bit)]
    [TestCase(5, 2u, 1, ElfError.NotLittleEndian)]
    [TestCase(6, 0u, 1, ElfError.BadHeader)]
    [TestCase(Type, 1u, 2, ElfError.NotExecutable)]
    [TestCase(Type, 3u, 2, ElfError.NotExecutable)]
    [TestCase(Machine, 62u, 2, ElfError.NotRiscV)]
    [TestCase(Version, 2u, 4, ElfError.BadHeader)]
    [TestCase(Entry, ElfBytes.Text + 2, 4, ElfError.BadEntry)]
    [TestCase(Entry, ElfBytes.Text + 8, 4, ElfError.BadEntry)]
    [TestCase(Entry, 0x0030_0000u, 4, ElfError.BadEntry)]
    [TestCase(Entry, 0u, 4, ElfError.BadEntry)]
    [TestCase(HeadersOffset, 0xFFFF_FFF0u, 4, ElfError.Truncated)]
    [TestCase(HeaderSize, 64u, 2, ElfError.BadHeader)]
    [TestCase(ProgramHeaderSize, 56u, 2, ElfError.BadHeader)]
    [TestCase(ProgramHeaderCount, 0u, 2, ElfError.BadSegmentCount)]
    [TestCase(ProgramHeaderCount, 257u, 2, ElfError.BadSegmentCount)]
    [TestCase(ProgramHeaderCount, 0xFFFFu, 2, ElfError.BadSegmentCount)]
    [TestCase(ProgramHeaderCount, 256u, 2, ElfError.Truncated)]
    [TestCase(SegmentType, 2u, 4, ElfError.Dynamic)]
    [TestCase(SegmentType, 3u, 4, ElfError.Dynamic)]
    [TestCase(SegmentType, 4u, 4, ElfError.BadEntry)] // the text is a note now
    [TestCase(Offset, 0xFFFF_FFFCu, 4, ElfError.Truncated)]
    [TestCase(FileBytes, 9u, 4, ElfError.BadSegment)]
    [TestCase(MemoryBytes, 0u, 4, ElfError.BadSegment)]
    [TestCase(MemoryBytes, 7u, 4, ElfError.BadSegment)]
    [TestCase(MemoryBytes, 0xFFFF_FFFFu, 4, ElfError.BadAddress)]
    [TestCase(MemoryBytes, 0x0010_0000u, 4, ElfError.Overlap)]
    [TestCase(Address, 0x0000_FFFCu, 4, ElfError.BadAddress)]
    [TestCase(Address, 0u, 4, ElfError.BadAddress)]
    [TestCase(Address, 0xC000_0000u, 4, ElfError.BadAddress)]
    [TestCase(Address, 0xBFFF_FFFCu, 4, ElfError.BadAddress)]
    [TestCase(Address, 0x8000_FFFCu, 4, ElfError.BadAddress)] // crosses into the read-only window
    [TestCase(Address, 0x0030_0000u, 4, ElfError.Overlap)]
    [TestCase(Address, 0x002F_FFFCu, 4, ElfError.Overlap)]
    [TestCase(Address, 0x8001_0000u, 4, ElfError.BadEntry)] // the window holds data only
    [TestCase(Flags, 4u, 4, ElfError.BadEntry)]
    [TestCase(Alignment, 3u, 4, ElfError.BadSegment)]
    [TestCase(Alignment, 0x1_0000u, 4, ElfError.BadSegment)]
    public void Read_OneFieldChanged_GivesItsError(int offset, uint value, int size, ElfError expected)
    {
        ElfException? exception = Assert.Throws<ElfException>(() => ElfReader.Read(ElfBytes.With(ElfBytes.Minimal(), offset, value, size)));
        Assert.That(exception!.Error, Is.EqualTo(expected), exception.Message);
        Assert.That(exception.Message, Does.EndWith(".").And.Not.Contain("\n"));
    }

    [Test]
    public void Read_MisalignedAddressWithByteAlignment_IsBadSegment()
    {
        byte[] file = ElfBytes.With(ElfBytes.With(ElfBytes.Minimal(), Address, ElfBytes.Text + 2, 4), Alignment, 1, 4);
        Assert.That(Assert.Throws<ElfException>(() => ElfReader.Read(file))!.Error, Is.EqualTo(ElfError.BadSegment));
    }

    [Test]
    public void Read_EveryTruncation_GivesTypedErrorOrTheSameProgramWithoutSymbols()
    {
        byte[] file = ElfBytes.Minimal();
        int accepted = 0;
        for (int length = 0; length < file.Length; length++)
        {
            try
            {
                Assert.That(ElfReader.Read(file.AsSpan(0, length)).Symbols.Count, Is.Zero, $"length {length}");
                accepted++;
            }
            catch (ElfException exception)
            {
                Assert.That(exception.Error, Is.EqualTo(length < 4 ? ElfError.NotElf : ElfError.Truncated), $"length {length}");
            }
        }
        Assert.That(accepted, Is.GreaterThan(0));
    }

    [Test]
    public void Read_HugeZeroMemory_TakesNoSpace()
    {
        byte[] file = ElfBytes.Build(ElfBytes.Text, [ElfBytes.TextSegment, new(0x0100_0000, [7], 0x7000_0000, 6)]);
        long before = GC.GetAllocatedBytesForCurrentThread();
        ProgramImage image = ElfReader.Read(file);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(100_000));
        Assert.That(image.ToTables().Image, Has.Length.EqualTo(3));
    }

    [Test]
    public void Read_ManyHeadersForTheSameBytes_StopsBeforeCopyingThem()
    {
        byte[] data = new byte[1 << 20];
        TestSegment[] segments = new TestSegment[200];
        for (int i = 0; i < segments.Length; i++) segments[i] = new(0x0100_0000 + ((uint)i << 20), i == 0 ? data : [], 1 << 20, 6);
        byte[] file = ElfBytes.Build(0x0100_0000, segments);
        for (int i = 1; i < segments.Length; i++)
        {
            file.AsSpan(First + 4, 4).CopyTo(file.AsSpan(First + 32 * i + 4));
            file.AsSpan(First + 16, 4).CopyTo(file.AsSpan(First + 32 * i + 16));
        }
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.That(Assert.Throws<ElfException>(() => ElfReader.Read(file))!.Error, Is.EqualTo(ElfError.TooLarge));
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.LessThan(60L << 20));
    }

    [Test]
    public void Read_DamagedSymbolTable_IsLeftOut()
    {
        byte[] file = ElfBytes.Minimal();
        int sections = (int)BitConverter.ToUInt32(file, 32);
        foreach ((int offset, uint value) in new[]
        {
            (sections + 40 + 16, 0xFFFF_FFF0u), (sections + 40 + 20, 0xFFFF_FFFFu), (sections + 40 + 24, 99u), (sections + 40 + 36, 24u),
            (sections + 80 + 4, 8u), (sections + 80 + 16, 0xFFFF_FFF0u), (32, 0xFFFF_FFF0u),
        })
        {
            ProgramImage image = ElfReader.Read(ElfBytes.With(file, offset, value, 4));
            Assert.That(image.Symbols.Count, Is.Zero, $"field at {offset - sections}");
            Assert.That(image.Symbols.Describe(ElfBytes.Text), Is.Null);
        }
    }

    [Test]
    public void Read_HostileSymbolNames_ArePrintableAndBounded()
    {
        byte[] file = ElfBytes.Build(ElfBytes.Text, [ElfBytes.TextSegment],
            [("\u001b[2Jevil\u0007\u00ff", ElfBytes.Text, 4u), (new string('x', 5000), ElfBytes.Text + 4, 4u)]);
        ProgramImage image = ElfReader.Read(file);
        Assert.That(image.Symbols.Describe(ElfBytes.Text), Is.EqualTo("?[2Jevil??"));
        Assert.That(image.Symbols.Describe(ElfBytes.Text + 4), Has.Length.EqualTo(256));
    }
}
