using Zkml.Isa;

namespace Zkml.Guest.Assembly;

/// <content>Names for one or two instructions, as the calling convention's assembly text has them.</content>
public sealed partial class Assembler
{
    /// <summary>Does nothing.</summary>
    public Assembler Nop() => Addi(Register.Zero, Register.Zero, 0);

    /// <summary>rd = value: one instruction if it has 12 bits, signed, or its low 12 bits are 0; otherwise two.</summary>
    public Assembler Li(Register rd, int value)
    {
        if (value is >= -2048 and <= 2047) return Addi(rd, Register.Zero, value);
        Emit(new(Opcode.Lui, (byte)rd, 0, 0, UpperPart(value)));
        return LowerPart(value) == 0 ? this : Addi(rd, rd, LowerPart(value));
    }

    /// <summary>As for a signed value.</summary>
    public Assembler Li(Register rd, uint value) => Li(rd, unchecked((int)value));

    /// <summary>rd = address of target + addend (bytes): two instructions.</summary>
    public Assembler La(Register rd, Label target, int addend = 0)
    {
        EmitFixup(FixupKind.AbsoluteUpper, new(Opcode.Lui, (byte)rd, 0, 0, 0), target, addend);
        return EmitFixup(FixupKind.AbsoluteLower, new(Opcode.Addi, (byte)rd, (byte)rd, 0, 0), target, addend);
    }

    /// <summary>rd = rs.</summary>
    public Assembler Mv(Register rd, Register rs) => Addi(rd, rs, 0);

    /// <summary>rd = not rs, bitwise.</summary>
    public Assembler Not(Register rd, Register rs) => Xori(rd, rs, -1);

    /// <summary>rd = −rs.</summary>
    public Assembler Neg(Register rd, Register rs) => Sub(rd, Register.Zero, rs);

    /// <summary>rd = 1 if rs = 0, else 0.</summary>
    public Assembler Seqz(Register rd, Register rs) => Sltiu(rd, rs, 1);

    /// <summary>rd = 1 if rs ≠ 0, else 0.</summary>
    public Assembler Snez(Register rd, Register rs) => Sltu(rd, Register.Zero, rs);

    /// <summary>Goes on at target, within 4 KiB, if rs = 0.</summary>
    public Assembler Beqz(Register rs, Label target) => Beq(rs, Register.Zero, target);

    /// <summary>Goes on at target, within 4 KiB, if rs ≠ 0.</summary>
    public Assembler Bnez(Register rs, Label target) => Bne(rs, Register.Zero, target);

    /// <summary>Goes on at target, within 4 KiB, if rs &lt; 0.</summary>
    public Assembler Bltz(Register rs, Label target) => Blt(rs, Register.Zero, target);

    /// <summary>Goes on at target, within 4 KiB, if rs ≥ 0.</summary>
    public Assembler Bgez(Register rs, Label target) => Bge(rs, Register.Zero, target);

    /// <summary>Goes on at target, within 4 KiB, if rs1 &gt; rs2, signed.</summary>
    public Assembler Bgt(Register rs1, Register rs2, Label target) => Blt(rs2, rs1, target);

    /// <summary>Goes on at target, within 4 KiB, if rs1 ≤ rs2, signed.</summary>
    public Assembler Ble(Register rs1, Register rs2, Label target) => Bge(rs2, rs1, target);

    /// <summary>Goes on at target, within 1 MiB.</summary>
    public Assembler J(Label target) => Jal(Register.Zero, target);

    /// <summary>Goes on at the address in rs.</summary>
    public Assembler Jr(Register rs) => Jalr(Register.Zero, 0, rs);

    /// <summary>Calls a function within 1 MiB: ra = return address.</summary>
    public Assembler Call(Label target) => Jal(Register.Ra, target);

    /// <summary>Calls a function anywhere: two instructions, ra = return address.</summary>
    public Assembler CallFar(Label target)
    {
        EmitFixup(FixupKind.RelativeUpper, new(Opcode.Auipc, (byte)Register.Ra, 0, 0, 0), target);
        return EmitFixup(FixupKind.RelativeLower, new(Opcode.Jalr, (byte)Register.Ra, (byte)Register.Ra, 0, 0), target);
    }

    /// <summary>Returns from a function.</summary>
    public Assembler Ret() => Jalr(Register.Zero, 0, Register.Ra);
}
