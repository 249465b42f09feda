using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

public sealed unsafe partial class CpuBackend
{
    const int QuotientCosets = 2;

    /// <inheritdoc/>
    public FieldMatrix EvaluateQuotient(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, LogUpChallenges challenges, ReadOnlySpan<KoalaBear5> sums, KoalaBear5 gamma,
        CancellationToken cancellation)
    {
        KoalaBear5[] tableSums = new KoalaBear5[layout.Shape.Tables.Length], gammaPowers = BroadcastValues.Powers(KoalaBear5.One, gamma, layout.Shape.ConstraintCount);
        var firstConstraints = new int[layout.Shape.Tables.Length];
        for (int table = 0, constraint = 0; table < tableSums.Length; table++)
        {
            firstConstraints[table] = constraint;
            constraint += layout.Shape.Tables[table].Chip.ConstraintCount;
            if (layout.SumIndices[table] >= 0)
                tableSums[table] = sums[layout.SumIndices[table]];
        }

        using BroadcastValues betaPowers = BetaPowers(layout, challenges);
        FieldMatrix? accumulator = null;
        try
        {
            foreach (int logHeight in layout.Shape.Tables.Select(table => table.LogHeight).Distinct().Order())
            {
                Lift(ref accumulator, logHeight, QuotientCosets, KoalaBear5.Degree * PackedKoalaBear.Lanes, cancellation);
                for (int table = 0; table < tableSums.Length; table++)
                {
                    Chip chip = layout.Shape.Tables[table].Chip;
                    if (layout.Shape.Tables[table].LogHeight != logHeight || chip.ConstraintCount == 0)
                        continue;
                    using var weights = new BroadcastValues(Pool, gammaPowers.AsSpan(firstConstraints[table], chip.ConstraintCount));
                    using var offsets = new BroadcastValues(Pool, LogUp.Offsets(chip, challenges.Alpha, challenges.SegmentIndex));
                    AddTable(layout, extensions, table, new()
                    {
                        Weights = weights.Pointer,
                        Offsets = offsets.Pointer,
                        BetaPowers = betaPowers.Pointer,
                        ConstraintCount = weights.Count,
                        InteractionCount = offsets.Count,
                        BetaCount = betaPowers.Count,
                        UsesNext = layout.UsesNext[table],
                        Sum = tableSums[table],
                        LogHeight = logHeight,
                    }, accumulator!, cancellation);
                }
            }

            return DivideByVanishing(layout, accumulator!, cancellation);
        }
        finally
        {
            accumulator?.Dispose();
        }
    }

    /// <summary>Adds a table's folded constraints on both cosets to the accumulator of its height.</summary>
    void AddTable(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, int table, QuotientKernel template, FieldMatrix accumulator, CancellationToken cancellation)
    {
        Chip chip = layout.Shape.Tables[table].Chip;
        for (int half = 0; half < QuotientCosets; half++)
        {
            int coset = half << layout.Parameters.LogBlowup >> 1;
            template.Main = View(layout, extensions, TracePhase.Main, table, coset);
            template.Preprocessed = View(layout, extensions, TracePhase.Preprocessed, table, coset);
            template.Permutation = View(layout, extensions, TracePhase.Permutation, table, coset);
            template.CosetShift = Domains.ExtensionShift(template.LogHeight, layout.Parameters.LogBlowup, coset);
            // Safe: a row of the accumulator is one packed value.
            template.Accumulator = (PackedKoalaBear5*)accumulator.RowPointer(half * TileCount(template.LogHeight));
            using FieldMatrix scratch = Arena.Rent(Pool, threads, template.ScratchVectors(ChunkRows));
            QuotientKernel shared = template;
            shared.Scratch = scratch;
            ParallelRange.Run(1 << template.LogHeight, ChunkRows, threads, (start, end, worker) =>
            {
                QuotientKernel kernel = shared;
                (kernel.Start, kernel.End, kernel.Worker) = (start, end, worker);
                chip.Accept(ref kernel);
            }, cancellation);
        }
    }

