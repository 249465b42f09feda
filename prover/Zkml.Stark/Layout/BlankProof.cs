using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>Proofs of all zeros with the lengths of a layout: for runs of the verifier's text that ignore values, and for size estimates.</summary>
public static class BlankProof
{
    /// <summary>A proof with every length right and every value zero.</summary>
    public static SegmentProof Of(SegmentLayout layout) => new()
    {
        MainCap = new Digest[layout.Trees[layout.MainTree].Merkle.CapLength],
        PermutationCap = new Digest[layout.PermutationTree < 0 ? 0 : layout.Trees[layout.PermutationTree].Merkle.CapLength],
        QuotientCap = new Digest[layout.Trees[layout.QuotientTree].Merkle.CapLength],
        Sums = new KoalaBear5[layout.SumCount],
        Openings = new KoalaBear5[layout.OpeningCount],
        Fri = new FriProof
        {
            BatchNonce = 0,
            LayerCaps = [.. layout.Layers.Select(layer => new Digest[layer.CapLength])],
            FoldNonces = new uint[layout.Layers.Length],
            FinalPolynomial = new KoalaBear5[layout.FinalLength],
            QueryNonce = 0,
            Queries = [.. Enumerable.Range(0, layout.Parameters.QueryCount).Select(_ => Query(layout))],
        },
    };

    static QueryProof Query(SegmentLayout layout) => new()
    {
        Trees = [.. layout.Trees.Select(tree => new TreeOpening { Rows = new KoalaBear[tree.Merkle.RowLength], Path = new Digest[tree.Merkle.PathLength] })],
        Layers = [.. layout.Layers.Select(layer => new LayerOpening { Siblings = new KoalaBear5[FriParameters.Arity - 1], Path = new Digest[layer.PathLength] })],
    };
}
