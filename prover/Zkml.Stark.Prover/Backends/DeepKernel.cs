using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>Some consecutive columns of a matrix and the weights that they have at one point: [count × 5], coefficients of each weight.</summary>
sealed record WeightedColumns(int First, KoalaBear5[] Weights);

/// <summary>A matrix of one height and the weights of its columns.</summary>
/// <param name="Matrix">An extension.</param>
/// <param name="AtZeta">The columns opened at ζ.</param>
/// <param name="AtNextZeta">The columns opened at ω·ζ.</param>
sealed record DeepSource(FieldMatrix Matrix, WeightedColumns[] AtZeta, WeightedColumns[] AtNextZeta);

/// <summary>
/// The DEEP codeword. For each height Σ_j δ^j·F_j over the columns opened at ζ, and the same for ω·ζ, one packed pair for each tile of sixteen rows; the sums of the
/// lower heights enter lifted. At the largest height the opened values are subtracted and the two sums divided by x - ζ and x - ω·ζ.
/// </summary>
// Pointers: rows of matrices and scratch memory that the backend keeps alive during the call.
static unsafe class DeepKernel
{
    /// <summary>Packed K-values for each tile: the sum at ζ, the sum at ω·ζ.</summary>
    public const int SumsPerTile = 2;

    /// <summary>Words of the two sums of a tile.</summary>
    public const int TileWords = SumsPerTile * KoalaBear5.Degree * PackedKoalaBear.Lanes;

    /// <summary>Vectors of scratch memory for <see cref="Accumulate"/>.</summary>
    public static int AccumulateVectors(IReadOnlyList<DeepSource> sources) => sources.Max(source => source.Matrix.Stride);

    /// <summary>Vectors of scratch memory for <see cref="Finish"/> on <paramref name="tiles"/> tiles.</summary>
    public static int FinishVectors(int tiles) => 4 * KoalaBear5.Degree * tiles;

    /// <summary>Adds the columns of one height on tiles [start, end) of coset <paramref name="coset"/> to <paramref name="sums"/>, tile 0 of the coset first.</summary>
    public static void Accumulate(
        ref Arena arena, IReadOnlyList<DeepSource> sources, int logHeight, int coset, int start, int end, PackedKoalaBear5* sums)
    {
        PackedKoalaBear* tile = arena.Take<PackedKoalaBear>(AccumulateVectors(sources));
        for (int source = 0; source < sources.Count; source++)
        {
            (FieldMatrix matrix, WeightedColumns[] atZeta, WeightedColumns[] atNextZeta) = sources[source];
            var view = ColumnView.Of(matrix, coset << logHeight, 0, matrix.Width);
            for (int t = start; t < end; t++)
            {
                view.Load(t * RowTile.Rows, (1 << logHeight) - 1, tile);
                sums[SumsPerTile * t] += Combine(tile, atZeta);
                sums[SumsPerTile * t + 1] += Combine(tile, atNextZeta);
            }
        }
    }

    static PackedKoalaBear5 Combine(PackedKoalaBear* tile, WeightedColumns[] runs)
    {
        PackedKoalaBear5 sum = default;
        foreach (WeightedColumns run in runs)
        {
            // Safe: the array is pinned for the call, and a KoalaBear5 is its five coefficients.
            fixed (KoalaBear5* weights = run.Weights)
                sum += WideProducts.CombineColumns(tile + run.First, (KoalaBear*)weights, run.Weights.Length);
        }

        return sum;
    }

    /// <summary>
    /// The codeword's values on tiles [start, end) of the coset shift·H_N: (A - valueAtZeta)/(x - ζ) + (B - valueAtNextZeta)/(x - ω·ζ), one packed K-value a
    /// tile, in the arena.
    /// </summary>
    public static PackedKoalaBear5* Finish(
        ref Arena arena, int logHeight, KoalaBear shift, int start, int end, KoalaBear5 zeta, KoalaBear5 valueAtZeta, KoalaBear5 valueAtNextZeta, PackedKoalaBear5* sums)
    {
        int tiles = end - start;
        PackedKoalaBear5* inverses = arena.Take<PackedKoalaBear5>(4 * tiles), next = inverses + tiles;
        KoalaBear root = Domains.Root(logHeight), step = root.Power(RowTile.Rows);
        PackedKoalaBear x = CosetSelectors.Points(shift * root.Power((ulong)start * RowTile.Rows), root);
        PackedKoalaBear5 minusZeta = PackedKoalaBear5.FromExtension(-zeta), minusNext = PackedKoalaBear5.FromExtension(-(zeta * root));
        for (int tile = 0; tile < tiles; tile++, x *= step)
        {
            inverses[tile] = minusZeta + x;
            next[tile] = minusNext + x;
        }

        PackedInverse.InPlace(inverses, 2 * tiles, inverses + 2 * tiles);
        PackedKoalaBear5 atZeta = PackedKoalaBear5.FromExtension(valueAtZeta), atNextZeta = PackedKoalaBear5.FromExtension(valueAtNextZeta);
        sums += SumsPerTile * start;
        for (int tile = 0; tile < tiles; tile++, sums += SumsPerTile)
            inverses[tile] = (sums[0] - atZeta) * inverses[tile] + (sums[1] - atNextZeta) * next[tile];
        return inverses;
    }
}
