namespace Zkml.Fields.Tests;

sealed class KoalaBear5Tests
{
    static readonly KoalaBear5 s_x = new(default, KoalaBear.One, default, default, default);

    [Test]
    public void Product_RandomValues_EqualsSchoolbookReference()
    {
        var random = new Random(11);
        for (int i = 0; i < 5000; i++)
        {
            KoalaBear5 a = RandomElements.NextExtension(random), b = RandomElements.NextExtension(random);
            Assert.That(a * b, Is.EqualTo(Schoolbook(a, b)));
        }
    }

    [Test]
    public void Product_LargestWords_DoesNotOverflow()
    {
        KoalaBear largest = KoalaBear.FromMontgomery(KoalaBear.Modulus - 1);
        // Every mix of the largest word and 0 drives each dot product to its bound at least once.
        for (int left = 0; left < 32; left++)
            for (int right = 0; right < 32; right++)
            {
                KoalaBear5 a = Mask(left, largest), b = Mask(right, largest);
                Assert.That(a * b, Is.EqualTo(Schoolbook(a, b)), $"masks {left}, {right}");
            }
    }

    [Test]
    public void X_RaisedToFive_IsOneMinusXSquared() => Assert.That(s_x.Power(5), Is.EqualTo(KoalaBear5.One - s_x * s_x));

    [Test]
    public void Inverse_RandomValues_GivesOne()
    {
        var random = new Random(12);
        for (int i = 0; i < 2000; i++)
        {
            KoalaBear5 a = RandomElements.NextExtension(random);
            Assert.That(a * a.Inverse(), Is.EqualTo(a == KoalaBear5.Zero ? KoalaBear5.Zero : KoalaBear5.One));
        }
    }

    [Test]
    public void Frobenius_RandomValues_IsThePowerP()
    {
        var random = new Random(13);
        for (int i = 0; i < 50; i++)
        {
            KoalaBear5 a = RandomElements.NextExtension(random);
            Assert.That(a.Frobenius(), Is.EqualTo(a.Power(KoalaBear.Modulus)));
        }
    }

    [Test]
    public void Frobenius_FiveTimes_IsTheIdentity()
    {
        KoalaBear5 a = RandomElements.NextExtension(new Random(14));
        Assert.That(a.Frobenius().Frobenius().Frobenius().Frobenius().Frobenius(), Is.EqualTo(a));
    }

    [Test]
    public void Combine_ElementsOfK_IsTheSumOfCellsTimesPowersOfX()
    {
        var random = new Random(15);
        KoalaBear5[] cells = RandomElements.ExtensionArray(random, 5);
        KoalaBear5 expected = KoalaBear5.Zero;
        for (int k = 0; k < 5; k++)
            expected += cells[k] * s_x.Power((ulong)k);
        Assert.That(KoalaBear5.Combine(cells), Is.EqualTo(expected));
        Assert.That(cells[0].TimesX(), Is.EqualTo(cells[0] * s_x));
    }

    [Test]
    public void Coefficients_ByIndexAndFromSpan_AreInOrder()
    {
        KoalaBear[] coefficients = [KoalaBear.FromCanonical(10), KoalaBear.FromCanonical(11), KoalaBear.FromCanonical(12), KoalaBear.FromCanonical(13), KoalaBear.FromCanonical(14)];
        KoalaBear5 a = KoalaBear5.FromCoefficients(coefficients);
        for (int i = 0; i < KoalaBear5.Degree; i++)
            Assert.That(a[i], Is.EqualTo(coefficients[i]));
        Assert.That(() => a[5], Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    /// <summary>d_k = Σ a_i·b_(k-i), then X⁵ = 1 - X², X⁶ = X - X³, X⁷ = X² - X⁴, X⁸ = X³ - 1 + X².</summary>
    static KoalaBear5 Schoolbook(KoalaBear5 a, KoalaBear5 b)
    {
        var d = new KoalaBear[9];
        for (int i = 0; i < 5; i++)
            for (int j = 0; j < 5; j++)
                d[i + j] += a[i] * b[j];
        return new(d[0] + d[5] - d[8], d[1] + d[6], d[2] - d[5] + d[7] + d[8], d[3] - d[6] + d[8], d[4] - d[7]);
    }

    static KoalaBear5 Mask(int bits, KoalaBear value)
    {
        var c = new KoalaBear[5];
        for (int i = 0; i < 5; i++)
            c[i] = (bits >> i & 1) != 0 ? value : default;
        return KoalaBear5.FromCoefficients(c);
    }
}
