using System.Numerics;
using Zkml.Fields.Bn254;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>The curve's integers from its one parameter t, conversions to BigInteger, and seeded elements with edge values.</summary>
static class Bn254Numbers
{
    public static BigInteger T => 4965661367192848881;

    public static BigInteger Q { get; } = 36 * T * T * T * T + 36 * T * T * T + 24 * T * T + 6 * T + 1;

    public static BigInteger R { get; } = 36 * T * T * T * T + 36 * T * T * T + 18 * T * T + 6 * T + 1;

    public static BigInteger ModulusOf<TModulus>()
        where TModulus : struct, IModulus => FromLimbs([TModulus.P0, TModulus.P1, TModulus.P2, TModulus.P3]);

    public static BigInteger FromLimbs(ReadOnlySpan<ulong> limbs)
    {
        BigInteger value = 0;
        for (int i = limbs.Length - 1; i >= 0; i--)
            value = (value << 64) + limbs[i];
        return value;
    }

    /// <summary>Limbs of a non-negative integer, as few as hold it.</summary>
    public static ulong[] ToLimbs(BigInteger value)
    {
        var limbs = new List<ulong>();
        for (; !value.IsZero; value >>= 64)
            limbs.Add((ulong)(value & ulong.MaxValue));
        return [.. limbs];
    }

    public static BigInteger ToInteger<TModulus>(MontgomeryElement<TModulus> value)
        where TModulus : struct, IModulus
    {
        var limbs = new ulong[4];
        value.CopyLimbs(limbs);
        return FromLimbs(limbs);
    }

    public static MontgomeryElement<TModulus> FromInteger<TModulus>(BigInteger value)
        where TModulus : struct, IModulus
    {
        Assert.That(MontgomeryElement<TModulus>.TryReadLittleEndian(LittleEndian(value), out MontgomeryElement<TModulus> element), Is.True, $"{value} is below the modulus");
        return element;
    }

    public static byte[] LittleEndian(BigInteger value)
    {
        var bytes = new byte[32];
        Assert.That(value.TryWriteBytes(bytes, out _, isUnsigned: true), Is.True);
        return bytes;
    }

    public static Fq NextFq(Random random) => Next<FqModulus>(random);

    public static Fr NextFr(Random random) => Next<FrModulus>(random);

    /// <summary>A quarter of the draws are edge values: 0, 1, p - 1, 2^64 - 1, R mod p and its neighbours.</summary>
    public static MontgomeryElement<TModulus> Next<TModulus>(Random random)
        where TModulus : struct, IModulus
    {
        BigInteger modulus = ModulusOf<TModulus>(), value;
        if (random.Next(4) == 0)
        {
            BigInteger[] edges = [0, 1, 2, modulus - 1, modulus - 2, ulong.MaxValue, BigInteger.One << 64, (BigInteger.One << 256) % modulus, (modulus - 1) / 2];
            value = edges[random.Next(edges.Length)];
        }
        else
        {
            var bytes = new byte[40];
            random.NextBytes(bytes);
            value = new BigInteger(bytes, isUnsigned: true) % modulus;
        }

        return FromInteger<TModulus>(value);
    }
}
