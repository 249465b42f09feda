using System.Numerics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>The laws of both groups.</summary>
[TestFixture(typeof(G1Curve), typeof(MontgomeryElement<FqModulus>))]
[TestFixture(typeof(G2Curve), typeof(Fq2))]
sealed class CurveTests<TCurve, TField>
    where TCurve : struct, ICurve<TCurve, TField>
    where TField : unmanaged, ICoordinate<TField>
{
    static JacobianPoint<TCurve, TField> Generator => JacobianPoint<TCurve, TField>.Generator;

    static JacobianPoint<TCurve, TField> Infinity => JacobianPoint<TCurve, TField>.Infinity;

    static JacobianPoint<TCurve, TField> Next(Random random) => Generator * NextFr(random);

    [Test]
    public void Generator_Always_HasOrderR()
    {
        Assert.That(AffinePoint<TCurve, TField>.Generator.Check(), Is.EqualTo(PointError.None));
        Assert.That(Generator.IsInfinity, Is.False);
        Assert.That(Generator.Multiply(ToLimbs(R)), Is.EqualTo(Infinity));
        Assert.That(Generator.Multiply(ToLimbs(R + 5)), Is.EqualTo(Generator.Multiply([5])));
    }

    [Test]
    public void Sums_RandomPoints_KeepGroupLaws()
    {
        var random = new Random(1);
        for (int i = 0; i < 15; i++)
        {
            JacobianPoint<TCurve, TField> a = Next(random), b = Next(random), c = Next(random);
            Assert.That(a + b, Is.EqualTo(b + a));
            Assert.That(a + b + c, Is.EqualTo(a + (b + c)));
            Assert.That(a + b - b, Is.EqualTo(a));
            Assert.That((a + b).ToAffine().IsOnCurve, Is.True);
            Assert.That(a + b.ToAffine(), Is.EqualTo(a + b));
            Assert.That(a.ToAffine().ToJacobian(), Is.EqualTo(a));
        }
    }

    [Test]
    public void Sums_EqualOppositeAndInfiniteOperands_AreCased()
    {
        JacobianPoint<TCurve, TField> a = Generator.Multiply([77]), scaled = Generator.Multiply([70]) + Generator.Multiply([7]);
        AffinePoint<TCurve, TField> affine = a.ToAffine(), none = default;
        Assert.That(a + scaled, Is.EqualTo(a.Double()));
        Assert.That(a + affine, Is.EqualTo(a.Double()));
        Assert.That(scaled + affine, Is.EqualTo(a.Double()));
        Assert.That((a - scaled).IsInfinity, Is.True);
        Assert.That((a + -affine).IsInfinity, Is.True);
        Assert.That(a + Infinity, Is.EqualTo(a));
        Assert.That(Infinity + a, Is.EqualTo(a));
        Assert.That(a + none, Is.EqualTo(a));
        Assert.That(Infinity + affine, Is.EqualTo(a));
        Assert.That((Infinity + none).IsInfinity, Is.True);
        Assert.That(Infinity.Double().IsInfinity, Is.True);
        Assert.That((-Infinity).IsInfinity, Is.True);
        Assert.That(Infinity.ToAffine().IsInfinity, Is.True);
        Assert.That(a, Is.Not.EqualTo(Infinity));
        Assert.That(a.Double(), Is.Not.EqualTo(a));
    }

    [Test]
    public void Multiply_SmallScalars_EqualsRepeatedSums()
    {
        JacobianPoint<TCurve, TField> sum = Infinity;
        for (ulong i = 0; i < 70; i++, sum += Generator)
            Assert.That(Generator.Multiply([i]), Is.EqualTo(sum), $"scalar {i}");
        Assert.That(Generator.Multiply([]).IsInfinity, Is.True);
        Assert.That(Infinity.Multiply([123]).IsInfinity, Is.True);
    }

    [Test]
    public void Multiply_RandomScalars_IsLinear()
    {
        var random = new Random(2);
        for (int i = 0; i < 10; i++)
        {
            JacobianPoint<TCurve, TField> point = Next(random);
            Fr a = NextFr(random), b = NextFr(random);
            Assert.That(point * (a + b), Is.EqualTo(point * a + point * b));
            Assert.That(point * (a * b), Is.EqualTo(point * a * b));
            Assert.That(point * -a, Is.EqualTo(-(point * a)));
        }
    }

    [Test]
    public void ToAffine_ManyWithInfinity_EqualsOneByOne()
    {
        var random = new Random(3);
        JacobianPoint<TCurve, TField>[] points = [Infinity, Next(random), Next(random).Double(), Infinity, Generator, Generator + Next(random)];
        var affine = new AffinePoint<TCurve, TField>[points.Length];
        JacobianPoint<TCurve, TField>.ToAffine(points, affine);
        Assert.That(affine, Is.EqualTo(points.Select(point => point.ToAffine())));
        Assert.That(() => JacobianPoint<TCurve, TField>.ToAffine(points, affine.AsSpan(1)), Throws.ArgumentException);
    }

    [Test]
    public void Encoding_RoundTrip_IsExact()
    {
        var random = new Random(4);
        var bytes = new byte[AffinePoint<TCurve, TField>.ByteCount];
        foreach (JacobianPoint<TCurve, TField> point in (JacobianPoint<TCurve, TField>[])[Infinity, Generator, Next(random), -Next(random)])
        {
            point.ToAffine().Encode(bytes);
            Assert.That(AffinePoint<TCurve, TField>.TryDecode(bytes, out AffinePoint<TCurve, TField> read), Is.EqualTo(PointError.None));
            Assert.That(read, Is.EqualTo(point.ToAffine()));
            Assert.That(bytes.All(value => value == 0), Is.EqualTo(point.IsInfinity));
        }
    }

    [Test]
    public void Decoding_HostileBytes_NamesTheError()
    {
        int count = AffinePoint<TCurve, TField>.ByteCount;
        var bytes = new byte[count];
        Assert.That(AffinePoint<TCurve, TField>.TryDecode(bytes.AsSpan(1), out _), Is.EqualTo(PointError.WrongLength));
        Assert.That(AffinePoint<TCurve, TField>.TryDecode(new byte[count + 1], out _), Is.EqualTo(PointError.WrongLength));
        bytes[^1] = 1;
        Assert.That(AffinePoint<TCurve, TField>.TryDecode(bytes, out AffinePoint<TCurve, TField> point), Is.EqualTo(PointError.NotOnCurve));
        Assert.That(point.IsInfinity, Is.True);

        // q added to any coordinate is the same number mod q, and must not be a second encoding of the point.
        for (int offset = 0; offset < count; offset += 32)
        {
            Generator.ToAffine().Encode(bytes);
            BigInteger alias = new BigInteger(bytes.AsSpan(offset, 32), isUnsigned: true, isBigEndian: true) + Q;
            LittleEndian(alias).Reverse().ToArray().CopyTo(bytes, offset);
            Assert.That(AffinePoint<TCurve, TField>.TryDecode(bytes, out _), Is.EqualTo(PointError.CoordinateNotCanonical), $"offset {offset}");
        }
    }

    [Test]
    public void Decoding_AnyFlippedBit_IsRefused()
    {
        var bytes = new byte[AffinePoint<TCurve, TField>.ByteCount];
        Generator.Double().ToAffine().Encode(bytes);
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.That(AffinePoint<TCurve, TField>.TryDecode(bytes, out _), Is.Not.EqualTo(PointError.None), $"bit {bit}");
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }
}

