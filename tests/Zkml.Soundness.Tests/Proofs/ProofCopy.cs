using Zkml.Stark;

namespace Zkml.Soundness.Tests.Proofs;

/// <summary>Deep copies of proofs with some part replaced.</summary>
static class ProofCopy
{
    /// <summary>A copy that shares nothing, with the last segment's proof changed.</summary>
    public static SessionProof With(this SessionProof proof, Func<SegmentProof, SegmentProof> change) =>
        proof with { Segments = [.. proof.Segments[..^1], new SegmentEntry(proof.Segments[^1].ClassIndex, change(Copy(proof.Segments[^1].Proof)))] };

    /// <summary>The same, changed in place.</summary>
    public static SessionProof With(this SessionProof proof, Action<SegmentProof> change) => proof.With(copy =>
    {
        change(copy);
        return copy;
    });

    /// <summary>The same proof with another FRI part.</summary>
    public static SegmentProof WithFri(this SegmentProof proof, Func<FriProof, FriProof> change) => new()
    {
        MainCap = proof.MainCap, PermutationCap = proof.PermutationCap, QuotientCap = proof.QuotientCap, Sums = proof.Sums, Openings = proof.Openings,
        Fri = change(proof.Fri),
    };

    /// <summary>The same FRI proof with some parts replaced.</summary>
    public static FriProof Replace(
        this FriProof fri, uint? batchNonce = null, Hashing.Digest[][]? layerCaps = null, uint[]? foldNonces = null, Fields.KoalaBear5[]? finalPolynomial = null,
        uint? queryNonce = null, QueryProof[]? queries = null) => new()
    {
        BatchNonce = batchNonce ?? fri.BatchNonce, LayerCaps = layerCaps ?? fri.LayerCaps, FoldNonces = foldNonces ?? fri.FoldNonces,
        FinalPolynomial = finalPolynomial ?? fri.FinalPolynomial, QueryNonce = queryNonce ?? fri.QueryNonce, Queries = queries ?? fri.Queries,
    };

    static SegmentProof Copy(SegmentProof proof) => new()
    {
        MainCap = [.. proof.MainCap],
        PermutationCap = [.. proof.PermutationCap],
        QuotientCap = [.. proof.QuotientCap],
        Sums = [.. proof.Sums],
        Openings = [.. proof.Openings],
        Fri = proof.Fri.Replace(
            layerCaps: [.. proof.Fri.LayerCaps.Select(cap => cap.ToArray())], foldNonces: [.. proof.Fri.FoldNonces], finalPolynomial: [.. proof.Fri.FinalPolynomial],
            queries: [.. proof.Fri.Queries.Select(query => new QueryProof
            {
                Trees = [.. query.Trees.Select(tree => new TreeOpening { Rows = [.. tree.Rows], Path = [.. tree.Path] })],
                Layers = [.. query.Layers.Select(layer => new LayerOpening { Siblings = [.. layer.Siblings], Path = [.. layer.Path] })],
            })]),
    };
}
