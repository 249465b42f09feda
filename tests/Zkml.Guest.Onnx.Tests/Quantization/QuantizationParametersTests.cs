using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Quantization;

namespace Zkml.Guest.Onnx.Tests.Quantization;

[TestFixture]
sealed class QuantizationParametersTests
{
    [TestCase(-1f, 1f, ElementType.UInt8, 2f / 255, 128)]
    [TestCase(-1f, 1f, ElementType.Int8, 2f / 255, 0)]
    [TestCase(0f, 255f, ElementType.UInt8, 1f, 0)]
    [TestCase(0f, 255f, ElementType.Int8, 1f, -128)]
    [TestCase(2f, 4f, ElementType.UInt8, 4f / 255, 0)]
    [TestCase(-4f, -2f, ElementType.UInt8, 4f / 255, 255)]
    [TestCase(0f, 0f, ElementType.UInt8, 1f, 0)]
    [TestCase(0f, 65535f, ElementType.UInt16, 1f, 0)]
    [TestCase(0f, 65535f, ElementType.Int16, 1f, -32768)]
    public void Of_ARange_CoversItAndZero(float minimum, float maximum, ElementType type, float scale, int zeroPoint) =>
        Assert.That(QuantizationParameters.Of(new(minimum, maximum), type), Is.EqualTo(new QuantizationParameters(scale, zeroPoint, type)));

    [Test]
    public void Of_RandomRanges_ErrIsAtMostHalfAStepInsideOfThem()
    {
        Random random = new(1);
        for (int i = 0; i < 10_000; i++)
        {
            float left = (random.NextSingle() - 0.5f) * 100, right = (random.NextSingle() - 0.5f) * 100;
            ValueRange range = new(Math.Min(left, right), Math.Max(left, right));
            QuantizationParameters code = QuantizationParameters.Of(range, i % 2 == 0 ? ElementType.UInt8 : ElementType.Int8);
            float value = range.Minimum + (range.Maximum - range.Minimum) * random.NextSingle();
            // Rounding the zero point moves the range by up to half a step; the value's own rounding is another half.
            Assert.That(code.Scale * (code.Quantize(value) - code.ZeroPoint), Is.EqualTo(value).Within(1.001 * code.Scale));
            Assert.That(code.Quantize(0), Is.EqualTo(code.ZeroPoint));
        }
    }

    [Test]
    public void Of_ALimit_IsNeverPassedByTheLargestInteger()
    {
        Random random = new(2);
        for (int i = 0; i < 10_000; i++)
        {
            float limit = random.NextSingle() * 10 + 0.01f;
            QuantizationParameters code = QuantizationParameters.Of(new(0, limit), ElementType.UInt8, limit);
            Assert.That(code.Scale * 255, Is.LessThanOrEqualTo(limit));
            Assert.That(code.Scale * 255, Is.EqualTo(limit).Within(1e-4));
        }
    }

    [TestCase(float.NaN, 1f)]
    [TestCase(0f, float.PositiveInfinity)]
    public void Of_ARangeThatIsNotFinite_Refuses(float minimum, float maximum) =>
        Assert.That(() => QuantizationParameters.Of(new(minimum, maximum), ElementType.UInt8), Throws.InstanceOf<OnnxException>());

    [TestCase(ElementType.UInt8, 255)]
    [TestCase(ElementType.Int8, 255)]
    [TestCase(ElementType.UInt16, 65535)]
    public void OfProbability_AsQLinearSoftmaxReadsIt_HasThatManySteps(ElementType type, int steps)
    {
        QuantizationParameters code = QuantizationParameters.OfProbability(type);
        Assert.That(MathF.Floor(1f / code.Scale), Is.EqualTo(steps));
        Assert.That(code.ZeroPoint, Is.EqualTo(QuantizationParameters.Limits(type).Low));
    }

    [Test]
    public void Quantize_HalfwayValues_GoToTheEvenIntegerAndSaturate()
    {
        QuantizationParameters code = new(2, 10, ElementType.UInt8);
        Assert.That(((float[])[1, 3, -1, 5, 1000, -1000]).Select(code.Quantize), Is.EqualTo(new[] { 10, 12, 10, 12, 255, 0 }));
    }
}
