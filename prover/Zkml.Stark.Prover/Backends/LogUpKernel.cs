using System.Runtime.CompilerServices;
using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>Runs a constraint text over sixteen rows for the denominators and multiplicities of its interactions.</summary>
// Pointers: room for as many values as the AIR has interactions, owned by the caller.
unsafe ref struct InteractionCollector(
    ReadOnlySpan<PackedKoalaBear5> offsets, ReadOnlySpan<PackedKoalaBear5> betaPowers, PackedKoalaBear5* denominators, PackedKoalaBear* multiplicities)
    : IAirBuilder<PackedKoalaBear>
{
    readonly ReadOnlySpan<PackedKoalaBear5> _offsets = offsets, _betaPowers = betaPowers;
    readonly PackedKoalaBear5* _denominators = denominators;
    readonly PackedKoalaBear* _multiplicities = multiplicities;
    int _count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AssertZero(PackedKoalaBear x, string label = "") { }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AssertZeroFirst(PackedKoalaBear x, string label = "") { }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AssertZeroTransition(PackedKoalaBear x, string label = "") { }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void AssertZeroLast(PackedKoalaBear x, string label = "") { }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Interact(Bus bus, PackedKoalaBear multiplicity, scoped ReadOnlySpan<PackedKoalaBear> message)
    {
        _multiplicities[_count] = multiplicity;
        _denominators[_count] = LogUp.Fingerprint(_offsets[_count], _betaPowers, message);
        _count++;
    }
}

/// <summary>
/// Fills rows [Start, End) of one table's permutation columns, but with the row's total Σ m/f in place of the running sum, and returns the sum of the
/// totals; the running sum follows once the totals of all rows before are known (<see cref="Accumulate"/>).
/// </summary>
// Pointers: rows of matrices and scratch memory that the backend keeps alive during the call.
unsafe struct LogUpKernel : IAirVisitor
{
    /// <summary>Tiles whose denominators are inverted together.</summary>
    public const int BlockTiles = 8;

    public ColumnView Main, Preprocessed, Permutation;
    public PackedKoalaBear5* Offsets, BetaPowers;
    public int InteractionCount, BetaCount, RowMask, Start, End;
    public FieldMatrix Scratch;
    public int Worker;

    /// <summary>The sum of the totals of these rows.</summary>
    public KoalaBear5 Total;

    /// <summary>Vectors of scratch memory for each worker.</summary>
    public readonly int ScratchVectors()
    {
        int groups = new LogUpLayout(InteractionCount).ColumnCount, strips = OutputStrips(groups);
        return Main.TileLength + Preprocessed.TileLength + InteractionCount * 6 + 3 * BlockTiles * groups * KoalaBear5.Degree + 2 * strips * RowTile.StripColumns;
    }

    public void Visit<TAir>(in TAir air) where TAir : struct, IAir
    {
        int groups = new LogUpLayout(InteractionCount).ColumnCount;
        Arena arena = Arena.Of(Scratch, Worker);
        var buffers = new Buffers(ref arena, in this, groups);
        PackedKoalaBear5 total = default;
        for (int block = Start; block < End; block += BlockTiles * RowTile.Rows)
        {
            int tiles = (Math.Min(End - block, BlockTiles * RowTile.Rows) + RowTile.Rows - 1) / RowTile.Rows;
            for (int tile = 0; tile < tiles; tile++)
                CollectTile(in air, block + tile * RowTile.Rows, in buffers, tile * groups, groups);
            PackedInverse.InPlace(buffers.GroupDenominators, tiles * groups, buffers.Prefixes);
            for (int tile = 0; tile < tiles; tile++)
                total += WriteTile(block + tile * RowTile.Rows, in buffers, tile * groups, groups);
        }

        // A table of fewer than sixteen rows repeats in the lanes.
        Total = default;
        for (int lane = 0; lane < Math.Min(RowTile.Rows, RowMask + 1); lane++)
            Total += total[lane];
    }

    /// <summary>
    /// Replaces the totals of rows [start, end) by the running sum, which starts at <paramref name="sum"/>.
    /// </summary>
    public static void Accumulate(ColumnView permutation, int start, int end, KoalaBear5 sum)
    {
        int column = permutation.Width - KoalaBear5.Degree;
        for (int row = start; row < end; row++)
        {
            // Safe: the running sum is the table's last five cells, and a KoalaBear5 is five cells.
            var cell = (KoalaBear5*)(permutation.Row(row) + column);
            KoalaBear5 total = *cell;
            *cell = sum;
            sum += total;
        }
    }

