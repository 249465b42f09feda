using Zkml.Program;

namespace Zkml.Receipts;

/// <summary>How a run ended, as two words of a claim.</summary>
/// <param name="System">0 halted, 1 paused, 2 cut by the system.</param>
/// <param name="User">The guest's exit code where it halted or paused; 2 for a session limit.</param>
public readonly record struct ExitCode(uint System, uint User)
{
    /// <summary>The guest ended with <paramref name="code"/>.</summary>
    public static ExitCode Halted(uint code) => new(0, code);

    /// <summary>The guest stopped with <paramref name="code"/> and can be resumed.</summary>
    public static ExitCode Paused(uint code) => new(1, code);

    /// <summary>The system cut the run between segments.</summary>
    public static ExitCode SystemSplit => new(2, 0);

    /// <summary>The run reached its limit.</summary>
    public static ExitCode SessionLimit => new(2, 2);
}

/// <summary>
/// What a receipt proves, in RISC Zero's structure: a program that started in state <see cref="Pre"/> with <see cref="Input"/> ended in state
/// <see cref="Post"/> with this exit code and output. In Zkml.Vm, Pre is the image ID itself.
/// </summary>
/// <param name="Input">Digest of the public input; always zero, as INPUT returns 0 (OB-14).</param>
/// <param name="Pre">The image ID.</param>
/// <param name="Post">Digest of the state at the end.</param>
/// <param name="ExitCode">How the run ended.</param>
/// <param name="Output">Digest of the output.</param>
public readonly record struct ReceiptClaim(Sha256Digest Input, Sha256Digest Pre, Sha256Digest Post, ExitCode ExitCode, Sha256Digest Output)
{
    /// <summary>The tagged digest "risc0.ReceiptClaim": what a contract checks a seal against.</summary>
    public Sha256Digest Digest => TaggedDigest.Structure("risc0.ReceiptClaim", [Input, Pre, Post, Output], ExitCode.System, ExitCode.User);

    /// <summary>The claim of a program that halted with <paramref name="exitCode"/> and wrote <paramref name="journal"/>, without assumptions.</summary>
    public static ReceiptClaim Halted(ImageId imageId, byte exitCode, ReadOnlySpan<byte> journal) => new(
        Sha256Digest.Zero, new Sha256Digest(imageId.ToArray()), SystemState.Halted.Digest, ExitCode.Halted(exitCode), ClaimOutput.OfJournal(journal).Digest);
}
