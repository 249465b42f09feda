namespace Zkml.Guest.Runtime.Tests;

/// <summary>Operands that meet the corners of a format: all pairs of corner values, then random bits, near exponents, few-bit fractions.</summary>
static class Operands
{
    static readonly int[] s_corners =
    [
        0, 1, 2, 3, 0x007FFFFF, 0x00800000, 0x00800001, 0x00FFFFFF, 0x01000000, 0x01000001, 0x3EFFFFFF, 0x3F000000, 0x3F000001, 0x3F7FFFFF, 0x3F800000, 0x3F800001,
        0x3FC00000, 0x40200000, 0x40000000, 0x4B000000, 0x4B000001, 0x4A800001, 0x4EFFFFFF, 0x4F000000, 0x4F7FFFFF, 0x4F800000, 0x5F000000, 0x5F7FFFFF, 0x7E800000, 0x7EFFFFFF, 0x7F000000,
        0x7F7FFFFF, 0x7F800000, 0x7F800001, 0x7FC00000, 0x7FFFFFFF,
    ];

    static readonly long[] s_wideCorners =
    [
        0, 1, 2, 3, 0x000FFFFFFFFFFFFF, 0x0010000000000000, 0x0010000000000001, 0x001FFFFFFFFFFFFF, 0x0020000000000000, 0x0020000000000001, 0x3FDFFFFFFFFFFFFF, 0x3FE0000000000000,
        0x3FE0000000000001, 0x3FEFFFFFFFFFFFFF, 0x3FF0000000000000, 0x3FF0000000000001, 0x3FF8000000000000, 0x4004000000000000, 0x4000000000000000, 0x4330000000000000, 0x4330000000000001,
        0x41DFFFFFFFC00000, 0x41E0000000000000, 0x41EFFFFFFFE00000, 0x41F0000000000000, 0x43E0000000000000, 0x43EFFFFFFFFFFFFF, 0x43F0000000000000, 0x47EFFFFFE0000000, 0x47EFFFFFF0000000,
        0x3810000000000000, 0x36A0000000000000, 0x3690000000000000, 0x3690000000000001, 0x380FFFFFFFFFFFFF, 0x7FE0000000000000, 0x7FEFFFFFFFFFFFFF, 0x7FF0000000000000, 0x7FF0000000000001, 0x7FF8000000000000, 0x7FFFFFFFFFFFFFFF,
    ];

    public static IEnumerable<int> Single(int randomCount)
    {
        foreach (int corner in s_corners)
        {
            yield return corner;
            yield return corner | int.MinValue;
        }
        Random random = new(1);
        for (int i = 0; i < randomCount; i++) yield return RandomSingle(random, i);
    }

    public static IEnumerable<(int, int)> SinglePairs(int randomCount)
    {
        foreach (int x in Single(0))
            foreach (int y in Single(0)) yield return (x, y);
        Random random = new(2);
        for (int i = 0; i < randomCount; i++) yield return NearPair(random, i);
    }

    public static IEnumerable<long> Double(int randomCount)
    {
        foreach (long corner in s_wideCorners)
        {
            yield return corner;
            yield return corner | long.MinValue;
        }
        Random random = new(3);
        for (int i = 0; i < randomCount; i++) yield return RandomDouble(random, i);
    }

    public static IEnumerable<(long, long)> DoublePairs(int randomCount)
    {
        foreach (long x in Double(0))
            foreach (long y in Double(0)) yield return (x, y);
        Random random = new(4);
        for (int i = 0; i < randomCount; i++)
        {
            long x = RandomDouble(random, i), y = RandomDouble(random, i + 1);
            // Half of the pairs lie within a few exponents of each other, where sums round and cancel.
            if (i % 2 == 0) y = y & ~(0x7FFL << 52) | (long)Math.Clamp((x >> 52 & 0x7FF) + random.Next(-56, 57), 0, 0x7FF) << 52;
            yield return (x, y);
        }
    }

    static (int, int) NearPair(Random random, int i)
    {
        int x = RandomSingle(random, i), y = RandomSingle(random, i + 1);
        if (i % 2 == 0) y = y & ~(0xFF << 23) | Math.Clamp((x >> 23 & 0xFF) + random.Next(-27, 28), 0, 0xFF) << 23;
        return (x, y);
    }

    static int RandomSingle(Random random, int i)
    {
        int bits = random.Next(int.MinValue, int.MaxValue);
        if (i % 3 == 0) bits &= -1 << random.Next(24);
        if (i % 5 == 0) bits = bits & ~(0xFF << 23) | random.Next(100, 156) << 23;
        // Just above a power of two.
        if (i % 7 == 0) bits &= ~(0x7FFFFF >> random.Next(23) << random.Next(23) & 0x7FFFFF);
        return bits;
    }

    static long RandomDouble(Random random, int i)
    {
        long bits = random.NextInt64(long.MinValue, long.MaxValue);
        if (i % 3 == 0) bits &= -1L << random.Next(53);
        if (i % 5 == 0) bits = bits & ~(0x7FFL << 52) | (long)random.Next(1023 - 70, 1023 + 70) << 52;
        if (i % 7 == 0) bits &= ~(0xFFFFFFFFFFFFF >> random.Next(52) << random.Next(52) & 0xFFFFFFFFFFFFF);
        return bits;
    }
}
