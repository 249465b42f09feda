using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Neural;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>
/// A forest as tables for a walk with one comparison a step: every branch becomes "key of the feature ≤ key of the threshold" over signed
/// integers that are ordered like the floats. A feature has up to four keys, one for each <see cref="View"/>, so that every mode and every
/// rule for NaN is such a comparison: x ≥ t is −x ≤ −t, x = t is two steps, and NaN has the highest key, or the lowest where it counts as true.
/// </summary>
internal sealed class ForestTables
{
    /// <summary>Which key of a feature a step compares.</summary>
    [Flags]
    public enum View
    {
        /// <summary>Of x; NaN highest.</summary>
        Plain = 0,
        /// <summary>Of −x.</summary>
        Negated = 1,
        /// <summary>NaN lowest.</summary>
        MissingLow = 2,
    }

    const int ViewCount = 4;

    readonly ElementType _type;
    readonly int _features;
    readonly List<int> _slots = [], _next = [];
    readonly List<long> _thresholds = [];
    readonly SortedSet<int> _views = [];
    readonly List<int> _weightEnds = [0], _targets = [];
    readonly List<double> _weights = [];

    /// <summary>Compiles a forest over rows of <paramref name="features"/> numbers that compare as <paramref name="type"/>, Float32 or Float64.</summary>
    public ForestTables(Forest forest, ElementType type, int features)
    {
        (_type, _features) = (type, features);
        int[] starts = new int[forest.Nodes.Length];
        int count = 0;
        for (int i = 0; i < starts.Length; i++)
        {
            starts[i] = count;
            count += forest.Nodes[i].Mode switch
            {
                BranchMode.Equal or BranchMode.NotEqual => 2,
                BranchMode.Member => Math.Max(1, 2 * forest.Nodes[i].Members.Count),
                _ => 1,
            };
        }
        foreach (ForestNode node in forest.Nodes)
        {
            if (node.Mode == BranchMode.Leaf) AddLeaf(node);
            else AddBranch(node, starts[node.WhenTrue], starts[node.WhenFalse]);
        }
        Roots = [.. forest.Roots.Select(root => starts[root])];
    }

    /// <summary>The first step of each tree.</summary>
    public int[] Roots { get; }

    /// <summary>Writes the keys of one row into a table and returns it; Int32 or Int64 elements [view × feature].</summary>
    public static LoopBuffer CreateKeys(LoweringContext context, ElementType type, int features) =>
        context.Scratch("keys", type == ElementType.Float64 ? ElementType.Int64 : ElementType.Int32, new(ViewCount * features)).Buffer;

    /// <summary>Computes the keys of the features of one row.</summary>
    public void AppendKeys(LoweringContext context, LoopBuffer keys, Func<Expression, Number> feature)
    {
        FunctionBuilder code = context.Code;
        code.For("feature", 0, _features, i =>
        {
            Number value = feature(i).Keep("value");
            // −0 and +0 are equal, so they share a key.
            Number canonical = Number.Select(Magnitude(value).Not(), value.Of(0), value).Keep("canonical");
            Local isMissing = code.Local("missing", value.IsNaN());
            foreach (int view in _views)
            {
                Number shown = ((View)view).HasFlag(View.Negated) ? Number.Select(Magnitude(canonical).Not(), canonical, -canonical).Keep("negated") : canonical;
                Expression missing = ((View)view).HasFlag(View.MissingLow) ? Lowest : ~Lowest;
                code.Store(keys, i + view * _features, Expression.Select(isMissing, missing, shown.Key()));
            }
        });
    }

    /// <summary>
    /// Loops over the trees and walks each; the body gets the first and the end index of the reached leaf in the
    /// tables of targets (Int32) and weights, and these tables.
    /// </summary>
    public void AppendWalk(LoweringContext context, LoopBuffer keys, Action<Expression, Expression, LoopBuffer, TensorView> leaf)
    {
        FunctionBuilder code = context.Code;
        LoopBuffer roots = Table("roots", Roots), slots = Table("slots", _slots), next = Table("next", _next), ends = Table("leaves", _weightEnds), targets = Table("targets", _targets);
        LoopBuffer thresholds = _type == ElementType.Float64
            ? context.Constant("thresholds", Tensor.Of<long>(ElementType.Int64, new(_thresholds.Count), [.. _thresholds])).Buffer
            : Table("thresholds", [.. _thresholds.Select(key => (int)key)]);
        TensorView weights = context.Constant("weights", _type == ElementType.Float64
            ? Tensor.Of<double>(_type, new(_weights.Count), [.. _weights])
            : Tensor.Of<float>(_type, new(_weights.Count), [.. _weights.Select(weight => (float)weight)]));
        code.For("tree", 0, Roots.Length, tree =>
        {
            Local node = code.Local("node", Expression.Load(roots, tree));
            Local slot = code.Local("slot", Expression.Load(slots, node));
            code.While(slot >= 0, () =>
            {
                code.Assign(node, Expression.Load(next, node * 2 + (Expression.Load(thresholds, node) < Expression.Load(keys, slot))));
                code.Assign(slot, Expression.Load(slots, node));
            });
            // A leaf keeps its number below zero.
            Local number = code.Local("leaf", ~slot);
            leaf(code.Local("first", Expression.Load(ends, number)), code.Local("end", Expression.Load(ends, number + 1)), targets, weights);
        });

        LoopBuffer Table(string name, IReadOnlyList<int> values) => context.Constant(name, Tensor.Of<int>(ElementType.Int32, new(values.Count), [.. values])).Buffer;
    }

