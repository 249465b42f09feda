namespace Zkml.Isa;

/// <summary>Instructions to words, by the instruction table.</summary>
public static class Encoder
{
    /// <summary>
    /// Encodes one instruction; <see cref="Decoder.TryDecode"/> gives it back. Throws <see cref="ArgumentOutOfRangeException"/> for a
    /// register above 31, an immediate outside of <see cref="ImmediateRange"/>, or a field that the format does not have.
    /// </summary>
    public static uint Encode(in Instruction instruction)
    {
        InstructionDefinition definition = InstructionTable.Get(instruction.Opcode);
        Validate(instruction, definition);
        uint rd = (uint)instruction.Rd << 7, rs1 = (uint)instruction.Rs1 << 15, rs2 = (uint)instruction.Rs2 << 20;
        uint immediate = (uint)instruction.Immediate;
        return definition.Match | definition.Format switch
        {
            InstructionFormat.Register => rd | rs1 | rs2,
            InstructionFormat.Immediate or InstructionFormat.Load or InstructionFormat.ShiftImmediate or InstructionFormat.Fence =>
                rd | rs1 | immediate << 20,
            InstructionFormat.Store => rs1 | rs2 | (immediate & 0x1F) << 7 | immediate >> 5 << 25,
            InstructionFormat.Branch => rs1 | rs2 | (immediate & 0x1E) << 7 | (immediate & 0x800) >> 4
                | (immediate & 0x7E0) << 20 | (immediate & 0x1000) << 19,
            InstructionFormat.Upper => rd | immediate,
            InstructionFormat.Jump => rd | immediate & 0xFF000 | (immediate & 0x800) << 9
                | (immediate & 0x7FE) << 20 | (immediate & 0x10_0000) << 11,
            _ => 0,
        };
    }

    /// <summary>The legal immediates of a format: minimum, maximum and the unit that divides them; (0, 0, 1) where there is none.</summary>
    public static (int Minimum, int Maximum, int Unit) ImmediateRange(InstructionFormat format) => format switch
    {
        InstructionFormat.Immediate or InstructionFormat.Load or InstructionFormat.Store => (-2048, 2047, 1),
        InstructionFormat.ShiftImmediate => (0, 31, 1),
        InstructionFormat.Branch => (-4096, 4094, 2),
        InstructionFormat.Upper => (int.MinValue, 0x7FFF_F000, 0x1000),
        InstructionFormat.Jump => (-0x10_0000, 0xF_FFFE, 2),
        InstructionFormat.Fence => (0, 0xFFF, 1),
        _ => (0, 0, 1),
    };

    static void Validate(in Instruction instruction, InstructionDefinition definition)
    {
        InstructionFormat format = definition.Format;
        bool hasRd = format is not (InstructionFormat.Store or InstructionFormat.Branch or InstructionFormat.Environment);
        bool hasRs1 = format is not (InstructionFormat.Upper or InstructionFormat.Jump or InstructionFormat.Environment);
        bool hasRs2 = format is InstructionFormat.Register or InstructionFormat.Store or InstructionFormat.Branch;
        CheckRegister("rd", instruction.Rd, hasRd, definition);
        CheckRegister("rs1", instruction.Rs1, hasRs1, definition);
        CheckRegister("rs2", instruction.Rs2, hasRs2, definition);
        (int minimum, int maximum, int unit) = ImmediateRange(format);
        if (instruction.Immediate < minimum || instruction.Immediate > maximum || instruction.Immediate % unit != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(instruction), instruction.Immediate,
                $"Immediate of {definition.Mnemonic}: expected a multiple of {unit} in [{minimum}, {maximum}].");
        }
    }

    static void CheckRegister(string field, byte register, bool isPresent, InstructionDefinition definition)
    {
        if (register > (isPresent ? 31 : 0))
        {
            throw new ArgumentOutOfRangeException(nameof(register), register,
                $"Field {field} of {definition.Mnemonic}: expected {(isPresent ? "a register 0…31" : "0, because the format has no such field")}.");
        }
    }
}
