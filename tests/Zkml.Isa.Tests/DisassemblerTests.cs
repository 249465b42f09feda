namespace Zkml.Isa.Tests;

[TestFixture]
public sealed class DisassemblerTests
{
    [TestCase(0x0080006Fu, 0x0020_0800u, "jal zero, 0x00200808")]
    [TestCase(0xFE000EE3u, 0x0020_0800u, "beq zero, zero, 0x002007fc")]
    [TestCase(0x00000013u, 0x0020_0800u, "addi zero, zero, 0")]
    [TestCase(0x00000000u, 0x0020_0800u, ".word 0x00000000 ; the all-zero word")]
    public void FormatWord_WithAddress_GivesAbsoluteTargets(uint word, uint address, string expected) =>
        Assert.That(Disassembler.FormatWord(word, address), Is.EqualTo(expected));

    [Test]
    public void RegisterName_EachRegister_IsUnique()
    {
        string[] names = [.. Enumerable.Range(0, 32).Select(Disassembler.RegisterName)];
        Assert.That(names, Is.Unique);
        Assert.That((names[0], names[2], names[10], names[31]), Is.EqualTo(("zero", "sp", "a0", "t6")));
        Assert.That(() => Disassembler.RegisterName(32), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase(0x0000_FFFFu, false, false)]
    [TestCase(0x0001_0000u, true, false)]
    [TestCase(0x8000_FFFFu, true, false)]
    [TestCase(0x8001_0000u, false, true)]
    [TestCase(0xBFFF_FFFFu, false, true)]
    [TestCase(0xC000_0000u, false, false)]
    [TestCase(0xFFFF_FFFFu, false, false)]
    public void MemoryMap_Address_BelongsToOneRegionAtMost(uint address, bool isReadWrite, bool isReadOnly) =>
        Assert.That((MemoryMap.IsReadWrite(address), MemoryMap.IsReadOnly(address)), Is.EqualTo((isReadWrite, isReadOnly)));
}
