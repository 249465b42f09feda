using Zkml.Air;
using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark.Prover;

namespace Zkml.Stark.Tests.Prover;

/// <summary>
/// The backend's operations from their definitions in docs/design/stark.md: one element after the other, polynomials by their coefficients, no vectors, no threads.
/// Trees come from the hashing library, which has its own reference.
/// </summary>
sealed class ReferenceBackend(FieldMatrixPool pool) : IProverBackend
{
    public FieldMatrixPool Pool { get; } = pool;

    public TreeMatrices Extend(TreeMatrices traces, KoalaBear inputShift, int logBlowup, CancellationToken cancellation) => TreeMatrices.Of(
        traces.Shape, [.. traces.Matrices.Select(matrix => Extend(matrix, _ => inputShift, logBlowup))], logBlowup, logBlowup);

    public MerkleTree Commit(TreeMatrices extension, CancellationToken cancellation) =>
        MerkleTree.Build(Pool, extension.Matrices, RowOrder.CosetMajor(extension.LogCosets), extension.Shape.LogCap, 1, cancellation);

    public MerkleTree CommitLayer(Codeword layer, int logCap, CancellationToken cancellation) =>
        MerkleTree.Build(Pool, [layer.Matrix], RowOrder.Natural, logCap, 1, cancellation);

    public uint Grind(Challenger<KoalaBear, Poseidon2> challenger, int bits, CancellationToken cancellation)
    {
        uint nonce = 0;
        while (!Grinding.Check(challenger.Fork(), nonce, bits))
            nonce++;
        return nonce;
    }

    public KoalaBear5[] FillPermutation(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> traces, LogUpChallenges challenges, TreeMatrices permutation, CancellationToken cancellation)
    {
        var sums = new KoalaBear5[layout.SumCount];
        for (int table = 0; table < layout.Shape.Tables.Length; table++)
        {
            if (layout.SumIndices[table] < 0)
                continue;
            (Chip chip, int logHeight) = layout.Shape.Tables[table];
            KoalaBear5 sum = default;
            for (int row = 0; row < 1 << logHeight; row++)
            {
                var visitor = new FractionVisitor
                {
                    Main = Row(layout, traces, TracePhase.Main, table, row),
                    Preprocessed = Row(layout, traces, TracePhase.Preprocessed, table, row),
                    Offsets = LogUp.Offsets(chip, challenges.Alpha, challenges.SegmentIndex),
                    BetaPowers = Powers(challenges.Beta, challenges.Beta, 32),
                };
                chip.Accept(ref visitor);
                Span<KoalaBear> cells = Cells(layout, [.. traces, permutation], TracePhase.Permutation, table, row);
                KoalaBear5 rowSum = default;
                for (int i = 0; i < visitor.Fractions!.Length; i++)
                    rowSum += visitor.Fractions[i];
                for (int pair = 0; pair < chip.LogUp.PairColumnCount; pair++)
                    Write(cells[(5 * pair)..], visitor.Fractions[2 * pair] + visitor.Fractions[2 * pair + 1]);
                Write(cells[(5 * chip.LogUp.PairColumnCount)..], sum);
                sum += rowSum;
            }

            sums[layout.SumIndices[table]] = sum;
        }

        return sums;
    }

