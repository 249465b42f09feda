using System.Numerics;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>
/// The session's statement G over all main caps, and the challenges (α, β) that every segment shares (OB-5). One text for native values and for
/// circuits. Digests are spans of eight elements.
/// </summary>
public static class GlobalChallenge<T, TPermutation>
    where T : unmanaged, IAlgebra<T>
    where TPermutation : IPermutation<T>
{
    /// <summary>16-bit limbs of the output digest in the statement.</summary>
    public const int OutputLimbCount = 16;

    /// <summary>leaf_i: binds a segment's index, class and main cap.</summary>
    public static void Leaf(T segmentIndex, T classIndex, ReadOnlySpan<T> mainCap, Span<T> digest)
    {
        T[] elements = [segmentIndex, classIndex, .. mainCap];
        Sponge<T, TPermutation>.Hash(StatementTags.GlobalLeaf, elements, digest);
    }

    /// <summary>A node over <paramref name="count"/> leaves. The result may overwrite an input.</summary>
    public static void Node(ReadOnlySpan<T> left, ReadOnlySpan<T> right, T count, Span<T> digest)
    {
        T[] elements = [.. left[..Digest.Length], .. right[..Digest.Length], count];
        Sponge<T, TPermutation>.Hash(StatementTags.GlobalNode, elements, digest);
    }

    /// <summary>
    /// The root over n ≥ 1 leaves. Left-balanced: of n &gt; 1 leaves the left subtree takes the largest power of two below n; one leaf is its own root.
    /// </summary>
    /// <param name="leaves">The leaves in segment order; [n × 8].</param>
    /// <param name="root">The result; [8].</param>
    public static void Root(ReadOnlySpan<T> leaves, Span<T> root)
    {
        int count = leaves.Length / Digest.Length;
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1, nameof(leaves));
        if (count == 1)
        {
            leaves[..Digest.Length].CopyTo(root);
            return;
        }
        int split = (1 << BitOperations.Log2((uint)count - 1)) * Digest.Length;
        Span<T> left = stackalloc T[Digest.Length], right = stackalloc T[Digest.Length];
        Root(leaves[..split], left);
        Root(leaves[split..], right);
        Node(left, right, T.FromBase(KoalaBear.FromCanonical((uint)count)), root);
    }

    /// <summary>G = Hash(TagGlobal; parameter digest, image ID, exit code, output limbs, n, root).</summary>
    /// <param name="parameterDigest">[8].</param>
    /// <param name="imageId">[8].</param>
    /// <param name="exitCode">One byte.</param>
    /// <param name="outputLimbs">[16], 16 bits each.</param>
    /// <param name="segmentCount">n.</param>
    /// <param name="root">[8].</param>
    /// <param name="global">The result; [8].</param>
    public static void Statement(
        ReadOnlySpan<T> parameterDigest, ReadOnlySpan<T> imageId, T exitCode, ReadOnlySpan<T> outputLimbs, T segmentCount, ReadOnlySpan<T> root, Span<T> global)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(outputLimbs.Length, OutputLimbCount, nameof(outputLimbs));
        T[] elements =
            [.. parameterDigest[..Digest.Length], .. imageId[..Digest.Length], exitCode, .. outputLimbs, segmentCount, .. root[..Digest.Length]];
        Sponge<T, TPermutation>.Hash(StatementTags.Global, elements, global);
    }

    /// <summary>The transcript of G alone. Then come the LogUp grind and <see cref="SampleExtension"/> for α and for β.</summary>
    public static Challenger<T, TPermutation> Begin(ReadOnlySpan<T> global)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(global.Length, Digest.Length, nameof(global));
        var challenger = new Challenger<T, TPermutation>();
        challenger.Observe(T.FromBase(KoalaBear.FromCanonical(StatementTags.GlobalChallenge)));
        challenger.Observe(global);
        return challenger;
    }

    /// <summary>An extension challenge: five samples, coefficients least significant first.</summary>
    public static TExtension SampleExtension<TExtension>(Challenger<T, TPermutation> challenger) where TExtension : unmanaged, IExtensionAlgebra<TExtension, T>
    {
        Span<T> coefficients = stackalloc T[KoalaBear5.Degree];
        challenger.Sample(coefficients);
        return TExtension.Combine(coefficients);
    }
}
