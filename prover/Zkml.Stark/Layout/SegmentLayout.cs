using Zkml.Air;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark;

/// <summary>
/// Everything about a segment proof that follows from its shape and the parameters: trees, openings, FRI layers and so every length. Prover and
/// verifier both work from it; nothing here depends on a proof.
/// </summary>
public sealed class SegmentLayout
{
    /// <summary>Base columns of the quotient: five of q_0, five of q_1.</summary>
    public const int QuotientWidth = 2 * KoalaBear5.Degree;

    /// <summary>Base elements in a leaf of a FRI layer.</summary>
    public const int LayerLeafLength = FriParameters.Arity * KoalaBear5.Degree;

    readonly List<TreeShape> _trees = [];
    readonly List<OpeningGroup> _openings = [];

    /// <summary>Lays out the proof of <paramref name="shape"/>.</summary>
    /// <exception cref="ArgumentException">
    /// No tables, no main columns at all, a height that the field has no domain for, or preprocessed trees that do not hold every preprocessed table once.
    /// </exception>
    public SegmentLayout(SegmentShape shape, FriParameters parameters)
    {
        Shape = shape;
        Parameters = parameters;
        CheckShape(shape, parameters);
        LogHeight = shape.LogHeight;
        UsesNext = [.. shape.Tables.Select(table => table.Chip.Graph.UsesNext)];
        SumIndices = MakeSumIndices(shape, out int sumCount);
        SumCount = sumCount;

        foreach (PreprocessedTree tree in shape.Preprocessed)
            AddTree(TracePhase.Preprocessed, tree.Tables, 0);
        MainTree = AddTree(TracePhase.Main, WithColumns(TracePhase.Main), parameters.LogCap);
        PermutationTree = sumCount == 0 ? -1 : AddTree(TracePhase.Permutation, WithColumns(TracePhase.Permutation), parameters.LogCap);
        QuotientTree = AddTree(TracePhase.Quotient, [-1], parameters.LogCap);

        for (int table = 0; table < shape.Tables.Length; table++)
            AddOpenings(table);
        AddOpening(-1, TracePhase.Quotient, OpeningPoint.Zeta, 0, QuotientWidth);

        Layers = new MerkleShape[FriParameters.LayerCount(LogHeight)];
        for (int layer = 0; layer < Layers.Length; layer++)
        {
            int logLeaves = LogDomain - FriParameters.LogArity * (layer + 1);
            Layers[layer] = new MerkleShape([new(logLeaves, LayerLeafLength)], Math.Min(parameters.LogCap, logLeaves));
        }
    }

    /// <summary>The segment's shape.</summary>
    public SegmentShape Shape { get; }

    /// <summary>The parameters of its proof.</summary>
    public FriParameters Parameters { get; }

    /// <summary>log2 of N, the largest height.</summary>
    public int LogHeight { get; }

    /// <summary>log2 of bN, the number of leaves that a query chooses from.</summary>
    public int LogDomain => LogHeight + Parameters.LogBlowup;

    /// <summary>The trees in the order in which a query opens them.</summary>
    public IReadOnlyList<TreeShape> Trees => _trees;

    /// <summary>Index of the main tree in <see cref="Trees"/>; the preprocessed trees come before it.</summary>
    public int MainTree { get; }

    /// <summary>Index of the permutation tree; -1 when no table has interactions.</summary>
    public int PermutationTree { get; }

    /// <summary>Index of the quotient tree.</summary>
    public int QuotientTree { get; }

    /// <summary>The openings in order, as runs of columns.</summary>
    public IReadOnlyList<OpeningGroup> Openings => _openings;

    /// <summary>Number of opened values: the number of powers of δ.</summary>
    public int OpeningCount { get; private set; }

    /// <summary>Whether some constraint of the table reads the next row; [table].</summary>
    public IReadOnlyList<bool> UsesNext { get; }

    /// <summary>Place of each table's sum among the proof's sums, -1 for a table without interactions; [table].</summary>
    public IReadOnlyList<int> SumIndices { get; }

    /// <summary>Number of tables with interactions.</summary>
    public int SumCount { get; }

    /// <summary>The trees of the FRI layers.</summary>
    public MerkleShape[] Layers { get; }

    /// <summary>Coefficients of the final polynomial.</summary>
    public int FinalLength => 1 << FriParameters.LogFinalDegree(LogHeight);

    /// <summary>a = g_b, the value of X^N on the LDE coset 0; on coset b/2, where q_1 lives, X^N is -a.</summary>
    public KoalaBear QuotientShift => Domains.CosetShift(Parameters.LogBlowup);

