using System.Runtime.CompilerServices;

namespace Zkml.Isa;

/// <summary>The meaning of every arithmetic, logic, compare and branch instruction, once. All arithmetic is modulo 2^32.</summary>
public static class Alu
{
    /// <summary>
    /// The result of an arithmetic or logic instruction; <paramref name="right"/> is rs2 or the immediate. Shifts use its low five
    /// bits. Division by zero and overflow give the results of the specification, chapter 13. Throws for other opcodes.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static uint Evaluate(Opcode opcode, uint left, uint right) => opcode switch
    {
        Opcode.Add or Opcode.Addi => left + right,
        Opcode.Sub => left - right,
        Opcode.Slt or Opcode.Slti => (int)left < (int)right ? 1u : 0u,
        Opcode.Sltu or Opcode.Sltiu => left < right ? 1u : 0u,
        Opcode.And or Opcode.Andi => left & right,
        Opcode.Or or Opcode.Ori => left | right,
        Opcode.Xor or Opcode.Xori => left ^ right,
        Opcode.Sll or Opcode.Slli => left << (int)right,
        Opcode.Srl or Opcode.Srli => left >> (int)right,
        Opcode.Sra or Opcode.Srai => (uint)((int)left >> (int)right),
        Opcode.Mul => left * right,
        Opcode.Mulh => (uint)((long)(int)left * (int)right >> 32),
        Opcode.Mulhsu => (uint)((long)(int)left * right >> 32),
        Opcode.Mulhu => (uint)((ulong)left * right >> 32),
        Opcode.Div => Divide((int)left, (int)right),
        Opcode.Divu => right == 0 ? uint.MaxValue : left / right,
        Opcode.Rem => Remainder((int)left, (int)right),
        Opcode.Remu => right == 0 ? left : left % right,
        _ => ThrowNotAlu(opcode),
    };

    /// <summary>Whether a conditional branch is taken. Throws for other opcodes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool BranchTaken(Opcode opcode, uint left, uint right) => opcode switch
    {
        Opcode.Beq => left == right,
        Opcode.Bne => left != right,
        Opcode.Blt => (int)left < (int)right,
        Opcode.Bge => (int)left >= (int)right,
        Opcode.Bltu => left < right,
        Opcode.Bgeu => left >= right,
        _ => ThrowNotAlu(opcode) != 0,
    };

    static uint Divide(int left, int right)
    {
        if (right == 0) return uint.MaxValue;
        // int.MinValue / -1 overflows; negation modulo 2^32 gives the dividend back, as specified.
        return right == -1 ? (uint)-left : (uint)(left / right);
    }

    static uint Remainder(int left, int right)
    {
        if (right == 0) return (uint)left;
        return right == -1 ? 0 : (uint)(left % right);
    }

    static uint ThrowNotAlu(Opcode opcode) =>
        throw new ArgumentOutOfRangeException(nameof(opcode), opcode, "Expected an arithmetic, logic or branch instruction.");
}
