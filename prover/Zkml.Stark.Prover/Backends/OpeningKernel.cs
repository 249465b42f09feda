using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>
/// Evaluates the columns of one matrix at a point z and, for some strips, at ω·z, from their values over the coset shift·H_N (coset 0 of the extension):
/// f(z) = (z^N - shift^N) / (N·shift^N) · Σ_i f(x_i)·x_i / (z - x_i), and f(ω·z) is the same sum with the weight of the row before.
/// </summary>
// Pointers: rows of the matrix and scratch memory that the backend keeps alive during the call.
unsafe struct OpeningKernel
{
    /// <summary>Rows in one call of <see cref="Add"/>.</summary>
    public const int ChunkRows = 1024;

    // Rows whose cells stay in the first-level cache while strip after strip is summed.
    const int BlockRows = 32;

    const int WeightStride = ChunkRows + PackedKoalaBear.Lanes;

    public FieldMatrix Matrix;
    public int LogHeight;
    public KoalaBear Shift;
    public KoalaBear5 Point;

    /// <summary>Strips that are evaluated at ω·z as well.</summary>
    public int[] NextStrips;

    readonly int Strips => Matrix.Stride / RowTile.StripColumns;

    /// <summary>Packed K-values in the result: one a strip for z, then one for each strip at ω·z.</summary>
    public readonly int ResultLength => Strips + NextStrips.Length;

    /// <summary>Vectors of scratch memory for each worker.</summary>
    public readonly int ScratchVectors => KoalaBear5.Degree * (2 * (ChunkRows / RowTile.Rows) + ResultLength) + KoalaBear5.Degree * WeightStride / PackedKoalaBear.Lanes;

    /// <summary>The factor before the sum.</summary>
    public readonly KoalaBear5 Factor()
    {
        KoalaBear power = Shift.Power(1ul << LogHeight);
        return (Point.Power(1ul << LogHeight) - KoalaBear5.FromBase(power)) * (power * KoalaBear.FromCanonical(1u << LogHeight)).Inverse();
    }

    /// <summary>The sums over rows [start, end), at most <see cref="ChunkRows"/>: [ResultLength], in the arena.</summary>
    public readonly PackedKoalaBear5* Add(ref Arena arena, int start, int end)
    {
        PackedKoalaBear5* sums = arena.Take<PackedKoalaBear5>(ResultLength);
        new Span<PackedKoalaBear5>(sums, ResultLength).Clear();
        KoalaBear* weights = FillWeights(ref arena, start, end);
        for (int row = start; row < end; row += BlockRows)
        {
            int rows = Math.Min(BlockRows, end - row);
            KoalaBear* cells = Matrix.RowPointer(row), before = weights + (row - start);
            for (int strip = 0; strip < Strips; strip++)
                sums[strip] += WideProducts.CombineRows(cells + strip * RowTile.StripColumns, Matrix.Stride, before + 1, WeightStride, rows);
            for (int i = 0; i < NextStrips.Length; i++)
                sums[Strips + i] += WideProducts.CombineRows(cells + NextStrips[i] * RowTile.StripColumns, Matrix.Stride, before, WeightStride, rows);
        }

        return sums;
    }

    /// <summary>The weights x/(z - x) of rows start - 1, start, …, end - 1: coefficient k of the one before row start + i at k · WeightStride + i.</summary>
    readonly KoalaBear* FillWeights(ref Arena arena, int start, int end)
    {
        int tiles = (end - start + RowTile.Rows - 1) / RowTile.Rows;
        PackedKoalaBear5* inverses = arena.Take<PackedKoalaBear5>(2 * tiles);
        KoalaBear* weights = (KoalaBear*)arena.Take<PackedKoalaBear>(KoalaBear5.Degree * WeightStride / PackedKoalaBear.Lanes);
        KoalaBear root = Domains.Root(LogHeight), first = Shift * root.Power((ulong)start), step = root.Power(RowTile.Rows);
        PackedKoalaBear points = CosetSelectors.Points(first, root), x = points;
        PackedKoalaBear5 z = PackedKoalaBear5.FromExtension(Point);
        for (int tile = 0; tile < tiles; tile++, x *= step)
            inverses[tile] = z + -x;
        PackedInverse.InPlace(inverses, tiles, inverses + tiles);
        x = points;
        for (int tile = 0; tile < tiles; tile++, x *= step)
        {
            PackedKoalaBear5 weight = inverses[tile] * x;
            KoalaBear* target = weights + tile * RowTile.Rows + 1;
            weight.C0.Store(target);
            weight.C1.Store(target + WeightStride);
            weight.C2.Store(target + 2 * WeightStride);
            weight.C3.Store(target + 3 * WeightStride);
            weight.C4.Store(target + 4 * WeightStride);
        }

        KoalaBear previous = first * root.Inverse();
        KoalaBear5 before = (Point - KoalaBear5.FromBase(previous)).Inverse() * previous;
        for (int k = 0; k < KoalaBear5.Degree; k++)
            weights[k * WeightStride] = before[k];
        return weights;
    }
}
