using System.Buffers.Binary;
using System.Reflection;
using Zkml.Isa;

namespace Zkml.Guest.Assembly.Tests;

/// <summary>Every mnemonic method against the instruction table: the method's name, the operands' order, the word.</summary>
public sealed class AssemblerInstructionTests
{
    static IEnumerable<Opcode> Opcodes()
    {
        foreach (InstructionDefinition definition in InstructionTable.All.ToArray()) yield return definition.Opcode;
    }

    [TestCaseSource(nameof(Opcodes))]
    public void Mnemonic_RandomOperands_DecodesToTheSameInstruction(Opcode opcode)
    {
        Random random = new(1000 + (int)opcode);
        for (int i = 0; i < 50; i++)
        {
            Instruction expected = RandomInstruction(opcode, random);
            uint word = AssembleByMethod(expected);
            Assert.That(Decoder.TryDecode(word, out Instruction decoded, out _), Is.True);
            Assert.That(decoded, Is.EqualTo(expected), $"seed {1000 + (int)opcode}, round {i}");
        }
    }

    [TestCaseSource(nameof(Opcodes))]
    public void Mnemonic_ImmediateOneUnitOutOfRange_Throws(Opcode opcode)
    {
        InstructionFormat format = InstructionTable.Get(opcode).Format;
        if (format is not (InstructionFormat.Immediate or InstructionFormat.ShiftImmediate or InstructionFormat.Load or InstructionFormat.Store)) return;
        (int minimum, int maximum, _) = Encoder.ImmediateRange(format);
        foreach (int immediate in (int[])[minimum - 1, maximum + 1, int.MinValue, int.MaxValue])
        {
            Instruction instruction = RandomInstruction(opcode, new(1)) with { Immediate = immediate };
            Assert.That(() => AssembleByMethod(instruction), Throws.InstanceOf<TargetInvocationException>()
                .With.InnerException.InstanceOf<ArgumentOutOfRangeException>(), $"{opcode} {immediate}");
        }
    }

