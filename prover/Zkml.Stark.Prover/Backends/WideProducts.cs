using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>
/// Sums of cells times weights in K with one reduction at the end: five coefficients, for each the sums of the even and of the odd lanes as 64-bit words.
/// </summary>
static unsafe class WideProducts
{
    /// <summary>
    /// Σ_j columns[j]·weights[j] over <paramref name="count"/> packed columns: in each lane a combination of the cells of one row.
    /// </summary>
    /// <param name="columns">[count] packed columns.</param>
    /// <param name="weights">[count × 5], the coefficients of each weight.</param>
    /// <param name="count">Number of columns.</param>
    // Pointers: the caller owns both blocks.
    public static PackedKoalaBear5 CombineColumns(PackedKoalaBear* columns, KoalaBear* weights, int count)
    {
        if (!Avx512F.IsSupported)
            return CombineColumnsReference(columns, weights, count);
        var sum = new Sums();
        int j = 0;
        for (; j + 1 < count; j += 2, weights += 2 * KoalaBear5.Degree)
            sum.AddTwo(columns[j].Words, columns[j + 1].Words, weights, weights + KoalaBear5.Degree, 1);
        if (j < count)
            sum.AddTwo(columns[j].Words, default, weights, weights, 1);
        return sum.Reduce();
    }

    /// <summary>The readable form of <see cref="CombineColumns"/>.</summary>
    internal static PackedKoalaBear5 CombineColumnsReference(PackedKoalaBear* columns, KoalaBear* weights, int count)
    {
        PackedKoalaBear5 sum = default;
        for (int j = 0; j < count; j++, weights += KoalaBear5.Degree)
            sum += new PackedKoalaBear5(
                columns[j] * weights[0], columns[j] * weights[1], columns[j] * weights[2], columns[j] * weights[3], columns[j] * weights[4]);
        return sum;
    }

    /// <summary>
    /// Σ_i row_i·weight_i over <paramref name="rows"/> rows of one strip: in each lane a combination of the cells of one column.
    /// </summary>
    /// <param name="cells">The strip's first cell of the first row.</param>
    /// <param name="stride">Cells from one row to the next.</param>
    /// <param name="weights">Coefficient k of the weight of row i stands at weights[k · weightStride + i].</param>
    /// <param name="weightStride">Cells from one coefficient to the next.</param>
    /// <param name="rows">Number of rows.</param>
    // Pointers: the caller owns both blocks; a strip is one whole vector of each row.
    public static PackedKoalaBear5 CombineRows(KoalaBear* cells, nint stride, KoalaBear* weights, nint weightStride, int rows)
    {
        if (!Avx512F.IsSupported)
            return CombineRowsReference(cells, stride, weights, weightStride, rows);
        var sum = new Sums();
        int i = 0;
        for (; i + 1 < rows; i += 2, cells += 2 * stride)
            sum.AddTwo(Vector512.Load((uint*)cells), Vector512.Load((uint*)(cells + stride)), weights + i, weights + i + 1, weightStride);
        if (i < rows)
            sum.AddTwo(Vector512.Load((uint*)cells), default, weights + i, weights + i, weightStride);
        return sum.Reduce();
    }

    /// <summary>The readable form of <see cref="CombineRows"/>.</summary>
    internal static PackedKoalaBear5 CombineRowsReference(KoalaBear* cells, nint stride, KoalaBear* weights, nint weightStride, int rows)
    {
        PackedKoalaBear5 sum = default;
        for (int i = 0; i < rows; i++, cells += stride)
        {
            PackedKoalaBear row = PackedKoalaBear.Load(cells);
            sum += new PackedKoalaBear5(
                row * weights[i], row * weights[i + weightStride], row * weights[i + 2 * weightStride], row * weights[i + 3 * weightStride],
                row * weights[i + 4 * weightStride]);
        }

        return sum;
    }

    /// <summary>The ten running sums, each below 2^32·p.</summary>
    struct Sums
    {
        Vector512<ulong> _even0, _even1, _even2, _even3, _even4, _odd0, _odd1, _odd2, _odd3, _odd4;

        /// <summary>Adds a·weightA + b·weightB; coefficient k of a weight stands at k · stride.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void AddTwo(Vector512<uint> a, Vector512<uint> b, KoalaBear* weightA, KoalaBear* weightB, nint stride)
        {
            Vector512<uint> oddA = Odd(a), oddB = Odd(b);
            Add(ref _even0, ref _odd0, a, b, oddA, oddB, weightA, weightB);
            Add(ref _even1, ref _odd1, a, b, oddA, oddB, weightA + stride, weightB + stride);
            Add(ref _even2, ref _odd2, a, b, oddA, oddB, weightA + 2 * stride, weightB + 2 * stride);
            Add(ref _even3, ref _odd3, a, b, oddA, oddB, weightA + 3 * stride, weightB + 3 * stride);
            Add(ref _even4, ref _odd4, a, b, oddA, oddB, weightA + 4 * stride, weightB + 4 * stride);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly PackedKoalaBear5 Reduce() => new(
            Reduce(_even0, _odd0), Reduce(_even1, _odd1), Reduce(_even2, _odd2), Reduce(_even3, _odd3), Reduce(_even4, _odd4));

        // A sum below 2^32·p and two products below p² each stay below 2^64, and one conditional subtraction brings them back under 2^32·p,
        // because 2p² < 2^32·p. Products take the even words of their operands.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Add(
            ref Vector512<ulong> even, ref Vector512<ulong> odd, Vector512<uint> a, Vector512<uint> b, Vector512<uint> oddA, Vector512<uint> oddB,
            KoalaBear* weightA, KoalaBear* weightB)
        {
            Vector512<ulong> limit = Vector512.Create((ulong)KoalaBear.Modulus << 32);
            Vector512<uint> first = Vector512.Create(weightA->Montgomery), second = Vector512.Create(weightB->Montgomery);
            Vector512<ulong> evenSum = even + Avx512F.Multiply(a, first) + Avx512F.Multiply(b, second);
            Vector512<ulong> oddSum = odd + Avx512F.Multiply(oddA, first) + Avx512F.Multiply(oddB, second);
            even = Avx512F.Min(evenSum, evenSum - limit);
            odd = Avx512F.Min(oddSum, oddSum - limit);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector512<uint> Odd(Vector512<uint> words) => Avx512F.DuplicateOddIndexed(words.AsSingle()).AsUInt32();

        /// <summary>Montgomery reduction of even and odd sums below 2^32·p to words in [0, p).</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static PackedKoalaBear Reduce(Vector512<ulong> even, Vector512<ulong> odd)
        {
            Vector512<uint> factor = Vector512.Create(KoalaBear.InverseModulus), modulus = Vector512.Create(KoalaBear.Modulus);
            even -= Avx512F.Multiply(Avx512F.Multiply(even.AsUInt32(), factor).AsUInt32(), modulus);
            odd -= Avx512F.Multiply(Avx512F.Multiply(odd.AsUInt32(), factor).AsUInt32(), modulus);
            Vector512<uint> result = Vector512.ConditionalSelect(
                Vector512.Create(0x00000000_FFFFFFFFUL).AsUInt32(), Avx512F.DuplicateOddIndexed(even.AsSingle()).AsUInt32(), odd.AsUInt32());
            return new(Avx512F.Min(result, result + modulus));
        }
    }
}
