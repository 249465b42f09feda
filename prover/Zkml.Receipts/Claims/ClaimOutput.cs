namespace Zkml.Receipts;

/// <summary>What a guest puts out: its journal, and the claims of other programs that it took for granted.</summary>
/// <param name="Journal">SHA-256 of the journal's bytes.</param>
/// <param name="Assumptions">Digest of the list of assumptions; zero where there are none.</param>
public readonly record struct ClaimOutput(Sha256Digest Journal, Sha256Digest Assumptions)
{
    /// <summary>The output of a guest without assumptions.</summary>
    public static ClaimOutput OfJournal(ReadOnlySpan<byte> journal) => new(Sha256Digest.Of(journal), Assumption.ListDigest([]));

    /// <summary>The tagged digest "risc0.Output"; what the guest passes to HALT.</summary>
    public Sha256Digest Digest => TaggedDigest.Structure("risc0.Output", [Journal, Assumptions]);
}

/// <summary>A claim that a guest took for granted.</summary>
/// <param name="Claim">Digest of the claim.</param>
/// <param name="ControlRoot">The recursion programs that may prove it; zero for those of the receipt itself.</param>
public readonly record struct Assumption(Sha256Digest Claim, Sha256Digest ControlRoot)
{
    /// <summary>The tagged digest "risc0.Assumption".</summary>
    public Sha256Digest Digest => TaggedDigest.Structure("risc0.Assumption", [Claim, ControlRoot]);

    /// <summary>The tagged digest "risc0.Assumptions" of a list, the latest assumption first; zero for the empty list.</summary>
    public static Sha256Digest ListDigest(ReadOnlySpan<Assumption> assumptions)
    {
        var digests = new Sha256Digest[assumptions.Length];
        for (int i = 0; i < digests.Length; i++) digests[i] = assumptions[i].Digest;
        return TaggedDigest.List("risc0.Assumptions", digests);
    }
}
