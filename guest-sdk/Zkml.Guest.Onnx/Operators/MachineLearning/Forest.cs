using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>How a branch compares its feature with its threshold.</summary>
internal enum BranchMode
{
    /// <summary>x ≤ threshold.</summary>
    LessOrEqual,
    /// <summary>x &lt; threshold.</summary>
    Less,
    /// <summary>x ≥ threshold.</summary>
    GreaterOrEqual,
    /// <summary>x &gt; threshold.</summary>
    Greater,
    /// <summary>x = threshold.</summary>
    Equal,
    /// <summary>x ≠ threshold; true for NaN.</summary>
    NotEqual,
    /// <summary>x is one of the members.</summary>
    Member,
    /// <summary>No branch.</summary>
    Leaf,
}

/// <summary>A node: a branch with two children (indices of nodes), or a leaf with weights for targets.</summary>
internal sealed record ForestNode(BranchMode Mode, int Feature, double Threshold, bool MissingIsTrue, int WhenTrue, int WhenFalse)
{
    /// <summary>What a leaf adds, in the order of the model.</summary>
    public List<(int Target, double Weight)> Weights { get; } = [];

    /// <summary>The set of a <see cref="BranchMode.Member"/> branch.</summary>
    public IReadOnlyList<double> Members { get; init; } = [];
}

