namespace Zkml.Cli;

/// <summary>The exit codes of zkvm.</summary>
static class ExitCode
{
    /// <summary>Done; the proof is valid, the guest exited with 0.</summary>
    public const int Ok = 0;

    /// <summary>Wrong arguments, or a file that cannot be read or is not what it should be.</summary>
    public const int Usage = 1;

    /// <summary>The receipt is not valid.</summary>
    public const int Rejected = 2;

    /// <summary>The guest was stopped by an error, or exited with another code than 0.</summary>
    public const int GuestFailed = 3;

    /// <summary>A failure of zkvm itself, or an interruption.</summary>
    public const int Internal = 4;
}
