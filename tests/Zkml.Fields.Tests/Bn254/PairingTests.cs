using System.Numerics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>The pairing's algebra.</summary>
sealed class PairingTests
{
    static Fq12 Base { get; } = Pairing.Compute(G1Affine.Generator, G2Affine.Generator);

    [Test]
    public void Parameter_Always_IsT() => Assert.That((BigInteger)Pairing.Parameter, Is.EqualTo(T));

    [Test]
    public void Compute_Generators_HasOrderR()
    {
        Assert.That(Base, Is.Not.EqualTo(Fq12.One));
        Assert.That(FieldAlgorithms.Power(Base, ToLimbs(R)), Is.EqualTo(Fq12.One));
    }

    [Test]
    public void Compute_RandomMultiples_IsBilinear()
    {
        var random = new Random(1);
        for (int i = 0; i < 4; i++)
        {
            Fr a = NextFr(random), b = NextFr(random);
            G1Affine p = (G1.Generator * a).ToAffine();
            G2Affine q = (G2.Generator * b).ToAffine();
            Assert.That(Pairing.Compute(p, q), Is.EqualTo(FieldAlgorithms.Power(Base, ToLimbs(ToInteger(a * b)))));
            Assert.That(Pairing.Compute(-p, q), Is.EqualTo(Pairing.Compute(p, q).Conjugate()));
            Assert.That(Pairing.Compute(p, -q), Is.EqualTo(Pairing.Compute(-p, q)));
        }
    }

    [Test]
    public void Compute_Sums_AreProducts()
    {
        var random = new Random(2);
        G1 p = G1.Generator * NextFr(random), other = G1.Generator * NextFr(random);
        G2 q = G2.Generator * NextFr(random), otherQ = G2.Generator * NextFr(random);
        Fq12 first = Pairing.Compute(p.ToAffine(), q.ToAffine());
        Assert.That(Pairing.Compute((p + other).ToAffine(), q.ToAffine()), Is.EqualTo(first * Pairing.Compute(other.ToAffine(), q.ToAffine())));
        Assert.That(Pairing.Compute(p.ToAffine(), (q + otherQ).ToAffine()), Is.EqualTo(first * Pairing.Compute(p.ToAffine(), otherQ.ToAffine())));
    }

    [Test]
    public void Compute_Infinity_IsOne()
    {
        Assert.That(Pairing.Compute(default, G2Affine.Generator), Is.EqualTo(Fq12.One));
        Assert.That(Pairing.Compute(G1Affine.Generator, default), Is.EqualTo(Fq12.One));
        Assert.That(Pairing.ProductIsOne([(default, default), (G1Affine.Generator, default)]), Is.True);
        Assert.That(Pairing.ProductIsOne([(default, G2Affine.Generator), (G1Affine.Generator, G2Affine.Generator)]), Is.False);
    }

    [Test]
    public void MillerLoop_ManyPairs_EqualsProductOfSingles()
    {
        var random = new Random(3);
        (G1Affine P, G2Affine Q)[] pairs =
            [.. Enumerable.Range(0, 4).Select(i => ((G1.Generator * NextFr(random)).ToAffine(), (G2.Generator * NextFr(random)).ToAffine()))];
        Fq12 product = Fq12.One;
        foreach ((G1Affine p, G2Affine q) in pairs)
            product *= Pairing.Compute(p, q);
        Assert.That(Pairing.FinalExponentiation(Pairing.MillerLoop(pairs)), Is.EqualTo(product));
    }

    [Test]
    public void FinalExponentiation_PlainPower_IsEqual()
    {
        BigInteger exponent = (BigInteger.Pow(Q, 12) - 1) / R;
        Assert.That((BigInteger.Pow(Q, 12) - 1) % R, Is.EqualTo(BigInteger.Zero));
        Fq12 f = TowerElements.NextFq12(new Random(4));
        Assert.That(Pairing.FinalExponentiation(f), Is.EqualTo(FieldAlgorithms.Power(f, ToLimbs(exponent))));
        Assert.That(Pairing.FinalExponentiation(default), Is.EqualTo(default(Fq12)));
    }

    [Test]
    public void MillerLoop_AffineReference_AgreesAfterFinalExponentiation()
    {
        var random = new Random(5);
        G1Affine p = (G1.Generator * NextFr(random)).ToAffine();
        G2Affine q = (G2.Generator * NextFr(random)).ToAffine();
        Fq12 reference = Pairing.FinalExponentiation(MillerReference.Compute(p, q));
        Assert.That(Pairing.Compute(p, q), Is.EqualTo(reference));
    }
}

/// <summary>The Miller loop from its definition: plain bits, affine points on the curve over Fq12, lines by slopes.</summary>
static class MillerReference
{
    public static Fq12 Compute(in G1Affine p, in G2Affine q)
    {
        Fq12 x = Embed(new Fq2(p.X, default), 0), y = Embed(new Fq2(p.Y, default), 0);
        (Fq12 X, Fq12 Y) start = (Embed(q.X, 2), Embed(q.Y, 3)), point = start;
        BigInteger n = 6 * T + 2;
        Fq12 f = Fq12.One;
        for (int bit = (int)n.GetBitLength() - 2; bit >= 0; bit--)
        {
            f = f.Square() * Step(ref point, point, x, y);
            if (!((n >> bit) & 1).IsZero)
                f *= Step(ref point, start, x, y);
        }

        f *= Step(ref point, (start.X.Frobenius(), start.Y.Frobenius()), x, y);
        return f * Step(ref point, (start.X.FrobeniusSquared(), -start.Y.FrobeniusSquared()), x, y);
    }

    /// <summary>Adds two points of the curve and returns their line at (x, y).</summary>
    static Fq12 Step(ref (Fq12 X, Fq12 Y) point, (Fq12 X, Fq12 Y) other, in Fq12 x, in Fq12 y)
    {
        (Fq12 px, Fq12 py) = point;
        Fq12 squared = px.Square();
        Fq12 slope = px.Equals(other.X) ? (squared + squared + squared) * (py + py).Inverse() : (py - other.Y) * (px - other.X).Inverse();
        Fq12 sumX = slope.Square() - px - other.X;
        point = (sumX, slope * (px - sumX) - py);
        return y - py - slope * (x - px);
    }

    static Fq12 Embed(in Fq2 value, int power)
    {
        var coefficients = new Fq2[6];
        coefficients[power] = value;
        return new(new Fq6(coefficients[0], coefficients[2], coefficients[4]), new Fq6(coefficients[1], coefficients[3], coefficients[5]));
    }
}
