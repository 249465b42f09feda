namespace Zkml.Program.Elf;

/// <summary>What is wrong with an ELF file.</summary>
public enum ElfError
{
    /// <summary>The file does not start with the ELF magic number.</summary>
    NotElf,

    /// <summary>A header or segment lies beyond the end of the file.</summary>
    Truncated,

    /// <summary>Not a 32-bit file.</summary>
    Not32Bit,

    /// <summary>Not a little-endian file.</summary>
    NotLittleEndian,

    /// <summary>Not a file for RISC-V.</summary>
    NotRiscV,

    /// <summary>An object file, shared library, position-independent executable or core.</summary>
    NotExecutable,

    /// <summary>An executable that needs a dynamic linker.</summary>
    Dynamic,

    /// <summary>A header field that the specification forbids.</summary>
    BadHeader,

    /// <summary>No program headers, or more than 256.</summary>
    BadSegmentCount,

    /// <summary>A segment that is misaligned, or has more bytes in the file than in memory.</summary>
    BadSegment,

    /// <summary>A segment outside of the guest's address space, or writable in the read-only window.</summary>
    BadAddress,

    /// <summary>Two segments that share a word.</summary>
    Overlap,

    /// <summary>More initial words than the machine commits to.</summary>
    TooLarge,

    /// <summary>An entry point that is misaligned or not in executable memory.</summary>
    BadEntry,
}

/// <summary>The one exception that reading an ELF file throws: a guest program that the machine does not accept.</summary>
public sealed class ElfException(ElfError error, string message) : Exception(message)
{
    /// <summary>What is wrong.</summary>
    public ElfError Error { get; } = error;
}
