namespace Zkml.Isa.Tests;

[TestFixture]
public sealed class RomRowTests
{
    const uint Pc4 = 0x0020_0800 / 4, Address = 4 * Pc4;

    static readonly object[] Cases =
    [
        new object[] { new Instruction(Opcode.Add, 10, 11, 12, 0), new RomRow(Opcode.Add, 10, 11, 12, 0, 0) },
        new object[] { new Instruction(Opcode.Add, 0, 11, 12, 0), new RomRow(Opcode.Add, 32, 11, 12, 0, 0) },
        new object[] { new Instruction(Opcode.Addi, 10, 11, 0, -1), new RomRow(Opcode.Addi, 10, 11, 0, 0xFFFF_FFFF, 0) },
        new object[] { new Instruction(Opcode.Srai, 10, 11, 0, 31), new RomRow(Opcode.Srai, 10, 11, 0, 31, 0) },
        new object[] { new Instruction(Opcode.Lw, 0, 11, 0, -4), new RomRow(Opcode.Lw, 32, 11, 0, 0xFFFF_FFFC, 0) },
        new object[] { new Instruction(Opcode.Sw, 0, 11, 12, 8), new RomRow(Opcode.Sw, 0, 11, 12, 8, 0) },
        new object[] { new Instruction(Opcode.Beq, 0, 11, 12, -8), new RomRow(Opcode.Beq, 0, 11, 12, 0, Pc4 - 2) },
        new object[] { new Instruction(Opcode.Jal, 1, 0, 0, 0x1000), new RomRow(Opcode.Jal, 1, 0, 0, Address + 4, Pc4 + 0x400) },
        new object[] { new Instruction(Opcode.Jal, 0, 0, 0, 4), new RomRow(Opcode.Jal, 32, 0, 0, Address + 4, Pc4 + 1) },
        new object[] { new Instruction(Opcode.Lui, 5, 0, 0, unchecked((int)0xFEDC_B000)), new RomRow(Opcode.Lui, 5, 0, 0, 0xFEDC_B000, 0) },
        new object[] { new Instruction(Opcode.Auipc, 5, 0, 0, unchecked((int)0xFFFF_F000)), new RomRow(Opcode.Auipc, 5, 0, 0, Address - 0x1000, 0) },
        new object[] { new Instruction(Opcode.Jalr, 1, 6, 0, -2), new RomRow(Opcode.Jalr, 1, 6, 0, 0xFFFF_FFFE, (Address + 4) & 0xFFFF) },
        new object[] { new Instruction(Opcode.Fence, 3, 4, 0, 0xFF), new RomRow(Opcode.Addi, 32, 0, 0, 0, 0) },
        new object[] { new Instruction(Opcode.Ecall, 0, 0, 0, 0), new RomRow(Opcode.Ecall, 0, 0, 0, 0, 0) },
    ];

    [TestCaseSource(nameof(Cases))]
    public void TryCreate_Instruction_GivesTheFetchMessage(Instruction instruction, RomRow expected)
    {
        Assert.That(RomRow.TryCreate(Pc4, instruction, out RomRow row), Is.True);
        Assert.That(row, Is.EqualTo(expected));
    }

    [Test]
    public void TryCreate_TargetBeforeAddressZero_WrapsModulo2To32()
    {
        Assert.That(RomRow.TryCreate(0x1_0000 / 4, new(Opcode.Jal, 1, 0, 0, -0x10_0000), out RomRow row), Is.True);
        Assert.That(row.Auxiliary, Is.EqualTo(0xFFF1_0000 / 4));
    }

    [TestCase(Opcode.Beq, 2)]
    [TestCase(Opcode.Bgeu, -2)]
    [TestCase(Opcode.Jal, 6)]
    [TestCase(Opcode.Ebreak, 0)]
    public void TryCreate_MisalignedTargetOrBreakpoint_HasNoRow(Opcode opcode, int offset)
    {
        Assert.That(RomRow.TryCreate(Pc4, new(opcode, 0, 0, 0, offset), out RomRow row), Is.False);
        Assert.That(row, Is.EqualTo(default(RomRow)));
    }

    [Test]
    public void TryCreate_EveryOpcode_HasRegistersInRange()
    {
        foreach (InstructionDefinition definition in InstructionTable.All)
        {
            if (!RomRow.TryCreate(Pc4, new(definition.Opcode, 0, 0, 0, 0), out RomRow row)) continue;
            bool writes = definition.Format is not (InstructionFormat.Store or InstructionFormat.Branch or InstructionFormat.Environment);
            Assert.That(row.Rd, Is.EqualTo(writes ? RomRow.SinkRegister : 0), definition.Mnemonic);
        }
    }
}
