namespace Zkml.Isa.Tests;

[TestFixture]
public sealed class PartialWordTests
{
    static readonly byte[][] Patterns = [[0x00, 0x7F, 0x80, 0xFF], [0xFF, 0xFF, 0xFF, 0xFF], [0x01, 0x23, 0x45, 0x67], [0x80, 0x00, 0x00, 0x80]];

    [Test]
    public void Load_EveryOffsetAndPattern_EqualsBytesOfTheWord()
    {
        foreach (byte[] bytes in Patterns)
        {
            uint word = BitConverter.ToUInt32(bytes);
            for (uint offset = 0; offset < 4; offset++)
            {
                uint address = 0x1_0000 + offset;
                Assert.That(PartialWord.Load(Opcode.Lbu, word, address), Is.EqualTo(bytes[offset]));
                Assert.That(PartialWord.Load(Opcode.Lb, word, address), Is.EqualTo((uint)(bytes[offset] - (bytes[offset] >= 128 ? 256 : 0))));
                if (offset % 2 != 0) continue;
                int half = bytes[offset] + 256 * bytes[offset + 1];
                Assert.That(PartialWord.Load(Opcode.Lhu, word, address), Is.EqualTo((uint)half));
                Assert.That(PartialWord.Load(Opcode.Lh, word, address), Is.EqualTo((uint)(half >= 0x8000 ? half - 0x1_0000 : half)));
            }
            Assert.That(PartialWord.Load(Opcode.Lw, word, 0x1_0000), Is.EqualTo(word));
        }
    }

    [Test]
    public void Store_EveryOffsetAndPattern_ChangesOnlyItsBytes()
    {
        const uint Value = 0xA1B2_C3D4;
        foreach (byte[] bytes in Patterns)
        {
            uint word = BitConverter.ToUInt32(bytes);
            for (uint offset = 0; offset < 4; offset++)
            {
                byte[] expected = [.. bytes];
                expected[offset] = 0xD4;
                Assert.That(PartialWord.Store(Opcode.Sb, word, Value, 0x1_0000 + offset), Is.EqualTo(BitConverter.ToUInt32(expected)));
                if (offset % 2 != 0) continue;
                expected[offset + 1] = 0xC3;
                Assert.That(PartialWord.Store(Opcode.Sh, word, Value, 0x1_0000 + offset), Is.EqualTo(BitConverter.ToUInt32(expected)));
            }
            Assert.That(PartialWord.Store(Opcode.Sw, word, Value, 0x1_0000), Is.EqualTo(Value));
        }
    }

    [TestCase(Opcode.Lw, 4u)]
    [TestCase(Opcode.Sw, 4u)]
    [TestCase(Opcode.Lh, 2u)]
    [TestCase(Opcode.Lhu, 2u)]
    [TestCase(Opcode.Sh, 2u)]
    [TestCase(Opcode.Lb, 1u)]
    [TestCase(Opcode.Lbu, 1u)]
    [TestCase(Opcode.Sb, 1u)]
    public void AccessBytes_LoadOrStore_IsItsSize(Opcode opcode, uint expected) => Assert.That(PartialWord.AccessBytes(opcode), Is.EqualTo(expected));

    [Test]
    public void AccessBytes_OtherOpcode_Throws() => Assert.That(() => PartialWord.AccessBytes(Opcode.Add), Throws.TypeOf<ArgumentOutOfRangeException>());
}
