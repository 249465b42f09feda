using System.Reflection;
using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Hashing;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Stark;
using Zkml.Stark.Prover;
using Zkml.Stark.Verifier;
using Zkml.Testing;

namespace Zkml.Soundness.Tests.Proofs;

/// <summary>Every reason for which the verifier rejects is reached, on proofs of the real machine; none is without a test.</summary>
public sealed class RejectionReasonTests
{
    static readonly MachineRun s_run = MachineRun.Of(Programs.Halt("hello"u8));
    static readonly SessionForger s_forger = new(s_run.Program);
    static readonly SessionProof s_proof = s_forger.Prove(s_run);

    [Test]
    public void EveryReason_IsReachedByANamedTest()
    {
        IEnumerable<RejectionReason> reached = typeof(RejectionReasonTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public))
            .SelectMany(method => method.GetCustomAttributes<ReachesAttribute>()).SelectMany(attribute => attribute.Reasons);
        Assert.That(Enum.GetValues<RejectionReason>().Except([RejectionReason.None]).Except(reached), Is.Empty, "reasons that no test reaches");
    }

    [Test]
    public void HonestProof_IsAccepted() => Assert.That(s_forger.Verify(s_run, s_proof), Is.EqualTo(VerificationResult.Accepted));

    static void AssertRejected(SessionProof? proof, params RejectionReason[] reasons)
    {
        VerificationResult result = SessionVerifier.Check(s_forger.Rules, s_forger.Statement(s_run), proof);
        Assert.That(result.Reason, Is.AnyOf([.. reasons.Cast<object>()]), result.ToString());
    }

    static IEnumerable<TestCaseData> Shapes()
    {
        yield return Case(RejectionReason.MissingPart, proof => proof.With(segment => segment.WithFri(_ => null!)));
        yield return Case(RejectionReason.MainCapLength, proof => proof.With(segment => With(segment, mainCap: segment.MainCap[1..])));
        yield return Case(RejectionReason.PermutationCapLength, proof => proof.With(segment => With(segment, permutationCap: [.. segment.PermutationCap, default])));
        yield return Case(RejectionReason.QuotientCapLength, proof => proof.With(segment => With(segment, quotientCap: [])));
        yield return Case(RejectionReason.SumCount, proof => proof.With(segment => With(segment, sums: segment.Sums[1..])));
        yield return Case(RejectionReason.OpeningCount, proof => proof.With(segment => With(segment, openings: [.. segment.Openings, default])));
        yield return Case(RejectionReason.LayerCount, proof => Fri(proof, fri => fri.Replace(layerCaps: fri.LayerCaps[1..])));
        yield return Case(RejectionReason.LayerCapLength, proof => Fri(proof, fri => fri.Replace(layerCaps: [fri.LayerCaps[0][1..], .. fri.LayerCaps[1..]])));
        yield return Case(RejectionReason.FoldNonceCount, proof => Fri(proof, fri => fri.Replace(foldNonces: [.. fri.FoldNonces, 0])));
        yield return Case(RejectionReason.FinalPolynomialLength, proof => Fri(proof, fri => fri.Replace(finalPolynomial: [.. fri.FinalPolynomial, default])));
        yield return Case(RejectionReason.QueryCount, proof => Fri(proof, fri => fri.Replace(queries: fri.Queries[1..])));
        yield return Case(RejectionReason.TreeOpeningCount, proof => Query(proof, query => new() { Trees = query.Trees[1..], Layers = query.Layers }));
        yield return Case(RejectionReason.LayerOpeningCount, proof => Query(proof, query => new() { Trees = query.Trees, Layers = [.. query.Layers, query.Layers[0]] }));
        yield return Case(RejectionReason.RowLength, proof => Tree(proof, tree => new() { Rows = tree.Rows[1..], Path = tree.Path }));
        yield return Case(RejectionReason.TreePathLength, proof => Tree(proof, tree => new() { Rows = tree.Rows, Path = [.. tree.Path, default] }));
        yield return Case(RejectionReason.SiblingCount, proof => Layer(proof, layer => new() { Siblings = layer.Siblings[1..], Path = layer.Path }));
        yield return Case(RejectionReason.LayerPathLength, proof => Layer(proof, layer => new() { Siblings = layer.Siblings, Path = layer.Path[1..] }));
        yield return Case(RejectionReason.NonceRange, proof => Fri(proof, fri => fri.Replace(queryNonce: 1u << 30)));
        yield return Case(RejectionReason.SegmentCount, proof => proof with { Segments = [] });
        yield return Case(RejectionReason.UnknownClass, proof => proof with { Segments = [new(ShapeClasses.All.Count, proof.Segments[0].Proof)] });
        yield return Case(RejectionReason.ClosingSegment, proof => proof with { Segments = [proof.Segments[0], proof.Segments[0]] });

        static TestCaseData Case(RejectionReason reason, Func<SessionProof, SessionProof> change) =>
            new TestCaseData(change, reason).SetArgDisplayNames(reason.ToString());

        static SegmentProof With(SegmentProof p, Digest[]? mainCap = null, Digest[]? permutationCap = null, Digest[]? quotientCap = null, KoalaBear5[]? sums = null, KoalaBear5[]? openings = null) => new()
        {
            MainCap = mainCap ?? p.MainCap, PermutationCap = permutationCap ?? p.PermutationCap, QuotientCap = quotientCap ?? p.QuotientCap,
            Sums = sums ?? p.Sums, Openings = openings ?? p.Openings, Fri = p.Fri,
        };
    }

    static SessionProof Fri(SessionProof proof, Func<FriProof, FriProof> change) => proof.With(segment => segment.WithFri(change));

    static SessionProof Query(SessionProof proof, Func<QueryProof, QueryProof> change) =>
        Fri(proof, fri => fri.Replace(queries: [.. fri.Queries[..^1], change(fri.Queries[^1])]));

    static SessionProof Tree(SessionProof proof, Func<TreeOpening, TreeOpening> change) =>
        Query(proof, query => new() { Trees = [change(query.Trees[0]), .. query.Trees[1..]], Layers = query.Layers });

    static SessionProof Layer(SessionProof proof, Func<LayerOpening, LayerOpening> change) =>
        Query(proof, query => new() { Trees = query.Trees, Layers = [change(query.Layers[0]), .. query.Layers[1..]] });

    [TestCaseSource(nameof(Shapes))]
    [Reaches(
        RejectionReason.MissingPart, RejectionReason.MainCapLength, RejectionReason.PermutationCapLength, RejectionReason.QuotientCapLength, RejectionReason.SumCount,
        RejectionReason.OpeningCount, RejectionReason.LayerCount, RejectionReason.LayerCapLength, RejectionReason.FoldNonceCount,
        RejectionReason.FinalPolynomialLength, RejectionReason.QueryCount, RejectionReason.TreeOpeningCount, RejectionReason.LayerOpeningCount, RejectionReason.RowLength,
        RejectionReason.TreePathLength, RejectionReason.SiblingCount, RejectionReason.LayerPathLength, RejectionReason.NonceRange, RejectionReason.SegmentCount,
        RejectionReason.UnknownClass, RejectionReason.ClosingSegment)]
    public void WrongShape_IsRejectedForIt(Func<SessionProof, SessionProof> change, object reason) => AssertRejected(change(s_proof), (RejectionReason)reason);

    // What a query opens moves no challenge: each changed element is found by the tree that it stands in.
    [TestCase(0, RejectionReason.PreprocessedPath)]
    [TestCase(1, RejectionReason.PreprocessedPath)]
    [TestCase(2, RejectionReason.MainPath)]
    [TestCase(3, RejectionReason.PermutationPath)]
    [TestCase(4, RejectionReason.QuotientPath)]
    [Reaches(RejectionReason.PreprocessedPath, RejectionReason.MainPath, RejectionReason.PermutationPath, RejectionReason.QuotientPath)]
    public void OpenedElementChanged_IsRejectedByItsTree(int tree, object reason)
    {
        AssertRejected(s_proof.With(segment => { segment.Fri.Queries[1].Trees[tree].Rows[^1] += KoalaBear.One; }), (RejectionReason)reason);
        AssertRejected(s_proof.With(segment => { segment.Fri.Queries[2].Trees[tree].Path[0][7] += KoalaBear.One; }), (RejectionReason)reason);
    }

    [Test]
    [Reaches(RejectionReason.LayerPath)]
    public void SiblingChanged_IsRejectedByItsLayer([Values(0, 1)] int layer) =>
        AssertRejected(s_proof.With(segment => { segment.Fri.Queries[1].Layers[layer].Siblings[3] += KoalaBear5.One; }), RejectionReason.LayerPath);

    // A wrong nonce holds by chance now and then; the rest fail at the proof of work itself.
    [TestCase(RejectionReason.BatchGrind)]
    [TestCase(RejectionReason.FoldGrind)]
    [TestCase(RejectionReason.QueryGrind)]
    [TestCase(RejectionReason.LogUpGrind)]
    [Reaches(RejectionReason.BatchGrind, RejectionReason.FoldGrind, RejectionReason.QueryGrind, RejectionReason.LogUpGrind)]
    public void NonceChanged_FailsTheProofOfWork(object reason)
    {
        var expected = (RejectionReason)reason;
        HashSet<RejectionReason> seen = [];
        for (uint i = 1; i <= 16; i++)
        {
            SessionProof changed = expected switch
            {
                RejectionReason.BatchGrind => Fri(s_proof, fri => fri.Replace(batchNonce: fri.BatchNonce + i)),
                RejectionReason.FoldGrind => Fri(s_proof, fri => fri.Replace(foldNonces: [fri.FoldNonces[0] + i, .. fri.FoldNonces[1..]])),
                RejectionReason.QueryGrind => Fri(s_proof, fri => fri.Replace(queryNonce: fri.QueryNonce + i)),
                _ => s_proof with { Nonce = s_proof.Nonce + i },
            };
            VerificationResult result = SessionVerifier.Check(s_forger.Rules, s_forger.Statement(s_run), changed);
            Assert.That(result.IsAccepted, Is.False);
            seen.Add(result.Reason);
        }
        Assert.That(seen, Does.Contain(expected));
    }

    [Test]
    [Reaches(RejectionReason.NonceWithoutGrind)]
    public void NonceWhereTheProfileHasNoProofOfWork_IsRejected()
    {
        SessionRules rules = RiscvSession.Rules(SecurityProfile.P100, s_forger.Key);
        Assert.That(rules.Parameters.GrindBits(GrindSite.LogUp), Is.Zero);
        VerificationResult result = SessionVerifier.Check(rules, s_forger.Statement(s_run), s_proof with { Nonce = 1 });
        Assert.That(result.Reason, Is.EqualTo(RejectionReason.NonceWithoutGrind), result.ToString());
    }

    sealed class FinalCheat : ProverTampering
    {
        public override void FinalPolynomial(Span<KoalaBear5> coefficients) => coefficients[0] += KoalaBear5.One;
    }

    sealed class QuotientCheat : ProverTampering
    {
        public override void Quotient(FieldMatrix quotient) => quotient.Row(1)[0] += KoalaBear.One;
    }

    sealed class SumCheat : ProverTampering
    {
        public override void Permutation(TreeMatrices traces, Span<KoalaBear5> sums)
        {
            sums[0] += KoalaBear5.One;
            sums[1] -= KoalaBear5.One;
        }
    }

    [Test]
    [Reaches(RejectionReason.FinalPolynomial)]
    public void ProverThatSendsAnotherFinalPolynomial_FailsItsCheck() => AssertRejected(s_forger.Prove(s_run, new FinalCheat()), RejectionReason.FinalPolynomial);

    [Test]
    [Reaches(RejectionReason.ConstraintIdentity)]
    public void ProverThatSendsAnotherQuotientOrOtherSums_FailsTheIdentity()
    {
        AssertRejected(s_forger.Prove(s_run, new QuotientCheat()), RejectionReason.ConstraintIdentity);
        AssertRejected(s_forger.Prove(s_run, new SumCheat()), RejectionReason.ConstraintIdentity);
    }

    [Test]
    [Reaches(RejectionReason.StatementRange)]
    public void StatementWithoutItsLimbs_IsRejected() => Assert.That(
        SessionVerifier.Check(s_forger.Rules, s_forger.Statement(s_run) with { OutputLimbs = [] }, s_proof).Reason, Is.EqualTo(RejectionReason.StatementRange));

    [Test]
    [Reaches(RejectionReason.Malformed)]
    public void FailureInsideTheVerifier_IsARejection()
    {
        SegmentCommitment[] commitments = [.. s_proof.Segments.Select(entry => new SegmentCommitment(entry.ClassIndex, entry.Proof.MainCap))];
        VerificationResult result = SessionVerifier.Verify(
            s_forger.Rules, s_forger.Statement(s_run), s_proof.Nonce, commitments, _ => throw new InvalidOperationException("no such proof"));
        Assert.That(result.Reason, Is.EqualTo(RejectionReason.Malformed));
        Assert.That(result.Detail, Does.Contain("no such proof"));
    }

    // No honest chance for either: ζ falls into F, or a denominator vanishes, with probability about 2^-124. So the arithmetic itself is asked.
    [Test]
    [Reaches(RejectionReason.ZetaInBaseField, RejectionReason.ZeroDenominator)]
    public void PointsThatMustNotBe_AreRejectedByTheArithmetic()
    {
        var arithmetic = new NativeArithmetic();
        arithmetic.AssertOutsideBase(KoalaBear5.One, new(RejectionReason.ZetaInBaseField));
        Assert.That(arithmetic.Result.Reason, Is.EqualTo(RejectionReason.ZetaInBaseField));
        arithmetic = new NativeArithmetic();
        arithmetic.Inverse(KoalaBear5.Zero, new(RejectionReason.ZeroDenominator));
        Assert.That(arithmetic.Result.Reason, Is.EqualTo(RejectionReason.ZeroDenominator));
    }

    // Classes of one table as high as can be; proofs are not looked at before the bounds.
    [TestCase(130, RejectionReason.ClockBound)]
    [TestCase(512, RejectionReason.BusBound)]
    [TestCase(4096, RejectionReason.InteractionBound)]
    [Reaches(RejectionReason.ClockBound, RejectionReason.BusBound, RejectionReason.InteractionBound)]
    public void SessionTooLargeForTheField_IsRejected(int segments, object reason)
    {
        bool isLookup = (RejectionReason)reason == RejectionReason.InteractionBound;
        MachineChip chip = isLookup ? RiscvMachine.Fixed : RiscvMachine.Jump;
        int[] tables = isLookup ? [0, 1] : [0];
        var shape = new SegmentShape
        {
            Tables = [.. tables.Select(_ => new Zkml.Stark.TableShape(chip, 22))],
            Preprocessed = [.. tables.Where(_ => isLookup).Select(table => new PreprocessedTree(default, [table]))],
        };
        TokenBus[] tokens = [new(Buses.State, 1)];
        var rules = new SessionRules(s_forger.Rules.Parameters, default, s_forger.Rules.ImageId, [new(shape, false), new(shape, true)], tokens, [], _ => []);
        SegmentCommitment[] commitments = [.. Enumerable.Repeat(new SegmentCommitment(0, []), segments - 1), new(1, [])];
        VerificationResult result = SessionVerifier.Check(rules, s_forger.Statement(s_run), 0, commitments, _ => null);
        Assert.That(result.Reason, Is.EqualTo((RejectionReason)reason), result.ToString());
    }
}
