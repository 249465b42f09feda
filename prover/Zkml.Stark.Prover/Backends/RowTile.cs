using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>
/// Sixteen rows of a row-major matrix as packed columns, and back: packed column j holds cell j of the sixteen rows, one a lane.
/// Columns move in strips of sixteen that start on a multiple of sixteen, so that a strip is one aligned vector of each row.
/// </summary>
/// <remarks>
/// Pointers: the caller owns both blocks. A matrix row is padded to whole strips (FieldMatrix), so that a strip never passes its end;
/// a tile has room for sixteen packed columns a strip.
/// </remarks>
static unsafe class RowTile
{
    /// <summary>Rows in a tile.</summary>
    public const int Rows = PackedKoalaBear.Lanes;

    /// <summary>Columns in a strip.</summary>
    public const int StripColumns = PackedKoalaBear.Lanes;

    /// <summary>
    /// Addresses of the rows first, first + 1, …, first + 15 of a block of <paramref name="mask"/> + 1 rows (a power of two), cyclic:
    /// a block of fewer than sixteen rows repeats.
    /// </summary>
    public static void Address(KoalaBear* block, nint stride, int mask, int first, KoalaBear** rows)
    {
        for (int lane = 0; lane < Rows; lane++)
            rows[lane] = block + ((first + lane) & mask) * stride;
    }

    /// <summary>
    /// Asks for the same strips of the sixteen rows that follow <paramref name="rows"/>, <paramref name="stride"/> cells apart, while these are worked on: a row is
    /// seven cache lines or so, and the processor does not foresee the jump from one row to the next. A prefetch past the end of the matrix does nothing.
    /// </summary>
    public static void PrefetchNext(KoalaBear** rows, nint stride, int column, int strips)
    {
        if (!Sse.IsSupported)
            return;
        for (int lane = 0; lane < Rows; lane++)
            for (int strip = 0; strip < strips; strip++)
                Sse.Prefetch0(rows[lane] + Rows * stride + column + strip * StripColumns);
    }

    /// <summary>Reads <paramref name="strips"/> strips from column <paramref name="column"/> (a multiple of 16) on: [16 · strips] packed columns.</summary>
    public static void Load(KoalaBear** rows, int column, int strips, PackedKoalaBear* tile)
    {
        for (int strip = 0; strip < strips; strip++, column += StripColumns, tile += StripColumns)
        {
            if (Avx512F.IsSupported)
                LoadStrip(rows, column, (Vector512<uint>*)tile);
            else
                LoadStripReference(rows, column, (KoalaBear*)tile);
        }
    }

    /// <summary>
    /// Turns <paramref name="strips"/> strips of packed columns into sixteen rows of 16 · strips cells each, <paramref name="stride"/> cells apart.
    /// </summary>
    public static void Store(PackedKoalaBear* tile, int strips, KoalaBear* block, nint stride)
    {
        // A transposition is its own inverse: the packed columns of a strip are sixteen rows of sixteen cells.
        KoalaBear** columns = stackalloc KoalaBear*[Rows];
        PackedKoalaBear* strip = stackalloc PackedKoalaBear[StripColumns];
        for (int s = 0; s < strips; s++, tile += StripColumns, block += StripColumns)
        {
            Address((KoalaBear*)tile, StripColumns, StripColumns - 1, 0, columns);
            Load(columns, 0, 1, strip);
            for (int row = 0; row < Rows; row++)
                strip[row].Store(block + row * stride);
        }
    }

    /// <summary>The readable reference: tile[16·j + lane] = rows[lane][column + j].</summary>
    internal static void LoadStripReference(KoalaBear** rows, int column, KoalaBear* tile)
    {
        for (int j = 0; j < StripColumns; j++)
            for (int lane = 0; lane < Rows; lane++)
                tile[StripColumns * j + lane] = rows[lane][column + j];
    }

    // Words, then pairs of words, are unpacked within each group of four rows; after that vector 4g + c holds in its quarter q the column 4q + c
    // of rows 4g … 4g + 3, and two rounds of quarter shuffles gather a column's four groups.
    static void LoadStrip(KoalaBear** rows, int column, Vector512<uint>* tile)
    {
        Vector512<uint>* quarters = stackalloc Vector512<uint>[StripColumns];
        for (int group = 0; group < 4; group++)
        {
            KoalaBear** four = rows + 4 * group;
            Vector512<uint> a = Vector512.Load((uint*)(four[0] + column)), b = Vector512.Load((uint*)(four[1] + column));
            Vector512<uint> c = Vector512.Load((uint*)(four[2] + column)), d = Vector512.Load((uint*)(four[3] + column));
            Vector512<ulong> abLow = Avx512F.UnpackLow(a, b).AsUInt64(), abHigh = Avx512F.UnpackHigh(a, b).AsUInt64();
            Vector512<ulong> cdLow = Avx512F.UnpackLow(c, d).AsUInt64(), cdHigh = Avx512F.UnpackHigh(c, d).AsUInt64();
            quarters[group] = Avx512F.UnpackLow(abLow, cdLow).AsUInt32();
            quarters[4 + group] = Avx512F.UnpackHigh(abLow, cdLow).AsUInt32();
            quarters[8 + group] = Avx512F.UnpackLow(abHigh, cdHigh).AsUInt32();
            quarters[12 + group] = Avx512F.UnpackHigh(abHigh, cdHigh).AsUInt32();
        }

        for (int c = 0; c < 4; c++, quarters += 4)
        {
            Vector512<uint> even01 = Avx512F.Shuffle4x128(quarters[0], quarters[1], 0x88), odd01 = Avx512F.Shuffle4x128(quarters[0], quarters[1], 0xDD);
            Vector512<uint> even23 = Avx512F.Shuffle4x128(quarters[2], quarters[3], 0x88), odd23 = Avx512F.Shuffle4x128(quarters[2], quarters[3], 0xDD);
            tile[c] = Avx512F.Shuffle4x128(even01, even23, 0x88);
            tile[4 + c] = Avx512F.Shuffle4x128(odd01, odd23, 0x88);
            tile[8 + c] = Avx512F.Shuffle4x128(even01, even23, 0xDD);
            tile[12 + c] = Avx512F.Shuffle4x128(odd01, odd23, 0xDD);
        }
    }
}