    static int OutputStrips(int groups) => (groups * KoalaBear5.Degree + RowTile.StripColumns - 1) / RowTile.StripColumns;

    [MethodImpl(MethodImplOptions.NoInlining)]
    readonly void CollectTile<TAir>(in TAir air, int row, in Buffers buffers, int firstGroup, int groups) where TAir : struct, IAir
    {
        ReadOnlySpan<PackedKoalaBear> main = Main.Load(row, RowMask, buffers.Main);
        ReadOnlySpan<PackedKoalaBear> preprocessed = Preprocessed.Load(row, RowMask, buffers.Preprocessed);
        var collector = new InteractionCollector(new(Offsets, InteractionCount), new(BetaPowers, BetaCount), buffers.Denominators, buffers.Multiplicities);
        // Interactions never read the next row (OB-16), so the local row may stand in for it.
        air.Constrain<InteractionCollector, PackedKoalaBear>(ref collector, new(main, main, preprocessed));

        for (int group = 0; group < groups; group++)
        {
            int first = 2 * group;
            PackedKoalaBear5 denominator = buffers.Denominators[first];
            PackedKoalaBear firstMultiplicity = buffers.Multiplicities[first];
            if (first + 1 == InteractionCount)
            {
                buffers.GroupNumerators[firstGroup + group] = PackedKoalaBear5.FromBase(firstMultiplicity);
                buffers.GroupDenominators[firstGroup + group] = denominator;
                continue;
            }

            PackedKoalaBear5 second = buffers.Denominators[first + 1];
            buffers.GroupNumerators[firstGroup + group] = second * firstMultiplicity + denominator * buffers.Multiplicities[first + 1];
            buffers.GroupDenominators[firstGroup + group] = denominator * second;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    readonly PackedKoalaBear5 WriteTile(int row, in Buffers buffers, int firstGroup, int groups)
    {
        PackedKoalaBear5 total = default;
        for (int group = 0; group < groups; group++)
        {
            PackedKoalaBear5 value = buffers.GroupNumerators[firstGroup + group] * buffers.GroupDenominators[firstGroup + group];
            total += value;
            buffers.Output[group] = value;
        }

        buffers.Output[groups - 1] = total;
        int strips = OutputStrips(groups), stride = strips * RowTile.StripColumns;
        RowTile.Store((PackedKoalaBear*)buffers.Output, strips, buffers.OutputRows, stride);
        int rows = Math.Min(RowTile.Rows, RowMask + 1);
        for (int lane = 0; lane < rows; lane++)
            new Span<KoalaBear>(buffers.OutputRows + lane * stride, Permutation.Width).CopyTo(new(Permutation.Row(row + lane), Permutation.Width));
        return total;
    }

    /// <summary>The scratch memory, cut up.</summary>
    readonly ref struct Buffers
    {
        public readonly PackedKoalaBear* Main, Preprocessed, Multiplicities;
        public readonly PackedKoalaBear5* Denominators, GroupNumerators, GroupDenominators, Prefixes, Output;
        public readonly KoalaBear* OutputRows;

        public Buffers(ref Arena arena, in LogUpKernel kernel, int groups)
        {
            Main = arena.Take<PackedKoalaBear>(kernel.Main.TileLength);
            Preprocessed = arena.Take<PackedKoalaBear>(kernel.Preprocessed.TileLength);
            Multiplicities = arena.Take<PackedKoalaBear>(kernel.InteractionCount);
            Denominators = arena.Take<PackedKoalaBear5>(kernel.InteractionCount);
            GroupNumerators = arena.Take<PackedKoalaBear5>(BlockTiles * groups);
            GroupDenominators = arena.Take<PackedKoalaBear5>(BlockTiles * groups);
            Prefixes = arena.Take<PackedKoalaBear5>(BlockTiles * groups);
            // Whole strips of packed columns, five for each group.
            int vectors = OutputStrips(groups) * RowTile.StripColumns;
            Output = (PackedKoalaBear5*)arena.Take<PackedKoalaBear>(vectors);
            OutputRows = (KoalaBear*)arena.Take<PackedKoalaBear>(vectors);
        }
    }
}
