using System.Numerics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>The laws that every field of the tower must keep. A field adds its generator.</summary>
abstract class TowerLaws<T>
    where T : unmanaged, IField<T>
{
    const int Rounds = 150;

    protected abstract T NextElement(Random random);

    [Test]
    public void Operations_RandomValues_KeepRingLaws()
    {
        var random = new Random(1);
        for (int i = 0; i < Rounds; i++)
        {
            T a = NextElement(random), b = NextElement(random), c = NextElement(random);
            Assert.That(a + b, Is.EqualTo(b + a));
            Assert.That(a + b - b, Is.EqualTo(a));
            Assert.That(a + -a, Is.EqualTo(default(T)));
            Assert.That(a * b, Is.EqualTo(b * a));
            Assert.That(a * b * c, Is.EqualTo(a * (b * c)));
            Assert.That(a * (b + c), Is.EqualTo(a * b + a * c));
            Assert.That(a * T.One, Is.EqualTo(a));
            Assert.That(a.Square(), Is.EqualTo(a * a));
            Assert.That(a.IsZero, Is.EqualTo(a.Equals(default)));
        }
    }

    [Test]
    public void Inverse_RandomValues_MultipliesToOne()
    {
        var random = new Random(2);
        for (int i = 0; i < 20; i++)
        {
            T a = NextElement(random);
            Assert.That(a * a.Inverse(), Is.EqualTo(a.IsZero ? default : T.One));
        }

        Assert.That(default(T).Inverse(), Is.EqualTo(default(T)));
    }

    [Test]
    public void InvertInPlace_WithZeros_EqualsSingleInverses()
    {
        var random = new Random(3);
        T[] values = [.. Enumerable.Range(0, 9).Select(i => i % 4 == 0 ? default : NextElement(random))];
        T[] expected = [.. values.Select(value => value.Inverse())];
        FieldAlgorithms.InvertInPlace<T>(values);
        Assert.That(values, Is.EqualTo(expected));
    }
}

sealed class Fq2LawTests : TowerLaws<Fq2>
{
    protected override Fq2 NextElement(Random random) => TowerElements.NextFq2(random);
}

sealed class Fq6LawTests : TowerLaws<Fq6>
{
    protected override Fq6 NextElement(Random random) => TowerElements.NextFq6(random);
}

sealed class Fq12LawTests : TowerLaws<Fq12>
{
    protected override Fq12 NextElement(Random random) => TowerElements.NextFq12(random);
}

/// <summary>The tower against its definition: Fq[u]/(u² + 1), then powers of w with w⁶ = ξ = 9 + u.</summary>
sealed class TowerTests
{
    [Test]
    public void Xi_EulerCriteria_IsNeitherSquareNorCube()
    {
        Assert.That(FieldAlgorithms.Power(Fq2.Xi, ToLimbs((Q * Q - 1) / 2)), Is.EqualTo(-Fq2.One));
        Assert.That(FieldAlgorithms.Power(Fq2.Xi, ToLimbs((Q * Q - 1) / 3)), Is.Not.EqualTo(Fq2.One));
        Assert.That(BigInteger.ModPow(Q - 1, (Q - 1) / 2, Q), Is.EqualTo(Q - 1), "-1 is no square in Fq");
    }

    [Test]
    public void FrobeniusExponent_FromModulus_IsEqual()
    {
        Assert.That((Q - 1) % 6, Is.EqualTo(BigInteger.Zero));
        Assert.That(FromLimbs(FrobeniusConstants.Exponent), Is.EqualTo((Q - 1) / 6));
    }

    [Test]
    public void Fq2Product_BigInteger_IsEqual()
    {
        var random = new Random(4);
        for (int i = 0; i < 200; i++)
        {
            Fq2 a = TowerElements.NextFq2(random), b = TowerElements.NextFq2(random), product = a * b;
            BigInteger a0 = ToInteger(a.C0), a1 = ToInteger(a.C1), b0 = ToInteger(b.C0), b1 = ToInteger(b.C1);
            Assert.That(ToInteger(product.C0), Is.EqualTo(((a0 * b0 - a1 * b1) % Q + Q) % Q));
            Assert.That(ToInteger(product.C1), Is.EqualTo((a0 * b1 + a1 * b0) % Q));
            Assert.That(a.TimesXi(), Is.EqualTo(a * Fq2.Xi));
            Assert.That(a * b.C0, Is.EqualTo(a * new Fq2(b.C0, default)));
            Assert.That(a * a.Conjugate(), Is.EqualTo(new Fq2(a.Norm(), default)));
        }
    }

