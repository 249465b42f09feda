namespace Zkml.Isa;

/// <summary>Why a word is not an instruction of the machine.</summary>
public enum DecodeError : byte
{
    None,

    /// <summary>The all-zero word, which the specification defines as illegal.</summary>
    ZeroWord,

    /// <summary>A 16-bit instruction of the C extension: the low two bits are not 11.</summary>
    Compressed,

    /// <summary>An instruction longer than 32 bits.</summary>
    LongInstruction,

    /// <summary>A control and status register instruction.</summary>
    ControlRegister,

    /// <summary>A privileged instruction: MRET, WFI, …</summary>
    Privileged,

    /// <summary>An instruction of the A, F, D or Q extension.</summary>
    UnsupportedExtension,

    /// <summary>A major opcode of RV32IM with bits that the specification reserves.</summary>
    ReservedEncoding,

    /// <summary>A major opcode that RV32IM does not have.</summary>
    UnknownOpcode,
}

/// <summary>Words to instructions, by the instruction table.</summary>
public static class Decoder
{
    // The major opcode without its low two bits, and funct3, select a bucket of at most four definitions.
    static readonly InstructionDefinition[][] Buckets = BuildBuckets();

    /// <summary>Decodes one word; on failure <paramref name="error"/> says why.</summary>
    public static bool TryDecode(uint word, out Instruction instruction, out DecodeError error)
    {
        if ((word & 3) == 3)
        {
            foreach (InstructionDefinition definition in Buckets[BucketOf(word)])
            {
                if ((word & definition.Mask) != definition.Match) continue;
                instruction = Extract(word, definition);
                error = DecodeError.None;
                return true;
            }
        }
        instruction = default;
        error = Classify(word);
        return false;
    }

    /// <summary>A sentence fragment for messages, such as "a compressed instruction".</summary>
    public static string Describe(DecodeError error) => error switch
    {
        DecodeError.ZeroWord => "the all-zero word",
        DecodeError.Compressed => "a compressed instruction (build with -march=rv32im)",
        DecodeError.LongInstruction => "an instruction longer than 32 bits",
        DecodeError.ControlRegister => "a control and status register instruction",
        DecodeError.Privileged => "a privileged instruction",
        DecodeError.UnsupportedExtension => "an instruction of an extension other than M (build with -march=rv32im)",
        DecodeError.ReservedEncoding => "a reserved encoding",
        DecodeError.UnknownOpcode => "an unknown opcode",
        _ => "a valid instruction",
    };

    static int BucketOf(uint word) => (int)(word >> 2 & 0x1F | word >> 7 & 0xE0);

    static InstructionDefinition[][] BuildBuckets()
    {
        InstructionDefinition[][] buckets = new InstructionDefinition[256][];
        for (uint major = 0; major < 32; major++)
        {
            for (uint funct3 = 0; funct3 < 8; funct3++)
            {
                uint bits = major << 2 | 3 | funct3 << 12;
                List<InstructionDefinition> matching = [];
                foreach (InstructionDefinition definition in InstructionTable.All)
                {
                    if (((bits ^ definition.Match) & definition.Mask & 0x707F) == 0) matching.Add(definition);
                }
                buckets[BucketOf(bits)] = [.. matching];
            }
        }
        return buckets;
    }

    static Instruction Extract(uint word, InstructionDefinition definition)
    {
        byte rd = (byte)(word >> 7 & 31), rs1 = (byte)(word >> 15 & 31), rs2 = (byte)(word >> 20 & 31);
        int signed = (int)word;
        return definition.Format switch
        {
            InstructionFormat.Register => new(definition.Opcode, rd, rs1, rs2, 0),
            InstructionFormat.Immediate or InstructionFormat.Load => new(definition.Opcode, rd, rs1, 0, signed >> 20),
            InstructionFormat.ShiftImmediate => new(definition.Opcode, rd, rs1, 0, rs2),
            InstructionFormat.Store => new(definition.Opcode, 0, rs1, rs2, signed >> 25 << 5 | rd),
            InstructionFormat.Branch => new(definition.Opcode, 0, rs1, rs2,
                signed >> 31 << 12 | (int)(word << 4 & 0x800) | (int)(word >> 20 & 0x7E0) | rd & 0x1E),
            InstructionFormat.Upper => new(definition.Opcode, rd, 0, 0, signed & ~0xFFF),
            InstructionFormat.Jump => new(definition.Opcode, rd, 0, 0,
                signed >> 31 << 20 | (int)(word & 0xFF000) | (int)(word >> 9 & 0x800) | (int)(word >> 20 & 0x7FE)),
            InstructionFormat.Fence => new(definition.Opcode, rd, rs1, 0, (int)(word >> 20)),
            _ => new(definition.Opcode, 0, 0, 0, 0),
        };
    }

    static DecodeError Classify(uint word)
    {
        if (word == 0) return DecodeError.ZeroWord;
        if ((word & 3) != 3) return DecodeError.Compressed;
        if ((word & 0x1C) == 0x1C) return DecodeError.LongInstruction;
        return (word & 0x7F) switch
        {
            0x73 => (word >> 12 & 7) switch
            {
                0 => DecodeError.Privileged,
                4 => DecodeError.ReservedEncoding,
                _ => DecodeError.ControlRegister,
            },
            // AMO, LOAD-FP, STORE-FP, FMADD, FMSUB, FNMSUB, FNMADD, OP-FP.
            0x2F or 0x07 or 0x27 or 0x43 or 0x47 or 0x4B or 0x4F or 0x53 => DecodeError.UnsupportedExtension,
            0x03 or 0x0F or 0x13 or 0x23 or 0x33 or 0x63 or 0x67 => DecodeError.ReservedEncoding,
            _ => DecodeError.UnknownOpcode,
        };
    }
}
