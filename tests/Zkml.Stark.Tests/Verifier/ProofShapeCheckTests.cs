using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Verifier;

/// <summary>Every array of a proof, one shorter, one longer and absent, is rejected with its own reason before any arithmetic.</summary>
sealed class ProofShapeCheckTests
{
    static readonly SegmentProof s_proof = BlankProof.Of(SampleSegments.Layout);

    [Test]
    public void Check_RightLengths_Accepts() => Assert.That(ProofShapeCheck.Check(SampleSegments.Layout, s_proof), Is.EqualTo(VerificationResult.Accepted));

    [Test]
    public void Check_NothingAtAll_ReportsAMissingPart()
    {
        Assert.That(ProofShapeCheck.Check(SampleSegments.Layout, null).Reason, Is.EqualTo(RejectionReason.MissingPart));
        Assert.That(ProofShapeCheck.Check(SampleSegments.Layout, With(fri: new Part<FriProof>(null!))).Reason, Is.EqualTo(RejectionReason.MissingPart));
    }

    static IEnumerable<TestCaseData> Arrays()
    {
        yield return Case<Digest>(RejectionReason.MainCapLength, s_proof.MainCap, array => With(mainCap: array));
        yield return Case<Digest>(RejectionReason.PermutationCapLength, s_proof.PermutationCap, array => With(permutationCap: array));
        yield return Case<Digest>(RejectionReason.QuotientCapLength, s_proof.QuotientCap, array => With(quotientCap: array));
        yield return Case<KoalaBear5>(RejectionReason.SumCount, s_proof.Sums, array => With(sums: array));
        yield return Case<KoalaBear5>(RejectionReason.OpeningCount, s_proof.Openings, array => With(openings: array));
        yield return Case<Digest[]>(RejectionReason.LayerCount, s_proof.Fri.LayerCaps, array => With(Fri(layerCaps: array)));
        yield return Case<Digest>(RejectionReason.LayerCapLength, s_proof.Fri.LayerCaps[1], array => With(Fri(layerCaps: Replace(s_proof.Fri.LayerCaps, 1, array))));
        yield return Case<uint>(RejectionReason.FoldNonceCount, s_proof.Fri.FoldNonces, array => With(Fri(foldNonces: array)));
        yield return Case<KoalaBear5>(RejectionReason.FinalPolynomialLength, s_proof.Fri.FinalPolynomial, array => With(Fri(finalPolynomial: array)));
        yield return Case<QueryProof>(RejectionReason.QueryCount, s_proof.Fri.Queries, array => With(Fri(queries: array)));
        for (int query = 0; query < s_proof.Fri.Queries.Length; query += 3)
        {
            QueryProof proof = s_proof.Fri.Queries[query];
            int q = query;
            yield return Case<TreeOpening>(RejectionReason.TreeOpeningCount, proof.Trees, array => With(Query(q, new() { Trees = array, Layers = proof.Layers })));
            yield return Case<LayerOpening>(RejectionReason.LayerOpeningCount, proof.Layers, array => With(Query(q, new() { Trees = proof.Trees, Layers = array })));
            for (int tree = 0; tree < proof.Trees.Length; tree++)
            {
                int t = tree;
                TreeOpening opening = proof.Trees[tree];
                yield return Case<KoalaBear>(RejectionReason.RowLength, opening.Rows, array => With(Query(q, Tree(proof, t, new() { Rows = array, Path = opening.Path }))));
                yield return Case<Digest>(RejectionReason.TreePathLength, opening.Path, array => With(Query(q, Tree(proof, t, new() { Rows = opening.Rows, Path = array }))));
            }
            for (int layer = 0; layer < proof.Layers.Length; layer++)
            {
                int l = layer;
                LayerOpening opening = proof.Layers[layer];
                yield return Case<KoalaBear5>(RejectionReason.SiblingCount, opening.Siblings, array => With(Query(q, Layer(proof, l, new() { Siblings = array, Path = opening.Path }))));
                yield return Case<Digest>(RejectionReason.LayerPathLength, opening.Path, array => With(Query(q, Layer(proof, l, new() { Siblings = opening.Siblings, Path = array }))));
            }
        }

        static TestCaseData Case<T>(RejectionReason reason, T[] array, Func<T[], SegmentProof> with) => new TestCaseData(
            reason, with(array[..^1]), with([.. array, array[0]]), with(null!)).SetArgDisplayNames(reason.ToString());
    }

