using Zkml.Records;

namespace Zkml.Vm.Execution;

/// <summary>The next row of an ECALL in progress.</summary>
internal enum EcallPhase
{
    /// <summary>No ECALL in progress.</summary>
    None,

    /// <summary>The row that fetches the instruction.</summary>
    Head,

    HostWord,
    ShaLoad,
    ShaBlock,
    ShaStore,

    /// <summary>HALT was executed; nothing follows.</summary>
    Halted,
}

/// <summary>What an ECALL carries from row to row, so that a segment can end between any two (the tuples of the Host and Sha buses).</summary>
internal sealed class PendingEcall
{
    public EcallPhase Phase;

    /// <summary>Word address that the next host word goes to.</summary>
    public uint Word;

    /// <summary>Host words or SHA-256 blocks still to come.</summary>
    public uint Remaining;

    /// <summary>The words of a system call's buffer; the last <see cref="Remaining"/> are still to be written.</summary>
    public uint[] HostWords = [];

    public uint OutWord, InWord, Block1Word, Block2Word;

    /// <summary>The SHA-256 state in memory form.</summary>
    public Words8 State;

    /// <summary>The exit code, once halted.</summary>
    public byte ExitCode;

    /// <summary>The words that HALT read.</summary>
    public Words8 OutputDigest;
}
