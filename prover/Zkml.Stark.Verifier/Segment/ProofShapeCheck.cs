using Zkml.Hashing;

namespace Zkml.Stark.Verifier;

/// <summary>
/// Checks every length of a segment proof and the range of every nonce against the layout, before any arithmetic: after it the verifier's text can
/// index freely. Elements in memory are canonical by their type.
/// </summary>
public static class ProofShapeCheck
{
    /// <summary>Accepted, or the first part of a wrong length.</summary>
    public static VerificationResult Check(SegmentLayout layout, SegmentProof? proof)
    {
        if (proof?.Fri is null) return new(RejectionReason.MissingPart, proof is null ? "segment proof: expected one, got none." : "FRI proof: expected one, got none.");
        FriProof fri = proof.Fri;
        int permutationCap = layout.PermutationTree < 0 ? 0 : layout.Trees[layout.PermutationTree].Merkle.CapLength;
        return FirstOf(
            Length(new(RejectionReason.MainCapLength), layout.Trees[layout.MainTree].Merkle.CapLength, proof.MainCap),
            Length(new(RejectionReason.PermutationCapLength), permutationCap, proof.PermutationCap),
            Length(new(RejectionReason.QuotientCapLength), layout.Trees[layout.QuotientTree].Merkle.CapLength, proof.QuotientCap),
            Length(new(RejectionReason.SumCount), layout.SumCount, proof.Sums),
            Length(new(RejectionReason.OpeningCount), layout.OpeningCount, proof.Openings),
            Length(new(RejectionReason.FinalPolynomialLength), layout.FinalLength, fri.FinalPolynomial),
            Nonce(layout.Parameters, GrindSite.Batch, fri.BatchNonce),
            Nonce(layout.Parameters, GrindSite.Query, fri.QueryNonce),
            CheckLayers(layout, fri),
            CheckQueries(layout, fri));
    }

    /// <summary>Checks the range of a nonce: below 2^30, and 0 where there is no proof of work (SEC-5).</summary>
    public static VerificationResult Nonce(FriParameters parameters, GrindSite site, uint nonce)
    {
        if (nonce >= Grinding.NonceBound) return new(RejectionReason.NonceRange, $"{site} nonce: expected a value in [0, 2^30), got {nonce}.");
        if (nonce != 0 && parameters.GrindBits(site) == 0)
            return new(RejectionReason.NonceWithoutGrind, $"{site} nonce: expected 0, as the profile has no proof of work there, got {nonce}.");
        return VerificationResult.Accepted;
    }

    static VerificationResult CheckLayers(SegmentLayout layout, FriProof fri)
    {
        VerificationResult result = FirstOf(
            Length(new(RejectionReason.LayerCount), layout.Layers.Length, fri.LayerCaps),
            Length(new(RejectionReason.FoldNonceCount), layout.Layers.Length, fri.FoldNonces));
        for (int layer = 0; result.IsAccepted && layer < layout.Layers.Length; layer++)
        {
            result = FirstOf(
                Length(new(RejectionReason.LayerCapLength, Item: layer), layout.Layers[layer].CapLength, fri.LayerCaps[layer]),
                Nonce(layout.Parameters, GrindSite.Fold, fri.FoldNonces[layer]));
        }
        return result;
    }

    static VerificationResult CheckQueries(SegmentLayout layout, FriProof fri)
    {
        VerificationResult result = Length(new(RejectionReason.QueryCount), layout.Parameters.QueryCount, fri.Queries);
        for (int query = 0; result.IsAccepted && query < layout.Parameters.QueryCount; query++)
            result = CheckQuery(layout, fri.Queries[query], query);
        return result;
    }

    static VerificationResult CheckQuery(SegmentLayout layout, QueryProof? proof, int query)
    {
        VerificationResult result = FirstOf(
            Length(new(RejectionReason.TreeOpeningCount, query), layout.Trees.Count, proof?.Trees),
            Length(new(RejectionReason.LayerOpeningCount, query), layout.Layers.Length, proof?.Layers));
        for (int tree = 0; result.IsAccepted && tree < layout.Trees.Count; tree++)
        {
            TreeOpening? opening = proof!.Trees[tree];
            MerkleShape shape = layout.Trees[tree].Merkle;
            result = FirstOf(
                Length(new(RejectionReason.RowLength, query, tree), shape.RowLength, opening?.Rows),
                Length(new(RejectionReason.TreePathLength, query, tree), shape.PathLength, opening?.Path));
        }
        for (int layer = 0; result.IsAccepted && layer < layout.Layers.Length; layer++)
        {
            LayerOpening? opening = proof!.Layers[layer];
            result = FirstOf(
                Length(new(RejectionReason.SiblingCount, query, layer), FriParameters.Arity - 1, opening?.Siblings),
                Length(new(RejectionReason.LayerPathLength, query, layer), layout.Layers[layer].PathLength, opening?.Path));
        }
        return result;
    }

    static VerificationResult Length<T>(CheckSite site, int expected, T[]? actual)
    {
        if (actual is null) return new(RejectionReason.MissingPart, $"{site}: expected length {expected}, got nothing.");
        return actual.Length == expected ? VerificationResult.Accepted : new(site.Reason, $"{site}: expected length {expected}, got {actual.Length}.");
    }

    static VerificationResult FirstOf(params ReadOnlySpan<VerificationResult> results)
    {
        foreach (VerificationResult result in results)
            if (!result.IsAccepted) return result;
        return VerificationResult.Accepted;
    }
}
