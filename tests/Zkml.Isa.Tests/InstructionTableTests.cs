namespace Zkml.Isa.Tests;

[TestFixture]
public sealed class InstructionTableTests
{
    [Test]
    public void All_Always_HoldsEveryOpcodeOnceInOrder()
    {
        Assert.That(InstructionTable.All.Length, Is.EqualTo(48));
        for (int i = 0; i < InstructionTable.All.Length; i++) Assert.That((int)InstructionTable.All[i].Opcode, Is.EqualTo(i + 1));
    }

    [Test]
    public void All_AnyTwoDefinitions_NoWordIsBoth()
    {
        foreach (InstructionDefinition left in InstructionTable.All)
        {
            Assert.That(left.Match & ~left.Mask, Is.Zero, left.Mnemonic);
            foreach (InstructionDefinition right in InstructionTable.All)
            {
                if (left == right) continue;
                uint common = left.Mask & right.Mask;
                Assert.That((left.Match ^ right.Match) & common, Is.Not.Zero, $"{left.Mnemonic} and {right.Mnemonic}");
            }
        }
    }

    [Test]
    public void Opcode_Numbers_ArePinned()
    {
        // They are committed in every program's ROM: changing one changes every image ID.
        string pinned = string.Join(' ', Enum.GetValues<Opcode>().Select(opcode => $"{opcode}={(int)opcode}"));
        Assert.That(pinned, Is.EqualTo("None=0 Add=1 Sub=2 Addi=3 Slt=4 Sltu=5 Slti=6 Sltiu=7 And=8 Or=9 Xor=10 Andi=11 Ori=12 Xori=13 "
            + "Sll=14 Srl=15 Sra=16 Slli=17 Srli=18 Srai=19 Mul=20 Mulh=21 Mulhsu=22 Mulhu=23 Div=24 Divu=25 Rem=26 Remu=27 "
            + "Lw=28 Lb=29 Lbu=30 Lh=31 Lhu=32 Sw=33 Sb=34 Sh=35 Beq=36 Bne=37 Blt=38 Bge=39 Bltu=40 Bgeu=41 "
            + "Jal=42 Lui=43 Auipc=44 Jalr=45 Ecall=46 Fence=47 Ebreak=48"));
    }

    [TestCase(InstructionFamily.AddSub, 2)]
    [TestCase(InstructionFamily.AddImmediate, 2)]
    [TestCase(InstructionFamily.LessThan, 4)]
    [TestCase(InstructionFamily.Bitwise, 6)]
    [TestCase(InstructionFamily.Shift, 6)]
    [TestCase(InstructionFamily.Multiply, 4)]
    [TestCase(InstructionFamily.Divide, 4)]
    [TestCase(InstructionFamily.LoadWord, 1)]
    [TestCase(InstructionFamily.LoadPart, 4)]
    [TestCase(InstructionFamily.StoreWord, 1)]
    [TestCase(InstructionFamily.StorePart, 2)]
    [TestCase(InstructionFamily.Branch, 6)]
    [TestCase(InstructionFamily.Jump, 3)]
    [TestCase(InstructionFamily.JumpRegister, 1)]
    [TestCase(InstructionFamily.EnvironmentCall, 1)]
    [TestCase(InstructionFamily.None, 1)]
    public void Family_Always_HoldsItsInstructions(InstructionFamily family, int count)
    {
        int found = 0;
        foreach (InstructionDefinition definition in InstructionTable.All) found += definition.Family == family ? 1 : 0;
        Assert.That(found, Is.EqualTo(count));
    }

    [TestCase(Opcode.None)]
    [TestCase((Opcode)49)]
    [TestCase((Opcode)255)]
    public void Get_UndefinedOpcode_Throws(Opcode opcode) =>
        Assert.That(() => InstructionTable.Get(opcode), Throws.TypeOf<ArgumentOutOfRangeException>());
}
