namespace Zkml.Hashing;

/// <summary>
/// Where the rows of a low-degree extension stand in a Merkle tree. Storage is coset-major: with b = 2^logCosets cosets of N rows,
/// row s = h·N + i holds domain index d = b·i + h, and domain index d is the leaf that reverses the bits of d.
/// </summary>
public static class CosetOrder
{
    /// <summary>
    /// The leaf of storage row <paramref name="position"/>, or the storage row of that leaf: reversing d splits into reversing h and i
    /// apart, so the map is its own inverse. logCosets is in [0, logHeight], position in [0, 2^logHeight).
    /// </summary>
    public static int Swap(int position, int logHeight, int logCosets)
    {
        int logRows = logHeight - logCosets;
        uint coset = (uint)position >> logRows, row = (uint)position & ((1u << logRows) - 1);
        return (int)((ReverseBits(coset, logCosets) << logRows) | ReverseBits(row, logRows));
    }

    /// <summary>The low <paramref name="count"/> bits of <paramref name="value"/>, in [0, 2^count), in reverse; count in [0, 31].</summary>
    public static uint ReverseBits(uint value, int count)
    {
        value = ((value >> 1) & 0x55555555) | ((value & 0x55555555) << 1);
        value = ((value >> 2) & 0x33333333) | ((value & 0x33333333) << 2);
        value = ((value >> 4) & 0x0F0F0F0F) | ((value & 0x0F0F0F0F) << 4);
        value = System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(value);
        return (uint)((ulong)value >> (32 - count));
    }
}
