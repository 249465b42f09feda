using System.Numerics;
using System.Runtime.Intrinsics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>The eight-lane form against integers and against the scalar form, with values at the edges of each grade.</summary>
[TestFixture(typeof(FqModulus))]
[TestFixture(typeof(FrModulus))]
sealed unsafe class PackedMontgomeryTests<TModulus>
    where TModulus : struct, IModulus
{
    const int LimbCount = PackedMontgomery<TModulus>.LimbCount, Lanes = PackedMontgomery<TModulus>.Lanes;

    static BigInteger P => ModulusOf<TModulus>();

    [SetUp]
    public void RequireVectors()
    {
        if (!PackedMontgomery<TModulus>.IsSupported)
            Assert.Ignore("The processor, or this run, has no AVX-512.");
    }

    [Test]
    public void Multiply_TightAndLooseOperands_IsTightAndCongruent()
    {
        var random = new Random(1);
        Vector512<ulong>* left = stackalloc Vector512<ulong>[LimbCount], right = stackalloc Vector512<ulong>[LimbCount], result = stackalloc Vector512<ulong>[LimbCount];
        BigInteger inverse = BigInteger.ModPow(BigInteger.One << 261, P - 2, P);
        for (int round = 0; round < 300; round++)
        {
            BigInteger[] x = Values(random, 2 * P), y = Values(random, 2 * P), z = Values(random, 2 * P);
            Set(left, x);
            Set(result, z);
            if (round % 2 == 1)
            {
                PackedMontgomery<TModulus>.Subtract(left, result, left);
                x = [.. x.Zip(z, (a, b) => a - b + 4 * P)];
            }

            Set(right, y);
            PackedMontgomery<TModulus>.Multiply(left, right, result);
            AssertGrade(result, 2 * P, x.Zip(y, (a, b) => a * b * inverse % P));
        }
    }

    [Test]
    public void Multiply_TwoUncarriedSums_IsTightAndCongruent()
    {
        var random = new Random(2);
        Vector512<ulong>* left = stackalloc Vector512<ulong>[LimbCount], right = stackalloc Vector512<ulong>[LimbCount];
        BigInteger inverse = BigInteger.ModPow(BigInteger.One << 261, P - 2, P);
        for (int round = 0; round < 100; round++)
        {
            BigInteger[] x = Values(random, 2 * P), y = Values(random, 2 * P);
            Set(left, x);
            Set(right, y);
            PackedMontgomery<TModulus>.Add(left, left, left);
            PackedMontgomery<TModulus>.Add(right, right, right);
            PackedMontgomery<TModulus>.Multiply(left, right, left);
            AssertGrade(left, 2 * P, x.Zip(y, (a, b) => 4 * a * b * inverse % P));
        }
    }

    [Test]
    public void Square_TightValues_EqualsProduct()
    {
        var random = new Random(3);
        Vector512<ulong>* value = stackalloc Vector512<ulong>[LimbCount];
        BigInteger inverse = BigInteger.ModPow(BigInteger.One << 261, P - 2, P);
        for (int round = 0; round < 300; round++)
        {
            BigInteger[] x = Values(random, 2 * P);
            Set(value, x);
            PackedMontgomery<TModulus>.Square(value, value);
            AssertGrade(value, 2 * P, x.Select(a => a * a * inverse % P));
        }
    }

    [Test]
    public void SumsAndDifferences_TightValues_AreReducedAndCongruent()
    {
        var random = new Random(4);
        BigInteger reduced = P + (BigInteger.One << 237);
        Vector512<ulong>* a = stackalloc Vector512<ulong>[LimbCount], b = stackalloc Vector512<ulong>[LimbCount], c = stackalloc Vector512<ulong>[LimbCount],
            result = stackalloc Vector512<ulong>[LimbCount];
        for (int round = 0; round < 300; round++)
        {
            BigInteger[] x = Values(random, 2 * P), y = Values(random, 2 * P), z = Values(random, 2 * P);
            Set(a, x);
            Set(b, y);
            Set(c, z);
            PackedMontgomery<TModulus>.AddReduced(a, b, result);
            AssertGrade(result, reduced, x.Zip(y, (left, right) => (left + right) % P));
            PackedMontgomery<TModulus>.SubtractReduced(a, b, result);
            AssertGrade(result, reduced, x.Zip(y, (left, right) => (left - right + 4 * P) % P));
            PackedMontgomery<TModulus>.SubtractReduced(a, b, c, result);
            AssertGrade(result, reduced, x.Zip(y, (left, right) => left - right).Zip(z, (left, right) => (left - right + 4 * P) % P));
            PackedMontgomery<TModulus>.Canonicalize(result, result);
            AssertGrade(result, P, x.Zip(y, (left, right) => left - right).Zip(z, (left, right) => (left - right + 4 * P) % P));
        }
    }

    [Test]
    public void Words_RoundTrip_AreEqualInBothForms()
    {
        var random = new Random(5);
        Vector512<ulong>* value = stackalloc Vector512<ulong>[LimbCount], again = stackalloc Vector512<ulong>[LimbCount];
        ulong* words = stackalloc ulong[4];
        for (int round = 0; round < 100; round++)
        {
            BigInteger[] x = Values(random, 2 * P);
            Set(value, x);
            PackedMontgomery<TModulus>.Pack(value, out Vector512<ulong> w0, out Vector512<ulong> w1, out Vector512<ulong> w2, out Vector512<ulong> w3);
            PackedMontgomery<TModulus>.Unpack(w0, w1, w2, w3, again);
            for (int lane = 0; lane < Lanes; lane++)
            {
                Assert.That(FromLimbs([w0[lane], w1[lane], w2[lane], w3[lane]]), Is.EqualTo(x[lane]));
                Assert.That(Get(again, lane), Is.EqualTo(x[lane]));
                PackedMontgomery<TModulus>.GetLane(value, lane, words);
                Assert.That(FromLimbs(new ReadOnlySpan<ulong>(words, 4)), Is.EqualTo(x[lane]));
            }
        }
    }

    [Test]
    public void EnterMultiplyLeave_RandomElements_EqualsScalarProduct()
    {
        var random = new Random(6);
        Vector512<ulong>* a = stackalloc Vector512<ulong>[LimbCount];
        ulong* factor = stackalloc ulong[LimbCount];
        for (int round = 0; round < 100; round++)
        {
            var x = new MontgomeryElement<TModulus>[Lanes];
            MontgomeryElement<TModulus> y = Next<TModulus>(random);
            for (int lane = 0; lane < Lanes; lane++)
            {
                x[lane] = Next<TModulus>(random);
                fixed (MontgomeryElement<TModulus>* element = &x[lane])
                    PackedMontgomery<TModulus>.SetLane(a, lane, (ulong*)element);
            }

            PackedMontgomery<TModulus>.Enter(a, a);
            PackedMontgomery<TModulus>.Spread(y, factor);
            PackedMontgomery<TModulus>.Multiply(a, factor, a);
            PackedMontgomery<TModulus>.Leave(a, a);
            PackedMontgomery<TModulus>.ReduceLoose(a, a);
            PackedMontgomery<TModulus>.Canonicalize(a, a);
            for (int lane = 0; lane < Lanes; lane++)
            {
                MontgomeryElement<TModulus> result = default;
                PackedMontgomery<TModulus>.GetLane(a, lane, (ulong*)&result);
                Assert.That(result, Is.EqualTo(x[lane] * y));
            }
        }
    }

    /// <summary>Eight numbers below the bound, half of them edges: 0, 1, around p, the largest, and all-ones limbs.</summary>
    static BigInteger[] Values(Random random, BigInteger bound)
    {
        BigInteger[] edges = [0, 1, P - 1, P, P + 1, bound - 1, (BigInteger.One << 232) - 1, (P >> 232 << 232) - 1];
        var values = new BigInteger[Lanes];
        var bytes = new byte[40];
        for (int lane = 0; lane < Lanes; lane++)
        {
            random.NextBytes(bytes);
            values[lane] = random.Next(2) == 0 ? edges[random.Next(edges.Length)] : new BigInteger(bytes, isUnsigned: true) % bound;
        }

        return values;
    }

    static void Set(Vector512<ulong>* target, BigInteger[] values)
    {
        for (int i = 0; i < LimbCount; i++)
        {
            for (int lane = 0; lane < Lanes; lane++)
                ((ulong*)(target + i))[lane] = (ulong)((values[lane] >> (29 * i)) & ((1 << 29) - 1));
        }
    }

    static BigInteger Get(Vector512<ulong>* value, int lane)
    {
        BigInteger number = 0;
        for (int i = LimbCount - 1; i >= 0; i--)
            number = (number << 29) + value[i][lane];
        return number;
    }

    static void AssertGrade(Vector512<ulong>* value, BigInteger bound, IEnumerable<BigInteger> residues)
    {
        int lane = 0;
        foreach (BigInteger residue in residues)
        {
            BigInteger number = Get(value, lane);
            Assert.That(number, Is.LessThan(bound));
            Assert.That(number % P, Is.EqualTo(residue));
            for (int i = 0; i < LimbCount; i++)
                Assert.That(value[i][lane], Is.LessThan(1UL << 29), $"limb {i}");
            lane++;
        }
    }
}
