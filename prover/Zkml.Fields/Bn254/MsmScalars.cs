using System.Runtime.CompilerServices;

namespace Zkml.Fields.Bn254;

/// <summary>The scalars of a sum: four words each, either elements of Fr or integers below r, least significant word first.</summary>
/// <remarks>The unsafe code is safe where the address stays pinned and the index is below the number of scalars. The first one's number is for messages.</remarks>
readonly unsafe struct MsmScalars(ulong* words, bool isMontgomery, long first = 0)
{
    // ⌊r/2⌋, least significant word first.
    const ulong Half0 = 0xA1F0FAC9F8000000, Half1 = 0x9419F4243CDCB848, Half2 = 0xDC2822DB40C0AC2E, Half3 = 0x183227397098D014;

    public MsmScalars From(long index) => new(words + 4 * index, isMontgomery, first + index);

    public bool IsZero(int index) => (words[4L * index] | words[4L * index + 1] | words[4L * index + 2] | words[4L * index + 3]) == 0;

    /// <summary>
    /// Writes the one of s and r - s that is at most r/2 and so below 2^253, four words; returns whether it is r - s, which stands for -s.
    /// </summary>
    /// <exception cref="ArgumentException">The scalar is an integer not below r.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool ReadBalanced(int index, Span<ulong> magnitude)
    {
        ulong* scalar = words + 4L * index;
        if (isMontgomery)
            ((Fr*)scalar)->CopyLimbs(magnitude);
        else
            new ReadOnlySpan<ulong>(scalar, 4).CopyTo(magnitude);
        if (!IsBelow(Half0, Half1, Half2, Half3, magnitude[0], magnitude[1], magnitude[2], magnitude[3]))
            return false;

        UInt128 low = new UInt128(FrModulus.P1, FrModulus.P0), subtracted = new(magnitude[1], magnitude[0]);
        UInt128 high = new UInt128(FrModulus.P3, FrModulus.P2) - new UInt128(magnitude[3], magnitude[2]) - (low < subtracted ? UInt128.One : UInt128.Zero);
        if (!IsBelow(magnitude[0], magnitude[1], magnitude[2], magnitude[3], FrModulus.P0, FrModulus.P1, FrModulus.P2, FrModulus.P3))
            throw new ArgumentException($"Scalar {first + index}: expected a number below r, got 0x{magnitude[3]:X16}{magnitude[2]:X16}{magnitude[1]:X16}{magnitude[0]:X16}.");
        low -= subtracted;
        (magnitude[0], magnitude[1], magnitude[2], magnitude[3]) = ((ulong)low, (ulong)(low >> 64), (ulong)high, (ulong)(high >> 64));
        return true;
    }

    static bool IsBelow(ulong x0, ulong x1, ulong x2, ulong x3, ulong y0, ulong y1, ulong y2, ulong y3)
    {
        if (x3 != y3)
            return x3 < y3;
        if (x2 != y2)
            return x2 < y2;
        return x1 != y1 ? x1 < y1 : x0 < y0;
    }
}
