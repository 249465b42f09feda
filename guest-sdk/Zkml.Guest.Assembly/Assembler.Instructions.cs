using Zkml.Isa;

namespace Zkml.Guest.Assembly;

/// <content>One method per mnemonic, operands in the order of assembly text.</content>
public sealed partial class Assembler
{
    /// <summary>rd = rs1 + rs2.</summary>
    public Assembler Add(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Add, rd, rs1, rs2);

    /// <summary>rd = rs1 − rs2.</summary>
    public Assembler Sub(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Sub, rd, rs1, rs2);

    /// <summary>rd = 1 if rs1 &lt; rs2, signed, else 0.</summary>
    public Assembler Slt(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Slt, rd, rs1, rs2);

    /// <summary>rd = 1 if rs1 &lt; rs2, unsigned, else 0.</summary>
    public Assembler Sltu(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Sltu, rd, rs1, rs2);

    /// <summary>rd = rs1 and rs2, bitwise.</summary>
    public Assembler And(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.And, rd, rs1, rs2);

    /// <summary>rd = rs1 or rs2, bitwise.</summary>
    public Assembler Or(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Or, rd, rs1, rs2);

    /// <summary>rd = rs1 xor rs2, bitwise.</summary>
    public Assembler Xor(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Xor, rd, rs1, rs2);

    /// <summary>rd = rs1 shifted left by the low 5 bits of rs2.</summary>
    public Assembler Sll(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Sll, rd, rs1, rs2);

    /// <summary>rd = rs1 shifted right by the low 5 bits of rs2, filled with zeros.</summary>
    public Assembler Srl(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Srl, rd, rs1, rs2);

    /// <summary>rd = rs1 shifted right by the low 5 bits of rs2, filled with the sign.</summary>
    public Assembler Sra(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Sra, rd, rs1, rs2);

    /// <summary>rd = low word of rs1 · rs2.</summary>
    public Assembler Mul(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Mul, rd, rs1, rs2);

    /// <summary>rd = high word of rs1 · rs2, both signed.</summary>
    public Assembler Mulh(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Mulh, rd, rs1, rs2);

    /// <summary>rd = high word of rs1 (signed) · rs2 (unsigned).</summary>
    public Assembler Mulhsu(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Mulhsu, rd, rs1, rs2);

    /// <summary>rd = high word of rs1 · rs2, both unsigned.</summary>
    public Assembler Mulhu(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Mulhu, rd, rs1, rs2);

    /// <summary>rd = rs1 / rs2, signed, towards 0; −1 if rs2 = 0; −2^31 / −1 = −2^31.</summary>
    public Assembler Div(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Div, rd, rs1, rs2);

    /// <summary>rd = rs1 / rs2, unsigned; 2^32 − 1 if rs2 = 0.</summary>
    public Assembler Divu(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Divu, rd, rs1, rs2);

    /// <summary>rd = rs1 mod rs2 with the sign of rs1; rs1 if rs2 = 0; −2^31 mod −1 = 0.</summary>
    public Assembler Rem(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Rem, rd, rs1, rs2);

    /// <summary>rd = rs1 mod rs2, unsigned; rs1 if rs2 = 0.</summary>
    public Assembler Remu(Register rd, Register rs1, Register rs2) => EmitRegister(Opcode.Remu, rd, rs1, rs2);

    /// <summary>rd = rs1 + immediate, in [−2048, 2047].</summary>
    public Assembler Addi(Register rd, Register rs1, int immediate) => EmitImmediate(Opcode.Addi, rd, rs1, immediate);

    /// <summary>rd = 1 if rs1 &lt; immediate, signed, else 0; immediate in [−2048, 2047].</summary>
    public Assembler Slti(Register rd, Register rs1, int immediate) => EmitImmediate(Opcode.Slti, rd, rs1, immediate);

    /// <summary>rd = 1 if rs1 &lt; the sign-extended immediate, unsigned, else 0; immediate in [−2048, 2047].</summary>
    public Assembler Sltiu(Register rd, Register rs1, int immediate) => EmitImmediate(Opcode.Sltiu, rd, rs1, immediate);

    /// <summary>rd = rs1 and the sign-extended immediate, bitwise; immediate in [−2048, 2047].</summary>
    public Assembler Andi(Register rd, Register rs1, int immediate) => EmitImmediate(Opcode.Andi, rd, rs1, immediate);

    /// <summary>rd = rs1 or the sign-extended immediate, bitwise; immediate in [−2048, 2047].</summary>
    public Assembler Ori(Register rd, Register rs1, int immediate) => EmitImmediate(Opcode.Ori, rd, rs1, immediate);

    /// <summary>rd = rs1 xor the sign-extended immediate, bitwise; immediate in [−2048, 2047].</summary>
    public Assembler Xori(Register rd, Register rs1, int immediate) => EmitImmediate(Opcode.Xori, rd, rs1, immediate);

    /// <summary>rd = rs1 shifted left by amount, in [0, 31].</summary>
    public Assembler Slli(Register rd, Register rs1, int amount) => EmitImmediate(Opcode.Slli, rd, rs1, amount);

    /// <summary>rd = rs1 shifted right by amount in [0, 31], filled with zeros.</summary>
    public Assembler Srli(Register rd, Register rs1, int amount) => EmitImmediate(Opcode.Srli, rd, rs1, amount);

    /// <summary>rd = rs1 shifted right by amount in [0, 31], filled with the sign.</summary>
    public Assembler Srai(Register rd, Register rs1, int amount) => EmitImmediate(Opcode.Srai, rd, rs1, amount);

