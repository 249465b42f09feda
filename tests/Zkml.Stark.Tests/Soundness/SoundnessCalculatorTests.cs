using Zkml.Stark.Soundness;
using Zkml.Stark.Tests.Samples;

namespace Zkml.Stark.Tests.Soundness;

sealed class SoundnessCalculatorTests
{
    // Figures of research/fri_security.py (a re-implementation of ethereum/soundcalc that reproduces its OpenVM row), field KoalaBear^5, degree 3,
    // two opening points, arity 8; LogUp by the stricter form Σ interactions·(W + 2)/|K| with 2^34 interaction rows and W = 22.
    [TestCase(22, 1, 2000, 1200, ProximityRegime.UniqueDecoding, 0, 261, 20, 144.7146, 130.9434, 122.9784, 134.1361, 128.3248)]
    [TestCase(20, 1, 1600, 1000, ProximityRegime.UniqueDecoding, 0, 193, 20, 144.9776, 132.9434, 125.3005, 136.1360, 100.1022)]
    [TestCase(20, 3, 1200, 800, ProximityRegime.Johnson, 5, 59, 20, 141.3401, 128.9840, 105.5034, 115.9237, 100.3873)]
    [TestCase(17, 5, 900, 600, ProximityRegime.Johnson, 2, 49, 22, 141.8927, 132.1215, 109.6052, 119.6100, 128.7255)]
    public void Evaluate_KnownShape_AgreesWithTheReference(
        int logHeight, int logBlowup, int functions, int constraints, ProximityRegime regime, int multiplicity, int queries, int grind,
        double constraintBits, double deepBits, double batchBits, double foldBits, double queryBits)
    {
        var input = new SoundnessInput(logHeight, logBlowup, constraints, functions, Degree: 3, PointCount: 2, InteractionRows: Math.Pow(2, 34), MaxArity: 22, FoldDegrees: [3, 3]);
        var parameters = new FriParameters(logBlowup, queries, 0, 0, 0, grind, 0);
        RegimeReport report = SoundnessCalculator.Evaluate(input, parameters, regime, multiplicity);
        double[] bits = [.. report.Rounds.Select(round => round.Bits)];
        Assert.That(bits[0], Is.EqualTo(116.3585).Within(0.001));
        Assert.That(bits[1], Is.EqualTo(constraintBits).Within(0.001));
        Assert.That(bits[2], Is.EqualTo(deepBits).Within(0.001));
        Assert.That(bits[3], Is.EqualTo(batchBits).Within(0.001));
        Assert.That(bits[4], Is.EqualTo(foldBits).Within(0.001));
        Assert.That(bits[5], Is.GreaterThan(bits[4]), "later folds are shorter");
        Assert.That(bits[6], Is.EqualTo(queryBits).Within(0.001));
        Assert.That(report.Bits, Is.EqualTo(bits.Min()));
    }

    // The table of query counts in research/security.md §2.
    [TestCase(100, 20, 1, ProximityRegime.UniqueDecoding, 0, 193)]
    [TestCase(128, 20, 1, ProximityRegime.UniqueDecoding, 0, 261)]
    [TestCase(100, 20, 2, ProximityRegime.UniqueDecoding, 0, 118)]
    [TestCase(128, 20, 3, ProximityRegime.UniqueDecoding, 0, 131)]
    [TestCase(100, 20, 3, ProximityRegime.Johnson, 5, 59)]
    [TestCase(100, 22, 5, ProximityRegime.Johnson, 5, 34)]
    [TestCase(128, 22, 5, ProximityRegime.Johnson, 2, 49)]
    [TestCase(128, 20, 4, ProximityRegime.Johnson, 10, 56)]
    public void QueriesFor_KnownLevel_AgreesWithTheTable(double bits, int grind, int logBlowup, ProximityRegime regime, int multiplicity, int expected) =>
        Assert.That(SoundnessCalculator.QueriesFor(bits, grind, logBlowup, regime, multiplicity), Is.EqualTo(expected));

    [Test]
    public void Evaluate_Grinding_CountsAtItsOwnSite()
    {
        var input = new SoundnessInput(20, 1, 1000, 1600, 3, 2, Math.Pow(2, 34), 22, [3]);
        double[] without = Bits(new(1, 261, 0, 0, 0, 0, 6)), with = Bits(new(1, 261, 16, 6, 5, 20, 6));
        Assert.That(with.Zip(without, (a, b) => Math.Round(a - b, 6)), Is.EqualTo(new double[] { 16, 0, 0, 6, 5, 20 }));

        double[] Bits(FriParameters parameters) =>
            [.. SoundnessCalculator.Evaluate(input, parameters, ProximityRegime.UniqueDecoding, 0).Rounds.Select(round => round.Bits)];
    }

    [TestCase(SecurityProfile.P100, 100)]
    [TestCase(SecurityProfile.P128, 128)]
    public void Report_SampleShapeAtFullHeight_ReachesTheProfile(SecurityProfile profile, double bits)
    {
        SegmentShape shape = new() { Tables = [new(SampleChips.Counter, 22)], Preprocessed = [] };
        SoundnessReport report = SoundnessCalculator.Report("sample", new SegmentLayout(shape, FriParameters.ForSegment(profile)));
        Assert.That(report.Reaches(bits), report.ToString());
        Assert.That(report.Regimes[0].Bits, Is.GreaterThanOrEqualTo(bits), "unique decoding alone suffices");
        Assert.That(report.BitsOverSession, Is.EqualTo(report.Bits - 12).Within(1e-9));
        Assert.That(report.ToString(), Does.Contain("queries").And.Contain("UDR").And.Contain("JBR"));
    }

    [Test]
    public void Report_OneQueryLess_FallsBelowTheProfile()
    {
        SegmentShape shape = new() { Tables = [new(SampleChips.Counter, 22)], Preprocessed = [] };
        FriParameters weaker = FriParameters.ForSegment(SecurityProfile.P128) with { QueryCount = 260 };
        Assert.That(SoundnessCalculator.Report("sample", new SegmentLayout(shape, weaker)).Reaches(128), Is.False);
    }

    [Test]
    public void Report_TestProfile_ProvesNothing()
    {
        SegmentShape shape = new() { Tables = [new(SampleChips.Counter, 10)], Preprocessed = [] };
        Assert.That(SoundnessCalculator.Report("sample", new SegmentLayout(shape, SampleSegments.Parameters)).Bits, Is.LessThan(10));
    }
}
