using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Testing;

/// <summary>
/// Folds random rows of a chip in every arithmetic that prover and verifier use, and once more by hand from the recorded graph.
/// Cells, permutation cells, challenges and selectors are random: the agreement is one of polynomials, not of valid rows.
/// </summary>
public sealed class FoldAgreement(Chip chip, int seed)
{
    readonly Random _random = new(seed);

    /// <summary>The folded values of one packed vector of base-field rows by each interpreter; all three must be equal. [Lanes]</summary>
    public (KoalaBear5[] Packed, KoalaBear5[] Scalar, KoalaBear5[] Extension) FoldBaseRows()
    {
        const int lanes = PackedKoalaBear.Lanes;
        Challenges challenges = new(chip, _random);
        RowCells<KoalaBear>[] rows = [.. Enumerable.Range(0, lanes).Select(_ => new RowCells<KoalaBear>(chip, () => Base(_random)))];
        var packedRow = RowCells<PackedKoalaBear>.Combine(rows, cells => PackedKoalaBear.FromElements(cells));

        PackedKoalaBear5 packed = challenges.Fold<PackedKoalaBear, PackedKoalaBear5>(packedRow, PackedKoalaBear5.FromExtension);
        KoalaBear5[] scalar = [.. rows.Select(row => challenges.Fold<KoalaBear, KoalaBear5>(row, x => x))];
        KoalaBear5[] extension = [.. rows.Select(row =>
            challenges.Fold<KoalaBear5, KoalaBear5>(RowCells<KoalaBear5>.Combine([row], cells => KoalaBear5.FromBase(cells[0])), x => x))];
        return ([.. Enumerable.Range(0, lanes).Select(lane => packed[lane])], scalar, extension);
    }

    /// <summary>One row of extension elements, as the verifier sees it, folded by the folder and by hand; both must be equal.</summary>
    public (KoalaBear5 Folded, KoalaBear5 ByHand) FoldExtensionRow()
    {
        Challenges challenges = new(chip, _random);
        var row = new RowCells<KoalaBear5>(chip, () => Extension(_random));
        return (challenges.Fold<KoalaBear5, KoalaBear5>(row, x => x), challenges.FoldByHand(row));
    }

    static KoalaBear Base(Random random) => KoalaBear.FromMontgomery((uint)random.NextInt64(KoalaBear.Modulus));

    static KoalaBear5 Extension(Random random) => new(Base(random), Base(random), Base(random), Base(random), Base(random));

    /// <summary>The cells and selectors of one row.</summary>
    sealed class RowCells<T> where T : unmanaged
    {
        public required T[] Local, Next, Preprocessed, Permutation, PermutationNext, Selectors;

        [System.Diagnostics.CodeAnalysis.SetsRequiredMembers]
        public RowCells(Chip chip, Func<T> cell)
        {
            T[] Fill(int count) => [.. Enumerable.Range(0, count).Select(_ => cell())];
            (Local, Next, Preprocessed) = (Fill(chip.Width), Fill(chip.Width), Fill(chip.PreprocessedWidth));
            (Permutation, PermutationNext, Selectors) = (Fill(chip.LogUp.Width), Fill(chip.LogUp.Width), Fill(3));
        }

        RowCells() { }

        public static RowCells<T> Combine<TCell>(RowCells<TCell>[] rows, Func<TCell[], T> combine) where TCell : unmanaged
        {
            T[] Each(Func<RowCells<TCell>, TCell[]> part) =>
                [.. Enumerable.Range(0, part(rows[0]).Length).Select(i => combine([.. rows.Select(row => part(row)[i])]))];
            return new()
            {
                Local = Each(r => r.Local), Next = Each(r => r.Next), Preprocessed = Each(r => r.Preprocessed),
                Permutation = Each(r => r.Permutation), PermutationNext = Each(r => r.PermutationNext), Selectors = Each(r => r.Selectors),
            };
        }
    }

    sealed class Challenges(Chip chip, Random random)
    {
        readonly KoalaBear5[] _weights = Fill(chip.ConstraintCount, random);
        readonly KoalaBear5[] _offsets = Fill(chip.Graph.Interactions.Count, random);
        readonly KoalaBear5[] _betaPowers = Fill(Machine.Buses.MaxArity, random);
        readonly KoalaBear5 _sum = Extension(random);

        static KoalaBear5[] Fill(int count, Random random) => [.. Enumerable.Range(0, count).Select(_ => Extension(random))];

        public TExtension Fold<TCell, TExtension>(RowCells<TCell> row, Func<KoalaBear5, TExtension> broadcast)
            where TCell : unmanaged, IAlgebra<TCell>
            where TExtension : unmanaged, IExtensionAlgebra<TExtension, TCell>
        {
            var context = new FoldingContext<TExtension>
            {
                Weights = Array.ConvertAll(_weights, x => broadcast(x)),
                Offsets = Array.ConvertAll(_offsets, x => broadcast(x)),
                BetaPowers = Array.ConvertAll(_betaPowers, x => broadcast(x)),
                Sum = broadcast(_sum),
            };
            var visitor = new FoldVisitor<TCell, TExtension>
            {
                Folder = new(context, new(row.Selectors[0], row.Selectors[1], row.Selectors[2]), row.Permutation, row.PermutationNext),
                Rows = new(row.Local, row.Next, row.Preprocessed),
            };
            chip.Accept(ref visitor);
            visitor.Folder.Finish();
            return visitor.Folder.Folded;
        }

