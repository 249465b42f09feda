using System.Numerics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>Work on runs of points against the same work on each point.</summary>
[TestFixture(true)]
[TestFixture(false)]
sealed class PointVectorsTests(bool useScalarKernel)
{
    MsmOptions Options => new() { UseScalarKernel = useScalarKernel, Threads = 2 };

    static G2Affine[] PointsInG2(int count)
    {
        var scalars = new Fr[count];
        var random = new Random(count);
        for (int i = 0; i < count; i++)
            scalars[i] = NextFr(random);
        var points = new G2Affine[count];
        FixedBase.Multiply(G2Affine.Generator, scalars, points);
        return points;
    }

    [Test]
    public void Multiply_InG1_EqualsEachMultiple()
    {
        var random = new Random(1);
        G1Affine[] points = [default, .. Enumerable.Range(0, 20).Select(_ => (G1.Generator * NextFr(random)).ToAffine())];
        foreach (Fr scalar in (Fr[])[default, Fr.One, Fr.FromUInt64(2), Fr.FromUInt64(15), -Fr.One, NextFr(random), NextFr(random)])
        {
            G1Affine[] multiples = [.. points];
            PointVectors.Multiply(multiples, scalar, Options);
            Assert.That(multiples, Is.EqualTo(points.Select(point => (point.ToJacobian() * scalar).ToAffine())), $"{scalar}");
        }
    }

    [Test]
    public void Multiply_InG2_EqualsEachMultiple()
    {
        G2Affine[] points = PointsInG2(11), multiples = [.. points];
        Fr scalar = NextFr(new Random(3));
        PointVectors.Multiply(multiples, scalar, Options);
        Assert.That(multiples, Is.EqualTo(points.Select(point => (point.ToJacobian() * scalar).ToAffine())));
    }

    [Test]
    public void FindInvalid_InG1_IsTheFirstOffTheCurve()
    {
        G1Affine[] points = [.. Enumerable.Range(0, 1300).Select(i => i % 7 == 0 ? default : G1Affine.Generator)];
        Assert.That(PointVectors.FindInvalid(points, Options), Is.EqualTo(-1));
        points[1200] = new(Fq.One, Fq.One);
        Assert.That(PointVectors.FindInvalid(points, Options), Is.EqualTo(1200));
        points[3] = new(default, Fq.One);
        Assert.That(PointVectors.FindInvalid(points, Options), Is.EqualTo(3));
        Assert.That(PointVectors.FindInvalid(ReadOnlySpan<G1Affine>.Empty, Options), Is.EqualTo(-1));
    }

    [Test]
    public void FindInvalid_InG2_IsTheFirstOutsideTheSubgroup()
    {
        G2Affine[] points = PointsInG2(550);
        points[9] = default;
        Assert.That(PointVectors.FindInvalid(points, Options), Is.EqualTo(-1));
        points[530] = OnTwistOutsideSubgroup();
        Assert.That(points[530].Check(), Is.EqualTo(PointError.NotInSubgroup));
        Assert.That(PointVectors.FindInvalid(points, Options), Is.EqualTo(530));
        points[2] = new(points[2].X, points[2].X);
        Assert.That(PointVectors.FindInvalid(points, Options), Is.EqualTo(2));
    }

    // A point of the twist with a real abscissa whose right-hand side has a root; all but one in 2q - r of the twist are outside.
    static G2Affine OnTwistOutsideSubgroup()
    {
        for (ulong i = 1; ; i++)
        {
            Fq2 x = new(Fq.FromUInt64(i), default), right = x.Square() * x + G2Curve.B;
            // The root of a + b·u: with n a root of its norm, c² = (a + n)/2 and d = b/(2c).
            if (!FqSquareRoot.TryCompute(right.Norm(), out Fq norm))
                continue;
            Fq half = Fq.FromUInt64(2).Inverse();
            if (!FqSquareRoot.TryCompute((right.C0 + norm) * half, out Fq c) && !FqSquareRoot.TryCompute((right.C0 - norm) * half, out c))
                continue;
            Fq2 y = new(c, right.C1 * half * c.Inverse());
            var point = new G2Affine(x, y);
            if (point.IsOnCurve)
                return point;
        }
    }
}

sealed class SignedWindowsTests
{
    [Test]
    public void Recode_ManyNumbers_SumsToTheNumberWithSparseDigits()
    {
        var random = new Random(2);
        ulong[][] numbers = [[], [0], [1], [7], [8], [ulong.MaxValue], [ulong.MaxValue, ulong.MaxValue], .. Enumerable.Range(0, 200).Select(_ => new[] { (ulong)random.NextInt64(), (ulong)random.NextInt64() << 1 })];
        foreach (ulong[] number in numbers)
        {
            sbyte[] digits = SignedWindows.Recode(number);
            BigInteger sum = 0;
            for (int i = digits.Length - 1; i >= 0; i--)
                sum = 2 * sum + digits[i];
            Assert.That(sum, Is.EqualTo(FromLimbs(number)));
            Assert.That(digits.All(digit => digit == 0 || (digit % 2 != 0 && Math.Abs((int)digit) <= 7)), Is.True);
            for (int i = 0; i + 4 <= digits.Length; i++)
                Assert.That(digits.AsSpan(i, 4).Count((sbyte)0), Is.GreaterThanOrEqualTo(3));
        }
    }
}
