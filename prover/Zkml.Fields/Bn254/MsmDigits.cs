using System.Runtime.CompilerServices;

namespace Zkml.Fields.Bn254;

/// <summary>
/// Signed digits of scalars, in windows of some bits: an offset of half a window in
/// each window but the top one makes every digit a plain field of bits, with no carry between them.
/// </summary>
readonly unsafe struct MsmDigits
{
    /// <summary>Of the top word: the sign of the scalar.</summary>
    public const ulong SignBit = 1UL << 63;

    readonly UInt128 _offsetLow, _offsetHigh;

    /// <summary>Digits of scalars below 2^<paramref name="scalarBits"/>, at most 253.</summary>
    public MsmDigits(int windowBits, int scalarBits)
    {
        WindowBits = windowBits;
        WindowCount = scalarBits / windowBits + 1;
        for (int window = 0; window < WindowCount - 1; window++)
        {
            int bit = window * windowBits + windowBits - 1;
            if (bit < 128)
                _offsetLow |= UInt128.One << bit;
            else
                _offsetHigh |= UInt128.One << (bit - 128);
        }
    }

    /// <summary>Bits of a window, in [2, 20].</summary>
    public int WindowBits { get; }

    /// <summary>Windows. The top one has room for its bits, fewer than the others, and a carry.</summary>
    public int WindowCount { get; }

    /// <summary>Values of a digit's magnitude, without 0: [1, 2^(windowBits - 1)].</summary>
    public int BucketCount => 1 << (WindowBits - 1);

    /// <summary>Adds the offsets to a scalar of four words. The sum stays below 2^254.</summary>
    public void AddOffsets(ulong* scalar)
    {
        UInt128 low = new UInt128(scalar[1], scalar[0]) + _offsetLow;
        UInt128 high = new UInt128(scalar[3], scalar[2]) + _offsetHigh + (low < _offsetLow ? UInt128.One : UInt128.Zero);
        (scalar[0], scalar[1], scalar[2], scalar[3]) = ((ulong)low, (ulong)(low >> 64), (ulong)high, (ulong)(high >> 64));
    }

    /// <summary>The digit of a window, in [-2^(windowBits - 1), 2^(windowBits - 1)], with the scalar's sign.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Digit(ulong* scalar, int window)
    {
        int bit = window * WindowBits, word = bit >> 6, shift = bit & 63;
        ulong field = scalar[word] >> shift;
        if (shift + WindowBits > 64 && word < 3)
            field |= scalar[word + 1] << (64 - shift);
        int sign = (int)((long)scalar[3] >> 63);
        int digit;
        if (window == WindowCount - 1)
        {
            // The scalar ends with the top window, but for its sign.
            digit = (int)(word == 3 ? (scalar[3] & ~SignBit) >> shift : field & ((1UL << WindowBits) - 1));
        }
        else
        {
            digit = (int)(field & ((1UL << WindowBits) - 1)) - (1 << (WindowBits - 1));
        }

        return (digit ^ sign) - sign;
    }

    /// <summary>The digits of one window of consecutive scalars.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CopyDigits(ulong* scalars, int count, int window, int* destination)
    {
        int bit = window * WindowBits, word = bit >> 6, shift = bit & 63;
        if (window == WindowCount - 1 || shift + WindowBits > 64)
        {
            for (int i = 0; i < count; i++)
                destination[i] = Digit(scalars + 4L * i, window);
            return;
        }

        ulong mask = (1UL << WindowBits) - 1;
        int half = 1 << (WindowBits - 1);
        for (int i = 0; i < count; i++, scalars += 4)
        {
            int sign = (int)((long)scalars[3] >> 63), digit = (int)((scalars[word] >> shift) & mask) - half;
            destination[i] = (digit ^ sign) - sign;
        }
    }

    /// <summary>
    /// The width that makes the work least: a sum for each term in each window, and about four for each bucket, in each of the
    /// <paramref name="parts"/> that the terms are split in.
    /// </summary>
    public static MsmDigits Choose(long count, int scalarBits, int parts)
    {
        const long SumsPerBucket = 4;
        MsmDigits best = new(2, scalarBits);
        long bestCost = long.MaxValue;
        for (int bits = 2; bits <= 20; bits++)
        {
            var digits = new MsmDigits(bits, scalarBits);
            long cost = digits.WindowCount * (count + SumsPerBucket * parts * digits.BucketCount);
            if (cost < bestCost)
                (best, bestCost) = (digits, cost);
        }

        return best;
    }
}
