using System.Buffers.Binary;

namespace Zkml.Hashing;

/// <summary>
/// How the rows of committed tables are stored. The leaf of domain index d is always d with its bits reversed, so that a leaf of a lower
/// table is a prefix of the leaves above it.
/// </summary>
public readonly record struct RowOrder
{
    readonly bool _isReversed;

    RowOrder(bool isReversed, int logCosets)
    {
        _isReversed = isReversed;
        LogCosets = logCosets;
    }

    /// <summary>Rows stand in leaf order already: the bit-reversed order of a FRI layer.</summary>
    public static RowOrder BitReversed { get; } = new(isReversed: true, logCosets: 0);

    /// <summary>Rows stand in the natural order of their domain.</summary>
    public static RowOrder Natural => CosetMajor(0);

    /// <summary>
    /// The order of a low-degree extension: with b = 2^<paramref name="logCosets"/> cosets of N rows, row h·N + i holds domain index b·i + h.
    /// </summary>
    public static RowOrder CosetMajor(int logCosets)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(logCosets);
        return new(isReversed: false, logCosets);
    }

    /// <summary>log2 of the number of cosets; a table has at least one row in each.</summary>
    public int LogCosets { get; }

    /// <summary>
    /// The leaf of storage row <paramref name="position"/>, and as well the storage row of leaf <paramref name="position"/>: reversing
    /// b·i + h reverses h and i apart, so the map is its own inverse. position is in [0, 2^logHeight), LogCosets at most logHeight.
    /// </summary>
    public int Swap(int position, int logHeight)
    {
        if (_isReversed)
            return position;
        int logRows = logHeight - LogCosets;
        uint coset = (uint)position >> logRows, row = (uint)position & ((1u << logRows) - 1);
        return (int)((ReverseBits(coset, LogCosets) << logRows) | ReverseBits(row, logRows));
    }

    /// <summary>The low <paramref name="count"/> bits, in [0, 31], of <paramref name="value"/>, which is below 2^count, in reverse.</summary>
    public static uint ReverseBits(uint value, int count)
    {
        value = ((value >> 1) & 0x55555555) | ((value & 0x55555555) << 1);
        value = ((value >> 2) & 0x33333333) | ((value & 0x33333333) << 2);
        value = ((value >> 4) & 0x0F0F0F0F) | ((value & 0x0F0F0F0F) << 4);
        return (uint)((ulong)BinaryPrimitives.ReverseEndianness(value) >> (32 - count));
    }
}
