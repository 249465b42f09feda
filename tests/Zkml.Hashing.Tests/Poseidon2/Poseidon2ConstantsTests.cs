using System.Numerics;
using Zkml.Fields;

namespace Zkml.Hashing.Tests;

public class Poseidon2ConstantsTests
{
    static Poseidon2Constants Constants(int width) => width == 16 ? Poseidon2Constants.Width16 : Poseidon2Constants.Width24;

    [TestCase(16)]
    [TestCase(24)]
    public void Constants_FromGrainGenerator_EqualPublishedOnes(int width)
    {
        KoalaBearVectors vectors = KoalaBearVectors.Read(width);
        Poseidon2Constants constants = Constants(width);
        Assert.That(constants.External.ToArray(), Is.EqualTo(vectors.External));
        Assert.That(constants.Internal.ToArray(), Is.EqualTo(vectors.Internal));
        Assert.That(constants.Diagonal.ToArray(), Is.EqualTo(vectors.Diagonal));
    }

    // Source: Plonky3 p3-koala-bear, the first and last constants of each list; guards the generator where the vectors are absent.
    [TestCase(16, 2128964168u, 1423960925u)]
    [TestCase(24, 487143900u, 328586442u)]
    public void Constants_FirstOfEachKind_AreThePublishedOnes(int width, uint external, uint firstInternal)
    {
        Assert.That(Constants(width).External[0].ToCanonical(), Is.EqualTo(external));
        Assert.That(Constants(width).Internal[0].ToCanonical(), Is.EqualTo(firstInternal));
    }

    [Test]
    public void SBox_Cube_IsAPermutationOfTheField() => Assert.That(BigInteger.GreatestCommonDivisor(3, KoalaBear.Modulus - 1), Is.EqualTo(BigInteger.One));

    // det(J + diag(d)) = Π d_i · (1 + Σ 1/d_i), by the matrix determinant lemma.
    [TestCase(16)]
    [TestCase(24)]
    public void InternalMatrix_IsInvertible(int width)
    {
        KoalaBear product = KoalaBear.One, sum = KoalaBear.One;
        foreach (KoalaBear entry in Constants(width).Diagonal)
        {
            product *= entry;
            sum += entry.Inverse();
        }
        Assert.That(product * sum, Is.Not.EqualTo(KoalaBear.Zero));
    }

    /// <summary>
    /// [GKS23] §5.3: no arbitrarily long subspace trail survives the internal rounds if the minimal polynomials of M, M², …, M^(2t)
    /// are irreducible of degree t. For a vector v the Krylov space of an irreducible minimal polynomial of degree t is everything,
    /// so it is enough that the characteristic polynomial of each power is irreducible (Rabin's criterion).
    /// </summary>
    [TestCase(16)]
    [TestCase(24)]
    public void InternalMatrix_PowersHaveIrreducibleCharacteristicPolynomials(int width)
    {
        KoalaBear[,] matrix = InternalMatrix(width), power = matrix;
        for (int exponent = 1; exponent <= 2 * width; exponent++)
        {
            Assert.That(FieldPolynomial.IsIrreducible(FieldPolynomial.Characteristic(power)), Is.True, $"M^{exponent}");
            power = FieldPolynomial.Multiply(power, matrix);
        }
    }

    [TestCase(16)]
    [TestCase(24)]
    public void ExternalLayer_EqualsItsMatrix(int width)
    {
        int[,] m4 = { { 2, 3, 1, 1 }, { 1, 2, 3, 1 }, { 1, 1, 2, 3 }, { 3, 1, 1, 2 } };
        KoalaBear[] input = RandomElements.Next(new Random(width), width), expected = new KoalaBear[width], actual = [.. input];
        for (int row = 0; row < width; row++)
            for (int column = 0; column < width; column++)
                expected[row] += input[column] * KoalaBear.FromCanonical((uint)(m4[row % 4, column % 4] * (row / 4 == column / 4 ? 2 : 1)));
        Poseidon2Rounds.ExternalLayer<KoalaBear>(actual);
        Assert.That(actual, Is.EqualTo(expected));
    }

    [TestCase(16)]
    [TestCase(24)]
    public void ExternalMatrix_IsInvertible(int width)
    {
        KoalaBear[,] matrix = new KoalaBear[width, width];
        for (int column = 0; column < width; column++)
        {
            KoalaBear[] unit = new KoalaBear[width];
            unit[column] = KoalaBear.One;
            Poseidon2Rounds.ExternalLayer<KoalaBear>(unit);
            for (int row = 0; row < width; row++)
                matrix[row, column] = unit[row];
        }
        Assert.That(FieldPolynomial.Characteristic(matrix)[0], Is.Not.EqualTo(KoalaBear.Zero));
    }

    static KoalaBear[,] InternalMatrix(int width)
    {
        KoalaBear[,] matrix = new KoalaBear[width, width];
        for (int row = 0; row < width; row++)
            for (int column = 0; column < width; column++)
                matrix[row, column] = KoalaBear.One + (row == column ? Constants(width).Diagonal[row] : KoalaBear.Zero);
        return matrix;
    }
}
