using Zkml.Isa;

namespace Zkml.Vm.Execution;

/// <summary>Why a guest was stopped. None of these ends as Halted(0).</summary>
public enum GuestErrorKind
{
    /// <summary>An instruction that the machine does not have: compressed, CSR, reserved or unknown.</summary>
    IllegalInstruction,

    /// <summary>EBREAK.</summary>
    Breakpoint,

    /// <summary>The program counter left the executable segments.</summary>
    InvalidFetch,

    /// <summary>A jump or taken branch to an address that is not a multiple of 4.</summary>
    MisalignedJump,

    /// <summary>A load, store or ecall pointer that is not a multiple of its size.</summary>
    MisalignedAccess,

    /// <summary>An address that no memory answers.</summary>
    InvalidAddress,

    /// <summary>A write to the read-only window.</summary>
    ReadOnlyStore,

    /// <summary>An ecall number that the machine does not have.</summary>
    UnknownEcall,

    /// <summary>A system call that the host does not have.</summary>
    UnknownSyscall,

    /// <summary>An ecall or system call with arguments that it does not accept.</summary>
    InvalidArgument,

    /// <summary>The guest called panic.</summary>
    Panic,

    /// <summary>HALT with a type other than TERMINATE.</summary>
    UnsupportedHalt,

    /// <summary>The cycle limit was reached.</summary>
    CycleLimit,

    /// <summary>The guest touched more memory than the limit.</summary>
    MemoryLimit,

    /// <summary>The guest wrote more output than the limit.</summary>
    OutputLimit,
}

/// <summary>Why and where a guest was stopped.</summary>
/// <param name="Kind">The reason.</param>
/// <param name="Pc">Byte address of the instruction.</param>
/// <param name="InstructionWord">The program's word at <paramref name="Pc"/>, or null where it has none.</param>
/// <param name="Symbol">Symbol and offset such as "main+0x14", or null where unknown.</param>
/// <param name="Cycle">Cycles before the instruction.</param>
/// <param name="Message">What happened, what was expected.</param>
public sealed record GuestError(GuestErrorKind Kind, uint Pc, uint? InstructionWord, string? Symbol, long Cycle, string Message)
{
    /// <summary>The instruction as assembly text, or null where there is no word.</summary>
    public string? Disassembly => InstructionWord is uint word ? Disassembler.FormatWord(word, Pc) : null;

    /// <summary>One line with everything.</summary>
    public override string ToString()
    {
        string place = Symbol is null ? "" : $" in {Symbol}";
        string instruction = InstructionWord is uint word ? $" (0x{word:x8}: {Disassembly})" : "";
        return $"{Kind} at pc 0x{Pc:x8}{place}{instruction}, cycle {Cycle}: {Message}";
    }
}

/// <summary>The guest was stopped by an error of its own; the host is fine.</summary>
public sealed class GuestException(GuestError error) : Exception(error.ToString())
{
    /// <summary>Why and where.</summary>
    public GuestError Error { get; } = error;
}
