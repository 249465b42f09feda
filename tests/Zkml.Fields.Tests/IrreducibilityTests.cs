namespace Zkml.Fields.Tests;

/// <summary>
/// Rabin's criterion for degree 5, a prime: f is irreducible over F exactly when X^(p^5) = X modulo f and gcd(X^p - X, f) = 1.
/// Polynomials are arrays of coefficients, least significant first.
/// </summary>
sealed class IrreducibilityTests
{
    [Test]
    public void Rabin_ModulusOfTheExtension_IsIrreducible() => Assert.That(IsIrreducible([-KoalaBear.One, default, KoalaBear.One, default, default, KoalaBear.One]), Is.True);

    [Test]
    public void Rabin_Binomial_IsReducible() =>
        // 5 does not divide p - 1, so x ↦ x⁵ is onto and X⁵ - 3 has a root.
        Assert.That(IsIrreducible([-KoalaBear.FromCanonical(3), default, default, default, default, KoalaBear.One]), Is.False);

    [Test]
    public void Rabin_Product_IsReducible() =>
        // X⁵ - 3X³ + X² - 3 = (X² - 3)(X³ + 1).
        Assert.That(IsIrreducible([-KoalaBear.FromCanonical(3), default, KoalaBear.One, -KoalaBear.FromCanonical(3), default, KoalaBear.One]), Is.False);

    static bool IsIrreducible(KoalaBear[] modulus)
    {
        KoalaBear[] x = [default, KoalaBear.One, default, default, default], power = x, first = x;
        for (int i = 0; i < 5; i++)
        {
            power = Power(power, KoalaBear.Modulus, modulus);
            if (i == 0)
                first = power;
        }

        if (!power.SequenceEqual(x))
            return false;
        var difference = (KoalaBear[])first.Clone();
        difference[1] -= KoalaBear.One;
        return Degree(Gcd(modulus, difference)) == 0;
    }

    static KoalaBear[] Power(KoalaBear[] value, uint exponent, KoalaBear[] modulus)
    {
        KoalaBear[] result = [KoalaBear.One, default, default, default, default];
        for (; exponent != 0; exponent >>= 1, value = Multiply(value, value, modulus))
            if ((exponent & 1) != 0)
                result = Multiply(result, value, modulus);
        return result;
    }

    static KoalaBear[] Multiply(KoalaBear[] left, KoalaBear[] right, KoalaBear[] modulus)
    {
        var product = new KoalaBear[9];
        for (int i = 0; i < 5; i++)
            for (int j = 0; j < 5; j++)
                product[i + j] += left[i] * right[j];
        return Remainder(product, modulus)[..5];
    }

    static KoalaBear[] Remainder(KoalaBear[] value, KoalaBear[] modulus)
    {
        var rest = (KoalaBear[])value.Clone();
        int degree = Degree(modulus);
        KoalaBear inverse = modulus[degree].Inverse();
        for (int i = Degree(rest); i >= degree; i--)
        {
            KoalaBear factor = rest[i] * inverse;
            for (int j = 0; j <= degree; j++)
                rest[i - degree + j] -= factor * modulus[j];
        }

        return rest;
    }

    static KoalaBear[] Gcd(KoalaBear[] left, KoalaBear[] right)
    {
        while (Degree(right) >= 0)
            (left, right) = (right, Remainder(left, right));
        return left;
    }

    /// <summary>-1 for the zero polynomial.</summary>
    static int Degree(KoalaBear[] value) => Array.FindLastIndex(value, c => c != KoalaBear.Zero);
}
