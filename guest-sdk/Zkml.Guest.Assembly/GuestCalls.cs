namespace Zkml.Guest.Assembly;

/// <summary>What ECALL does, by the number in t0.</summary>
public enum EcallNumber
{
    /// <summary>Ends the run: a0 = exit code · 2^8, a1 = address of the 8 words of the output digest.</summary>
    Halt = 0,

    /// <summary>a0 = input word by its index in a0: always 0.</summary>
    Input = 1,

    /// <summary>Calls the host: number in t6, see <see cref="HostCall"/>.</summary>
    Software = 2,

    /// <summary>SHA-256: a0 = where the state goes, a1 = where it comes from, a2 and a3 = first and second half of the blocks, a4 = their number.</summary>
    Sha = 3,
}

/// <summary>
/// The services of the host, by the number in t6. a0 is the address and a1 the number of the words that the host writes (0 if none);
/// arguments start in a3; answers come back in a0 and a1. Nothing that the host answers is proved.
/// </summary>
public enum HostCall
{
    /// <summary>a0 = number of arguments.</summary>
    ArgumentCount = 1,

    /// <summary>Writes the bytes of argument a3; a0 = their number.</summary>
    Argument = 2,

    /// <summary>a0, a1 = cycles so far, high and low word.</summary>
    CycleCount = 3,

    /// <summary>Writes the bytes of the variable whose name is a4 bytes at a3; a0 = their number, 2^32 − 1 if there is none.</summary>
    Environment = 6,

    /// <summary>Logs a4 bytes at a3.</summary>
    Log = 8,

    /// <summary>Stops the guest with a message of a4 bytes at a3.</summary>
    Panic = 9,

    /// <summary>Writes random words.</summary>
    Random = 11,

    /// <summary>Writes up to a4 bytes from file a3 (0: the private input); a0 = their number.</summary>
    Read = 12,

    /// <summary>Takes a5 bytes at a4 for file a3 (1: standard output, 2: standard error, 3: journal).</summary>
    Write = 16,
}
