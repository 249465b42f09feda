namespace Zkml.Stark.Tests.Samples;

/// <summary>Deep copies of proofs, to change one element of.</summary>
static class ProofCopy
{
    public static SegmentProof Of(SegmentProof proof, uint? batchNonce = null, uint? queryNonce = null) => new()
    {
        MainCap = [.. proof.MainCap],
        PermutationCap = [.. proof.PermutationCap],
        QuotientCap = [.. proof.QuotientCap],
        Sums = [.. proof.Sums],
        Openings = [.. proof.Openings],
        Fri = new FriProof
        {
            BatchNonce = batchNonce ?? proof.Fri.BatchNonce,
            LayerCaps = [.. proof.Fri.LayerCaps.Select(cap => cap.ToArray())],
            FoldNonces = [.. proof.Fri.FoldNonces],
            FinalPolynomial = [.. proof.Fri.FinalPolynomial],
            QueryNonce = queryNonce ?? proof.Fri.QueryNonce,
            Queries = [.. proof.Fri.Queries.Select(query => new QueryProof
            {
                Trees = [.. query.Trees.Select(tree => new TreeOpening { Rows = [.. tree.Rows], Path = [.. tree.Path] })],
                Layers = [.. query.Layers.Select(layer => new LayerOpening { Siblings = [.. layer.Siblings], Path = [.. layer.Path] })],
            })],
        },
    };
}
