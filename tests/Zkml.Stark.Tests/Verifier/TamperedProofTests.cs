using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark.Prover;
using Zkml.Stark.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Verifier;

/// <summary>Every element of a segment proof, changed by itself, is rejected; and provers that deviate are caught by the check meant for them.</summary>
sealed class TamperedProofTests
{
    static SampleSession Session => SampleSession.Shared;

    static SegmentProof Honest => Session.Proof.Segments[1].Proof;

    static VerificationResult Verify(SegmentProof changed) =>
        SessionVerifier.Check(Session.Rules, Session.Statement, Session.Proof with { Segments = [Session.Proof.Segments[0], new(1, changed)] });

    // The second segment alone, with the honest session's challenges: for what moves none of them.
    static VerificationResult VerifySegment(SegmentProof changed)
    {
        SegmentLayout layout = Session.Rules.Layout(1);
        Digest[] leaves = [.. Session.Proof.Segments.Select((entry, i) => SessionChallenge.Leaf(i, i, entry.Proof.MainCap))];
        Digest global = SessionChallenge.Global(Session.Rules.ParameterDigest, Session.Statement, leaves);
        SessionChallenge.TryDerive(layout.Parameters, global, Session.Proof.Nonce, out KoalaBear5 alpha, out KoalaBear5 beta);
        var context = new SegmentContext<KoalaBear, KoalaBear5>
        {
            Global = Digest.Elements(in global).ToArray(),
            Nonce = KoalaBear.FromCanonical(Session.Proof.Nonce),
            SegmentIndex = KoalaBear.One,
            ClassIndex = KoalaBear.One,
            Alpha = alpha,
            Beta = beta,
            MainCap = BaseElements.Of(changed.MainCap).ToArray(),
            PreprocessedRoots = [.. layout.Shape.Preprocessed.Select(tree => BaseElements.Of([tree.Root]).ToArray())],
        };
        return SegmentVerifier.Verify(layout, context, changed, out _);
    }

    [Test]
    public void VerifySegment_HonestProof_Accepts() => Assert.That(VerifySegment(Honest), Is.EqualTo(VerificationResult.Accepted));

    /// <summary>What a changed proof of work or a moved challenge may run into: later checks, never acceptance.</summary>
    static readonly RejectionReason[] s_afterOpenings =
    [
        RejectionReason.BatchGrind, RejectionReason.FoldGrind, RejectionReason.QueryGrind, RejectionReason.LayerPath, RejectionReason.FinalPolynomial,
        RejectionReason.PreprocessedPath, RejectionReason.MainPath, RejectionReason.PermutationPath, RejectionReason.QuotientPath,
    ];

