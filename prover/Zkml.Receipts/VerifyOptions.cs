using Zkml.Stark;

namespace Zkml.Receipts;

/// <summary>What a caller of verify asks for, beside the program. The defaults are the strict ones.</summary>
public sealed record VerifyOptions
{
    /// <summary>A guest that succeeded, at least 100 proven bits, no TEST receipts.</summary>
    public static VerifyOptions Default { get; } = new();

    /// <summary>
    /// The exit code that the guest must have ended with. A receipt of a guest that failed proves that it failed: it is accepted only by a caller who
    /// names its code.
    /// </summary>
    public byte ExitCode { get; init; }

    /// <summary>The weakest profile to accept.</summary>
    public SecurityProfile MinimumProfile { get; init; } = SecurityProfile.P100;

    /// <summary>Accept receipts of the TEST profile too, which prove nothing.</summary>
    public bool AllowTestProfile { get; init; }

    /// <summary>Refuse longer files; bytes.</summary>
    public long MaxFileBytes { get; init; } = ReceiptFormat.DefaultMaxFileBytes;
}
