using System.Globalization;

namespace Zkml.Isa;

/// <summary>Instructions to assembly text, by the instruction table.</summary>
public static class Disassembler
{
    static readonly string[] Names =
    [
        "zero", "ra", "sp", "gp", "tp", "t0", "t1", "t2", "s0", "s1", "a0", "a1", "a2", "a3", "a4", "a5",
        "a6", "a7", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
    ];

    /// <summary>The name of a register in the calling convention: "zero", "ra", … "t6". Throws above 31.</summary>
    public static string RegisterName(int register)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)register, 31u, nameof(register));
        return Names[register];
    }

    /// <summary>
    /// One line of assembly, such as "addi a0, a0, -1". With a byte address, branch and JAL targets are absolute; without, they are
    /// offsets such as ".+8".
    /// </summary>
    public static string Format(in Instruction instruction, uint? address)
    {
        if (instruction.Opcode == Opcode.None) return "none";
        InstructionDefinition definition = InstructionTable.Get(instruction.Opcode);
        string rd = Names[instruction.Rd & 31], rs1 = Names[instruction.Rs1 & 31], rs2 = Names[instruction.Rs2 & 31];
        string immediate = instruction.Immediate.ToString(CultureInfo.InvariantCulture);
        string operands = definition.Format switch
        {
            InstructionFormat.Register => $"{rd}, {rs1}, {rs2}",
            InstructionFormat.Immediate or InstructionFormat.ShiftImmediate => $"{rd}, {rs1}, {immediate}",
            InstructionFormat.Load => $"{rd}, {immediate}({rs1})",
            InstructionFormat.Store => $"{rs2}, {immediate}({rs1})",
            InstructionFormat.Branch => $"{rs1}, {rs2}, {Target(instruction.Immediate, address)}",
            InstructionFormat.Upper => $"{rd}, 0x{(uint)instruction.Immediate >> 12:x}",
            InstructionFormat.Jump => $"{rd}, {Target(instruction.Immediate, address)}",
            _ => "",
        };
        return operands.Length == 0 ? definition.Mnemonic : $"{definition.Mnemonic} {operands}";
    }

    /// <summary>One line for any word at a byte address; words that do not decode read ".word 0x… ; reason".</summary>
    public static string FormatWord(uint word, uint address) => Decoder.TryDecode(word, out Instruction instruction, out DecodeError error)
        ? Format(instruction, address)
        : $".word 0x{word:x8} ; {Decoder.Describe(error)}";

    static string Target(int offset, uint? address) => address is uint start
        ? $"0x{unchecked(start + (uint)offset):x8}"
        : $".{(offset < 0 ? "" : "+")}{offset.ToString(CultureInfo.InvariantCulture)}";
}
