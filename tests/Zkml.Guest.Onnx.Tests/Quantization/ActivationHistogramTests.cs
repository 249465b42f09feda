using Zkml.Guest.Onnx.Quantization;

namespace Zkml.Guest.Onnx.Tests.Quantization;

[TestFixture]
sealed class ActivationHistogramTests
{
    [Test]
    public void Percentile_OfUniformValuesWithOutliers_LeavesOutTheOutliers()
    {
        ActivationHistogram histogram = Histogram(Uniform(100_000, -1, 1).Append(50).Append(-50));
        ValueRange range = histogram.Percentile(0.9999);
        Assert.That(range.Maximum, Is.EqualTo(1).Within(0.1));
        Assert.That(range.Minimum, Is.EqualTo(-1).Within(0.1));
        Assert.That(histogram.Percentile(1), Is.EqualTo(new ValueRange(-50, 50)));
    }

    [Test]
    public void Percentile_OfPositiveValues_KeepsZero() =>
        Assert.That(Histogram(Uniform(10_000, 3, 4)).Percentile(0.99).Minimum, Is.Zero);

    [Test]
    public void Entropy_OfUniformValues_KeepsTheWholeRange() =>
        Assert.That(Histogram(Uniform(200_000, -1, 1).Append(-1).Append(1)).Entropy(256).Maximum, Is.GreaterThan(0.95f));

    [Test]
    public void Entropy_OfALongTail_CutsIt()
    {
        Random random = new(3);
        float[] values = [.. Enumerable.Range(0, 200_000).Select(_ => Normal(random)), 60, -60];
        ValueRange range = Histogram(values).Entropy(256);
        Assert.That(range.Maximum, Is.InRange(2f, 40f));
    }

    [Test]
    public void Entropy_OfMostlyZeros_IsThatOfTheRest()
    {
        float[] values = [.. Uniform(200_000, 0.01f, 1), 1];
        ActivationHistogram with = Histogram([.. values, .. new float[2_000_000]]), without = Histogram(values);
        Assert.That(with.Entropy(256), Is.EqualTo(without.Entropy(256)));
    }

    [Test]
    public void Entropy_OfFewValues_KeepsTheWholeRange() =>
        Assert.That(Histogram([-3, 0.5f, 7]).Entropy(256), Is.EqualTo(new ValueRange(-3, 7)));

    [Test]
    public void Add_NothingOrZerosOnly_LeavesTheRange()
    {
        ActivationHistogram empty = new(new(-1, 2)), zeros = new(default);
        zeros.Add(new float[10]);
        Assert.That(empty.Percentile(0.9), Is.EqualTo(new ValueRange(-1, 2)));
        Assert.That(zeros.Entropy(256), Is.EqualTo(default(ValueRange)));
    }

    static ActivationHistogram Histogram(IEnumerable<float> values)
    {
        float[] all = [.. values];
        ActivationHistogram histogram = new(new(all.Min(), all.Max()));
        histogram.Add(all);
        return histogram;
    }

    static IEnumerable<float> Uniform(int count, float low, float high)
    {
        Random random = new(4);
        for (int i = 0; i < count; i++) yield return low + (high - low) * random.NextSingle();
    }

    static float Normal(Random random) => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
}
