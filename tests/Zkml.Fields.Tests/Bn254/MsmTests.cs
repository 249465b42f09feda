using System.Numerics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>Sums of both groups by both kernels against double-and-add, on bases and scalars that break careless sums of affine points.</summary>
[TestFixture(true)]
[TestFixture(false)]
sealed class MsmTests(bool useScalarKernel)
{
    MsmOptions Options => new() { UseScalarKernel = useScalarKernel, Threads = 2 };

    static G1Affine[] Walk(int count) => Affine(count, static (point, step) => point.Double() + step);

    // The sums of neighbours are again in the progression: bucket sums meet equal and opposite points.
    static G1Affine[] Progression(int count) => Affine(count, static (point, _) => point + G1Affine.Generator);

    static G1Affine[] Affine(int count, Func<G1, G1, G1> next)
    {
        var points = new G1[count];
        G1 point = G1.Generator, step = G1.Generator.Multiply([0, 1]);
        for (int i = 0; i < count; i++, point = next(point, step))
            points[i] = point;
        var affine = new G1Affine[count];
        G1.ToAffine(points, affine);
        return affine;
    }

    static JacobianPoint<TCurve, TField> Naive<TCurve, TField>(AffinePoint<TCurve, TField>[] bases, Fr[] scalars)
        where TCurve : struct, ICurve<TCurve, TField>
        where TField : unmanaged, ICoordinate<TField>
    {
        JacobianPoint<TCurve, TField> sum = default;
        for (int i = 0; i < bases.Length; i++)
            sum += bases[i].ToJacobian() * scalars[i];
        return sum;
    }

