namespace Zkml.Vm.Syscalls;

/// <summary>Numbers of the system calls behind ECALL 2, in t6. They are RISC Zero's, so that its guests run.</summary>
public enum SyscallNumber : uint
{
    /// <summary>a0 = number of command-line arguments.</summary>
    ArgumentCount = 1,

    /// <summary>a3 = index: the argument goes to the buffer, a0 = its length in bytes.</summary>
    Argument = 2,

    /// <summary>a0 = high word, a1 = low word of the cycles so far.</summary>
    CycleCount = 3,

    /// <summary>a3, a4 = name and its length: the value goes to the buffer, a0 = its length in bytes, 2^32 - 1 if unset.</summary>
    Environment = 6,

    /// <summary>a3, a4 = text and its length: one line of the log.</summary>
    Log = 8,

    /// <summary>a3, a4 = text and its length: the guest is stopped with this message.</summary>
    Panic = 9,

    /// <summary>Fills the buffer with random words.</summary>
    Random = 11,

    /// <summary>
    /// a3 = 0 (standard input), a4 = bytes wanted. The buffer takes its whole words, a1 up to four bytes beyond it; a0 = bytes read, fewer
    /// than wanted only at the end of the input.
    /// </summary>
    Read = 12,

    /// <summary>a3 = 1 (output), 2 (error) or 3 (journal); a4, a5 = bytes and their number.</summary>
    Write = 16,
}