    /// <summary>log2 of the lift r of a table: F(X) = f(X^r).</summary>
    public int LogLift(int table) => LogHeight - Shape.Tables[table].LogHeight;

    /// <summary>Columns of a table in a phase.</summary>
    public int Width(int table, TracePhase phase) => phase switch
    {
        TracePhase.Preprocessed => Shape.Tables[table].Chip.PreprocessedWidth,
        TracePhase.Main => Shape.Tables[table].Chip.Width,
        TracePhase.Permutation => Shape.Tables[table].Chip.LogUp.Width,
        _ => QuotientWidth,
    };

    static void CheckShape(SegmentShape shape, FriParameters parameters)
    {
        if (shape.Tables.Length == 0) throw new ArgumentException("Segment shape: expected at least one table, got none.", nameof(shape));
        if (shape.Tables.All(table => table.Chip.Width == 0)) throw new ArgumentException("Segment shape: expected a table with main columns, got none.", nameof(shape));
        foreach (TableShape table in shape.Tables)
        {
            if (table.LogHeight < 0 || table.LogHeight + parameters.LogBlowup > KoalaBear.TwoAdicity)
                throw new ArgumentException(
                    $"Table {table.Chip}: expected a log height in [0, {KoalaBear.TwoAdicity - parameters.LogBlowup}], got {table.LogHeight}.", nameof(shape));
        }
        int[] inTrees = [.. shape.Preprocessed.SelectMany(tree => tree.Tables).Order()];
        int[] expected = [.. Enumerable.Range(0, shape.Tables.Length).Where(table => shape.Tables[table].Chip.PreprocessedWidth > 0)];
        bool ordered = shape.Preprocessed.All(tree => tree.Tables.AsSpan().SequenceEqual(tree.Tables.Order().ToArray()));
        if (!ordered || !inTrees.AsSpan().SequenceEqual(expected))
            throw new ArgumentException(
                $"Preprocessed trees: expected the tables {string.Join(", ", expected)} once each and ascending, got {string.Join(", ", inTrees)}.", nameof(shape));
    }

    static int[] MakeSumIndices(SegmentShape shape, out int count)
    {
        var indices = new int[shape.Tables.Length];
        count = 0;
        for (int table = 0; table < indices.Length; table++)
            indices[table] = shape.Tables[table].Chip.LogUp.InteractionCount == 0 ? -1 : count++;
        return indices;
    }

    int[] WithColumns(TracePhase phase) => [.. Enumerable.Range(0, Shape.Tables.Length).Where(table => Width(table, phase) > 0)];

    int AddTree(TracePhase phase, int[] tables, int logCap)
    {
        Hashing.TableShape[] committed = [.. tables.Select(table => new Hashing.TableShape(
            (table < 0 ? LogHeight : Shape.Tables[table].LogHeight) + Parameters.LogBlowup, Width(table, phase)))];
        // Every table is injected below or at the cap.
        _trees.Add(new TreeShape(phase, tables, new MerkleShape(committed, Math.Min(logCap, committed.Min(table => table.LogHeight)))));
        return _trees.Count - 1;
    }

    void AddOpenings(int table)
    {
        int main = Width(table, TracePhase.Main), permutation = Width(table, TracePhase.Permutation);
        AddOpening(table, TracePhase.Preprocessed, OpeningPoint.Zeta, 0, Width(table, TracePhase.Preprocessed));
        AddOpening(table, TracePhase.Main, OpeningPoint.Zeta, 0, main);
        if (UsesNext[table]) AddOpening(table, TracePhase.Main, OpeningPoint.NextZeta, 0, main);
        if (permutation == 0) return;
        AddOpening(table, TracePhase.Permutation, OpeningPoint.Zeta, 0, permutation);
        // Of the permutation columns the constraints read the next row of the running sum alone, the last column of K.
        AddOpening(table, TracePhase.Permutation, OpeningPoint.NextZeta, permutation - KoalaBear5.Degree, KoalaBear5.Degree);
    }

    void AddOpening(int table, TracePhase phase, OpeningPoint point, int firstColumn, int count)
    {
        if (count == 0) return;
        int tree = phase switch
        {
            TracePhase.Preprocessed => _trees.FindIndex(tree => tree.Phase == phase && tree.Tables.Contains(table)),
            TracePhase.Main => MainTree,
            TracePhase.Permutation => PermutationTree,
            _ => QuotientTree,
        };
        _openings.Add(new(table, phase, point, firstColumn, count, OpeningCount, tree, _trees[tree].OffsetOf(table) + firstColumn));
        OpeningCount += count;
    }
}
