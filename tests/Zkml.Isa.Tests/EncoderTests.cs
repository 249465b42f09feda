namespace Zkml.Isa.Tests;

[TestFixture]
public sealed class EncoderTests
{
    static IEnumerable<Opcode> AllOpcodes() => Enum.GetValues<Opcode>().Where(opcode => opcode != Opcode.None);

    [TestCaseSource(nameof(AllOpcodes))]
    public void Encoder_EveryImmediateLimit_DecodesBack(Opcode opcode)
    {
        InstructionDefinition definition = InstructionTable.Get(opcode);
        (int minimum, int maximum, int unit) = Encoder.ImmediateRange(definition.Format);
        bool hasImmediate = minimum != maximum;
        foreach (int immediate in hasImmediate ? [minimum, minimum + unit, 0, unit, maximum - unit, maximum] : (int[])[0])
        {
            foreach (byte register in (byte[])[0, 1, 17, 31])
            {
                Instruction instruction = MakeInstruction(definition, register, immediate);
                Assert.That(Decoder.TryDecode(Encoder.Encode(instruction), out Instruction decoded, out _), Is.True);
                Assert.That(decoded, Is.EqualTo(instruction));
            }
        }
    }

    [TestCaseSource(nameof(AllOpcodes))]
    public void Encoder_ImmediateOutOfRange_Throws(Opcode opcode)
    {
        InstructionDefinition definition = InstructionTable.Get(opcode);
        (int minimum, int maximum, int unit) = Encoder.ImmediateRange(definition.Format);
        List<int> wrong = [];
        if (minimum > int.MinValue) wrong.Add(minimum - unit);
        if (maximum <= int.MaxValue - unit) wrong.Add(maximum + unit);
        if (unit > 1) wrong.Add(1);
        foreach (int immediate in wrong)
            Assert.That(() => Encoder.Encode(MakeInstruction(definition, 0, immediate)), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase(Opcode.Add, 32, 0, 0)]
    [TestCase(Opcode.Add, 0, 32, 0)]
    [TestCase(Opcode.Add, 0, 0, 255)]
    [TestCase(Opcode.Addi, 0, 0, 1)]
    [TestCase(Opcode.Sw, 1, 0, 0)]
    [TestCase(Opcode.Beq, 1, 0, 0)]
    [TestCase(Opcode.Lui, 0, 1, 0)]
    [TestCase(Opcode.Jal, 0, 0, 1)]
    [TestCase(Opcode.Ecall, 1, 0, 0)]
    public void Encoder_FieldThatTheFormatLacks_Throws(Opcode opcode, int rd, int rs1, int rs2) =>
        Assert.That(() => Encoder.Encode(new Instruction(opcode, (byte)rd, (byte)rs1, (byte)rs2, 0)), Throws.TypeOf<ArgumentOutOfRangeException>());

    static Instruction MakeInstruction(InstructionDefinition definition, byte register, int immediate)
    {
        InstructionFormat format = definition.Format;
        byte rd = format is InstructionFormat.Store or InstructionFormat.Branch or InstructionFormat.Environment ? (byte)0 : register;
        byte rs1 = format is InstructionFormat.Upper or InstructionFormat.Jump or InstructionFormat.Environment ? (byte)0 : (byte)(31 - register);
        byte rs2 = format is InstructionFormat.Register or InstructionFormat.Store or InstructionFormat.Branch ? (byte)(register ^ 5) : (byte)0;
        return new Instruction(definition.Opcode, rd, rs1, rs2, immediate);
    }
}
