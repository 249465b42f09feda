using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Prover;

/// <summary>How much memory a segment's proof takes, before there is one: a model of what <see cref="SegmentProver"/> holds at each step.</summary>
public static class ProverMemory
{
    const int DigestBytes = Digest.ByteLength;

    /// <summary>
    /// Bytes of matrices and trees at the peak, preprocessed data included, one segment at a time and nothing kept for reuse. Small buffers (scratch, the layers
    /// past the first) are covered by an allowance of a sixteenth.
    /// </summary>
    public static long EstimatePeak(SegmentLayout layout)
    {
        int logBlowup = layout.Parameters.LogBlowup;
        long preprocessed = 0;
        for (int tree = 0; tree < layout.MainTree; tree++)
            preprocessed += Traces(layout, tree) + Committed(layout, tree);
        long mainTraces = Traces(layout, layout.MainTree), main = Committed(layout, layout.MainTree), permutationTraces = 0, permutation = 0;
        if (layout.PermutationTree >= 0)
            (permutationTraces, permutation) = (Traces(layout, layout.PermutationTree), Committed(layout, layout.PermutationTree));
        long rows = 1L << layout.LogHeight, element = KoalaBear5.Degree * sizeof(uint);
        long quotientTrace = Traces(layout, layout.QuotientTree), quotient = Committed(layout, layout.QuotientTree);
        // Two sums over the domain, those of the height below at most as large again by half; the first layer's leaves and tree.
        long deepSums = 3 * element * rows << logBlowup, layer = (Matrix(rows << logBlowup >> FriParameters.LogArity, SegmentLayout.LayerLeafLength))
            + (2 * DigestBytes * rows << logBlowup >> FriParameters.LogArity);
        long peak = new[]
        {
            mainTraces + main + permutationTraces,
            main + permutationTraces + permutation,
            main + permutation + 3 * element * rows + quotientTrace,
            main + permutation + quotientTrace + quotient,
            main + permutation + quotient + deepSums + layer,
        }.Max() + preprocessed;
        return peak + peak / 16;
    }

    static long Traces(SegmentLayout layout, int tree) =>
        layout.Trees[tree].Merkle.Groups.Sum(group => Matrix(1L << (group.LogHeight - layout.Parameters.LogBlowup), group.Width));

    static long Committed(SegmentLayout layout, int tree)
    {
        MerkleShape shape = layout.Trees[tree].Merkle;
        return shape.Groups.Sum(group => Matrix(1L << group.LogHeight, group.Width)) + (2L * DigestBytes << shape.LogHeight);
    }

    // Rows are padded to whole vectors.
    static long Matrix(long rows, int width) => rows * sizeof(uint) * ((width + PackedKoalaBear.Lanes - 1) / PackedKoalaBear.Lanes * PackedKoalaBear.Lanes);
}
