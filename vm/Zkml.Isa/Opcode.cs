namespace Zkml.Isa;

/// <summary>
/// The instructions of the machine by mnemonic. The numbers are committed in every program's ROM and never change; each kind of
/// instruction is one contiguous range, which the interpreter dispatches on.
/// </summary>
public enum Opcode : byte
{
    /// <summary>No instruction.</summary>
    None = 0,

    Add = 1, Sub = 2, Addi = 3,
    Slt = 4, Sltu = 5, Slti = 6, Sltiu = 7,
    And = 8, Or = 9, Xor = 10, Andi = 11, Ori = 12, Xori = 13,
    Sll = 14, Srl = 15, Sra = 16, Slli = 17, Srli = 18, Srai = 19,
    Mul = 20, Mulh = 21, Mulhsu = 22, Mulhu = 23,
    Div = 24, Divu = 25, Rem = 26, Remu = 27,
    Lw = 28, Lb = 29, Lbu = 30, Lh = 31, Lhu = 32,
    Sw = 33, Sb = 34, Sh = 35,
    Beq = 36, Bne = 37, Blt = 38, Bge = 39, Bltu = 40, Bgeu = 41,
    Jal = 42, Lui = 43, Auipc = 44,
    Jalr = 45,
    Ecall = 46,

    /// <summary>Never in the ROM: a fence is the ROM row of <see cref="Addi"/> to the sink (machine.md D9).</summary>
    Fence = 47,

    /// <summary>Never in the ROM: executing it stops the guest.</summary>
    Ebreak = 48,
}

/// <summary>
/// The chip that proves an instruction. Names and numbers equal those of the first members of <c>EventStream</c> in Zkml.Records.
/// </summary>
public enum InstructionFamily : byte
{
    AddSub, AddImmediate, LessThan, Bitwise, Shift, Multiply, Divide,
    LoadWord, LoadPart, StoreWord, StorePart, Branch, Jump, JumpRegister,

    /// <summary>ECALL: the chip depends on the number in t0.</summary>
    EnvironmentCall,

    /// <summary>EBREAK: no chip.</summary>
    None,
}

/// <summary>The operands of an instruction and their places in the word.</summary>
public enum InstructionFormat : byte
{
    /// <summary>rd, rs1, rs2.</summary>
    Register,

    /// <summary>rd, rs1, 12-bit signed immediate.</summary>
    Immediate,

    /// <summary>rd, rs1, shift amount 0…31.</summary>
    ShiftImmediate,

    /// <summary>rd, 12-bit signed offset(rs1): loads and JALR.</summary>
    Load,

    /// <summary>rs2, 12-bit signed offset(rs1).</summary>
    Store,

    /// <summary>rs1, rs2, even 13-bit signed byte offset.</summary>
    Branch,

    /// <summary>rd, upper 20 bits.</summary>
    Upper,

    /// <summary>rd, even 21-bit signed byte offset.</summary>
    Jump,

    /// <summary>12 bits of ordering flags; rd and rs1 are ignored, as the specification demands.</summary>
    Fence,

    /// <summary>No operands.</summary>
    Environment,
}