    static Fr[] RandomScalars(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => NextFr(random))];
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(7)]
    [TestCase(8)]
    [TestCase(17)]
    [TestCase(300)]
    [TestCase(1500)]
    public void Sum_RandomTerms_EqualsDoubleAndAdd(int count)
    {
        G1Affine[] bases = Walk(count);
        Fr[] scalars = RandomScalars(count, count);
        Assert.That(Msm.Sum(bases, scalars, Options), Is.EqualTo(Naive(bases, scalars)));
    }

    [Test]
    public void Sum_ProgressionWithOppositesAndInfinity_EqualsDoubleAndAdd()
    {
        G1Affine[] bases = Progression(600);
        for (int i = 0; i < bases.Length; i++)
            bases[i] = (i % 5) switch { 0 => -bases[i], 1 => default, 2 => bases[i / 2], _ => bases[i] };
        Fr[] scalars = RandomScalars(600, 1);
        Assert.That(Msm.Sum(bases, scalars, Options), Is.EqualTo(Naive(bases, scalars)));
        Fr[] small = [.. Enumerable.Range(0, 600).Select(i => Fr.FromUInt64((ulong)(i % 4)))];
        Assert.That(Msm.Sum(bases, small, Options), Is.EqualTo(Naive(bases, small)));
    }

    [Test]
    public void Sum_ProgressionAllInOneBucket_EqualsDoubleAndAdd()
    {
        // Levels of the tree: (P, 2P, 3P, …, with every fourth one opposite to its neighbour).
        G1Affine[] bases = Progression(20000);
        for (int i = 3; i < bases.Length; i += 4)
            bases[i] = -bases[i - 1];
        Fr[] ones = [.. Enumerable.Repeat(Fr.One, bases.Length)];
        G1 sum = default;
        foreach (G1Affine point in bases)
            sum += point;
        Assert.That(Msm.Sum(bases, ones, Options), Is.EqualTo(sum));
    }

    [Test]
    public void Sum_OneBaseRepeated_IsAMultiple()
    {
        G1Affine point = (G1.Generator * Fr.FromUInt64(12345)).ToAffine();
        G1Affine[] bases = [.. Enumerable.Repeat(point, 9001)];
        Fr scalar = RandomScalars(1, 9)[0];
        Fr[] scalars = [.. Enumerable.Repeat(scalar, bases.Length)];
        Assert.That(Msm.Sum(bases, scalars, Options), Is.EqualTo(point.ToJacobian() * scalar * Fr.FromUInt64(9001)));
        Fr[] alternating = [.. Enumerable.Range(0, bases.Length).Select(i => i % 2 == 0 ? scalar : -scalar)];
        Assert.That(Msm.Sum(bases, alternating, Options), Is.EqualTo(point.ToJacobian() * scalar));
    }

    [Test]
    public void Sum_EdgeScalars_EqualsDoubleAndAdd()
    {
        BigInteger half = R / 2;
        BigInteger[] edges =
        [
            0, 1, 2, R - 1, R - 2, half, half + 1, half - 1, ulong.MaxValue, BigInteger.One << 64, (BigInteger.One << 253) - 1, (BigInteger.One << 128) - 1,
            0x8000, 0x8001, R - 0x8000, (BigInteger.One << 252) + (BigInteger.One << 15),
        ];
        foreach (int count in (int[])[16, 400])
        {
            G1Affine[] bases = Walk(count);
            Fr[] scalars = [.. Enumerable.Range(0, count).Select(i => FromInteger<FrModulus>(edges[i % edges.Length]))];
            Assert.That(Msm.Sum(bases, scalars, Options), Is.EqualTo(Naive(bases, scalars)));
        }

        foreach (BigInteger edge in edges)
            Assert.That(Msm.Sum([G1Affine.Generator], [FromInteger<FrModulus>(edge)], Options), Is.EqualTo(G1.Generator.Multiply(ToLimbs(edge))));
    }

    [Test]
    public void Sum_AllZero_IsInfinity()
    {
        Assert.That(Msm.Sum(Walk(50), new Fr[50], Options).IsInfinity, Is.True);
        Assert.That(Msm.Sum(new G1Affine[50], RandomScalars(50, 2), Options).IsInfinity, Is.True);
    }

    [Test]
    public void Sum_RawScalars_EqualsElements()
    {
        G1Affine[] bases = Walk(200);
        Fr[] scalars = RandomScalars(200, 3);
        byte[] raw = [.. scalars.SelectMany(scalar => LittleEndian(ToInteger(scalar)))];
        Assert.That(Msm.Sum(bases, raw, Options), Is.EqualTo(Msm.Sum(bases, scalars, Options)));
        LittleEndian(R).CopyTo(raw, 32 * 77);
        Assert.That(() => Msm.Sum(bases, raw, Options), Throws.ArgumentException.With.Message.Contains("Scalar 77"));
        Assert.That(() => Msm.Sum(bases, raw.AsSpan(1), Options), Throws.ArgumentException);
        Assert.That(() => Msm.Sum(bases, scalars.AsSpan(1), Options), Throws.ArgumentException);
    }

    [TestCase(1)]
    [TestCase(40)]
    [TestCase(200)]
    public void SumInG2_MixedTerms_EqualsDoubleAndAdd(int count)
    {
        var bases = new G2Affine[count];
        G2 point = default;
        for (int i = 0; i < count; i++)
        {
            point = i % 9 == 8 ? -point : i % 7 == 6 ? point : point + G2Affine.Generator;
            bases[i] = i % 11 == 10 ? default : point.ToAffine();
        }

        Fr[] scalars = RandomScalars(count, 5);
        byte[] raw = [.. scalars.SelectMany(scalar => LittleEndian(ToInteger(scalar)))];
        Assert.That(Msm.Sum(bases, scalars, Options), Is.EqualTo(Naive(bases, scalars)));
        Assert.That(Msm.Sum(bases, raw, Options), Is.EqualTo(Naive(bases, scalars)));
        Fr[] same = [.. Enumerable.Repeat(scalars[0], count)];
        Assert.That(Msm.Sum(bases, same, Options), Is.EqualTo(Naive(bases, same)));
    }

    // Bases of known logarithms: the sum is the generator times the scalar product.
    [TestCase(1 << 17)]
    [Category("Slow")]
    public void Sum_ManyTerms_EqualsTheScalarProduct(int count)
    {
        Fr[] logarithms = RandomScalars(count, 11), scalars = RandomScalars(count, 12);
        for (int i = 0; i < count; i++)
        {
            if (i % 4 != 0)
                scalars[i] = Fr.FromUInt64((ulong)(i % 300));
        }

        Fr product = default;
        for (int i = 0; i < count; i++)
            product += logarithms[i] * scalars[i];
        var bases = new G1Affine[count];
        FixedBase.Multiply(G1Affine.Generator, logarithms, bases, Options);
        Assert.That(Msm.Sum(bases, scalars, Options), Is.EqualTo(G1.Generator * product));
        var basesInG2 = new G2Affine[count];
        FixedBase.Multiply(G2Affine.Generator, logarithms, basesInG2, Options);
        Assert.That(Msm.Sum(basesInG2, scalars, Options), Is.EqualTo(G2.Generator * product));
    }

    [Test]
    public void Sum_WhateverTheThreads_IsTheSame()
    {
        G1Affine[] bases = Walk(3000);
        Fr[] scalars = RandomScalars(3000, 6);
        G1 expected = Msm.Sum(bases, scalars, Options with { Threads = 1 });
        foreach (int threads in (int[])[2, 5, 64])
            Assert.That(Msm.Sum(bases, scalars, Options with { Threads = threads }), Is.EqualTo(expected));
    }

    [Test]
    public void Sum_Cancelled_Throws() =>
        Assert.That(
            () => Msm.Sum(Walk(100), RandomScalars(100, 7), Options with { Cancellation = new CancellationToken(canceled: true) }),
            Throws.InstanceOf<OperationCanceledException>());

    [Test]
    public void Sum_WithProgress_EndsAtOne()
    {
        var progress = new Recorder();
        Msm.Sum(Walk(500), RandomScalars(500, 8), Options with { Progress = progress });
        Assert.That(progress.Largest, Is.EqualTo(1.0));
        Assert.That(progress.Smallest, Is.GreaterThan(0.0));
    }

    sealed class Recorder : IProgress<double>
    {
        readonly Lock _lock = new();

        public double Largest { get; private set; } = double.MinValue;

        public double Smallest { get; private set; } = double.MaxValue;

        public void Report(double value)
        {
            lock (_lock)
                (Largest, Smallest) = (Math.Max(Largest, value), Math.Min(Smallest, value));
        }
    }
}