/// <summary>The subgroup check of G2 against its definition, on points of the twist outside of the group.</summary>
sealed class G2SubgroupTests
{
    static BigInteger Cofactor => 2 * Q - R;

    [Test]
    public void Constants_FromCurveParameter_AreEqual()
    {
        Assert.That(FromLimbs(G2Curve.Eigenvalue), Is.EqualTo(6 * T * T));
        Assert.That(Q - 6 * T * T, Is.EqualTo(R));
        Assert.That(G2Curve.B * Fq2.Xi, Is.EqualTo(new Fq2(Fq.FromUInt64(3), default)));
        Assert.That(Cofactor % 10069, Is.EqualTo(BigInteger.Zero));
    }

    [Test]
    public void Endomorphism_OnTwist_SatisfiesCharacteristicEquation()
    {
        G2Affine point = NextTwistPoint(new Random(1)), once = G2Curve.Endomorphism(point), twice = G2Curve.Endomorphism(once);
        Assert.That(once.IsOnCurve, Is.True);
        G2 left = twice.ToJacobian() + point.ToJacobian().Multiply(ToLimbs(Q));
        Assert.That(left, Is.EqualTo(once.ToJacobian().Multiply(ToLimbs(6 * T * T + 1))));
    }

    [Test]
    public void IsInSubgroup_RandomTwistPoints_AgreesWithOrder()
    {
        var random = new Random(2);
        for (int i = 0; i < 5; i++)
        {
            G2 point = NextTwistPoint(random).ToJacobian();
            Assert.That(point.Multiply(ToLimbs(R * Cofactor)).IsInfinity, Is.True);
            Assert.That(point.Multiply(ToLimbs(R)).IsInfinity, Is.False);
            Assert.That(point.ToAffine().Check(), Is.EqualTo(PointError.NotInSubgroup));
            G2 cleared = point.Multiply(ToLimbs(Cofactor));
            Assert.That(cleared.Multiply(ToLimbs(R)).IsInfinity, Is.True);
            Assert.That(cleared.ToAffine().Check(), Is.EqualTo(PointError.None));
        }
    }

    [Test]
    public void Decoding_PointOfSmallOrder_IsRefused()
    {
        G2 small = NextTwistPoint(new Random(3)).ToJacobian().Multiply(ToLimbs(R * Cofactor / 10069));
        Assert.That(small.IsInfinity, Is.False);
        Assert.That(small.Multiply([10069]).IsInfinity, Is.True);
        foreach (G2 point in (G2[])[small, G2.Generator + small])
        {
            var bytes = new byte[128];
            point.ToAffine().Encode(bytes);
            Assert.That(G2Affine.TryDecode(bytes, out G2Affine read), Is.EqualTo(PointError.NotInSubgroup));
            Assert.That(read.IsInfinity, Is.True);
        }
    }

    internal static G2Affine NextTwistPoint(Random random)
    {
        while (true)
        {
            Fq2 x = TowerElements.NextFq2(random);
            if (TrySquareRoot(x.Square() * x + G2Curve.B, out Fq2 y))
                return new(x, y);
        }
    }

    /// <summary>The root (c0, a1/2c0) with 2·c0² = a0 ± √norm.</summary>
    static bool TrySquareRoot(in Fq2 a, out Fq2 root)
    {
        root = default;
        if (!FqSquareRoot.TryCompute(a.Norm(), out Fq norm))
            return false;
        Fq half = Fq.FromUInt64(2).Inverse();
        if (!FqSquareRoot.TryCompute((a.C0 + norm) * half, out Fq c0) && !FqSquareRoot.TryCompute((a.C0 - norm) * half, out c0))
            return false;
        root = new(c0, a.C1 * half * c0.Inverse());
        return root.Square() == a;
    }
}
