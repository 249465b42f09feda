using Zkml.Fields;
using Zkml.Stark.Prover;
using Zkml.Stark.Prover.Backends;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Prover;

/// <summary>Whole proofs of toy segments, judged by the verifier.</summary>
public sealed class ProverSegmentProverTests
{
    static readonly FriParameters s_parameters = FriParameters.ForSegment(SecurityProfile.Test);

    [TestCase(10, 7, 4, 3, 5)]
    [TestCase(11, 11, 11, 11, 11)]
    [TestCase(0, 0, 0, 0, 0)]
    [TestCase(1, 2, 4, 0, 3)]
    [TestCase(4, 3, 2, 1, 0)]
    [TestCase(5, 3, 12, 9, 12)]
    [TestCase(7, 7, 5, 8, 2)]
    public void Prove_ValidSegment_IsAcceptedAndBalances(int fibonacci, int square, int range, int image, int product)
    {
        using var segment = new ToySegment(s_parameters, [fibonacci, square, range, image, product]);
        SegmentProof proof = segment.Prove();
        VerificationResult result = segment.Verify(proof, out KoalaBear5 sum);
        Assert.That(result.IsAccepted, Is.True, result.ToString());
        Assert.That(sum, Is.EqualTo(KoalaBear5.Zero));
    }

    [Test]
    public void Prove_HigherBlowup_IsAccepted()
    {
        using var segment = new ToySegment(s_parameters with { LogBlowup = 2 }, [9, 5, 4, 3, 6]);
        VerificationResult result = segment.Verify(segment.Prove(), out _);
        Assert.That(result.IsAccepted, Is.True, result.ToString());
    }

    [Test]
    public void Prove_Finished_HasGivenBackItsMemoryAndCounted()
    {
        using var segment = new ToySegment(s_parameters, [9, 7, 4, 3, 5]);
        long before = segment.Pool.LiveBytes;
        var statistics = new ProverStatistics();
        List<ProverEvent> events = [];
        var progress = new ImmediateProgress(events.Add);
        SegmentTraces traces = segment.Traces();
        traces.UsedRows[0] = 300;
        var prover = new SegmentProver(segment.Backend, statistics, progress);
        prover.Prove(prover.CommitMain(segment.Layout, traces), segment.Preprocessed, segment.Context);

        Assert.That(segment.Pool.LiveBytes, Is.EqualTo(before));
        // Main and permutation widths: 4 + 10, 5 + 10, 1 + 5, 0 + 5, 3 + 0.
        Assert.That(statistics.PaddedCells, Is.EqualTo(14 * 512 + 15 * 128 + 6 * 16 + 5 * 8 + 3 * 32));
        Assert.That(statistics.CommittedCells, Is.EqualTo(statistics.PaddedCells - 14 * 212));
        Assert.That(statistics.Segments, Is.EqualTo(1));
        Assert.That(events.Select(e => e.Fraction), Is.Ordered);
        Assert.That(events[^1].Fraction, Is.EqualTo(1));
        foreach (ProverStage stage in Enum.GetValues<ProverStage>())
            Assert.That(statistics[stage] > TimeSpan.Zero, Is.EqualTo(stage != ProverStage.Trace), stage.ToString());
    }

    [TestCase(ProverStage.LogUp)]
    [TestCase(ProverStage.Extend)]
    [TestCase(ProverStage.Hash)]
    [TestCase(ProverStage.Quotient)]
    [TestCase(ProverStage.Open)]
    [TestCase(ProverStage.Fri)]
    public void Prove_CancelledAtAStage_ThrowsAndGivesBackItsMemory(ProverStage stage)
    {
        using var segment = new ToySegment(s_parameters, [9, 7, 4, 3, 5]);
        long before = segment.Pool.LiveBytes;
        using var cancellation = new CancellationTokenSource();
        bool isArmed = false;
        var prover = new SegmentProver(segment.Backend, progress: new ImmediateProgress(e =>
        {
            if (isArmed && e.Stage == stage)
                cancellation.Cancel();
        }));
        MainCommitment main = prover.CommitMain(segment.Layout, segment.Traces(), cancellation.Token);
        isArmed = true;
        Assert.That(() => prover.Prove(main, segment.Preprocessed, segment.Context, cancellation.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(segment.Pool.LiveBytes, Is.EqualTo(before));
    }

    [Test]
    public void CommitMain_MadeAgain_HasTheSameCap()
    {
        using var segment = new ToySegment(s_parameters, [9, 7, 4, 3, 5]);
        var prover = new SegmentProver(segment.Backend);
        using MainCommitment first = prover.CommitMain(segment.Layout, segment.Traces());
        using MainCommitment second = prover.CommitMain(segment.Layout, segment.Traces());
        Assert.That(first.Cap, Is.EqualTo(second.Cap));
    }

    [Test]
    public void Prove_PreprocessedDataOfAnotherProgram_Throws()
    {
        using var segment = new ToySegment(s_parameters, [6, 5, 4, 3, 5]);
        using var other = new ToySegment(s_parameters, [6, 5, 4, 3, 5], seed: 2);
        var prover = new SegmentProver(segment.Backend);
        Assert.That(
            () => prover.Prove(prover.CommitMain(segment.Layout, segment.Traces()), other.Preprocessed, segment.Context), Throws.ArgumentException);
        Assert.That(
            () => prover.Prove(prover.CommitMain(segment.Layout, segment.Traces()), [], segment.Context), Throws.ArgumentException);
    }

    [TestCase(13, 13, 13, 9, 13)]
    [TestCase(14, 10, 4, 3, 5)]
    [TestCase(8, 8, 8, 8, 14)]
    public void EstimatePeak_ToySegment_IsAboveAndNearWhatIsTaken(int fibonacci, int square, int range, int image, int product)
    {
        using var segment = new ToySegment(s_parameters, [fibonacci, square, range, image, product], idleLimitBytes: 0);
        segment.Prove();
        long estimate = ProverMemory.EstimatePeak(segment.Layout);
        Assert.That(segment.Pool.PeakBytes, Is.LessThanOrEqualTo(estimate));
        Assert.That(segment.Pool.PeakBytes, Is.GreaterThanOrEqualTo(estimate * 3 / 5));
    }

    /// <summary>Calls back at once, on the reporting thread.</summary>
    sealed class ImmediateProgress(Action<ProverEvent> action) : IProgress<ProverEvent>
    {
        public void Report(ProverEvent value) => action(value);
    }
}
