using System.Numerics;

namespace Zkml.Fields.Tests;

sealed class KoalaBearTests
{
    static readonly BigInteger s_modulus = KoalaBear.Modulus;

    [Test]
    public void Constants_AgainstTheirDefinitions_AreDerived()
    {
        Assert.That((BigInteger)KoalaBear.Modulus, Is.EqualTo(BigInteger.Pow(2, 31) - BigInteger.Pow(2, 24) + 1));
        Assert.That(unchecked(KoalaBear.InverseModulus * KoalaBear.Modulus), Is.EqualTo(1u));
        Assert.That((BigInteger)KoalaBear.One.Montgomery, Is.EqualTo(BigInteger.Pow(2, 32) % s_modulus));
        Assert.That(KoalaBear.FromMontgomery(1), Is.EqualTo(KoalaBear.FromCanonical((uint)BigInteger.ModPow(2, 32, s_modulus)).Inverse()));
        Assert.That((KoalaBear.Modulus - 1) >> KoalaBear.TwoAdicity, Is.EqualTo(127u));
    }

    [Test]
    public void Modulus_TrialDivision_IsPrime()
    {
        for (uint divisor = 2; divisor * divisor <= KoalaBear.Modulus && divisor < 46341; divisor++)
            Assert.That(KoalaBear.Modulus % divisor, Is.Not.Zero, $"divisor {divisor}");
    }

    [Test]
    public void Generator_EachPrimeFactorOfTheOrder_HasNoDefect()
    {
        // p - 1 = 2^24 · 127, so 3 generates exactly when neither quotient power is 1.
        Assert.That(KoalaBear.Generator.Power((KoalaBear.Modulus - 1) / 2), Is.EqualTo(-KoalaBear.One));
        Assert.That(KoalaBear.Generator.Power((KoalaBear.Modulus - 1) / 127), Is.Not.EqualTo(KoalaBear.One));
        Assert.That(KoalaBear.Generator.Power(KoalaBear.Modulus - 1), Is.EqualTo(KoalaBear.One));
    }

    [Test]
    public void TwoAdicRoot_EachOrder_HasExactlyThatOrder()
    {
        for (int logOrder = 1; logOrder <= KoalaBear.TwoAdicity; logOrder++)
        {
            KoalaBear root = KoalaBear.TwoAdicRoot(logOrder);
            Assert.That(root.Power(1ul << (logOrder - 1)), Is.EqualTo(-KoalaBear.One), $"order 2^{logOrder}");
            Assert.That(root * root, Is.EqualTo(KoalaBear.TwoAdicRoot(logOrder - 1)), $"order 2^{logOrder}");
        }
    }

    [Test]
    public void TwoAdicRoot_OutsideTheTwoAdicity_Throws()
    {
        Assert.That(() => KoalaBear.TwoAdicRoot(25), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => KoalaBear.TwoAdicRoot(-1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [TestCase(0u)]
    [TestCase(1u)]
    [TestCase(KoalaBear.Modulus - 1)]
    [TestCase(KoalaBear.Modulus)]
    [TestCase(KoalaBear.Modulus + 1)]
    [TestCase(uint.MaxValue)]
    public void FromCanonical_AnyWord_IsTheWordModP(uint word) => Assert.That(KoalaBear.FromCanonical(word).ToCanonical(), Is.EqualTo(word % KoalaBear.Modulus));

    [Test]
    public void Operators_RandomValues_EqualBigIntegerArithmetic()
    {
        var random = new Random(5);
        for (int i = 0; i < 5000; i++)
        {
            KoalaBear a = RandomElements.Next(random), b = RandomElements.Next(random);
            BigInteger x = a.ToCanonical(), y = b.ToCanonical();
            Assert.That((BigInteger)(a + b).ToCanonical(), Is.EqualTo((x + y) % s_modulus));
            Assert.That((BigInteger)(a - b).ToCanonical(), Is.EqualTo((x - y + s_modulus) % s_modulus));
            Assert.That((BigInteger)(a * b).ToCanonical(), Is.EqualTo(x * y % s_modulus));
            Assert.That((BigInteger)(-a).ToCanonical(), Is.EqualTo((s_modulus - x) % s_modulus));
            Assert.That((a * b).Montgomery, Is.LessThan(KoalaBear.Modulus));
        }
    }

    [Test]
    public void Inverse_RandomValues_GivesOne()
    {
        var random = new Random(6);
        for (int i = 0; i < 1000; i++)
        {
            KoalaBear a = RandomElements.Next(random);
            Assert.That(a * a.Inverse(), Is.EqualTo(a == KoalaBear.Zero ? KoalaBear.Zero : KoalaBear.One));
        }
    }

    [Test]
    public void Power_SmallExponents_EqualsRepeatedProduct()
    {
        KoalaBear product = KoalaBear.One, value = KoalaBear.FromCanonical(123456789);
        for (ulong exponent = 0; exponent < 70; exponent++, product *= value)
            Assert.That(value.Power(exponent), Is.EqualTo(product));
        Assert.That(KoalaBear.Zero.Power(0), Is.EqualTo(KoalaBear.One));
    }
}
