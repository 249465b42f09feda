namespace Zkml.Isa;

/// <summary>One line of the instruction table.</summary>
/// <param name="Opcode">The instruction.</param>
/// <param name="Mnemonic">Lower-case name in assembly text.</param>
/// <param name="Format">Operands and their places in the word.</param>
/// <param name="Family">The chip that proves it.</param>
/// <param name="Match">Value of the fixed bits.</param>
/// <param name="Mask">The fixed bits: a word is this instruction if and only if (word &amp; Mask) == Match.</param>
public sealed record InstructionDefinition(
    Opcode Opcode, string Mnemonic, InstructionFormat Format, InstructionFamily Family, uint Match, uint Mask);

/// <summary>
/// The 48 instructions, once: 37 of RV32I, 8 of the M extension, ECALL, FENCE and EBREAK. Decoder, encoder, disassembler and assembler
/// read this table and nothing else. [RISC-V unprivileged specification 20240411, chapter 35]
/// </summary>
public static class InstructionTable
{
    const uint OpcodeMask = 0x0000_007F, Funct3Mask = 0x0000_707F, Funct7Mask = 0xFE00_707F, EveryBit = 0xFFFF_FFFF;

    static readonly InstructionDefinition[] Lines =
    [
        Register(Opcode.Add, InstructionFamily.AddSub, 0, 0x00),
        Register(Opcode.Sub, InstructionFamily.AddSub, 0, 0x20),
        Immediate(Opcode.Addi, InstructionFamily.AddImmediate, 0),
        Register(Opcode.Slt, InstructionFamily.LessThan, 2, 0x00),
        Register(Opcode.Sltu, InstructionFamily.LessThan, 3, 0x00),
        Immediate(Opcode.Slti, InstructionFamily.LessThan, 2),
        Immediate(Opcode.Sltiu, InstructionFamily.LessThan, 3),
        Register(Opcode.And, InstructionFamily.Bitwise, 7, 0x00),
        Register(Opcode.Or, InstructionFamily.Bitwise, 6, 0x00),
        Register(Opcode.Xor, InstructionFamily.Bitwise, 4, 0x00),
        Immediate(Opcode.Andi, InstructionFamily.Bitwise, 7),
        Immediate(Opcode.Ori, InstructionFamily.Bitwise, 6),
        Immediate(Opcode.Xori, InstructionFamily.Bitwise, 4),
        Register(Opcode.Sll, InstructionFamily.Shift, 1, 0x00),
        Register(Opcode.Srl, InstructionFamily.Shift, 5, 0x00),
        Register(Opcode.Sra, InstructionFamily.Shift, 5, 0x20),
        ShiftImmediate(Opcode.Slli, 1, 0x00),
        ShiftImmediate(Opcode.Srli, 5, 0x00),
        ShiftImmediate(Opcode.Srai, 5, 0x20),
        Register(Opcode.Mul, InstructionFamily.Multiply, 0, 0x01),
        Register(Opcode.Mulh, InstructionFamily.Multiply, 1, 0x01),
        Register(Opcode.Mulhsu, InstructionFamily.Multiply, 2, 0x01),
        Register(Opcode.Mulhu, InstructionFamily.Multiply, 3, 0x01),
        Register(Opcode.Div, InstructionFamily.Divide, 4, 0x01),
        Register(Opcode.Divu, InstructionFamily.Divide, 5, 0x01),
        Register(Opcode.Rem, InstructionFamily.Divide, 6, 0x01),
        Register(Opcode.Remu, InstructionFamily.Divide, 7, 0x01),
        Load(Opcode.Lw, InstructionFamily.LoadWord, 2),
        Load(Opcode.Lb, InstructionFamily.LoadPart, 0),
        Load(Opcode.Lbu, InstructionFamily.LoadPart, 4),
        Load(Opcode.Lh, InstructionFamily.LoadPart, 1),
        Load(Opcode.Lhu, InstructionFamily.LoadPart, 5),
        Store(Opcode.Sw, InstructionFamily.StoreWord, 2),
        Store(Opcode.Sb, InstructionFamily.StorePart, 0),
        Store(Opcode.Sh, InstructionFamily.StorePart, 1),
        Branch(Opcode.Beq, 0),
        Branch(Opcode.Bne, 1),
        Branch(Opcode.Blt, 4),
        Branch(Opcode.Bge, 5),
        Branch(Opcode.Bltu, 6),
        Branch(Opcode.Bgeu, 7),
        Define(Opcode.Jal, InstructionFormat.Jump, InstructionFamily.Jump, 0x6F, OpcodeMask),
        Define(Opcode.Lui, InstructionFormat.Upper, InstructionFamily.Jump, 0x37, OpcodeMask),
        Define(Opcode.Auipc, InstructionFormat.Upper, InstructionFamily.Jump, 0x17, OpcodeMask),
        Define(Opcode.Jalr, InstructionFormat.Load, InstructionFamily.JumpRegister, 0x67, Funct3Mask),
        Define(Opcode.Ecall, InstructionFormat.Environment, InstructionFamily.EnvironmentCall, 0x0000_0073, EveryBit),
        Define(Opcode.Fence, InstructionFormat.Fence, InstructionFamily.AddImmediate, 0x0F, Funct3Mask),
        Define(Opcode.Ebreak, InstructionFormat.Environment, InstructionFamily.None, 0x0010_0073, EveryBit),
    ];

