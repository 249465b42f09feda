namespace Zkml.Fields.Tests;

sealed class NttTests
{
    [Test]
    public void Evaluate_SmallSizes_EqualsTheDefinition()
    {
        var random = new Random(41);
        for (int logSize = 0; logSize <= 6; logSize++)
            foreach (KoalaBear shift in new[] { KoalaBear.One, KoalaBear.Generator, RandomElements.Next(random) })
            {
                KoalaBear[] coefficients = RandomElements.Array(random, 1 << logSize), values = (KoalaBear[])coefficients.Clone();
                Ntt.Evaluate<KoalaBear>(values, shift);
                for (int i = 0; i < values.Length; i++)
                    Assert.That(values[i], Is.EqualTo(Horner(coefficients, shift * KoalaBear.TwoAdicRoot(logSize).Power((ulong)i))), $"log size {logSize}, value {i}");
            }
    }

    [Test]
    public void Interpolate_OfValues_GivesTheCoefficients()
    {
        var random = new Random(42);
        for (int logSize = 0; logSize <= 10; logSize++)
        {
            KoalaBear shift = KoalaBear.FromCanonical((uint)random.Next(1, int.MaxValue) % KoalaBear.Modulus);
            KoalaBear[] coefficients = RandomElements.Array(random, 1 << logSize), values = (KoalaBear[])coefficients.Clone();
            Ntt.Evaluate<KoalaBear>(values, shift);
            Ntt.Interpolate<KoalaBear>(values, shift);
            Assert.That(values, Is.EqualTo(coefficients));
        }
    }

    [Test]
    public void Transforms_OverTheExtension_ActOnEachCoefficient()
    {
        var random = new Random(46);
        KoalaBear5[] coefficients = RandomElements.ExtensionArray(random, 16), values = (KoalaBear5[])coefficients.Clone();
        Ntt.Evaluate<KoalaBear5>(values, KoalaBear.Generator);
        for (int i = 0; i < 16; i++)
            Assert.That(values[i], Is.EqualTo(Ntt.EvaluateAt(coefficients, KoalaBear5.FromBase(KoalaBear.Generator * KoalaBear.TwoAdicRoot(4).Power((ulong)i)))));
        Ntt.Interpolate<KoalaBear5>(values, KoalaBear.Generator);
        Assert.That(values, Is.EqualTo(coefficients));
    }

    [TestCase(0)]
    [TestCase(3)]
    [TestCase(12)]
    public void Evaluate_LengthNotAPowerOfTwo_Throws(int length) =>
        Assert.That(() => Ntt.Evaluate<KoalaBear>(new KoalaBear[length], KoalaBear.One), Throws.ArgumentException.With.Message.Contains($"length {length}"));

    [Test]
    public void BitReverse_EightEntries_ReversesThreeBits()
    {
        int[] values = [0, 1, 2, 3, 4, 5, 6, 7];
        Ntt.BitReverse<int>(values);
        Assert.That(values, Is.EqualTo(new[] { 0, 4, 2, 6, 1, 5, 3, 7 }));
    }

    internal static KoalaBear Horner(ReadOnlySpan<KoalaBear> coefficients, KoalaBear x)
    {
        KoalaBear result = KoalaBear.Zero;
        for (int i = coefficients.Length - 1; i >= 0; i--)
            result = result * x + coefficients[i];
        return result;
    }
}
