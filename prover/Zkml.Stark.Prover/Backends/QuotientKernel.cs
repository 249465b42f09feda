using System.Runtime.CompilerServices;
using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>
/// Adds one table's folded constraints on rows [Start, End) of one coset to the accumulator of its height: one packed K-value a tile of
/// sixteen rows. The rows are those of the low-degree extension, so the next row is the next storage row of the coset, cyclically.
/// </summary>
// Pointers: rows of matrices and scratch memory that the backend keeps alive during the call.
unsafe struct QuotientKernel : IAirVisitor
{
    public ColumnView Main, Preprocessed, Permutation;
    public PackedKoalaBear5* Weights, Offsets, BetaPowers;
    public int ConstraintCount, InteractionCount, BetaCount;
    public bool UsesNext;
    public KoalaBear5 Sum;

    /// <summary>The coset is CosetShift·H of order 2^LogHeight.</summary>
    public int LogHeight;
    public KoalaBear CosetShift;
    public int Start, End;

    /// <summary>[tiles of the coset].</summary>
    public PackedKoalaBear5* Accumulator;
    public FieldMatrix Scratch;
    public int Worker;

    /// <summary>Vectors of scratch memory for each worker.</summary>
    public readonly int ScratchVectors(int chunkRows) =>
        2 * (Main.TileLength + Permutation.TileLength) + Preprocessed.TileLength + CosetSelectors.ScratchVectors(chunkRows / RowTile.Rows + 1);

    public void Visit<TAir>(in TAir air) where TAir : struct, IAir
    {
        Arena arena = Arena.Of(Scratch, Worker);
        int tiles = (End - Start + RowTile.Rows - 1) / RowTile.Rows;
        var selectors = new CosetSelectors(ref arena, LogHeight, CosetShift, Start, tiles);
        var buffers = new Buffers(ref arena, in this);
        for (int tile = 0; tile < tiles; tile++)
            FoldTile(in air, Start + tile * RowTile.Rows, selectors[tile], in buffers);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    readonly void FoldTile<TAir>(in TAir air, int row, RowSelectors<PackedKoalaBear> selectors, in Buffers buffers) where TAir : struct, IAir
    {
        int mask = (1 << LogHeight) - 1;
        ReadOnlySpan<PackedKoalaBear> local = Main.Load(row, mask, buffers.Local);
        ReadOnlySpan<PackedKoalaBear> next = UsesNext ? Main.Load(row + 1, mask, buffers.Next) : local;
        ReadOnlySpan<PackedKoalaBear> preprocessed = Preprocessed.Load(row, mask, buffers.Preprocessed);
        ReadOnlySpan<PackedKoalaBear> permutation = Permutation.Load(row, mask, buffers.Permutation);
        ReadOnlySpan<PackedKoalaBear> permutationNext =
            Permutation.LoadFrom(Permutation.Width - KoalaBear5.Degree, row + 1, mask, buffers.PermutationNext);
        var context = new FoldingContext<PackedKoalaBear5>
        {
            Weights = new(Weights, ConstraintCount),
            Offsets = new(Offsets, InteractionCount),
            BetaPowers = new(BetaPowers, BetaCount),
            Sum = PackedKoalaBear5.FromExtension(Sum),
        };
        var folder = new ConstraintFolder<PackedKoalaBear, PackedKoalaBear5>(context, selectors, permutation, permutationNext);
        air.Constrain<ConstraintFolder<PackedKoalaBear, PackedKoalaBear5>, PackedKoalaBear>(ref folder, new(local, next, preprocessed));
        folder.Finish();
        Accumulator[row / RowTile.Rows] += folder.Folded;
    }

    /// <summary>The scratch memory, cut up.</summary>
    readonly ref struct Buffers
    {
        public readonly PackedKoalaBear* Local, Next, Preprocessed, Permutation, PermutationNext;

        public Buffers(ref Arena arena, in QuotientKernel kernel)
        {
            Local = arena.Take<PackedKoalaBear>(kernel.Main.TileLength);
            Next = arena.Take<PackedKoalaBear>(kernel.Main.TileLength);
            Preprocessed = arena.Take<PackedKoalaBear>(kernel.Preprocessed.TileLength);
            Permutation = arena.Take<PackedKoalaBear>(kernel.Permutation.TileLength);
            PermutationNext = arena.Take<PackedKoalaBear>(kernel.Permutation.TileLength);
        }
    }
}
