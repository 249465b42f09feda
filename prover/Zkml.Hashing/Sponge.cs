using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>
/// The hashes of the project: an overwriting sponge of width 24 and rate 16 for sequences, and a width-16 compression for tree nodes.
/// </summary>
public static class Sponge<T, TPermutation>
    where T : unmanaged, IAlgebra<T>
    where TPermutation : IPermutation<T>
{
    /// <summary>Cells of the sponge state.</summary>
    public const int Width = 24;

    /// <summary>Cells that a block overwrites; the other eight are the capacity.</summary>
    public const int Rate = 16;

    /// <summary>Hashes the row of a Merkle tree into <see cref="Digest.Length"/> elements.</summary>
    public static void HashRow(ReadOnlySpan<T> row, Span<T> digest) => Absorb(DomainTags.Leaf, row, digest);

    /// <summary>
    /// Hashes a statement into <see cref="Digest.Length"/> elements. <paramref name="tag"/> is at least
    /// <see cref="DomainTags.FirstStatement"/> and below p: statements of different kinds never collide by their form.
    /// </summary>
    public static void Hash(uint tag, ReadOnlySpan<T> elements, Span<T> digest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(tag, DomainTags.FirstStatement);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(tag, KoalaBear.Modulus);
        Absorb(tag, elements, digest);
    }

    /// <summary>The parent of two digests: the first eight cells of the width-16 permutation of left ‖ right. May be done in place.</summary>
    public static void Compress(ReadOnlySpan<T> left, ReadOnlySpan<T> right, Span<T> parent)
    {
        Span<T> state = stackalloc T[2 * Digest.Length];
        left[..Digest.Length].CopyTo(state);
        right[..Digest.Length].CopyTo(state[Digest.Length..]);
        TPermutation.Permute16(state);
        state[..Digest.Length].CopyTo(parent);
    }

    /// <summary>
    /// The number of elements stands in the capacity before the first block, so a short last block needs no padding: with the
    /// length known, the rate cells that it leaves alone are determined by the blocks before. An empty input permutes once.
    /// </summary>
    static void Absorb(uint tag, ReadOnlySpan<T> elements, Span<T> digest)
    {
        Span<T> state = stackalloc T[Width];
        state.Fill(T.FromBase(default));
        state[Rate] = T.FromBase(KoalaBear.FromCanonical((uint)elements.Length));
        state[Rate + 1] = T.FromBase(KoalaBear.FromCanonical(tag));
        do
        {
            int length = Math.Min(Rate, elements.Length);
            elements[..length].CopyTo(state);
            elements = elements[length..];
            TPermutation.Permute24(state);
        }
        while (!elements.IsEmpty);
        state[..Digest.Length].CopyTo(digest);
    }
}