    static IEnumerable<TestCaseData> BoundParts()
    {
        yield return Case("main cap", proof => BaseElements.Of(proof.MainCap).Length, (proof, i) => Bump(proof.MainCap, i), [RejectionReason.LogUpGrind, RejectionReason.ConstraintIdentity]);
        yield return Case("permutation cap", proof => BaseElements.Of(proof.PermutationCap).Length, (proof, i) => Bump(proof.PermutationCap, i), [RejectionReason.ConstraintIdentity]);
        yield return Case("sums", proof => BaseElements.Of(proof.Sums).Length, (proof, i) => Bump(proof.Sums, i), [RejectionReason.ConstraintIdentity]);
        yield return Case("quotient cap", proof => BaseElements.Of(proof.QuotientCap).Length, (proof, i) => Bump(proof.QuotientCap, i), [RejectionReason.ConstraintIdentity]);
        yield return Case("openings", proof => BaseElements.Of(proof.Openings).Length, (proof, i) => Bump(proof.Openings, i), [RejectionReason.ConstraintIdentity, .. s_afterOpenings]);
        yield return Case("layer 0 cap", proof => BaseElements.Of(proof.Fri.LayerCaps[0]).Length, (proof, i) => Bump(proof.Fri.LayerCaps[0], i), s_afterOpenings);
        yield return Case("layer 1 cap", proof => BaseElements.Of(proof.Fri.LayerCaps[1]).Length, (proof, i) => Bump(proof.Fri.LayerCaps[1], i), s_afterOpenings);
        yield return Case("fold nonces", proof => proof.Fri.FoldNonces.Length, (proof, i) => proof.Fri.FoldNonces[i]++, s_afterOpenings);
        yield return Case("final polynomial", proof => BaseElements.Of(proof.Fri.FinalPolynomial).Length, (proof, i) => Bump(proof.Fri.FinalPolynomial, i), s_afterOpenings);

        static TestCaseData Case(string name, Func<SegmentProof, int> count, Action<SegmentProof, int> change, RejectionReason[] reasons) =>
            new TestCaseData(count, change, reasons).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(BoundParts))]
    public void Verify_ElementInTheTranscriptChanged_Rejects(Func<SegmentProof, int> count, Action<SegmentProof, int> change, RejectionReason[] reasons)
    {
        for (int i = 0; i < count(Honest); i++)
        {
            SegmentProof changed = ProofCopy.Of(Honest);
            change(changed, i);
            VerificationResult result = Verify(changed);
            Assert.That(result.Reason, Is.AnyOf(reasons), $"element {i}: {result}");
            Assert.That(result.Detail, Does.StartWith("Segment ").Or.StartWith("Session"));
        }
    }

    [Test]
    public void Verify_NonceChanged_Rejects()
    {
        for (uint i = 1; i < 8; i++)
        {
            Assert.That(Verify(ProofCopy.Of(Honest, batchNonce: Honest.Fri.BatchNonce + i)).Reason, Is.AnyOf(s_afterOpenings));
            Assert.That(Verify(ProofCopy.Of(Honest, queryNonce: Honest.Fri.QueryNonce + i)).Reason, Is.AnyOf(s_afterOpenings));
        }
    }

    // What a query opens moves no challenge, so each change must be caught by the tree or layer that it stands in.
    [TestCase(0)]
    [TestCase(1, Category = "Slow")]
    [TestCase(2, Category = "Slow")]
    [TestCase(3, Category = "Slow")]
    public void Verify_OpenedTreeElementChanged_IsCaughtByItsTree(int query)
    {
        RejectionReason[] reasons =
            [RejectionReason.PreprocessedPath, RejectionReason.PreprocessedPath, RejectionReason.MainPath, RejectionReason.PermutationPath, RejectionReason.QuotientPath];
        for (int tree = 0; tree < reasons.Length; tree++)
        {
            TreeOpening honest = Honest.Fri.Queries[query].Trees[tree];
            for (int i = 0; i < honest.Rows.Length + BaseElements.Of(honest.Path).Length; i++)
            {
                SegmentProof changed = ProofCopy.Of(Honest);
                TreeOpening opening = changed.Fri.Queries[query].Trees[tree];
                if (i < opening.Rows.Length) opening.Rows[i] += KoalaBear.One;
                else Bump(opening.Path, i - opening.Rows.Length);
                VerificationResult result = VerifySegment(changed);
                Assert.That(result.Reason, Is.EqualTo(reasons[tree]), $"query {query}, tree {tree}, element {i}: {result}");
                Assert.That(result.Detail, Does.Contain($"query {query}, tree {tree}"));
            }
        }
    }

    [TestCase(0)]
    [TestCase(1, Category = "Slow")]
    [TestCase(2, Category = "Slow")]
    [TestCase(3, Category = "Slow")]
    public void Verify_OpenedLayerElementChanged_IsCaughtByItsLayer(int query)
    {
        for (int layer = 0; layer < 2; layer++)
        {
            LayerOpening honest = Honest.Fri.Queries[query].Layers[layer];
            for (int i = 0; i < BaseElements.Of(honest.Siblings).Length + BaseElements.Of(honest.Path).Length; i++)
            {
                SegmentProof changed = ProofCopy.Of(Honest);
                LayerOpening opening = changed.Fri.Queries[query].Layers[layer];
                if (i < BaseElements.Of(honest.Siblings).Length) Bump(opening.Siblings, i);
                else Bump(opening.Path, i - BaseElements.Of(honest.Siblings).Length);
                VerificationResult result = VerifySegment(changed);
                Assert.That(result.Reason, Is.EqualTo(RejectionReason.LayerPath), $"query {query}, layer {layer}, element {i}: {result}");
            }
        }
    }

    [Test]
    public void Verify_QueriesSwappedOrRepeated_Rejects()
    {
        SegmentProof swapped = ProofCopy.Of(Honest);
        (swapped.Fri.Queries[0], swapped.Fri.Queries[1]) = (swapped.Fri.Queries[1], swapped.Fri.Queries[0]);
        Assert.That(Verify(swapped).IsAccepted, Is.False);
        SegmentProof repeated = ProofCopy.Of(Honest);
        repeated.Fri.Queries[3] = repeated.Fri.Queries[2];
        Assert.That(Verify(repeated).IsAccepted, Is.False);
    }

    static IEnumerable<TestCaseData> Deviations()
    {
        yield return Case("a cell of the main trace", new Deviation { OnMain = traces => traces.Matrices[0].Row(3)[1] += KoalaBear.One }, RejectionReason.ConstraintIdentity);
        yield return Case("a multiplicity", new Deviation { OnMain = traces => traces.Matrices[1].Row(7)[0] += KoalaBear.One }, RejectionReason.SessionSum);
        yield return Case("a cell of the permutation trace", new Deviation { OnPermutation = (traces, _) => traces.Matrices[0].Row(5)[2] += KoalaBear.One }, RejectionReason.ConstraintIdentity);
        yield return Case("a sum", new Deviation { OnPermutation = (_, sums) => sums[0] += KoalaBear5.One }, RejectionReason.ConstraintIdentity);
        yield return Case("the quotient", new Deviation { OnQuotient = quotient => quotient.Row(9)[4] += KoalaBear.One }, RejectionReason.ConstraintIdentity);
        yield return Case("an opening that no constraint reads", new Deviation { OnOpenings = openings => openings[5] += KoalaBear5.One }, RejectionReason.FinalPolynomial);
        yield return Case("the final polynomial", new Deviation { OnFinal = coefficients => coefficients[3] += KoalaBear5.One }, RejectionReason.FinalPolynomial);

        static TestCaseData Case(string name, ProverTampering tampering, RejectionReason reason) => new TestCaseData(tampering, reason).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Deviations))]
    public void Verify_ProverDeviates_IsCaughtByTheCheckMeantForIt(object tampering, RejectionReason reason)
    {
        SessionProof proof = Session.Prove(Session.Rules, Session.Statement, (ProverTampering)tampering);
        VerificationResult result = SessionVerifier.Check(Session.Rules, Session.Statement, proof);
        Assert.That(result.Reason, Is.EqualTo(reason), result.Detail);
    }

    delegate void OnValues(Span<KoalaBear5> values);

    sealed class Deviation : ProverTampering
    {
        public Action<TreeMatrices>? OnMain { get; init; }

        public Action<TreeMatrices, KoalaBear5[]>? OnPermutation { get; init; }

        public Action<FieldMatrix>? OnQuotient { get; init; }

        public OnValues? OnOpenings { get; init; }

        public OnValues? OnFinal { get; init; }

        public override void Main(TreeMatrices traces) => OnMain?.Invoke(traces);

        public override void Permutation(TreeMatrices traces, Span<KoalaBear5> sums)
        {
            KoalaBear5[] copy = sums.ToArray();
            OnPermutation?.Invoke(traces, copy);
            copy.CopyTo(sums);
        }

        public override void Quotient(FieldMatrix quotient) => OnQuotient?.Invoke(quotient);

        public override void Openings(Span<KoalaBear5> openings) => OnOpenings?.Invoke(openings);

        public override void FinalPolynomial(Span<KoalaBear5> coefficients) => OnFinal?.Invoke(coefficients);
    }

    static void Bump(Digest[] digests, int element) => digests[element / Digest.Length][element % Digest.Length] += KoalaBear.One;

    static void Bump(KoalaBear5[] values, int element)
    {
        KoalaBear[] coefficients = BaseElements.Of([values[element / KoalaBear5.Degree]]).ToArray();
        coefficients[element % KoalaBear5.Degree] += KoalaBear.One;
        values[element / KoalaBear5.Degree] = KoalaBear5.FromCoefficients(coefficients);
    }
}
