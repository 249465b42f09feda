namespace Zkml.Stark.Verifier;

/// <summary>Accepted, or the first check that failed and where.</summary>
/// <param name="Reason">None when accepted.</param>
/// <param name="Detail">What, expected, got, where; empty when accepted.</param>
public readonly record struct VerificationResult(RejectionReason Reason, string Detail)
{
    /// <summary>The proof passes every check.</summary>
    public static VerificationResult Accepted => new(RejectionReason.None, "");

    /// <summary>Whether the proof passes every check.</summary>
    public bool IsAccepted => Reason == RejectionReason.None;

    /// <summary>The same result, told of segment <paramref name="index"/>.</summary>
    public VerificationResult InSegment(int index) => IsAccepted ? this : this with { Detail = $"Segment {index}, {Detail}" };

    public override string ToString() => IsAccepted ? "Accepted" : $"{Reason}: {Detail}";
}

/// <summary>Which check is made, and where in the proof: what a rejection reports.</summary>
/// <param name="Reason">The check.</param>
/// <param name="Query">Index of the query, or -1.</param>
/// <param name="Item">Index of the tree or FRI layer, or -1.</param>
public readonly record struct CheckSite(RejectionReason Reason, int Query = -1, int Item = -1)
{
    public override string ToString() => (Query < 0 ? "" : $"query {Query}, ") + (Item < 0 ? "" : $"{(IsLayer ? "layer" : "tree")} {Item}, ") + Reason;

    bool IsLayer => Reason is RejectionReason.LayerPath or RejectionReason.FoldGrind or RejectionReason.LayerCapLength
        or RejectionReason.SiblingCount or RejectionReason.LayerPathLength;
}
