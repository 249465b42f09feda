namespace Zkml.Records;

/// <summary>The two address spaces of the Memory bus.</summary>
public static class MemorySpace
{
    /// <summary>Registers: word = index 0…31, or 32 for the sink that writes to x0 go to.</summary>
    public const uint Register = 1;

    /// <summary>Read-write memory: word = byte address / 4.</summary>
    public const uint Memory = 2;
}

/// <summary>Sub-times within one instruction: timestamp = clock + sub-time; the clock advances by 4 (machine.md D2).</summary>
public static class SubTime
{
    public const uint Rs1 = 0, Rs2 = 1, Memory = 2, Rd = 3;
}

/// <summary>An access that leaves the word as it was.</summary>
public struct ReadAccess
{
    /// <summary>The word read.</summary>
    public uint Value;

    /// <summary>timestamp - 1 - previous timestamp of the same word. An older access is refreshed by a bump first, so 16 bits suffice.</summary>
    public ushort Gap;
}

/// <summary>An access that replaces the word.</summary>
public struct WriteAccess
{
    /// <summary>The word before.</summary>
    public uint Previous;

    /// <summary>The word after.</summary>
    public uint Value;

    /// <summary>As in <see cref="ReadAccess.Gap"/>.</summary>
    public ushort Gap;
}

/// <summary>The place of an instruction in program and time, with its decoded fields: what the Fetch bus carries.</summary>
public struct Step
{
    /// <summary>Byte address of the instruction / 4.</summary>
    public uint Pc4;

    /// <summary>The clock at which the instruction starts; a multiple of 4, the first is 4; below 2^30.</summary>
    public uint Clock;

    /// <summary>The ROM immediate: JAL's link value, the result of LUI or AUIPC, otherwise the sign-extended immediate (0 if none).</summary>
    public uint Immediate;

    /// <summary>The ROM's aux field: target/4 of a branch or JAL, the low limb of JALR's link value, otherwise 0.</summary>
    public uint Auxiliary;

    /// <summary>The <c>Opcode</c> of Zkml.Isa as a byte.</summary>
    public byte Opcode;

    /// <summary>Destination register: 1…31, 32 where the instruction names x0 (the sink), 0 where it has no destination.</summary>
    public byte Rd;

    /// <summary>First source register 0…31; 0 where absent.</summary>
    public byte Rs1;

    /// <summary>Second source register 0…31; 0 where absent.</summary>
    public byte Rs2;
}