/// <summary>Decision trees as a model describes them, checked: every reference exists and no path is endless.</summary>
internal sealed class Forest
{
    static readonly string[] s_modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];

    Forest(ForestNode[] nodes, int[] roots, int targets)
    {
        (Nodes, Roots, Targets) = (nodes, roots, targets);
        foreach (ForestNode node in nodes)
        {
            if (node.Mode != BranchMode.Leaf) Require(node.Feature >= 0, $"nodes_featureids: expected at least 0, got {node.Feature}");
            foreach ((int target, double weight) in node.Weights)
            {
                Require(target >= 0 && target < targets, $"weights: expected a target or class of 0 to {targets - 1}, got {target}");
                Require(double.IsFinite(weight), $"weights: expected finite numbers, got {weight}");
            }
        }
        RequireNoCycle(nodes);
    }

    /// <summary>All nodes.</summary>
    public ForestNode[] Nodes { get; }

    /// <summary>The first node of each tree, in the order of summation.</summary>
    public int[] Roots { get; }

    /// <summary>Number of targets or classes.</summary>
    public int Targets { get; }

    /// <summary>One more than the highest feature that a branch reads.</summary>
    public int FeatureCount => Nodes.Where(node => node.Mode != BranchMode.Leaf).Select(node => node.Feature + 1).DefaultIfEmpty(0).Max();

    /// <summary>Reads the attributes of TreeEnsembleClassifier (<paramref name="prefix"/> "class") or TreeEnsembleRegressor ("target").</summary>
    public static Forest Read(NodeAttributes attributes, string prefix, int targets)
    {
        long[] treeIds = Integers(attributes, "nodes_treeids"), nodeIds = Integers(attributes, "nodes_nodeids", treeIds.Length);
        long[] features = Integers(attributes, "nodes_featureids", treeIds.Length);
        long[] whenTrue = Integers(attributes, "nodes_truenodeids", treeIds.Length), whenFalse = Integers(attributes, "nodes_falsenodeids", treeIds.Length);
        double[] values = Numbers(attributes, "nodes_values", treeIds.Length);
        long[] missing = attributes.Integers("nodes_missing_value_tracks_true") ?? [];
        string[] modes = attributes.Texts("nodes_modes") ?? [];
        Require(modes.Length == treeIds.Length, $"nodes_modes: expected {treeIds.Length} values, got {modes.Length}");
        Dictionary<(long, long), int> index = [];
        for (int i = 0; i < treeIds.Length; i++)
            Require(index.TryAdd((treeIds[i], nodeIds[i]), i), $"nodes_nodeids: node {nodeIds[i]} of tree {treeIds[i]} is there twice");
        ForestNode[] nodes = new ForestNode[treeIds.Length];
        for (int i = 0; i < nodes.Length; i++)
        {
            BranchMode mode = modes[i] == "LEAF" ? BranchMode.Leaf : (BranchMode)Array.IndexOf(s_modes, modes[i]);
            Require(mode >= 0, $"nodes_modes: unknown mode \"{modes[i]}\"");
            bool isLeaf = mode == BranchMode.Leaf;
            nodes[i] = new(mode, isLeaf ? 0 : Index32(features[i]), values[i], i < missing.Length && missing[i] == 1,
                isLeaf ? -1 : Find(treeIds[i], whenTrue[i]), isLeaf ? -1 : Find(treeIds[i], whenFalse[i]));
        }
        long[] weightTrees = Integers(attributes, $"{prefix}_treeids"), weightNodes = Integers(attributes, $"{prefix}_nodeids", weightTrees.Length);
        long[] ids = Integers(attributes, $"{prefix}_ids", weightTrees.Length);
        double[] weights = Numbers(attributes, $"{prefix}_weights", weightTrees.Length);
        for (int i = 0; i < ids.Length; i++) nodes[Find(weightTrees[i], weightNodes[i])].Weights.Add((Index32(ids[i]), weights[i]));
        // A tree starts where its number first follows another one.
        int[] roots = [.. Enumerable.Range(0, treeIds.Length).Where(i => i == 0 || treeIds[i] != treeIds[i - 1])];
        return new(nodes, roots, targets);

        int Find(long tree, long node) =>
            index.TryGetValue((tree, node), out int found) ? found : throw OnnxException.Malformed($"tree {tree} has no node {node}");
    }

    /// <summary>Reads the attributes of TreeEnsemble (opset 5 of ai.onnx.ml), where leaves are numbered apart from branches.</summary>
    public static Forest Read(NodeAttributes attributes)
    {
        long[] features = Integers(attributes, "nodes_featureids"), roots = Integers(attributes, "tree_roots");
        int count = features.Length;
        long[] whenTrue = Integers(attributes, "nodes_truenodeids", count), trueIsLeaf = Integers(attributes, "nodes_trueleafs", count);
        long[] whenFalse = Integers(attributes, "nodes_falsenodeids", count), falseIsLeaf = Integers(attributes, "nodes_falseleafs", count);
        long[] missing = attributes.Integers("nodes_missing_value_tracks_true") ?? [];
        Tensor modes = Tensor(attributes, "nodes_modes", count), splits = Tensor(attributes, "nodes_splits", count);
        long[] targets = Integers(attributes, "leaf_targetids");
        Tensor weights = Tensor(attributes, "leaf_weights", targets.Length);
        Queue<IReadOnlyList<double>> sets = MemberSets(attributes.Tensor("membership_values"));
        ForestNode[] nodes = new ForestNode[count + targets.Length];
        for (int i = 0; i < count; i++)
        {
            BranchMode mode = (BranchMode)modes.IntegerAt(i);
            Require(mode is >= BranchMode.LessOrEqual and <= BranchMode.Member, $"nodes_modes: expected 0 to 6, got {(int)mode}");
            Require(mode != BranchMode.Member || sets.Count > 0, $"membership_values: expected a set for every node of mode 6");
            nodes[i] = new(mode, Index32(features[i]), splits.NumberAt(i), i < missing.Length && missing[i] == 1, Child(whenTrue[i], trueIsLeaf[i]), Child(whenFalse[i], falseIsLeaf[i]))
            {
                Members = mode == BranchMode.Member ? sets.Dequeue() : [],
            };
        }
        for (int i = 0; i < targets.Length; i++)
        {
            nodes[count + i] = new(BranchMode.Leaf, 0, 0, false, -1, -1);
            nodes[count + i].Weights.Add((Index32(targets[i]), weights.NumberAt(i)));
        }
        foreach (long root in roots) Require(root >= 0 && root < count, $"tree_roots: expected 0 to {count - 1}, got {root}");
        long wanted = attributes.Integer("n_targets", 1);
        Require(wanted is >= 1 and <= ushort.MaxValue, $"n_targets: expected 1 to {ushort.MaxValue}, got {wanted}");
        return new(nodes, [.. roots.Select(root => (int)root)], (int)wanted);

        int Child(long id, long isLeaf)
        {
            long end = isLeaf != 0 ? targets.Length : count;
            Require(id >= 0 && id < end, $"node ids: expected 0 to {end - 1}, got {id}");
            return (int)id + (isLeaf != 0 ? count : 0);
        }
    }

    /// <summary>A list of floats, or its form as a tensor.</summary>
    public static double[] Numbers(NodeAttributes attributes, string name, int? count = null)
    {
        Tensor? tensor = attributes.Tensor($"{name}_as_tensor");
        double[] values = tensor != null ? [.. Enumerable.Range(0, tensor.Shape.Count).Select(tensor.NumberAt)]
            : [.. (attributes.Floats(name) ?? []).Select(value => (double)value)];
        Require(count == null || values.Length == count, $"{name}: expected {count} values, got {values.Length}");
        return values;
    }

    static long[] Integers(NodeAttributes attributes, string name, int? count = null)
    {
        long[] values = attributes.Integers(name) ?? [];
        Require(count == null || values.Length == count, $"{name}: expected {count} values, got {values.Length}");
        return values;
    }

    static Tensor Tensor(NodeAttributes attributes, string name, int count)
    {
        Tensor tensor = attributes.Tensor(name) ?? throw OnnxException.Malformed($"{name} is missing");
        Require(tensor.Shape.Count == count && tensor.Type.IsNumeric, $"{name}: expected {count} values, got {tensor}");
        return tensor;
    }

    // NaN ends a set.
    static Queue<IReadOnlyList<double>> MemberSets(Tensor? values)
    {
        Queue<IReadOnlyList<double>> sets = new();
        List<double> set = [];
        for (int i = 0; i < (values?.Shape.Count ?? 0); i++)
        {
            double value = values!.NumberAt(i);
            if (!double.IsNaN(value))
            {
                set.Add(value);
                continue;
            }
            sets.Enqueue(set);
            set = [];
        }
        if (set.Count > 0) sets.Enqueue(set);
        return sets;
    }

    static int Index32(long value)
    {
        Require(value is >= 0 and < int.MaxValue, $"tree ensemble: expected an index of 0 to {int.MaxValue - 1}, got {value}");
        return (int)value;
    }

    static void RequireNoCycle(ForestNode[] nodes)
    {
        int[] parents = new int[nodes.Length];
        foreach (int child in nodes.Where(node => node.Mode != BranchMode.Leaf).SelectMany(node => new[] { node.WhenTrue, node.WhenFalse })) parents[child]++;
        Queue<int> free = new(Enumerable.Range(0, nodes.Length).Where(i => parents[i] == 0));
        int done = 0;
        while (free.TryDequeue(out int i))
        {
            done++;
            if (nodes[i].Mode == BranchMode.Leaf) continue;
            if (--parents[nodes[i].WhenTrue] == 0) free.Enqueue(nodes[i].WhenTrue);
            if (--parents[nodes[i].WhenFalse] == 0) free.Enqueue(nodes[i].WhenFalse);
        }
        Require(done == nodes.Length, $"tree ensemble: a path leads back to itself");
    }
}
