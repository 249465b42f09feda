using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

public sealed unsafe partial class CpuBackend
{
    /// <inheritdoc/>
    public KoalaBear5[] Open(SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, KoalaBear5 zeta, CancellationToken cancellation)
    {
        var openings = new KoalaBear5[layout.OpeningCount];
        for (int tree = 0; tree < extensions.Count; tree++)
            for (int group = 0; group < extensions[tree].Matrices.Count; group++)
                OpenMatrix(layout, extensions[tree], tree, group, zeta, openings, cancellation);
        return openings;
    }

    /// <summary>Evaluates the columns of one matrix and puts the values in their places.</summary>
    void OpenMatrix(
        SegmentLayout layout, TreeMatrices extension, int tree, int group, KoalaBear5 zeta, KoalaBear5[] openings, CancellationToken cancellation)
    {
        int logHeight = extension.LogHeight(group);
        List<(OpeningGroup Opening, int Column)> opened = OpenedColumns(layout, extension, tree, group);
        var kernel = new OpeningKernel
        {
            Matrix = extension.Matrices[group],
            LogHeight = logHeight,
            Shift = Domains.ExtensionShift(logHeight, extension.LogCosets, 0),
            Point = zeta.Power(1ul << (layout.LogHeight - logHeight)),
            NextStrips = [.. opened.Where(run => run.Opening.Point == OpeningPoint.NextZeta).SelectMany(run => StripsOf(run.Column, run.Opening.Count)).Distinct().Order()],
        };
        int strips = kernel.Matrix.Stride / RowTile.StripColumns;
        var sums = new PackedKoalaBear5[kernel.ResultLength];
        using FieldMatrix scratch = Arena.Rent(Pool, threads, kernel.ScratchVectors);
        ParallelRange.Run(1 << logHeight, OpeningKernel.ChunkRows, threads, (start, end, worker) =>
        {
            Arena arena = Arena.Of(scratch, worker);
            PackedKoalaBear5* partial = kernel.Add(ref arena, start, end);
            // Addition in a field is exact, so the order of the chunks does not matter.
            lock (sums)
            {
                for (int i = 0; i < sums.Length; i++)
                    sums[i] += partial[i];
            }
        }, cancellation);

        KoalaBear5 factor = kernel.Factor();
        foreach ((OpeningGroup opening, int column) in opened)
        {
            for (int j = 0; j < opening.Count; j++)
            {
                int strip = (column + j) / RowTile.StripColumns;
                int place = opening.Point == OpeningPoint.Zeta ? strip : strips + Array.IndexOf(kernel.NextStrips, strip);
                openings[opening.FirstOpening + j] = sums[place][(column + j) % RowTile.StripColumns] * factor;
            }
        }
    }

    /// <inheritdoc/>
    public Codeword Combine(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, KoalaBear5 zeta, KoalaBear5 delta, ReadOnlySpan<KoalaBear5> openings,
        CancellationToken cancellation)
    {
        KoalaBear5[] deltaPowers = BroadcastValues.Powers(KoalaBear5.One, delta, layout.OpeningCount);
        SortedDictionary<int, List<DeepSource>> heights = [];
        for (int tree = 0; tree < extensions.Count; tree++)
        {
            for (int group = 0; group < extensions[tree].Matrices.Count; group++)
            {
                int logHeight = extensions[tree].LogHeight(group);
                if (!heights.TryGetValue(logHeight, out List<DeepSource>? sources))
                    heights.Add(logHeight, sources = []);
                sources.Add(SourceOf(layout, extensions[tree], tree, group, deltaPowers));
            }
        }

        int cosets = 1 << layout.Parameters.LogBlowup;
        KoalaBear5 valueAtZeta = default, valueAtNextZeta = default;
        foreach (OpeningGroup opening in layout.Openings)
        {
            ref KoalaBear5 value = ref opening.Point == OpeningPoint.Zeta ? ref valueAtZeta : ref valueAtNextZeta;
            for (int j = opening.FirstOpening; j < opening.FirstOpening + opening.Count; j++)
                value += deltaPowers[j] * openings[j];
        }

        FieldMatrix? sums = null;
        try
        {
            foreach ((int logHeight, List<DeepSource> sources) in heights)
            {
                Lift(ref sums, logHeight, cosets, DeepKernel.TileWords, cancellation);
                AddHeight(sources, logHeight, cosets, sums!, cancellation);
            }

            return Divide(layout, sums!, zeta, valueAtZeta, valueAtNextZeta, cancellation);
        }
        finally
        {
            sums?.Dispose();
        }
    }