    public FieldMatrix EvaluateQuotient(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, LogUpChallenges challenges, ReadOnlySpan<KoalaBear5> sums, KoalaBear5 gamma,
        CancellationToken cancellation)
    {
        int rows = 1 << layout.LogHeight, logBlowup = layout.Parameters.LogBlowup;
        FieldMatrix quotient = Pool.Rent(rows, SegmentLayout.QuotientWidth);
        KoalaBear5[] weights = Powers(KoalaBear5.One, gamma, layout.Shape.ConstraintCount);
        for (int half = 0; half < 2; half++)
        {
            int coset = half << (logBlowup - 1);
            for (int row = 0; row < rows; row++)
            {
                KoalaBear5 folded = default;
                for (int table = 0, first = 0; table < layout.Shape.Tables.Length; first += layout.Shape.Tables[table++].Chip.ConstraintCount)
                    folded += Fold(layout, extensions, challenges, sums, weights.AsSpan(first), table, coset, row);
                KoalaBear x = Domains.ExtensionShift(layout.LogHeight, logBlowup, coset) * Domains.Root(layout.LogHeight).Power((ulong)row);
                Write(quotient.Row(row)[(5 * half)..], folded * (x.Power((ulong)rows) - KoalaBear.One).Inverse());
            }
        }

        return quotient;
    }

    public TreeMatrices ExtendQuotient(SegmentLayout layout, FieldMatrix quotient, CancellationToken cancellation)
    {
        int logBlowup = layout.Parameters.LogBlowup;
        FieldMatrix extension = Extend(
            quotient, column => Domains.ExtensionShift(layout.LogHeight, logBlowup, column < 5 ? 0 : 1 << (logBlowup - 1)), logBlowup);
        return TreeMatrices.Of(layout.Trees[layout.QuotientTree].Merkle, [extension], logBlowup, logBlowup);
    }

    public KoalaBear5[] Open(SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, KoalaBear5 zeta, CancellationToken cancellation)
    {
        var openings = new KoalaBear5[layout.OpeningCount];
        foreach (OpeningGroup opening in layout.Openings)
        {
            int logHeight = LogHeight(layout, opening.Table);
            KoalaBear5 point = (opening.Point == OpeningPoint.Zeta ? zeta : zeta * Domains.Root(layout.LogHeight)).Power(1ul << (layout.LogHeight - logHeight));
            for (int j = 0; j < opening.Count; j++)
            {
                var values = new KoalaBear5[1 << logHeight];
                for (int row = 0; row < values.Length; row++)
                    values[row] = KoalaBear5.FromBase(Row(layout, extensions, opening.Phase, opening.Table, row)[opening.FirstColumn + j]);
                Ntt.Interpolate<KoalaBear5>(values, Domains.ExtensionShift(logHeight, layout.Parameters.LogBlowup, 0));
                openings[opening.FirstOpening + j] = Ntt.EvaluateAt(values, point);
            }
        }

        return openings;
    }

    public Codeword Combine(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, KoalaBear5 zeta, KoalaBear5 delta, ReadOnlySpan<KoalaBear5> openings,
        CancellationToken cancellation)
    {
        var codeword = new Codeword(Pool, layout.LogDomain, layout.Layers.Length == 0 ? 0 : 3);
        KoalaBear5[] weights = Powers(KoalaBear5.One, delta, layout.OpeningCount);
        KoalaBear5 nextZeta = zeta * Domains.Root(layout.LogHeight);
        for (int index = 0; index < 1 << layout.LogDomain; index++)
        {
            KoalaBear5 x = KoalaBear5.FromBase(Domains.CosetShift(layout.LogDomain) * Domains.Root(layout.LogDomain).Power((ulong)index)), sum = default;
            foreach (OpeningGroup opening in layout.Openings)
            {
                int logHeight = LogHeight(layout, opening.Table), logBlowup = layout.Parameters.LogBlowup;
                int small = index & ((1 << (logHeight + logBlowup)) - 1), storage = ((small & ((1 << logBlowup) - 1)) << logHeight) + (small >> logBlowup);
                ReadOnlySpan<KoalaBear> row = Row(layout, extensions, opening.Phase, opening.Table, storage);
                KoalaBear5 inverse = (x - (opening.Point == OpeningPoint.Zeta ? zeta : nextZeta)).Inverse();
                for (int j = 0; j < opening.Count; j++)
                {
                    KoalaBear5 difference = KoalaBear5.FromBase(row[opening.FirstColumn + j]) - openings[opening.FirstOpening + j];
                    sum += weights[opening.FirstOpening + j] * difference * inverse;
                }
            }

            codeword[index] = sum;
        }

        return codeword;
    }