    /// <summary>rd = the word at rs1 + offset, which is a multiple of 4; offset in [−2048, 2047].</summary>
    public Assembler Lw(Register rd, int offset, Register rs1) => EmitImmediate(Opcode.Lw, rd, rs1, offset);

    /// <summary>rd = the byte at rs1 + offset, sign-extended; offset in [−2048, 2047].</summary>
    public Assembler Lb(Register rd, int offset, Register rs1) => EmitImmediate(Opcode.Lb, rd, rs1, offset);

    /// <summary>rd = the byte at rs1 + offset; offset in [−2048, 2047].</summary>
    public Assembler Lbu(Register rd, int offset, Register rs1) => EmitImmediate(Opcode.Lbu, rd, rs1, offset);

    /// <summary>rd = the half word at rs1 + offset, an even address, sign-extended; offset in [−2048, 2047].</summary>
    public Assembler Lh(Register rd, int offset, Register rs1) => EmitImmediate(Opcode.Lh, rd, rs1, offset);

    /// <summary>rd = the half word at rs1 + offset, an even address; offset in [−2048, 2047].</summary>
    public Assembler Lhu(Register rd, int offset, Register rs1) => EmitImmediate(Opcode.Lhu, rd, rs1, offset);

    /// <summary>rd = address of the next instruction; goes on at rs1 + offset with bit 0 cleared; offset in [−2048, 2047].</summary>
    public Assembler Jalr(Register rd, int offset, Register rs1) => EmitImmediate(Opcode.Jalr, rd, rs1, offset);

    /// <summary>The word at rs1 + offset, a multiple of 4, = rs2; offset in [−2048, 2047].</summary>
    public Assembler Sw(Register rs2, int offset, Register rs1) => Emit(new(Opcode.Sw, 0, (byte)rs1, (byte)rs2, offset));

    /// <summary>The byte at rs1 + offset = low byte of rs2; offset in [−2048, 2047].</summary>
    public Assembler Sb(Register rs2, int offset, Register rs1) => Emit(new(Opcode.Sb, 0, (byte)rs1, (byte)rs2, offset));

    /// <summary>The half word at rs1 + offset, an even address, = low half of rs2; offset in [−2048, 2047].</summary>
    public Assembler Sh(Register rs2, int offset, Register rs1) => Emit(new(Opcode.Sh, 0, (byte)rs1, (byte)rs2, offset));

    /// <summary>Goes on at target, within 4 KiB, if rs1 = rs2.</summary>
    public Assembler Beq(Register rs1, Register rs2, Label target) => EmitBranch(Opcode.Beq, rs1, rs2, target);

    /// <summary>Goes on at target, within 4 KiB, if rs1 ≠ rs2.</summary>
    public Assembler Bne(Register rs1, Register rs2, Label target) => EmitBranch(Opcode.Bne, rs1, rs2, target);

    /// <summary>Goes on at target, within 4 KiB, if rs1 &lt; rs2, signed.</summary>
    public Assembler Blt(Register rs1, Register rs2, Label target) => EmitBranch(Opcode.Blt, rs1, rs2, target);

    /// <summary>Goes on at target, within 4 KiB, if rs1 ≥ rs2, signed.</summary>
    public Assembler Bge(Register rs1, Register rs2, Label target) => EmitBranch(Opcode.Bge, rs1, rs2, target);

    /// <summary>Goes on at target, within 4 KiB, if rs1 &lt; rs2, unsigned.</summary>
    public Assembler Bltu(Register rs1, Register rs2, Label target) => EmitBranch(Opcode.Bltu, rs1, rs2, target);

    /// <summary>Goes on at target, within 4 KiB, if rs1 ≥ rs2, unsigned.</summary>
    public Assembler Bgeu(Register rs1, Register rs2, Label target) => EmitBranch(Opcode.Bgeu, rs1, rs2, target);

    /// <summary>rd = address of the next instruction; goes on at target, within 1 MiB.</summary>
    public Assembler Jal(Register rd, Label target) => EmitFixup(FixupKind.Jump, new(Opcode.Jal, (byte)rd, 0, 0, 0), target);

    /// <summary>rd = upper · 2^12; upper in [0, 2^20).</summary>
    public Assembler Lui(Register rd, uint upper) => Emit(new(Opcode.Lui, (byte)rd, 0, 0, UpperImmediate(upper)));

    /// <summary>rd = address of this instruction + upper · 2^12; upper in [0, 2^20).</summary>
    public Assembler Auipc(Register rd, uint upper) => Emit(new(Opcode.Auipc, (byte)rd, 0, 0, UpperImmediate(upper)));

    /// <summary>Calls the machine by the number in t0.</summary>
    public Assembler Ecall() => Emit(new(Opcode.Ecall, 0, 0, 0, 0));

    /// <summary>Orders memory accesses: does nothing in this machine.</summary>
    public Assembler Fence() => Emit(new(Opcode.Fence, 0, 0, 0, 0xFF));

    /// <summary>Stops the guest with an error.</summary>
    public Assembler Ebreak() => Emit(new(Opcode.Ebreak, 0, 0, 0, 0));

    Assembler EmitRegister(Opcode opcode, Register rd, Register rs1, Register rs2) => Emit(new(opcode, (byte)rd, (byte)rs1, (byte)rs2, 0));

    Assembler EmitImmediate(Opcode opcode, Register rd, Register rs1, int immediate) => Emit(new(opcode, (byte)rd, (byte)rs1, 0, immediate));

    Assembler EmitBranch(Opcode opcode, Register rs1, Register rs2, Label target) =>
        EmitFixup(FixupKind.Branch, new(opcode, 0, (byte)rs1, (byte)rs2, 0), target);

    static int UpperImmediate(uint upper)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(upper, 0xF_FFFFu);
        return (int)(upper << 12);
    }
}