        /// <summary>Σ_k γ^k·C_k from the graph's node values: the text's constraints, and after every second interaction its pair column's.</summary>
        public KoalaBear5 FoldByHand(RowCells<KoalaBear5> row)
        {
            KoalaBear5[] nodes = chip.Graph.Evaluate<KoalaBear5>(new(row.Local, row.Next, row.Preprocessed));
            var constraints = new List<KoalaBear5>();
            int pairCount = chip.LogUp.PairColumnCount, constraint = 0, interaction = 0;
            foreach (bool isConstraint in EmissionOrder.Of(chip))
            {
                if (isConstraint)
                {
                    RecordedConstraint c = chip.Graph.Constraints[constraint++];
                    constraints.Add(c.Scope == RowScope.Every ? nodes[c.Node] : nodes[c.Node] * row.Selectors[(int)c.Scope - 1]);
                }
                else if (++interaction % 2 == 0 && interaction / 2 <= pairCount)
                    constraints.Add(Pair(nodes, row, interaction - 2, Column(row.Permutation, interaction / 2 - 1)));
            }
            if (interaction > 0) AddRunningSum(constraints, nodes, row);
            KoalaBear5 folded = default;
            for (int k = 0; k < _weights.Length; k++) folded += _weights[k] * constraints[k];
            return folded;
        }

        void AddRunningSum(List<KoalaBear5> constraints, KoalaBear5[] nodes, RowCells<KoalaBear5> row)
        {
            int pairCount = chip.LogUp.PairColumnCount, first = 2 * pairCount;
            KoalaBear5 sum = Column(row.Permutation, pairCount), partial = sum;
            for (int i = 0; i < pairCount; i++) partial += Column(row.Permutation, i);
            KoalaBear5 step = Column(row.PermutationNext, pairCount) - partial, last = _sum - partial;
            constraints.Add(sum * row.Selectors[0]);
            if (!chip.LogUp.LastRowIsInert)
            {
                (KoalaBear5 multiplicity, KoalaBear5 denominator) = Term(nodes, first);
                constraints.Add((step * denominator - multiplicity) * row.Selectors[1]);
                constraints.Add((last * denominator - multiplicity) * row.Selectors[2]);
                return;
            }
            constraints.Add(Pair(nodes, row, first, step) * row.Selectors[1]);
            constraints.Add(Term(nodes, first).Multiplicity * row.Selectors[2]);
            constraints.Add(Term(nodes, first + 1).Multiplicity * row.Selectors[2]);
            constraints.Add(last * row.Selectors[2]);
        }

        // column = m1/f1 + m2/f2, cleared of denominators.
        KoalaBear5 Pair(KoalaBear5[] nodes, RowCells<KoalaBear5> row, int first, KoalaBear5 column)
        {
            (KoalaBear5 m1, KoalaBear5 f1) = Term(nodes, first);
            (KoalaBear5 m2, KoalaBear5 f2) = Term(nodes, first + 1);
            return column * f1 * f2 - m1 * f2 - m2 * f1;
        }

        (KoalaBear5 Multiplicity, KoalaBear5 Denominator) Term(KoalaBear5[] nodes, int index)
        {
            RecordedInteraction interaction = chip.Graph.Interactions[index];
            KoalaBear5 denominator = _offsets[index];
            for (int j = 0; j < interaction.Message.Length; j++) denominator += _betaPowers[j] * nodes[interaction.Message[j]];
            return (nodes[interaction.Multiplicity], denominator);
        }

        static KoalaBear5 Column(KoalaBear5[] permutation, int index) =>
            KoalaBear5.Combine(new ReadOnlySpan<KoalaBear5>(permutation, index * KoalaBear5.Degree, KoalaBear5.Degree));
    }

    ref struct FoldVisitor<TCell, TExtension> : IAirVisitor
        where TCell : unmanaged, IAlgebra<TCell>
        where TExtension : unmanaged, IExtensionAlgebra<TExtension, TCell>
    {
        public ConstraintFolder<TCell, TExtension> Folder;
        public RowWindow<TCell> Rows;

        public void Visit<TAir>(in TAir air) where TAir : struct, IAir => air.Constrain<ConstraintFolder<TCell, TExtension>, TCell>(ref Folder, Rows);
    }
}

/// <summary>The order in which a text states constraints (true) and interactions (false).</summary>
struct EmissionOrder(List<bool> order) : IAirBuilder<KoalaBear>
{
    public static IReadOnlyList<bool> Of(Chip chip)
    {
        var visitor = new Visitor(chip.Width, chip.PreprocessedWidth);
        chip.Accept(ref visitor);
        return visitor.Order;
    }

    public readonly void AssertZero(KoalaBear x, string label = "") => order.Add(true);

    public readonly void AssertZeroFirst(KoalaBear x, string label = "") => order.Add(true);

    public readonly void AssertZeroTransition(KoalaBear x, string label = "") => order.Add(true);

    public readonly void AssertZeroLast(KoalaBear x, string label = "") => order.Add(true);

    public readonly void Interact(Bus bus, KoalaBear multiplicity, scoped ReadOnlySpan<KoalaBear> message) => order.Add(false);

    readonly struct Visitor(int width, int preprocessedWidth) : IAirVisitor
    {
        public List<bool> Order { get; } = [];

        public void Visit<TAir>(in TAir air) where TAir : struct, IAir
        {
            var builder = new EmissionOrder(Order);
            var cells = new KoalaBear[width];
            air.Constrain<EmissionOrder, KoalaBear>(ref builder, new(cells, cells, new KoalaBear[preprocessedWidth]));
        }
    }
}
