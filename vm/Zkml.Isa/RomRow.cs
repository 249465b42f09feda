namespace Zkml.Isa;

/// <summary>
/// What the Fetch bus carries of one instruction besides its place (machine.md D1). The interpreter executes rows, never words, so
/// that what runs is what is proved.
/// </summary>
/// <param name="Opcode">The instruction; a fence appears as ADDI to the sink.</param>
/// <param name="Rd">Destination register 1…31; <see cref="SinkRegister"/> where the instruction names x0; 0 where it has no destination.</param>
/// <param name="Rs1">First source register 0…31; 0 where absent.</param>
/// <param name="Rs2">Second source register 0…31; 0 where absent.</param>
/// <param name="Immediate">JAL's link value; the result of LUI or AUIPC; otherwise the sign-extended immediate; 0 if none.</param>
/// <param name="Auxiliary">Target / 4 of a branch or JAL; the low 16 bits of JALR's link value; otherwise 0.</param>
public readonly record struct RomRow(Opcode Opcode, byte Rd, byte Rs1, byte Rs2, uint Immediate, uint Auxiliary)
{
    /// <summary>The register that writes to x0 go to; never a source (machine.md OB-11).</summary>
    public const byte SinkRegister = 32;

    /// <summary>
    /// The row of an instruction at byte address 4 · <paramref name="pc4"/>, pc4 &lt; 2^30. False for EBREAK and for a branch or JAL
    /// whose target is not a multiple of 4: these have no row, and executing them is an error.
    /// </summary>
    public static bool TryCreate(uint pc4, in Instruction instruction, out RomRow row)
    {
        uint address = pc4 * 4, link = address + 4, immediate = (uint)instruction.Immediate;
        byte rd = instruction.Rd == 0 ? SinkRegister : instruction.Rd;
        uint target = address + immediate;
        InstructionFormat format = InstructionTable.Get(instruction.Opcode).Format;
        row = (instruction.Opcode, format) switch
        {
            (Opcode.Fence, _) => new(Opcode.Addi, SinkRegister, 0, 0, 0, 0),
            (Opcode.Ecall, _) => new(Opcode.Ecall, 0, 0, 0, 0, 0),
            (Opcode.Jal, _) => new(Opcode.Jal, rd, 0, 0, link, target / 4),
            (Opcode.Lui, _) => new(Opcode.Lui, rd, 0, 0, immediate, 0),
            (Opcode.Auipc, _) => new(Opcode.Auipc, rd, 0, 0, target, 0),
            (Opcode.Jalr, _) => new(Opcode.Jalr, rd, instruction.Rs1, 0, immediate, link & 0xFFFF),
            (_, InstructionFormat.Branch) => new(instruction.Opcode, 0, instruction.Rs1, instruction.Rs2, 0, target / 4),
            (_, InstructionFormat.Store) => new(instruction.Opcode, 0, instruction.Rs1, instruction.Rs2, immediate, 0),
            (_, InstructionFormat.Register) => new(instruction.Opcode, rd, instruction.Rs1, instruction.Rs2, 0, 0),
            (_, InstructionFormat.Immediate or InstructionFormat.ShiftImmediate or InstructionFormat.Load) =>
                new(instruction.Opcode, rd, instruction.Rs1, 0, immediate, 0),
            _ => default,
        };
        bool isMisaligned = format is InstructionFormat.Branch or InstructionFormat.Jump && (target & 3) != 0;
        if (isMisaligned) row = default;
        return row.Opcode != Opcode.None;
    }
}
