using System.Numerics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>Both prime fields against BigInteger, and every constant against its definition.</summary>
[TestFixture(typeof(FqModulus))]
[TestFixture(typeof(FrModulus))]
sealed class MontgomeryElementTests<TModulus>
    where TModulus : struct, IModulus
{
    static BigInteger Modulus => typeof(TModulus) == typeof(FqModulus) ? Q : R;

    [Test]
    public void Constants_FromCurveParameter_AreEqual()
    {
        BigInteger montgomeryOne = (BigInteger.One << 256) % Modulus;
        Assert.That(ModulusOf<TModulus>(), Is.EqualTo(Modulus));
        Assert.That(TModulus.P3, Is.LessThan(1UL << 62));
        Assert.That(unchecked(TModulus.P0 * TModulus.NegativeInverse), Is.EqualTo(ulong.MaxValue));
        Assert.That(FromLimbs([TModulus.R0, TModulus.R1, TModulus.R2, TModulus.R3]), Is.EqualTo(montgomeryOne));
        Assert.That(FromLimbs([TModulus.S0, TModulus.S1, TModulus.S2, TModulus.S3]), Is.EqualTo(montgomeryOne * montgomeryOne % Modulus));
    }

    [Test]
    public void FoldConstants_FromModulus_AreEqual()
    {
        BigInteger radix = 1 << 29, inverse = radix - BigInteger.ModPow(Modulus, (1 << 28) - 1, radix), folded = inverse * Modulus + 1, number = 0;
        ulong[] limbs = [TModulus.F0, TModulus.F1, TModulus.F2, TModulus.F3, TModulus.F4, TModulus.F5, TModulus.F6, TModulus.F7, TModulus.F8];
        for (int i = limbs.Length - 1; i >= 0; i--)
            number = (number << 29) + limbs[i];
        Assert.That(number << 29, Is.EqualTo(folded));
        Assert.That(2 * number, Is.LessThan(Modulus + 2));
        Assert.That(limbs, Is.All.LessThan(1UL << 29));
    }

    [Test]
    public void Modulus_FermatTest_PassesForSmallWitnesses()
    {
        foreach (int witness in (int[])[2, 3, 5, 7, 11, 13, 17, 19])
            Assert.That(BigInteger.ModPow(witness, Modulus - 1, Modulus), Is.EqualTo(BigInteger.One));
    }

    [Test]
    public void Operations_RandomAndEdgeValues_EqualBigInteger()
    {
        var random = new Random(1);
        for (int i = 0; i < 2000; i++)
        {
            MontgomeryElement<TModulus> a = Next<TModulus>(random), b = Next<TModulus>(random);
            BigInteger x = ToInteger(a), y = ToInteger(b);
            Assert.That(ToInteger(a + b), Is.EqualTo((x + y) % Modulus));
            Assert.That(ToInteger(a - b), Is.EqualTo((x - y + Modulus) % Modulus));
            Assert.That(ToInteger(-a), Is.EqualTo((Modulus - x) % Modulus));
            Assert.That(ToInteger(a * b), Is.EqualTo(x * y % Modulus));
            Assert.That(ToInteger(a.Square()), Is.EqualTo(x * x % Modulus));
            Assert.That(a == b, Is.EqualTo(x == y));
        }
    }

    [Test]
    public void Inverse_RandomAndEdgeValues_MultipliesToOne()
    {
        var random = new Random(2);
        for (int i = 0; i < 60; i++)
        {
            MontgomeryElement<TModulus> a = Next<TModulus>(random);
            Assert.That(a * a.Inverse(), Is.EqualTo(a.IsZero ? default : MontgomeryElement<TModulus>.One));
        }
    }

    [Test]
    public void Inverse_ManyValues_EqualsPower()
    {
        var random = new Random(7);
        ulong[] exponent = ToLimbs(Modulus - 2);
        BigInteger[] edges = [.. Enumerable.Range(0, 254).Select(i => (BigInteger.One << i) % Modulus), .. Enumerable.Range(1, 40).Select(i => Modulus - i)];
        for (int i = 0; i < 1500; i++)
        {
            MontgomeryElement<TModulus> a = i < edges.Length ? FromInteger<TModulus>(edges[i]) : Next<TModulus>(random);
            Assert.That(a.Inverse(), Is.EqualTo(FieldAlgorithms.Power(a, exponent)));
        }
    }

    [Test]
    public void InvertInPlace_WithZeros_EqualsSingleInverses()
    {
        var random = new Random(3);
        MontgomeryElement<TModulus>[] values = [.. Enumerable.Range(0, 33).Select(i => i % 7 == 0 ? default : Next<TModulus>(random))];
        MontgomeryElement<TModulus>[] expected = [.. values.Select(value => value.Inverse())];
        FieldAlgorithms.InvertInPlace<MontgomeryElement<TModulus>>(values);
        Assert.That(values, Is.EqualTo(expected));
    }

    [Test]
    public void InvertInPlace_Empty_DoesNothing() =>
        Assert.That(() => FieldAlgorithms.InvertInPlace<MontgomeryElement<TModulus>>([]), Throws.Nothing);

    [Test]
    public void Power_RandomExponents_EqualsBigInteger()
    {
        var random = new Random(4);
        foreach (ulong[] exponent in (ulong[][])[[], [0], [1], [2], [0, 0, 1], [ulong.MaxValue, 5], [0x123456789, 0, 0, 0, 77]])
        {
            MontgomeryElement<TModulus> a = Next<TModulus>(random);
            Assert.That(ToInteger(FieldAlgorithms.Power(a, exponent)), Is.EqualTo(BigInteger.ModPow(ToInteger(a), FromLimbs(exponent), Modulus)));
        }
    }

    [Test]
    public void Encoding_RoundTrip_IsCanonicalInBothOrders()
    {
        var random = new Random(5);
        byte[] little = new byte[32], big = new byte[32];
        for (int i = 0; i < 200; i++)
        {
            MontgomeryElement<TModulus> a = Next<TModulus>(random);
            a.WriteLittleEndian(little);
            a.WriteBigEndian(big);
            Assert.That(little, Is.EqualTo(LittleEndian(ToInteger(a))));
            Assert.That(big, Is.EqualTo(little.Reverse()));
            Assert.That(MontgomeryElement<TModulus>.TryReadLittleEndian(little, out MontgomeryElement<TModulus> fromLittle) && fromLittle == a, Is.True);
            Assert.That(MontgomeryElement<TModulus>.TryReadBigEndian(big, out MontgomeryElement<TModulus> fromBig) && fromBig == a, Is.True);
        }
    }

    [Test]
    public void Reading_NumberNotBelowModulus_IsRefused()
    {
        BigInteger top = (BigInteger.One << 256) - 1;
        foreach (BigInteger value in (BigInteger[])[Modulus, Modulus + 1, 2 * Modulus, top, Modulus + (BigInteger.One << 64), BigInteger.One << 255])
        {
            byte[] bytes = LittleEndian(value);
            Assert.That(MontgomeryElement<TModulus>.TryReadLittleEndian(bytes, out MontgomeryElement<TModulus> read), Is.False);
            Assert.That(read.IsZero, Is.True);
            Array.Reverse(bytes);
            Assert.That(MontgomeryElement<TModulus>.TryReadBigEndian(bytes, out _), Is.False);
        }

        Assert.That(MontgomeryElement<TModulus>.TryReadLittleEndian(LittleEndian(Modulus - 1), out _), Is.True);
    }

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(33)]
    public void Reading_WrongLength_IsRefused(int length)
    {
        Assert.That(MontgomeryElement<TModulus>.TryReadBigEndian(new byte[length], out _), Is.False);
        Assert.That(MontgomeryElement<TModulus>.TryReadLittleEndian(new byte[length], out _), Is.False);
    }
}

sealed class FqSquareRootTests
{
    [Test]
    public void Exponent_FromModulus_IsEqual()
    {
        Assert.That(Q % 4, Is.EqualTo((BigInteger)3));
        Assert.That(FromLimbs(FqSquareRoot.Exponent), Is.EqualTo((Q + 1) / 4));
    }

    [Test]
    public void TryCompute_SquaresAndNonSquares_AgreesWithEuler()
    {
        var random = new Random(6);
        int squares = 0, nonSquares = 0;
        for (int i = 0; i < 60; i++)
        {
            Fq a = NextFq(random);
            bool isSquare = BigInteger.ModPow(ToInteger(a), (Q - 1) / 2, Q) <= 1;
            Assert.That(FqSquareRoot.TryCompute(a, out Fq root), Is.EqualTo(isSquare));
            Assert.That(root.Square(), Is.EqualTo(isSquare ? a : default));
            _ = isSquare ? squares++ : nonSquares++;
        }

        Assert.That(squares, Is.GreaterThan(10));
        Assert.That(nonSquares, Is.GreaterThan(10));
    }
}
