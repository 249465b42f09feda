using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zkml.Fields;

/// <summary>
/// Products of a matrix over F with a vector over K: openings (one weight per row) and random linear combinations of columns (one weight per column).
/// Exact, so the result does not depend on the number of threads.
/// </summary>
/// <remarks>
/// Both kernels sum 64-bit products, two at a time: a sum kept below 2^32·p plus two products below p² each stays below 2^64, and one conditional
/// subtraction of 2^32·p brings it back. The Montgomery reduction comes once, at the end.
/// </remarks>
public static unsafe class MatrixProducts
{
    const int Lanes = PackedKoalaBear.Lanes, Degree = KoalaBear5.Degree;

    // Rows of one chunk: 512 rows of a hundred columns fit the second-level cache.
    const int ChunkRows = 512;

    /// <summary>result[j] = Σ_i weights[i] · matrix[firstRow + i][j].</summary>
    /// <param name="weights">One for each of the rows [firstRow, firstRow + weights.Length).</param>
    /// <param name="result">[Width].</param>
    /// <param name="threads">Most threads at work, at least 1.</param>
    public static void WeightRows(ReadOnlySpan<KoalaBear5> weights, FieldMatrix matrix, int firstRow, Span<KoalaBear5> result, int threads)
    {
        CheckRows(matrix, firstRow, weights.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(result.Length, matrix.Width);
        var sums = new KoalaBear5[threads][];
        int vectors = matrix.Stride / Lanes, count = weights.Length;
        // Safe: the span is pinned for the whole loop, which returns before the block ends; rows and columns are in range by the checks above.
        fixed (KoalaBear5* pinned = weights)
        {
            KoalaBear5* first = pinned;
            ParallelRange.Run(count, ChunkRows, threads, (start, end, worker) =>
            {
                KoalaBear5[] sum = sums[worker] ??= new KoalaBear5[matrix.Stride];
                for (int vector = 0; vector < vectors; vector++)
                {
                    PackedKoalaBear5 partial = WeightRows(first + start, matrix.RowPointer(firstRow + start) + vector * Lanes, matrix.Stride, end - start);
                    for (int lane = 0; lane < Lanes; lane++)
                        sum[vector * Lanes + lane] += partial[lane];
                }
            });
        }

        result.Clear();
        foreach (KoalaBear5[]? sum in sums)
            for (int j = 0; sum is not null && j < result.Length; j++)
                result[j] += sum[j];
    }

    /// <summary>result[i] = Σ_j weights[j] · matrix[firstRow + i][j].</summary>
    /// <param name="weights">[Width], one for each column.</param>
    /// <param name="result">One for each of the rows [firstRow, firstRow + result.Length).</param>
    /// <param name="threads">Most threads at work, at least 1.</param>
    public static void WeightColumns(FieldMatrix matrix, int firstRow, ReadOnlySpan<KoalaBear5> weights, Span<KoalaBear5> result, int threads)
    {
        CheckRows(matrix, firstRow, result.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Length, matrix.Width);
        // Five vectors for sixteen columns, one per coefficient; padding columns weigh nothing. One vector more, of zeros, makes the pairs even.
        var table = new PackedKoalaBear5[matrix.Stride / Lanes + 1];
        Span<KoalaBear5> lanes = stackalloc KoalaBear5[Lanes];
        for (int vector = 0; vector < table.Length - 1; vector++)
        {
            lanes.Clear();
            weights[(vector * Lanes)..Math.Min(weights.Length, (vector + 1) * Lanes)].CopyTo(lanes);
            table[vector] = PackedKoalaBear5.FromElements(lanes);
        }

        // Safe: both are pinned for the whole loop, which returns before the block ends; a row has Stride columns, and table a vector for each sixteen of them.
        fixed (KoalaBear5* pinnedResult = result)
        fixed (PackedKoalaBear5* pinnedTable = table)
        {
            KoalaBear5* output = pinnedResult;
            PackedKoalaBear5* weightVectors = pinnedTable;
            int vectors = matrix.Stride / Lanes;
            ParallelRange.Run(result.Length, ChunkRows, threads, (start, end, _) =>
            {
                for (int i = start; i < end; i++)
                    output[i] = SumLanes(WeightRow(matrix.RowPointer(firstRow + i), weightVectors, vectors));
            });
        }
    }

    static void CheckRows(FieldMatrix matrix, int firstRow, int count)
    {
        if (firstRow < 0 || firstRow + (long)count > matrix.Rows)
            throw new ArgumentOutOfRangeException(nameof(firstRow), firstRow, $"Matrix product: rows [{firstRow}, {firstRow + (long)count}) of {matrix.Rows}.");
    }

    /// <summary>Σ_i weights[i] · (sixteen columns of row i).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static PackedKoalaBear5 WeightRows(KoalaBear5* weights, KoalaBear* cells, nint stride, int count)
    {
        if (!Avx512F.IsSupported)
            return WeightRowsReference(weights, cells, stride, count);
        Vector512<ulong> even0 = default, even1 = default, even2 = default, even3 = default, even4 = default;
        Vector512<ulong> odd0 = default, odd1 = default, odd2 = default, odd3 = default, odd4 = default;
        uint* weight = (uint*)weights;
        // A missing second row of the last pair is the first with weights of zero.
        uint* none = stackalloc uint[Degree];
        new Span<uint>(none, Degree).Clear();
        for (int i = 0; i < count; i += 2, weight += 2 * Degree, cells += 2 * stride)
        {
            bool paired = i + 1 < count;
            Vector512<uint> x = Vector512.Load((uint*)cells), y = Vector512.Load((uint*)(paired ? cells + stride : cells)), oddX = Odd(x), oddY = Odd(y);
            uint* second = paired ? weight + Degree : none;
            Accumulate(ref even0, ref odd0, x, oddX, y, oddY, Vector512.Create(weight[0]), Vector512.Create(second[0]));
            Accumulate(ref even1, ref odd1, x, oddX, y, oddY, Vector512.Create(weight[1]), Vector512.Create(second[1]));
            Accumulate(ref even2, ref odd2, x, oddX, y, oddY, Vector512.Create(weight[2]), Vector512.Create(second[2]));
            Accumulate(ref even3, ref odd3, x, oddX, y, oddY, Vector512.Create(weight[3]), Vector512.Create(second[3]));
            Accumulate(ref even4, ref odd4, x, oddX, y, oddY, Vector512.Create(weight[4]), Vector512.Create(second[4]));
        }

        return new(
            PackedKoalaBear5.Reduce(even0, odd0), PackedKoalaBear5.Reduce(even1, odd1), PackedKoalaBear5.Reduce(even2, odd2),
            PackedKoalaBear5.Reduce(even3, odd3), PackedKoalaBear5.Reduce(even4, odd4));
    }

    static PackedKoalaBear5 WeightRowsReference(KoalaBear5* weights, KoalaBear* cells, nint stride, int count)
    {
        PackedKoalaBear5 sum = default;
        for (int i = 0; i < count; i++)
            sum += PackedKoalaBear5.FromExtension(weights[i]) * PackedKoalaBear.Load(cells + i * stride);
        return sum;
    }

    /// <summary>The products of one row with the weights, sixteen columns to a vector, summed over the vectors but not over the lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static PackedKoalaBear5 WeightRow(KoalaBear* cells, PackedKoalaBear5* weights, int vectors)
    {
        if (!Avx512F.IsSupported)
            return WeightRowReference(cells, weights, vectors);
        Vector512<ulong> even0 = default, even1 = default, even2 = default, even3 = default, even4 = default;
        Vector512<ulong> odd0 = default, odd1 = default, odd2 = default, odd3 = default, odd4 = default;
        for (int vector = 0; vector < vectors; vector += 2)
        {
            Vector512<uint>* weight = (Vector512<uint>*)(weights + vector), second = weight + Degree;
            // Past an odd number of vectors the second weights are the zeros at the end of the table; any cells do.
            Vector512<uint> x = Vector512.Load((uint*)(cells + vector * Lanes));
            Vector512<uint> y = Vector512.Load((uint*)(cells + Math.Min(vector + 1, vectors - 1) * Lanes));
            Vector512<uint> oddX = Odd(x), oddY = Odd(y);
            AccumulateLanes(ref even0, ref odd0, x, oddX, y, oddY, weight[0], second[0]);
            AccumulateLanes(ref even1, ref odd1, x, oddX, y, oddY, weight[1], second[1]);
            AccumulateLanes(ref even2, ref odd2, x, oddX, y, oddY, weight[2], second[2]);
            AccumulateLanes(ref even3, ref odd3, x, oddX, y, oddY, weight[3], second[3]);
            AccumulateLanes(ref even4, ref odd4, x, oddX, y, oddY, weight[4], second[4]);
        }

        return new(
            PackedKoalaBear5.Reduce(even0, odd0), PackedKoalaBear5.Reduce(even1, odd1), PackedKoalaBear5.Reduce(even2, odd2),
            PackedKoalaBear5.Reduce(even3, odd3), PackedKoalaBear5.Reduce(even4, odd4));
    }

    static PackedKoalaBear5 WeightRowReference(KoalaBear* cells, PackedKoalaBear5* weights, int vectors)
    {
        PackedKoalaBear5 sum = default;
        for (int vector = 0; vector < vectors; vector++)
            sum += weights[vector] * PackedKoalaBear.Load(cells + vector * Lanes);
        return sum;
    }

    static KoalaBear5 SumLanes(PackedKoalaBear5 value) =>
        new(SumLanes(value.C0.Words), SumLanes(value.C1.Words), SumLanes(value.C2.Words), SumLanes(value.C3.Words), SumLanes(value.C4.Words));

    /// <summary>Sixteen words below 2^31 sum to less than 2^35, in 64 bits without a carry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static KoalaBear SumLanes(Vector512<uint> words)
    {
        (Vector512<ulong> lower, Vector512<ulong> upper) = Vector512.Widen(words);
        return KoalaBear.FromMontgomery((uint)(Vector512.Sum(lower + upper) % KoalaBear.Modulus));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Odd(Vector512<uint> words) => Avx512F.DuplicateOddIndexed(words.AsSingle()).AsUInt32();

    /// <summary>Adds x·v + y·w, where v and w have equal lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Accumulate(
        ref Vector512<ulong> even, ref Vector512<ulong> odd, Vector512<uint> x, Vector512<uint> oddX, Vector512<uint> y, Vector512<uint> oddY, Vector512<uint> v, Vector512<uint> w)
    {
        Vector512<ulong> limit = Vector512.Create((ulong)KoalaBear.Modulus << 32);
        even += Avx512F.Multiply(x, v) + Avx512F.Multiply(y, w);
        odd += Avx512F.Multiply(oddX, v) + Avx512F.Multiply(oddY, w);
        even = Avx512F.Min(even, even - limit);
        odd = Avx512F.Min(odd, odd - limit);
    }

    /// <summary>Adds x·v + y·w lane by lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AccumulateLanes(
        ref Vector512<ulong> even, ref Vector512<ulong> odd, Vector512<uint> x, Vector512<uint> oddX, Vector512<uint> y, Vector512<uint> oddY, Vector512<uint> v, Vector512<uint> w)
    {
        Vector512<ulong> limit = Vector512.Create((ulong)KoalaBear.Modulus << 32);
        even += Avx512F.Multiply(x, v) + Avx512F.Multiply(y, w);
        odd += Avx512F.Multiply(oddX, Odd(v)) + Avx512F.Multiply(oddY, Odd(w));
        even = Avx512F.Min(even, even - limit);
        odd = Avx512F.Min(odd, odd - limit);
    }
}