    /// <summary>The fold of Σ c_i·X^i is Σ_i (Σ_(m &lt; 8) β^m·c_(8i+m))·X^i.</summary>
    public Codeword Fold(Codeword layer, KoalaBear5 beta, int logLeaf, CancellationToken cancellation)
    {
        var coefficients = new KoalaBear5[1 << layer.LogSize];
        for (int i = 0; i < coefficients.Length; i++)
            coefficients[i] = layer[i];
        Ntt.Interpolate<KoalaBear5>(coefficients, Domains.CosetShift(layer.LogSize));
        var folded = new KoalaBear5[coefficients.Length / 8];
        for (int i = 0; i < folded.Length; i++)
            folded[i] = Ntt.EvaluateAt(coefficients.AsSpan(8 * i, 8), beta);
        Ntt.Evaluate<KoalaBear5>(folded, Domains.CosetShift(layer.LogSize - 3));
        var codeword = new Codeword(Pool, layer.LogSize - 3, logLeaf);
        for (int i = 0; i < folded.Length; i++)
            codeword[i] = folded[i];
        return codeword;
    }

    FieldMatrix Extend(FieldMatrix matrix, Func<int, KoalaBear> inputShift, int logBlowup)
    {
        FieldMatrix extension = Pool.Rent(matrix.Rows << logBlowup, matrix.Width);
        int logHeight = System.Numerics.BitOperations.Log2((uint)matrix.Rows);
        for (int column = 0; column < matrix.Width; column++)
        {
            var coefficients = new KoalaBear[matrix.Rows];
            for (int row = 0; row < coefficients.Length; row++)
                coefficients[row] = matrix.Row(row)[column];
            Ntt.Interpolate<KoalaBear>(coefficients, inputShift(column));
            for (int coset = 0; coset < 1 << logBlowup; coset++)
            {
                var values = coefficients.AsSpan().ToArray();
                Ntt.Evaluate<KoalaBear>(values, Domains.ExtensionShift(logHeight, logBlowup, coset));
                for (int row = 0; row < values.Length; row++)
                    extension.Row((coset << logHeight) + row)[column] = values[row];
            }
        }

        return extension;
    }

    static KoalaBear5 Fold(
        SegmentLayout layout, IReadOnlyList<TreeMatrices> extensions, LogUpChallenges challenges, ReadOnlySpan<KoalaBear5> sums, Span<KoalaBear5> weights,
        int table, int coset, int row)
    {
        (Chip chip, int logHeight) = layout.Shape.Tables[table];
        int local = row & ((1 << logHeight) - 1), next = (local + 1) & ((1 << logHeight) - 1), start = coset << logHeight;
        KoalaBear x = Domains.ExtensionShift(logHeight, layout.Parameters.LogBlowup, coset) * Domains.Root(logHeight).Power((ulong)local);
        KoalaBear vanishing = x.Power(1ul << logHeight) - KoalaBear.One, lastPoint = Domains.Root(logHeight).Inverse();
        var visitor = new FoldVisitor
        {
            Local = Row(layout, extensions, TracePhase.Main, table, start + local),
            Next = Row(layout, extensions, TracePhase.Main, table, start + next),
            Preprocessed = Row(layout, extensions, TracePhase.Preprocessed, table, start + local),
            Permutation = Row(layout, extensions, TracePhase.Permutation, table, start + local),
            PermutationNext = Row(layout, extensions, TracePhase.Permutation, table, start + next),
            Weights = weights[..chip.ConstraintCount].ToArray(),
            Offsets = LogUp.Offsets(chip, challenges.Alpha, challenges.SegmentIndex),
            BetaPowers = Powers(challenges.Beta, challenges.Beta, 32),
            Sum = layout.SumIndices[table] < 0 ? default : sums[layout.SumIndices[table]],
            Selectors = new(vanishing * (x - KoalaBear.One).Inverse(), x - lastPoint, vanishing * (x - lastPoint).Inverse()),
        };
        chip.Accept(ref visitor);
        return visitor.Folded;
    }