    /// <summary>The signed integer that is ordered like the float; −0 like +0, NaN lowest, so that no number is at most NaN.</summary>
    public static long KeyOf(ElementType type, double value)
    {
        if (type == ElementType.Float64)
        {
            long wide = BitConverter.DoubleToInt64Bits(value == 0 ? 0 : value);
            return double.IsNaN(value) ? long.MinValue : wide ^ ((wide >> 63) >>> 1);
        }
        int bits = BitConverter.SingleToInt32Bits(value == 0 ? 0 : (float)value);
        return double.IsNaN(value) ? int.MinValue : bits ^ ((bits >> 31) >>> 1);
    }

    void AddLeaf(ForestNode node)
    {
        AddStep(~(_weightEnds.Count - 1), 0, 0, 0);
        foreach ((int target, double weight) in node.Weights)
        {
            _targets.Add(target);
            _weights.Add(weight);
        }
        _weightEnds.Add(_targets.Count);
    }

    void AddBranch(ForestNode node, int whenTrue, int whenFalse)
    {
        View missing = node.MissingIsTrue ? View.MissingLow : View.Plain;
        long key = KeyOf(_type, node.Threshold), negated = KeyOf(_type, -node.Threshold);
        switch (node.Mode)
        {
            case BranchMode.LessOrEqual:
                Add(node.Feature, missing, key, whenTrue, whenFalse);
                break;
            case BranchMode.Less:
                Add(node.Feature, missing, Below(key), whenTrue, whenFalse);
                break;
            case BranchMode.GreaterOrEqual:
                Add(node.Feature, missing | View.Negated, negated, whenTrue, whenFalse);
                break;
            case BranchMode.Greater:
                Add(node.Feature, missing | View.Negated, Below(negated), whenTrue, whenFalse);
                break;
            case BranchMode.Equal:
                AddEqual(node.Feature, missing, node.Threshold, whenTrue, whenFalse);
                break;
            case BranchMode.NotEqual:
                // NaN is different from everything, so it goes the same way with and without the flag.
                AddEqual(node.Feature, View.Plain, node.Threshold, whenFalse, whenTrue);
                break;
            default:
                AddMembers(node, missing, whenTrue, whenFalse);
                break;
        }
    }

    void AddMembers(ForestNode node, View missing, int whenTrue, int whenFalse)
    {
        if (node.Members.Count == 0) Add(node.Feature, missing, KeyOf(_type, double.NaN), whenTrue, whenFalse);
        for (int i = 0; i < node.Members.Count; i++)
            AddEqual(node.Feature, missing, node.Members[i], whenTrue, i + 1 < node.Members.Count ? _slots.Count + 2 : whenFalse);
    }

    void AddEqual(int feature, View missing, double value, int whenTrue, int whenFalse)
    {
        Add(feature, missing, KeyOf(_type, value), _slots.Count + 1, whenFalse);
        Add(feature, missing | View.Negated, KeyOf(_type, -value), whenTrue, whenFalse);
    }

    void Add(int feature, View view, long threshold, int whenTrue, int whenFalse)
    {
        _views.Add((int)view);
        AddStep((int)view * _features + feature, threshold, whenTrue, whenFalse);
    }

    void AddStep(int slot, long threshold, int whenTrue, int whenFalse)
    {
        _slots.Add(slot);
        _thresholds.Add(threshold);
        _next.Add(whenTrue);
        _next.Add(whenFalse);
    }

    // x < t is key(x) ≤ key(t) − 1; nothing is below NaN, whose key is the lowest.
    long Below(long key) => key == (_type == ElementType.Float64 ? long.MinValue : int.MinValue) ? key : key - 1;

    Expression Lowest => _type == ElementType.Float64 ? long.MinValue : (Expression)int.MinValue;

    static Expression Magnitude(Number value) => value.Bits << 1;
}
