using Zkml.Air;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Prover.Backends;

/// <summary>The operations of a proof on the processor's vectors. Results do not depend on the number of threads.</summary>
/// <param name="pool">Lends the memory of every matrix.</param>
/// <param name="threads">Most threads at work, at least 1.</param>
public sealed unsafe partial class CpuBackend(FieldMatrixPool pool, int threads) : IProverBackend
{
    // Rows of one parallel item: many enough for one inversion to cost nothing, few enough to share out small tables.
    const int ChunkRows = 1024, ChunkTiles = ChunkRows / RowTile.Rows;

    /// <inheritdoc/>
    public FieldMatrixPool Pool { get; } = pool;

    /// <inheritdoc/>
    public TreeMatrices Extend(TreeMatrices traces, KoalaBear inputShift, int logBlowup, CancellationToken cancellation)
    {
        var extensions = new FieldMatrix[traces.Matrices.Count];
        try
        {
            for (int group = 0; group < extensions.Length; group++)
            {
                cancellation.ThrowIfCancellationRequested();
                FieldMatrix trace = traces.Matrices[group];
                extensions[group] = Pool.RentUnspecified(trace.Rows << logBlowup, trace.Width);
                Lde.Extend(trace, inputShift, logBlowup, extensions[group], threads);
            }

            return TreeMatrices.Of(traces.Shape, extensions, logBlowup, logBlowup);
        }
        catch
        {
            foreach (FieldMatrix? extension in extensions)
                extension?.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public MerkleTree Commit(TreeMatrices extension, CancellationToken cancellation) =>
        MerkleTree.Build(Pool, extension.Matrices, RowOrder.CosetMajor(extension.LogCosets), extension.Shape.LogCap, threads, cancellation);

    /// <inheritdoc/>
    public MerkleTree CommitLayer(Codeword layer, int logCap, CancellationToken cancellation) =>
        MerkleTree.Build(Pool, [layer.Matrix], RowOrder.Natural, logCap, threads, cancellation);

    /// <inheritdoc/>
    public uint Grind(Challenger<KoalaBear, Poseidon2> challenger, int bits, CancellationToken cancellation) =>
        Grinding.Find(challenger, bits, threads, cancellation);

    /// <inheritdoc/>
    public KoalaBear5[] FillPermutation(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> traces, LogUpChallenges challenges, TreeMatrices permutation, CancellationToken cancellation)
    {
        var sums = new KoalaBear5[layout.SumCount];
        TreeMatrices[] all = [.. traces, permutation];
        using BroadcastValues betaPowers = BetaPowers(layout, challenges);
        for (int table = 0; table < layout.Shape.Tables.Length; table++)
        {
            if (layout.SumIndices[table] >= 0)
                sums[layout.SumIndices[table]] = FillPermutation(layout, all, challenges, table, betaPowers, cancellation);
        }

        return sums;
    }

    KoalaBear5 FillPermutation(
        SegmentLayout layout, TreeMatrices[] traces, LogUpChallenges challenges, int table, BroadcastValues betaPowers, CancellationToken cancellation)
    {
        (Chip chip, int logHeight) = layout.Shape.Tables[table];
        using var offsets = new BroadcastValues(Pool, LogUp.Offsets(chip, challenges.Alpha, challenges.SegmentIndex));
        var template = new LogUpKernel
        {
            Main = View(layout, traces, TracePhase.Main, table, 0),
            Preprocessed = View(layout, traces, TracePhase.Preprocessed, table, 0),
            Permutation = View(layout, traces, TracePhase.Permutation, table, 0),
            Offsets = offsets.Pointer,
            BetaPowers = betaPowers.Pointer,
            InteractionCount = offsets.Count,
            BetaCount = betaPowers.Count,
            RowMask = (1 << logHeight) - 1,
        };
        using FieldMatrix scratch = Arena.Rent(Pool, threads, template.ScratchVectors());
        template.Scratch = scratch;
        var totals = new KoalaBear5[(template.RowMask + ChunkRows) / ChunkRows + 1];
        ParallelRange.Run(1 << logHeight, ChunkRows, threads, (start, end, worker) =>
        {
            LogUpKernel kernel = template;
            (kernel.Start, kernel.End, kernel.Worker) = (start, end, worker);
            chip.Accept(ref kernel);
            totals[start / ChunkRows + 1] = kernel.Total;
        }, cancellation);
        for (int chunk = 1; chunk < totals.Length; chunk++)
            totals[chunk] += totals[chunk - 1];
        ColumnView permutation = template.Permutation;
        ParallelRange.Run(
            1 << logHeight, ChunkRows, threads, (start, end, _) => LogUpKernel.Accumulate(permutation, start, end, totals[start / ChunkRows]), cancellation);
        return totals[^1];
    }

    /// <inheritdoc/>
    public Codeword Fold(Codeword layer, KoalaBear5 beta, int logLeaf, CancellationToken cancellation)
    {
        var folded = new Codeword(Pool, layer.LogSize - FriParameters.LogArity, logLeaf);
        using FieldMatrix scratch = Arena.Rent(Pool, threads, FoldKernel.ScratchVectors);
        return FillOrDispose(folded, layer.Matrix.Rows, ChunkRows, (start, end, worker) =>
        {
            Arena arena = Arena.Of(scratch, worker);
            FoldKernel.Fold(ref arena, layer, beta, start, end, folded);
        }, cancellation);
    }

    /// <summary>Runs a loop that fills <paramref name="result"/>, and gives its memory back if that fails.</summary>
    T FillOrDispose<T>(T result, int count, int chunkLength, RangeBody body, CancellationToken cancellation) where T : class, IDisposable
    {
        try
        {
            ParallelRange.Run(count, chunkLength, threads, body, cancellation);
            return result;
        }
        catch
        {
            result.Dispose();
            throw;
        }
    }

    BroadcastValues BetaPowers(SegmentLayout layout, LogUpChallenges challenges)
    {
        int arity = layout.Shape.Tables.Max(table => table.Chip.Graph.Interactions.Select(interaction => interaction.Bus.Arity).DefaultIfEmpty().Max());
        return new BroadcastValues(Pool, BroadcastValues.Powers(challenges.Beta, challenges.Beta, arity));
    }

    /// <summary>A table's columns in a phase, in coset <paramref name="coset"/> of the matrices; empty where it has none.</summary>
    static ColumnView View(SegmentLayout layout, IReadOnlyList<TreeMatrices> matrices, TracePhase phase, int table, int coset)
    {
        for (int tree = 0; tree < layout.Trees.Count; tree++)
        {
            TreeShape shape = layout.Trees[tree];
            int position = shape.Phase == phase ? Array.IndexOf(shape.Tables, table) : -1;
            if (position < 0)
                continue;
            (int group, int column) = matrices[tree].Place(position);
            return ColumnView.Of(matrices[tree].Matrices[group], coset << layout.Shape.Tables[table].LogHeight, column, layout.Width(table, phase));
        }

        return default;
    }

    /// <summary>Tiles of sixteen rows that cover 2^<paramref name="logHeight"/> rows.</summary>
    static int TileCount(int logHeight) => Math.Max(1, (1 << logHeight) / RowTile.Rows);

    /// <summary>
    /// Puts in the place of one height's sums those of the next higher one, which start as the lifted lower ones, or as zero: row d of the lower height stands
    /// at every d + k·(its rows), in each coset. A tile is one row of both matrices.
    /// </summary>
    void Lift(ref FieldMatrix? sums, int logHeight, int cosets, int width, CancellationToken cancellation)
    {
        FieldMatrix? lower = sums;
        int tiles = TileCount(logHeight), lowerTiles = lower is null ? 0 : lower.Rows / cosets;
        FieldMatrix higher = Pool.RentUnspecified(cosets * tiles, width);
        FillOrDispose(higher, higher.Rows, ChunkTiles, (start, end, _) =>
        {
            for (int row = start; row < end; row++)
            {
                if (lower is null)
                    higher.Row(row).Clear();
                else
                    lower.Row(row / tiles * lowerTiles + row % tiles % lowerTiles).CopyTo(higher.Row(row));
            }
        }, cancellation);
        lower?.Dispose();
        sums = higher;
    }
}