    /// <summary>All definitions by ascending <see cref="Opcode"/>, from 1.</summary>
    public static ReadOnlySpan<InstructionDefinition> All => Lines;

    /// <summary>The definition of one instruction. Throws <see cref="ArgumentOutOfRangeException"/> for None and undefined numbers.</summary>
    public static InstructionDefinition Get(Opcode opcode)
    {
        ArgumentOutOfRangeException.ThrowIfZero((int)opcode, nameof(opcode));
        ArgumentOutOfRangeException.ThrowIfGreaterThan((int)opcode, Lines.Length, nameof(opcode));
        return Lines[(int)opcode - 1];
    }

    /// <summary>The chip that proves an instruction.</summary>
    public static InstructionFamily Family(Opcode opcode) => Get(opcode).Family;

    static InstructionDefinition Define(Opcode opcode, InstructionFormat format, InstructionFamily family, uint match, uint mask) =>
        new(opcode, opcode.ToString().ToLowerInvariant(), format, family, match, mask);

    static InstructionDefinition Register(Opcode opcode, InstructionFamily family, uint funct3, uint funct7) =>
        Define(opcode, InstructionFormat.Register, family, 0x33 | funct3 << 12 | funct7 << 25, Funct7Mask);

    static InstructionDefinition Immediate(Opcode opcode, InstructionFamily family, uint funct3) =>
        Define(opcode, InstructionFormat.Immediate, family, 0x13 | funct3 << 12, Funct3Mask);

    static InstructionDefinition ShiftImmediate(Opcode opcode, uint funct3, uint funct7) =>
        Define(opcode, InstructionFormat.ShiftImmediate, InstructionFamily.Shift, 0x13 | funct3 << 12 | funct7 << 25, Funct7Mask);

    static InstructionDefinition Load(Opcode opcode, InstructionFamily family, uint funct3) =>
        Define(opcode, InstructionFormat.Load, family, 0x03 | funct3 << 12, Funct3Mask);

    static InstructionDefinition Store(Opcode opcode, InstructionFamily family, uint funct3) =>
        Define(opcode, InstructionFormat.Store, family, 0x23 | funct3 << 12, Funct3Mask);

    static InstructionDefinition Branch(Opcode opcode, uint funct3) =>
        Define(opcode, InstructionFormat.Branch, InstructionFamily.Branch, 0x63 | funct3 << 12, Funct3Mask);
}