    static int LogHeight(SegmentLayout layout, int table) => table < 0 ? layout.LogHeight : layout.Shape.Tables[table].LogHeight;

    static KoalaBear[] Row(SegmentLayout layout, IReadOnlyList<TreeMatrices> matrices, TracePhase phase, int table, int row) =>
        Cells(layout, matrices, phase, table, row).ToArray();

    static Span<KoalaBear> Cells(SegmentLayout layout, IReadOnlyList<TreeMatrices> matrices, TracePhase phase, int table, int row)
    {
        for (int tree = 0; tree < layout.Trees.Count; tree++)
        {
            int position = layout.Trees[tree].Phase == phase ? Array.IndexOf(layout.Trees[tree].Tables, table) : -1;
            if (position < 0)
                continue;
            (int group, int column) = matrices[tree].Place(position);
            return matrices[tree].Matrices[group].Row(row).Slice(column, layout.Width(table, phase));
        }

        return default;
    }

    static void Write(Span<KoalaBear> cells, KoalaBear5 value)
    {
        for (int k = 0; k < 5; k++)
            cells[k] = value[k];
    }

    static KoalaBear5[] Powers(KoalaBear5 first, KoalaBear5 factor, int count)
    {
        var powers = new KoalaBear5[count];
        for (int i = 0; i < count; i++, first *= factor)
            powers[i] = first;
        return powers;
    }

    struct FractionVisitor : IAirVisitor
    {
        public KoalaBear[] Main, Preprocessed;
        public KoalaBear5[] Offsets, BetaPowers;
        public KoalaBear5[]? Fractions;

        public void Visit<TAir>(in TAir air) where TAir : struct, IAir
        {
            var collector = new FractionCollector(Offsets, BetaPowers);
            air.Constrain<FractionCollector, KoalaBear>(ref collector, new(Main, Main, Preprocessed));
            Fractions = [.. collector.Fractions];
        }
    }

    readonly struct FractionCollector(KoalaBear5[] offsets, KoalaBear5[] betaPowers) : IAirBuilder<KoalaBear>
    {
        public List<KoalaBear5> Fractions { get; } = [];

        public void AssertZero(KoalaBear x, string label = "") { }

        public void AssertZeroFirst(KoalaBear x, string label = "") { }

        public void AssertZeroTransition(KoalaBear x, string label = "") { }

        public void AssertZeroLast(KoalaBear x, string label = "") { }

        public void Interact(Bus bus, KoalaBear multiplicity, scoped ReadOnlySpan<KoalaBear> message) =>
            Fractions.Add(LogUp.Fingerprint(offsets[Fractions.Count], betaPowers, message).Inverse() * multiplicity);
    }

    struct FoldVisitor : IAirVisitor
    {
        public KoalaBear[] Local, Next, Preprocessed, Permutation, PermutationNext;
        public KoalaBear5[] Weights, Offsets, BetaPowers;
        public KoalaBear5 Sum, Folded;
        public RowSelectors<KoalaBear> Selectors;

        public void Visit<TAir>(in TAir air) where TAir : struct, IAir
        {
            var context = new FoldingContext<KoalaBear5> { Weights = Weights, Offsets = Offsets, BetaPowers = BetaPowers, Sum = Sum };
            var folder = new ConstraintFolder<KoalaBear, KoalaBear5>(context, Selectors, Permutation, PermutationNext);
            air.Constrain<ConstraintFolder<KoalaBear, KoalaBear5>, KoalaBear>(ref folder, new(Local, Next, Preprocessed));
            folder.Finish();
            Folded = folder.Folded;
        }
    }
}