    [Test]
    public void Fq12Product_SchoolbookInPowersOfW_IsEqual()
    {
        var random = new Random(5);
        for (int i = 0; i < 50; i++)
        {
            Fq12 a = TowerElements.NextFq12(random), b = TowerElements.NextFq12(random);
            Assert.That(TowerElements.Coefficients(a * b), Is.EqualTo(Schoolbook(TowerElements.Coefficients(a), TowerElements.Coefficients(b))));
        }
    }

    [Test]
    public void SparseProducts_EmbeddedOperands_AreEqual()
    {
        var random = new Random(6);
        for (int i = 0; i < 50; i++)
        {
            Fq12 a = TowerElements.NextFq12(random);
            Fq2 x = TowerElements.NextFq2(random), y = TowerElements.NextFq2(random), z = TowerElements.NextFq2(random);
            Assert.That(a.TimesLine(x, y, z), Is.EqualTo(a * new Fq12(new Fq6(x, default, default), new Fq6(y, z, default))));
            Assert.That(a.C0.TimesSparse(x, y), Is.EqualTo(a.C0 * new Fq6(x, y, default)));
            Assert.That(a.C0 * x, Is.EqualTo(a.C0 * new Fq6(x, default, default)));
            Assert.That(a.C0.TimesV(), Is.EqualTo(a.C0 * new Fq6(default, Fq2.One, default)));
        }
    }

    [Test]
    public void Frobenius_PowerOfModulus_IsEqual()
    {
        var random = new Random(7);
        for (int i = 0; i < 3; i++)
        {
            Fq12 a = TowerElements.NextFq12(random), once = FieldAlgorithms.Power(a, ToLimbs(Q));
            Assert.That(a.Frobenius(), Is.EqualTo(once));
            Assert.That(a.FrobeniusSquared(), Is.EqualTo(FieldAlgorithms.Power(once, ToLimbs(Q))));
            Assert.That(a.FrobeniusSquared().FrobeniusSquared().FrobeniusSquared(), Is.EqualTo(a.Conjugate()));
            Fq2 b = TowerElements.NextFq2(random);
            Assert.That(b.Conjugate(), Is.EqualTo(FieldAlgorithms.Power(b, ToLimbs(Q))));
        }
    }

    [Test]
    public void CyclotomicSquare_InCyclotomicSubgroup_EqualsSquare()
    {
        var random = new Random(8);
        for (int i = 0; i < 10; i++)
        {
            Fq12 a = TowerElements.NextCyclotomic(random);
            Assert.That(a.CyclotomicSquare(), Is.EqualTo(a.Square()));
            Assert.That(a * a.Conjugate(), Is.EqualTo(Fq12.One));
        }
    }

    [Test]
    public void Fq2Encoding_RoundTrip_PutsImaginaryPartFirst()
    {
        var value = new Fq2(Fq.FromUInt64(5), Fq.FromUInt64(7));
        var bytes = new byte[64];
        value.WriteBigEndian(bytes);
        Assert.That((bytes[31], bytes[63]), Is.EqualTo(((byte)7, (byte)5)));
        Assert.That(Fq2.TryReadBigEndian(bytes, out Fq2 read) && read == value, Is.True);
        Assert.That(Fq2.TryReadBigEndian(bytes.AsSpan(1), out _), Is.False);
    }

    static Fq2[] Schoolbook(Fq2[] a, Fq2[] b)
    {
        var product = new Fq2[6];
        for (int i = 0; i < 6; i++)
        for (int j = 0; j < 6; j++)
            product[(i + j) % 6] += i + j >= 6 ? a[i] * b[j] * Fq2.Xi : a[i] * b[j];
        return product;
    }
}

/// <summary>Seeded elements of the tower.</summary>
static class TowerElements
{
    public static Fq2 NextFq2(Random random) => new(NextFq(random), NextFq(random));

    public static Fq6 NextFq6(Random random) => new(NextFq2(random), NextFq2(random), NextFq2(random));

    public static Fq12 NextFq12(Random random) => new(NextFq6(random), NextFq6(random));

    /// <summary>An element whose order divides q⁴ - q² + 1: x^((q⁶ - 1)(q² + 1)).</summary>
    public static Fq12 NextCyclotomic(Random random)
    {
        Fq12 x = NextFq12(random), easy = x.Conjugate() * x.Inverse();
        return easy.FrobeniusSquared() * easy;
    }

    /// <summary>The coefficients of 1, w, …, w⁵.</summary>
    public static Fq2[] Coefficients(Fq12 a) => [a.C0.C0, a.C1.C0, a.C0.C1, a.C1.C1, a.C0.C2, a.C1.C2];
}