    [TestCaseSource(nameof(Arrays))]
    public void Check_WrongLength_ReportsThatArray(RejectionReason reason, SegmentProof shorter, SegmentProof longer, SegmentProof absent)
    {
        VerificationResult result = ProofShapeCheck.Check(SampleSegments.Layout, shorter);
        Assert.That(result.Reason, Is.EqualTo(reason), result.Detail);
        Assert.That(result.Detail, Does.Contain("expected length"));
        Assert.That(ProofShapeCheck.Check(SampleSegments.Layout, longer).Reason, Is.EqualTo(reason));
        Assert.That(ProofShapeCheck.Check(SampleSegments.Layout, absent).Reason, Is.EqualTo(RejectionReason.MissingPart));
    }

    [Test]
    public void Check_NonceOutOfRange_IsRejected()
    {
        Assert.That(ProofShapeCheck.Check(SampleSegments.Layout, With(Fri(batchNonce: 1u << 30))).Reason, Is.EqualTo(RejectionReason.NonceRange));
        Assert.That(ProofShapeCheck.Check(SampleSegments.Layout, With(Fri(queryNonce: uint.MaxValue))).Reason, Is.EqualTo(RejectionReason.NonceRange));
        Assert.That(ProofShapeCheck.Check(SampleSegments.Layout, With(Fri(foldNonces: new uint[] { 0, KoalaBear.Modulus }))).Reason, Is.EqualTo(RejectionReason.NonceRange));
    }

    [Test]
    public void Check_NonceWhereTheProfileHasNone_IsRejected()
    {
        var layout = new SegmentLayout(SampleSegments.Shape, SampleSegments.Parameters with { BatchGrindBits = 0, FoldGrindBits = 0 });
        Assert.That(ProofShapeCheck.Check(layout, s_proof).IsAccepted);
        Assert.That(ProofShapeCheck.Check(layout, With(Fri(batchNonce: 1))).Reason, Is.EqualTo(RejectionReason.NonceWithoutGrind));
        Assert.That(ProofShapeCheck.Check(layout, With(Fri(foldNonces: new uint[] { 0, 1 }))).Reason, Is.EqualTo(RejectionReason.NonceWithoutGrind));
    }

    /// <summary>The proof with parts replaced; an argument that is given as an absent array replaces it with null.</summary>
    static SegmentProof With(
        Part<FriProof>? fri = null, Part<Digest[]>? mainCap = null, Part<Digest[]>? permutationCap = null, Part<Digest[]>? quotientCap = null,
        Part<KoalaBear5[]>? sums = null, Part<KoalaBear5[]>? openings = null) => new()
    {
        MainCap = Part.Or(mainCap, s_proof.MainCap),
        PermutationCap = Part.Or(permutationCap, s_proof.PermutationCap),
        QuotientCap = Part.Or(quotientCap, s_proof.QuotientCap),
        Sums = Part.Or(sums, s_proof.Sums),
        Openings = Part.Or(openings, s_proof.Openings),
        Fri = Part.Or(fri, s_proof.Fri),
    };

    /// <summary>A proof with another main cap.</summary>
    public static SegmentProof WithMainCap(SegmentProof proof, Digest[] cap) => new()
    {
        MainCap = cap, PermutationCap = proof.PermutationCap, QuotientCap = proof.QuotientCap, Sums = proof.Sums, Openings = proof.Openings, Fri = proof.Fri,
    };

    static FriProof Fri(
        uint batchNonce = 0, uint queryNonce = 0, Part<Digest[][]>? layerCaps = null, Part<uint[]>? foldNonces = null, Part<KoalaBear5[]>? finalPolynomial = null,
        Part<QueryProof[]>? queries = null) => new()
    {
        BatchNonce = batchNonce,
        LayerCaps = Part.Or(layerCaps, s_proof.Fri.LayerCaps),
        FoldNonces = Part.Or(foldNonces, s_proof.Fri.FoldNonces),
        FinalPolynomial = Part.Or(finalPolynomial, s_proof.Fri.FinalPolynomial),
        QueryNonce = queryNonce,
        Queries = Part.Or(queries, s_proof.Fri.Queries),
    };

    static FriProof Query(int index, QueryProof query) => Fri(queries: Replace(s_proof.Fri.Queries, index, query));

    static QueryProof Tree(QueryProof query, int index, TreeOpening opening) => new() { Trees = Replace(query.Trees, index, opening), Layers = query.Layers };

    static QueryProof Layer(QueryProof query, int index, LayerOpening opening) => new() { Trees = query.Trees, Layers = Replace(query.Layers, index, opening) };

    static T[] Replace<T>(T[] array, int index, T value)
    {
        T[] copy = [.. array];
        copy[index] = value;
        return copy;
    }

    /// <summary>A replacement that may be null, as against no replacement.</summary>
    readonly record struct Part<T>(T Value)
    {
        public static implicit operator Part<T>(T value) => new(value);
    }

    static class Part
    {
        public static T Or<T>(Part<T>? part, T otherwise) => part is { } given ? given.Value : otherwise;
    }
}
