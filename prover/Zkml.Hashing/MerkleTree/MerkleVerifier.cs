using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>
/// The Merkle check as one text for the native verifier and for circuits: it branches on the shape alone, and takes the leaf index as
/// bits that are elements 0 or 1 (a circuit asserts that elsewhere).
/// </summary>
public static class MerkleVerifier<T, TPermutation>
    where T : unmanaged, IAlgebra<T>
    where TPermutation : IPermutation<T>
{
    /// <summary>
    /// Computes the cap node above the opened leaf into <paramref name="entry"/> [8]. False, with nothing computed, if a length does not fit the shape.
    /// </summary>
    /// <param name="shape">The public shape of the tree.</param>
    /// <param name="rows">The opened rows of all tables, groups by falling height: [<see cref="MerkleShape.RowLength"/>].</param>
    /// <param name="path">The siblings from the leaf upward: [<see cref="MerkleShape.PathLength"/> × 8].</param>
    /// <param name="indexBits">The low bits of the leaf index, least significant first: [<see cref="MerkleShape.PathLength"/>].</param>
    /// <param name="entry">The computed cap node: [8].</param>
    public static bool TryComputeCapEntry(
        MerkleShape shape, ReadOnlySpan<T> rows, ReadOnlySpan<T> path, ReadOnlySpan<T> indexBits, Span<T> entry)
    {
        if (rows.Length != shape.RowLength || path.Length != shape.PathLength * Digest.Length
            || indexBits.Length != shape.PathLength || entry.Length != Digest.Length)
            return false;

        Span<T> node = stackalloc T[Digest.Length], other = stackalloc T[Digest.Length];
        int group = 0;
        Sponge<T, TPermutation>.HashRow(TakeRow(shape, ref group, ref rows), node);
        for (int step = 0; step < shape.PathLength; step++)
        {
            path.Slice(step * Digest.Length, Digest.Length).CopyTo(other);
            SwapIf(indexBits[step], node, other);
            Sponge<T, TPermutation>.Compress(node, other, node);
            if (group < shape.Groups.Length && shape.Groups[group].LogHeight == shape.LogHeight - step - 1)
            {
                Sponge<T, TPermutation>.HashRow(TakeRow(shape, ref group, ref rows), other);
                Sponge<T, TPermutation>.Compress(node, other, node);
            }
        }
        node.CopyTo(entry);
        return true;
    }

    /// <summary>
    /// Selects the cap node of a leaf by the high bits of its index, least significant first, without branching on them; false if the cap does
    /// not have 2^bits nodes.
    /// </summary>
    /// <param name="cap">The committed cap: [2^bits × 8].</param>
    /// <param name="indexBits">The bits of the leaf index above the path, each 0 or 1.</param>
    /// <param name="entry">The selected node: [8].</param>
    public static bool TrySelectCapEntry(ReadOnlySpan<T> cap, ReadOnlySpan<T> indexBits, Span<T> entry)
    {
        if (indexBits.Length > MerkleShape.MaxLogHeight || cap.Length != (long)Digest.Length << indexBits.Length || entry.Length != Digest.Length)
            return false;
        T[] nodes = cap.ToArray();
        int length = cap.Length;
        for (int bit = indexBits.Length - 1; bit >= 0; bit--)
        {
            length /= 2;
            for (int i = 0; i < length; i++)
                nodes[i] += indexBits[bit] * (nodes[length + i] - nodes[i]);
        }
        nodes.AsSpan(0, Digest.Length).CopyTo(entry);
        return true;
    }

    static ReadOnlySpan<T> TakeRow(MerkleShape shape, ref int group, ref ReadOnlySpan<T> rows)
    {
        ReadOnlySpan<T> row = rows[..shape.Groups[group].Width];
        rows = rows[row.Length..];
        group++;
        return row;
    }

    /// <summary>Leaves the pair for bit 0 and swaps it for bit 1: with d = bit·(right - left), it becomes left + d, right - d.</summary>
    static void SwapIf(T bit, Span<T> left, Span<T> right)
    {
        for (int i = 0; i < left.Length; i++)
        {
            T difference = bit * (right[i] - left[i]);
            left[i] += difference;
            right[i] -= difference;
        }
    }
}