    /// <summary>Q = Σ folded / (x^N - 1), where x^N is one constant on each coset; as rows of the quotient's ten columns.</summary>
    FieldMatrix DivideByVanishing(SegmentLayout layout, FieldMatrix accumulator, CancellationToken cancellation)
    {
        FieldMatrix quotient = Pool.RentUnspecified(1 << layout.LogHeight, SegmentLayout.QuotientWidth);
        KoalaBear first = (layout.QuotientShift - KoalaBear.One).Inverse(), second = (-layout.QuotientShift - KoalaBear.One).Inverse();
        int tiles = TileCount(layout.LogHeight);
        // The sixteen packed columns of a strip, and its sixteen rows.
        using FieldMatrix scratch = Arena.Rent(Pool, threads, 2 * RowTile.StripColumns);
        return FillOrDispose(quotient, tiles, ChunkTiles, (start, end, worker) =>
        {
            Arena arena = Arena.Of(scratch, worker);
            PackedKoalaBear* columns = arena.Take<PackedKoalaBear>(RowTile.StripColumns), rows = arena.Take<PackedKoalaBear>(RowTile.Rows);
            new Span<PackedKoalaBear>(columns, RowTile.StripColumns).Clear();
            var values = (PackedKoalaBear5*)columns;
            for (int tile = start; tile < end; tile++)
            {
                values[0] = *(PackedKoalaBear5*)accumulator.RowPointer(tile) * first;
                values[1] = *(PackedKoalaBear5*)accumulator.RowPointer(tiles + tile) * second;
                RowTile.Store(columns, 1, (KoalaBear*)rows, RowTile.StripColumns);
                for (int lane = 0; lane < Math.Min(RowTile.Rows, quotient.Rows); lane++)
                    rows[lane].Store(quotient.RowPointer(tile * RowTile.Rows + lane));
            }
        }, cancellation);
    }

    /// <inheritdoc/>
    public TreeMatrices ExtendQuotient(SegmentLayout layout, FieldMatrix quotient, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        int logBlowup = layout.Parameters.LogBlowup;
        FieldMatrix extension = Pool.RentUnspecified(quotient.Rows << logBlowup, quotient.Width);
        Lde.Extend(quotient, Domains.ExtensionShift(layout.LogHeight, logBlowup, 0), logBlowup, extension, threads);
        // The transform takes q_1's values, too, for values on coset 0, and so extends q_1(ω_(2N)·X): at index d stands what belongs to d + b/2.
        int half = 1 << logBlowup >> 1;
        for (int coset = 0; coset < half; coset++)
            MoveHalfStep(extension, coset << layout.LogHeight, (coset + half) << layout.LogHeight, quotient.Rows);
        return TreeMatrices.Of(layout.Trees[layout.QuotientTree].Merkle, [extension], logBlowup, logBlowup);
    }

    /// <summary>
    /// Of columns 5 to 9, cosets <paramref name="low"/> and <paramref name="high"/> (first rows) trade places, and row i of the high one becomes row i + 1 of the low one.
    /// </summary>
    void MoveHalfStep(FieldMatrix extension, int low, int high, int rows)
    {
        // What row start of a chunk takes from the chunk before, saved before any chunk moves.
        var saved = new KoalaBear5[(rows + ChunkRows - 1) / ChunkRows];
        for (int chunk = 0; chunk < saved.Length; chunk++)
            saved[chunk] = *Second((chunk == 0 ? rows : chunk * ChunkRows) - 1 + high);
        ParallelRange.Run(rows, ChunkRows, threads, (start, end, _) =>
        {
            KoalaBear5 previous = saved[start / ChunkRows];
            for (int row = start; row < end; row++)
            {
                KoalaBear5* lower = Second(low + row), upper = Second(high + row);
                (previous, *lower, *upper) = (*upper, previous, *lower);
            }
        });

        // Safe: a row has ten columns, and a KoalaBear5 is five cells.
        KoalaBear5* Second(int row) => (KoalaBear5*)(extension.RowPointer(row) + KoalaBear5.Degree);
    }
}
