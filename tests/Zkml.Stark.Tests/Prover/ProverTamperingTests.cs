using Zkml.Fields;
using Zkml.Stark.Prover;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Prover;

/// <summary>A prover that deviates at one place and goes on as if nothing had happened dies at the check meant for it.</summary>
public sealed class ProverTamperingTests
{
    [TestCase(0, 0, TestName = "MainTrace_FibonacciCellChanged_FailsTheConstraints")]
    [TestCase(0, 4, TestName = "MainTrace_SquareCellChanged_FailsTheConstraints")]
    [TestCase(17, 11, TestName = "MainTrace_ProductCellChanged_FailsTheConstraints")]
    public void MainTrace_CellChanged_FailsTheConstraints(int row, int column) =>
        AssertRejected(new() { OnMain = traces => Change(traces.Matrices[0].Row(row), column) }, RejectionReason.ConstraintIdentity);

    [Test]
    public void Permutation_CellChanged_FailsTheConstraints(
        [Values(0, 5, 9, 10, 17)] int column) =>
        AssertRejected(new() { OnPermutation = (traces, _) => Change(traces.Matrices[0].Row(3), column) }, RejectionReason.ConstraintIdentity);

    [Test]
    public void Sums_OneRaisedAnotherLowered_FailsTheConstraints() => AssertRejected(new()
    {
        OnPermutation = (_, sums) =>
        {
            sums[0] += KoalaBear5.One;
            sums[1] -= KoalaBear5.One;
        },
    }, RejectionReason.ConstraintIdentity);

    [Test]
    public void Quotient_CellChanged_FailsTheConstraints([Values(0, 9)] int column) =>
        AssertRejected(new() { OnQuotient = quotient => Change(quotient.Row(5), column) }, RejectionReason.ConstraintIdentity);

    [Test]
    public void Openings_AnyChanged_FailsTheConstraintsOrTheLowDegreeTest()
    {
        using var segment = new ToySegment(FriParameters.ForSegment(SecurityProfile.Test), [5, 4, 4, 3, 3]);
        List<int> unconstrained = [];
        for (int opening = 0; opening < segment.Layout.OpeningCount; opening++)
        {
            int changed = opening;
            var deviation = new Deviation { OnOpenings = openings => openings[changed] += KoalaBear5.One };
            RejectionReason reason = segment.Verify(segment.Prove(new SegmentProver(segment.Backend) { Tampering = deviation }), out _).Reason;
            Assert.That(reason, Is.EqualTo(RejectionReason.ConstraintIdentity).Or.EqualTo(RejectionReason.FinalPolynomial), $"opening {opening}");
            if (reason == RejectionReason.FinalPolynomial)
                unconstrained.Add(opening);
        }

        // No constraint uses columns 2 and 3 of Fibonacci at the next row (6, 7: after four columns at ζ and two used ones), and the word of Fixed (56) is in a send
        // and a receive of the same message, which cancel whatever it is.
        Assert.That(unconstrained, Is.EqualTo(new[] { 6, 7, 56 }));
    }

    [Test]
    public void Layer_EveryValueChanged_FailsTheLayerPath([Values(0, 1)] int layer) =>
        AssertRejected(new() { OnLayer = (index, codeword) => { if (index == layer) ChangeAll(codeword); } }, RejectionReason.LayerPath);

    [Test]
    public void LastCodeword_EveryValueChanged_FailsTheFinalPolynomial() =>
        AssertRejected(new() { OnLayer = (index, codeword) => { if (index == 2) ChangeAll(codeword); } }, RejectionReason.FinalPolynomial);

    [Test]
    public void FinalPolynomial_CoefficientChanged_FailsTheFinalPolynomial() =>
        AssertRejected(new() { OnFinalPolynomial = coefficients => coefficients[0] += KoalaBear5.One }, RejectionReason.FinalPolynomial);

    static ToySegment Segment() => new(FriParameters.ForSegment(SecurityProfile.Test), [11, 11, 4, 3, 11]);

    static void AssertRejected(Deviation deviation, RejectionReason reason)
    {
        using var segment = Segment();
        AssertRejected(segment, deviation, reason);
    }

    static void AssertRejected(ToySegment segment, Deviation deviation, RejectionReason reason)
    {
        SegmentProof proof = segment.Prove(new SegmentProver(segment.Backend) { Tampering = deviation });
        VerificationResult result = segment.Verify(proof, out _);
        Assert.That(result.Reason, Is.EqualTo(reason), result.ToString());
    }

    static void Change(Span<KoalaBear> row, int column) => row[column] += KoalaBear.One;

    static void ChangeAll(Codeword codeword)
    {
        for (int index = 0; index < 1 << codeword.LogSize; index++)
            codeword[index] += KoalaBear5.One * KoalaBear.FromCanonical((uint)index + 1);
    }

    sealed class Deviation : ProverTampering
    {
        public delegate void SpanAction(Span<KoalaBear5> values);

        public delegate void TraceAction(TreeMatrices traces, Span<KoalaBear5> sums);

        public Action<TreeMatrices>? OnMain { get; init; }

        public TraceAction? OnPermutation { get; init; }

        public Action<FieldMatrix>? OnQuotient { get; init; }

        public SpanAction? OnOpenings { get; init; }

        public Action<int, Codeword>? OnLayer { get; init; }

        public SpanAction? OnFinalPolynomial { get; init; }

        public override void Main(TreeMatrices traces) => OnMain?.Invoke(traces);

        public override void Permutation(TreeMatrices traces, Span<KoalaBear5> sums) => OnPermutation?.Invoke(traces, sums);

        public override void Quotient(FieldMatrix quotient) => OnQuotient?.Invoke(quotient);

        public override void Openings(Span<KoalaBear5> openings) => OnOpenings?.Invoke(openings);

        public override void Layer(int index, Codeword codeword) => OnLayer?.Invoke(index, codeword);

        public override void FinalPolynomial(Span<KoalaBear5> coefficients) => OnFinalPolynomial?.Invoke(coefficients);
    }
}
