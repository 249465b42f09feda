using Zkml.Guest.Assembly;
using Zkml.Isa;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Invariants;

/// <summary>
/// A guest with every instruction and its corner cases: each operation on every pair of corner values, equal registers, x0, every offset of a partial
/// access, taken and untaken branches, odd JALR targets, every shift amount that matters.
/// </summary>
static class CornerProgram
{
    /// <summary>0, ±1, the ends of the signed range, a limb's ends, and a value with other bytes.</summary>
    public static readonly uint[] Corners = [0, 1, 0xFFFF_FFFF, 0x8000_0000, 0x7FFF_FFFF, 0x0000_FFFF, 0x0001_0000, 0x89AB_CDEF];

    // One register for each corner value; a5 takes results, t3…t5 are free.
    static readonly Register[] s_holders = [S2, S3, S4, S5, S6, S7, S8, S9];

    static readonly Opcode[] s_operations = [.. Enum.GetValues<Opcode>().Where(opcode => opcode is >= Opcode.Add and <= Opcode.Remu)];

    /// <summary>Assembles it.</summary>
    public static AssembledProgram Make()
    {
        var assembler = new Assembler();
        Label data = assembler.NewLabel("data"), window = assembler.NewLabel("window");
        assembler.Here("_start");
        for (int i = 0; i < Corners.Length; i++) assembler.Li(s_holders[i], Corners[i]);
        foreach (Opcode opcode in s_operations) EmitOperation(assembler, opcode);
        EmitMemory(assembler, data, window);
        EmitBranches(assembler);
        EmitJumps(assembler);
        assembler.Fence().Li(A0, 77).Ecall(EcallNumber.Input).HaltWith([]);
        assembler.In(SectionKind.Data).Mark(data).Word(0x8081_7F80, 0x0102_FEFF).Space(64);
        assembler.In(SectionKind.Window).Mark(window).Word(0x8081_7F80, 0x0102_FEFF);
        return assembler.Assemble();
    }

    static void EmitOperation(Assembler assembler, Opcode opcode)
    {
        InstructionFormat format = InstructionTable.Get(opcode).Format;
        if (format == InstructionFormat.Register)
        {
            foreach (Register left in s_holders)
                foreach (Register right in s_holders) assembler.Emit(new Instruction(opcode, (byte)A5, (byte)left, (byte)right, 0));
            // rd = rs1 = rs2, and x0 in each place.
            assembler.Mv(T3, s_holders[7]).Emit(new Instruction(opcode, (byte)T3, (byte)T3, (byte)T3, 0));
            assembler.Emit(new Instruction(opcode, 0, (byte)s_holders[2], (byte)s_holders[3], 0)).Emit(new Instruction(opcode, (byte)T4, 0, 0, 0));
            return;
        }
        int[] immediates = format == InstructionFormat.ShiftImmediate ? [0, 1, 15, 16, 17, 31] : [0, 1, -1, 2047, -2048];
        foreach (Register left in s_holders)
            foreach (int immediate in immediates) assembler.Emit(new Instruction(opcode, (byte)A5, (byte)left, 0, immediate));
        assembler.Emit(new Instruction(opcode, 0, (byte)s_holders[2], 0, 1)).Emit(new Instruction(opcode, (byte)T4, 0, 0, 1));
    }

    static void EmitMemory(Assembler assembler, Label data, Label window)
    {
        foreach (Label place in (Label[])[data, window])
        {
            assembler.La(A1, place);
            foreach (Opcode opcode in (Opcode[])[Opcode.Lw, Opcode.Lb, Opcode.Lbu, Opcode.Lh, Opcode.Lhu])
                for (int offset = 0; offset < 8; offset += (int)PartialWord.AccessBytes(opcode))
                    assembler.Emit(new Instruction(opcode, (byte)A5, (byte)A1, 0, offset)).Emit(new Instruction(opcode, 0, (byte)A1, 0, offset));
        }
        assembler.La(A1, data, 8 + 2048);
        foreach (Opcode opcode in (Opcode[])[Opcode.Sw, Opcode.Sb, Opcode.Sh])
            for (int offset = 0; offset < 8; offset += (int)PartialWord.AccessBytes(opcode))
                foreach (Register value in s_holders) assembler.Emit(new Instruction(opcode, 0, (byte)A1, (byte)value, offset - 2048));
        // The base is the value stored, and the register loaded.
        assembler.La(T3, data, 16).Sw(T3, 0, T3).Lw(T3, 0, T3).Sb(T3, 1, T3);
        // A sum of 2^16 and more in the low limbs, a borrow from the high ones, and the ends of memory.
        assembler.Lui(T4, 0x310).Addi(T4, T4, -1).Lbu(A5, 1, T4).Lb(A5, -4, T4).Lui(T4, 0x10).Sw(T4, 0, T4).Lui(T4, 0x80010).Sw(S2, -4, T4).Lw(A5, -4, T4);
    }

    static void EmitBranches(Assembler assembler)
    {
        for (Opcode opcode = Opcode.Beq; opcode <= Opcode.Bgeu; opcode++)
        {
            foreach (Register left in s_holders)
            {
                foreach (Register right in s_holders)
                {
                    Label skipped = assembler.NewLabel();
                    _ = opcode switch
                    {
                        Opcode.Beq => assembler.Beq(left, right, skipped),
                        Opcode.Bne => assembler.Bne(left, right, skipped),
                        Opcode.Blt => assembler.Blt(left, right, skipped),
                        Opcode.Bge => assembler.Bge(left, right, skipped),
                        Opcode.Bltu => assembler.Bltu(left, right, skipped),
                        _ => assembler.Bgeu(left, right, skipped),
                    };
                    assembler.Addi(T5, T5, 1).Mark(skipped);
                }
            }
        }
    }

    static void EmitJumps(Assembler assembler)
    {
        Label end = assembler.NewLabel(), back = assembler.NewLabel(), forth = assembler.NewLabel();
        assembler.J(forth).Mark(back).Jal(T3, end).Mark(forth).Jal(Zero, back).Mark(end);
        foreach (int odd in (int[])[0, 1])
        {
            Label target = assembler.NewLabel(), again = assembler.NewLabel();
            assembler.La(T3, target, odd).Jalr(T3, 0, T3).Ebreak().Mark(target);            // rd = rs1
            assembler.La(T3, again, 2040 + odd).Jalr(Zero, -2040, T3).Ebreak().Mark(again); // a negative offset
        }
        assembler.Lui(A5, 0).Lui(A5, 0x80000).Lui(A5, 0xFFFFF).Lui(Zero, 1).Auipc(A5, 0).Auipc(A5, 0xFFFFF).Auipc(A5, 0x80000).Auipc(Zero, 5);
    }
}
