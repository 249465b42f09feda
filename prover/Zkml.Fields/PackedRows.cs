using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Zkml.Fields;

/// <summary>Turns sixteen rows of a row-major matrix into packed columns: lane k of column j is row k, column j.</summary>
public static unsafe class PackedRows
{
    const int Lanes = PackedKoalaBear.Lanes;

    /// <summary>
    /// Loads the rows <paramref name="row"/> + k, k in [0, 16), where the row after the last of a coset is its first: what a constraint sees as local
    /// (row i) or next (row i + 1) in sixteen lanes.
    /// </summary>
    /// <param name="matrix">A matrix of whole cosets.</param>
    /// <param name="row">The row of lane 0, in [0, Rows).</param>
    /// <param name="logCosetSize">log of the rows in a coset, which starts at a multiple of its size; small cosets repeat in the lanes.</param>
    /// <param name="columns">[Stride]; padding columns included.</param>
    public static void Load(FieldMatrix matrix, int row, int logCosetSize, Span<PackedKoalaBear> columns)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)matrix.Rows);
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns.Length, matrix.Stride);
        int mask = (1 << logCosetSize) - 1, start = row & ~mask;
        if ((uint)logCosetSize > Domains.MaxLogSize || start + mask >= matrix.Rows)
            throw new ArgumentOutOfRangeException(nameof(logCosetSize), logCosetSize, $"Packed rows: row {row} lies in no whole coset of 2^{logCosetSize} of {matrix.Rows} rows.");
        // Safe: every row is in [start, start + mask], inside the matrix, and columns holds one value for each of its Stride columns.
        KoalaBear** rows = stackalloc KoalaBear*[Lanes];
        for (int lane = 0; lane < Lanes; lane++)
            rows[lane] = matrix.RowPointer(start + ((row + lane) & mask));
        fixed (PackedKoalaBear* destination = columns)
            for (int column = 0; column < columns.Length; column += Lanes)
                if (Avx512F.IsSupported)
                    Transpose(rows, column, (Vector512<uint>*)(destination + column));
                else
                    TransposeLanes(rows, column, (KoalaBear*)(destination + column));
    }

    /// <summary>The readable form: one element after the other.</summary>
    static void TransposeLanes(KoalaBear** rows, int column, KoalaBear* destination)
    {
        for (int j = 0; j < Lanes; j++)
            for (int lane = 0; lane < Lanes; lane++)
                destination[j * Lanes + lane] = rows[lane][column + j];
    }

    /// <summary>A 16 × 16 block: pairs of words, pairs of double words, then two rounds of 128-bit parts.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Transpose(KoalaBear** rows, int column, Vector512<uint>* destination)
    {
        Vector512<uint>* quads = stackalloc Vector512<uint>[Lanes];
        for (int i = 0; i < Lanes; i += 4)
        {
            Vector512<uint> a = Load(rows, i, column), b = Load(rows, i + 1, column), c = Load(rows, i + 2, column), d = Load(rows, i + 3, column);
            Vector512<ulong> lowAb = Avx512F.UnpackLow(a, b).AsUInt64(), highAb = Avx512F.UnpackHigh(a, b).AsUInt64();
            Vector512<ulong> lowCd = Avx512F.UnpackLow(c, d).AsUInt64(), highCd = Avx512F.UnpackHigh(c, d).AsUInt64();
            // Part q of quads[i + j] holds rows i … i + 3 of column 4q + j.
            quads[i] = Avx512F.UnpackLow(lowAb, lowCd).AsUInt32();
            quads[i + 1] = Avx512F.UnpackHigh(lowAb, lowCd).AsUInt32();
            quads[i + 2] = Avx512F.UnpackLow(highAb, highCd).AsUInt32();
            quads[i + 3] = Avx512F.UnpackHigh(highAb, highCd).AsUInt32();
        }

        for (int j = 0; j < 4; j++)
        {
            Vector512<uint> a = quads[j], b = quads[j + 4], c = quads[j + 8], d = quads[j + 12];
            Vector512<uint> evenAb = Avx512F.Shuffle4x128(a, b, 0b10_00_10_00), oddAb = Avx512F.Shuffle4x128(a, b, 0b11_01_11_01);
            Vector512<uint> evenCd = Avx512F.Shuffle4x128(c, d, 0b10_00_10_00), oddCd = Avx512F.Shuffle4x128(c, d, 0b11_01_11_01);
            destination[j] = Avx512F.Shuffle4x128(evenAb, evenCd, 0b10_00_10_00);
            destination[j + 4] = Avx512F.Shuffle4x128(oddAb, oddCd, 0b10_00_10_00);
            destination[j + 8] = Avx512F.Shuffle4x128(evenAb, evenCd, 0b11_01_11_01);
            destination[j + 12] = Avx512F.Shuffle4x128(oddAb, oddCd, 0b11_01_11_01);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<uint> Load(KoalaBear** rows, int row, int column) => Vector512.Load((uint*)(rows[row] + column));
}