    [Test]
    public void Lui_UpperAboveTwentyBits_Throws() =>
        Assert.That(() => new Assembler().Lui(Register.A0, 0x10_0000), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-1)]
    [TestCase(2047)]
    [TestCase(2048)]
    [TestCase(-2048)]
    [TestCase(-2049)]
    [TestCase(4096)]
    [TestCase(0x7FFF_FFFF)]
    [TestCase(0x7FFF_F800)]
    [TestCase(0x7FFF_F7FF)]
    [TestCase(int.MinValue)]
    [TestCase(int.MinValue + 1)]
    [TestCase(0x1234_5FFF)]
    [TestCase(unchecked((int)0xDEAD_B800))]
    public void Li_AnyValue_LoadsIt(int value)
    {
        List<Instruction> code = Decode(new Assembler().Li(Register.A3, value).Assemble());
        uint result = Run(code, Register.A3);
        Assert.That(result, Is.EqualTo((uint)value));
        Assert.That(code, Has.Count.EqualTo(value is >= -2048 and <= 2047 || (value & 0xFFF) == 0 ? 1 : 2));
    }

    [Test]
    public void Li_RandomValues_LoadsThem()
    {
        Random random = new(7);
        for (int i = 0; i < 2000; i++)
        {
            uint value = (uint)random.NextInt64(1L << 32);
            Assert.That(Run(Decode(new Assembler().Li(Register.S5, value).Assemble()), Register.S5), Is.EqualTo(value));
        }
    }

    [Test]
    public void PseudoInstructions_Decoded_AreWhatTheConventionSays()
    {
        Assembler assembler = new();
        Label start = assembler.Here();
        assembler.Nop().Mv(Register.A0, Register.A1).Not(Register.A0, Register.A1).Neg(Register.A0, Register.A1)
            .Seqz(Register.A0, Register.A1).Snez(Register.A0, Register.A1).Jr(Register.A0).Ret()
            .Beqz(Register.A0, start).Bnez(Register.A0, start).Bltz(Register.A0, start).Bgez(Register.A0, start)
            .Bgt(Register.A0, Register.A1, start).Ble(Register.A0, Register.A1, start).J(start).Call(start);
        string[] expected =
        [
            "addi zero, zero, 0", "addi a0, a1, 0", "xori a0, a1, -1", "sub a0, zero, a1", "sltiu a0, a1, 1", "sltu a0, zero, a1",
            "jalr zero, 0(a0)", "jalr zero, 0(ra)", "beq a0, zero, .-32", "bne a0, zero, .-36", "blt a0, zero, .-40", "bge a0, zero, .-44",
            "blt a1, a0, .-48", "bge a1, a0, .-52", "jal zero, .-56", "jal ra, .-60",
        ];
        Assert.That(Decode(assembler.Assemble()).ConvertAll(instruction => instruction.ToString()), Is.EqualTo(expected));
    }

    internal static List<Instruction> Decode(AssembledProgram program)
    {
        ReadOnlySpan<byte> text = program.Sections[0].Contents.Span;
        List<Instruction> code = [];
        for (int i = 0; i < text.Length; i += 4)
        {
            Assert.That(Decoder.TryDecode(BinaryPrimitives.ReadUInt32LittleEndian(text[i..]), out Instruction instruction, out _), Is.True);
            code.Add(instruction);
        }
        return code;
    }

    /// <summary>The meaning of LUI and ADDI on one register, enough for constants and addresses.</summary>
    internal static uint Run(List<Instruction> code, Register register)
    {
        uint value = 0xBAD0_BAD0;
        foreach (Instruction instruction in code)
        {
            Assert.That(instruction.Rd, Is.EqualTo((byte)register));
            value = instruction.Opcode switch
            {
                Opcode.Lui => (uint)instruction.Immediate,
                Opcode.Addi => (instruction.Rs1 == 0 ? 0 : value) + (uint)instruction.Immediate,
                _ => throw new AssertionException($"Unexpected {instruction}."),
            };
        }
        return value;
    }

    static Instruction RandomInstruction(Opcode opcode, Random random)
    {
        byte rd = (byte)random.Next(32), rs1 = (byte)random.Next(32), rs2 = (byte)random.Next(32);
        InstructionFormat format = InstructionTable.Get(opcode).Format;
        (int minimum, int maximum, int unit) = Encoder.ImmediateRange(format);
        int immediate = (int)random.NextInt64(minimum / unit, (long)maximum / unit + 1) * unit;
        return format switch
        {
            InstructionFormat.Register => new(opcode, rd, rs1, rs2, 0),
            InstructionFormat.Immediate or InstructionFormat.ShiftImmediate or InstructionFormat.Load => new(opcode, rd, rs1, 0, immediate),
            InstructionFormat.Store => new(opcode, 0, rs1, rs2, immediate),
            InstructionFormat.Branch => new(opcode, 0, rs1, rs2, 0),
            InstructionFormat.Jump => new(opcode, rd, 0, 0, 0),
            InstructionFormat.Upper => new(opcode, rd, 0, 0, immediate),
            InstructionFormat.Fence => new(opcode, 0, 0, 0, 0xFF),
            _ => new(opcode, 0, 0, 0, 0),
        };
    }

    // Calls the method named like the opcode, operands in the order of assembly text; labels are the instruction itself.
    static uint AssembleByMethod(in Instruction instruction)
    {
        Assembler assembler = new();
        Label here = assembler.Here();
        Register rd = (Register)instruction.Rd, rs1 = (Register)instruction.Rs1, rs2 = (Register)instruction.Rs2;
        object[] operands = InstructionTable.Get(instruction.Opcode).Format switch
        {
            InstructionFormat.Register => [rd, rs1, rs2],
            InstructionFormat.Immediate or InstructionFormat.ShiftImmediate => [rd, rs1, instruction.Immediate],
            InstructionFormat.Load => [rd, instruction.Immediate, rs1],
            InstructionFormat.Store => [rs2, instruction.Immediate, rs1],
            InstructionFormat.Branch => [rs1, rs2, here],
            InstructionFormat.Jump => [rd, here],
            InstructionFormat.Upper => [rd, (uint)instruction.Immediate >> 12],
            _ => [],
        };
        MethodInfo? method = typeof(Assembler).GetMethod(instruction.Opcode.ToString(), Array.ConvertAll(operands, operand => operand.GetType()));
        Assert.That(method, Is.Not.Null, $"method for {instruction.Opcode}");
        method!.Invoke(assembler, operands);
        return BinaryPrimitives.ReadUInt32LittleEndian(assembler.Assemble().Sections[0].Contents.Span);
    }
}