    void AddHeight(List<DeepSource> sources, int logHeight, int cosets, FieldMatrix sums, CancellationToken cancellation)
    {
        int tiles = TileCount(logHeight);
        using FieldMatrix scratch = Arena.Rent(Pool, threads, DeepKernel.AccumulateVectors(sources));
        for (int coset = 0; coset < cosets; coset++)
        {
            int current = coset;
            ParallelRange.Run(tiles, ChunkTiles, threads, (start, end, worker) =>
            {
                Arena arena = Arena.Of(scratch, worker);
                // Safe: a row of the sums is the two packed values of a tile.
                DeepKernel.Accumulate(ref arena, sources, logHeight, current, start, end, (PackedKoalaBear5*)sums.RowPointer(current * tiles));
            }, cancellation);
        }
    }

    Codeword Divide(
        SegmentLayout layout, FieldMatrix sums, KoalaBear5 zeta, KoalaBear5 valueAtZeta, KoalaBear5 valueAtNextZeta, CancellationToken cancellation)
    {
        int tiles = TileCount(layout.LogHeight), logBlowup = layout.Parameters.LogBlowup;
        var codeword = new Codeword(Pool, layout.LogDomain, layout.Layers.Length == 0 ? 0 : FriParameters.LogArity);
        using FieldMatrix scratch = Arena.Rent(Pool, threads, DeepKernel.FinishVectors(ChunkTiles));
        for (int coset = 0; coset < 1 << logBlowup; coset++)
        {
            int current = coset;
            KoalaBear shift = Domains.ExtensionShift(layout.LogHeight, logBlowup, coset);
            FillOrDispose(codeword, tiles, ChunkTiles, (start, end, worker) =>
            {
                Arena arena = Arena.Of(scratch, worker);
                PackedKoalaBear5* values = DeepKernel.Finish(
                    ref arena, layout.LogHeight, shift, start, end, zeta, valueAtZeta, valueAtNextZeta, (PackedKoalaBear5*)sums.RowPointer(current * tiles));
                for (int tile = start; tile < end; tile++)
                    FoldKernel.Write(codeword, (tile * RowTile.Rows << logBlowup) + current, 1 << logBlowup, values[tile - start]);
            }, cancellation);
        }

        return codeword;
    }

    static DeepSource SourceOf(SegmentLayout layout, TreeMatrices extension, int tree, int group, KoalaBear5[] deltaPowers)
    {
        List<WeightedColumns> atZeta = [], atNextZeta = [];
        foreach ((OpeningGroup opening, int column) in OpenedColumns(layout, extension, tree, group))
        {
            KoalaBear5[] weights = deltaPowers.AsSpan(opening.FirstOpening, opening.Count).ToArray();
            (opening.Point == OpeningPoint.Zeta ? atZeta : atNextZeta).Add(new(column, weights));
        }

        return new(extension.Matrices[group], [.. atZeta], [.. atNextZeta]);
    }

    /// <summary>The openings of one matrix, with the matrix column that each starts at.</summary>
    static List<(OpeningGroup Opening, int Column)> OpenedColumns(SegmentLayout layout, TreeMatrices extension, int tree, int group)
    {
        List<(OpeningGroup, int)> opened = [];
        foreach (OpeningGroup opening in layout.Openings)
        {
            if (opening.Tree != tree)
                continue;
            (int place, int column) = extension.Place(Array.IndexOf(layout.Trees[tree].Tables, opening.Table));
            if (place == group)
                opened.Add((opening, column + opening.FirstColumn));
        }

        return opened;
    }

    static IEnumerable<int> StripsOf(int column, int count)
    {
        int first = column / RowTile.StripColumns;
        return Enumerable.Range(first, (column + count - 1) / RowTile.StripColumns - first + 1);
    }
}
