using System.Numerics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>Transforms over Fr against the definition, and the tiles against the plain stages.</summary>
sealed unsafe class FrNttTests
{
    static Fr[] Random(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => NextFr(random))];
    }

    /// <summary>The values at shift·root^i, by Horner's rule.</summary>
    static Fr[] Evaluate(Fr[] coefficients, Fr shift)
    {
        Fr root = FrNtt.RootOfUnity(BitOperations.Log2((uint)coefficients.Length)), point = shift;
        var values = new Fr[coefficients.Length];
        for (int i = 0; i < values.Length; i++, point *= root)
        {
            for (int j = coefficients.Length - 1; j >= 0; j--)
                values[i] = values[i] * point + coefficients[j];
        }

        return values;
    }

    [Test]
    public void RootOfUnity_EveryOrder_IsThatOfSnarkjs()
    {
        Assert.That(ToInteger(FrNtt.RootOfUnity(28)), Is.EqualTo(BigInteger.ModPow(5, (R - 1) >> 28, R)));
        Assert.That(BigInteger.ModPow(5, (R - 1) / 2, R), Is.EqualTo(R - 1), "5 is no square, so the order is exact");
        Assert.That(FrNtt.RootOfUnity(0), Is.EqualTo(Fr.One));
        Assert.That(FrNtt.RootOfUnity(1), Is.EqualTo(-Fr.One));
        for (int log = 1; log <= 28; log++)
            Assert.That(FrNtt.RootOfUnity(log).Square(), Is.EqualTo(FrNtt.RootOfUnity(log - 1)));
        Assert.That(() => FrNtt.RootOfUnity(29), Throws.InstanceOf<ArgumentOutOfRangeException>());
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(3)]
    [TestCase(7)]
    [TestCase(8)]
    [TestCase(9)]
    public void Transforms_SmallSizes_EqualTheDefinition(int log)
    {
        Fr shift = FrNtt.RootOfUnity(log + 1);
        Fr[] coefficients = Random(1 << log, log), values = Evaluate(coefficients, Fr.One), coset = Evaluate(coefficients, shift), work = [.. coefficients];
        FrNtt.Forward(work, 2);
        Assert.That(work, Is.EqualTo(values));
        FrNtt.MoveToCoset(work, shift, 2);
        Assert.That(work, Is.EqualTo(coset));
        FrNtt.Inverse(work, shift, 2);
        Assert.That(work, Is.EqualTo(coefficients));
        FrNtt.Forward(work, shift, 2);
        Assert.That(work, Is.EqualTo(coset));
        FrNtt.Inverse(values, 2);
        Assert.That(values, Is.EqualTo(coefficients));
    }

    [TestCase(8)]
    [TestCase(11)]
    [TestCase(12)]
    public void Tiles_EveryTransform_EqualPlainStages(int log)
    {
        if (!PackedMontgomery<FrModulus>.IsSupported)
            Assert.Ignore("The processor, or this run, has no AVX-512.");
        Fr shift = Fr.FromUInt64(7);
        Action<IFrTransform>[] transforms = [static t => t.Forward(), static t => t.Inverse(), static t => t.MoveToCoset()];
        foreach (Action<IFrTransform> transform in transforms)
        {
            Fr[] packed = Random(1 << log, log), scalar = [.. packed];
            fixed (Fr* first = packed)
                transform(new PackedFrTransform(first, log, shift, 3, default));
            fixed (Fr* first = scalar)
                transform(new ScalarFrTransform(first, log, shift, 3, default));
            Assert.That(packed.AsSpan().SequenceEqual(scalar), Is.True);
        }
    }

    [TestCase(19)]
    [TestCase(20)]
    [Category("Slow")]
    public void Transforms_LargeSizes_RoundTripAndAgreeAtOnePoint(int log)
    {
        Fr shift = FrNtt.RootOfUnity(log + 1), point = shift * FrNtt.RootOfUnity(log), value = default;
        Fr[] coefficients = Random(1 << log, log), values = [.. coefficients];
        for (int i = coefficients.Length - 1; i >= 0; i--)
            value = value * point + coefficients[i];
        FrNtt.Forward(values, 2);
        FrNtt.MoveToCoset(values, shift, 2);
        Assert.That(values[1], Is.EqualTo(value));
        FrNtt.Inverse(values, shift, 2);
        Assert.That(values.AsSpan().SequenceEqual(coefficients), Is.True);
    }

    [TestCase(0)]
    [TestCase(3)]
    [TestCase(1000)]
    public void Transforms_LengthNoPowerOfTwo_AreRefused(int length) =>
        Assert.That(() => FrNtt.Forward(new Fr[length], 1), Throws.ArgumentException);

    [Test]
    public void Transforms_Cancelled_Throw() =>
        Assert.That(() => FrNtt.Forward(new Fr[1024], 2, new CancellationToken(canceled: true)), Throws.InstanceOf<OperationCanceledException>());

    [TestCase(0)]
    [TestCase(5)]
    [TestCase(16)]
    [TestCase(4100)]
    public void Vectors_AnyLength_EqualScalarWork(int count)
    {
        Fr[] a = Random(count, 1), b = Random(count, 2), c = Random(count, 3), product = [.. a], scaled = [.. a];
        FrVectors.MultiplySubtract(product, b, c, 2);
        Fr factor = Fr.FromUInt64(9), ratio = FrNtt.RootOfUnity(20);
        FrVectors.ScaleByPowers(scaled, factor, ratio, 2);
        for (int i = 0; i < count; i++, factor *= ratio)
        {
            Assert.That(product[i], Is.EqualTo(a[i] * b[i] - c[i]));
            Assert.That(scaled[i], Is.EqualTo(a[i] * factor));
        }
    }

    [Test]
    public void MultiplySubtract_LengthsDiffer_IsRefused() =>
        Assert.That(() => FrVectors.MultiplySubtract(new Fr[4], new Fr[4], new Fr[3], 1), Throws.ArgumentException);
}
