using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Tests.MachineLearning;

/// <summary>
/// An evaluation of TreeEnsembleClassifier and TreeEnsembleRegressor that shares nothing with the compiler: it walks the attribute lists of the
/// model, compares floats and sums leaves in Float32 in the order of the trees.
/// </summary>
sealed class ForestReference
{
    readonly Dictionary<(long Tree, long Node), int> _places = [];
    readonly List<int> _roots = [];
    readonly IReadOnlyDictionary<string, AttributeProto> _attributes;
    readonly string _prefix;

    public ForestReference(NodeProto node, string prefix)
    {
        (_prefix, _attributes) = (prefix, node.Attribute.ToDictionary(attribute => attribute.Name));
        for (int i = 0; i < Integers("nodes_treeids").Count; i++)
        {
            _places[(Integers("nodes_treeids")[i], Integers("nodes_nodeids")[i])] = i;
            if (i == 0 || Integers("nodes_treeids")[i] != Integers("nodes_treeids")[i - 1]) _roots.Add(i);
        }
    }

    /// <summary>The leaf of every tree, as an index into the attribute lists.</summary>
    public int[] Leaves(float[] row) => [.. _roots.Select(root => Leaf(root, row))];

    /// <summary>The weights of a leaf, in the order of the model.</summary>
    public IEnumerable<(int Target, float Weight)> Weights(int leaf)
    {
        long tree = Integers("nodes_treeids")[leaf], node = Integers("nodes_nodeids")[leaf];
        for (int i = 0; i < Integers($"{_prefix}_ids").Count; i++)
        {
            if (Integers($"{_prefix}_treeids")[i] == tree && Integers($"{_prefix}_nodeids")[i] == node)
                yield return ((int)Integers($"{_prefix}_ids")[i], _attributes[$"{_prefix}_weights"].Floats[i]);
        }
    }

    /// <summary>The sums over all trees.</summary>
    public float[] Sums(float[] row, int targets)
    {
        float[] sums = new float[targets];
        foreach (int leaf in Leaves(row))
            foreach ((int target, float weight) in Weights(leaf)) sums[target] += weight;
        return sums;
    }

    IList<long> Integers(string name) => _attributes.TryGetValue(name, out AttributeProto? found) ? found.Ints : [];

    int Leaf(int place, float[] row)
    {
        while (true)
        {
            string mode = _attributes["nodes_modes"].Strings[place].ToStringUtf8();
            if (mode == "LEAF") return place;
            float x = row[Integers("nodes_featureids")[place]], threshold = _attributes["nodes_values"].Floats[place];
            bool isTrue = mode switch
            {
                "BRANCH_LEQ" => x <= threshold,
                "BRANCH_LT" => x < threshold,
                "BRANCH_GTE" => x >= threshold,
                "BRANCH_GT" => x > threshold,
                "BRANCH_EQ" => x == threshold,
                _ => x != threshold,
            };
            IList<long> missing = Integers("nodes_missing_value_tracks_true");
            isTrue |= float.IsNaN(x) && place < missing.Count && missing[place] == 1;
            place = _places[(Integers("nodes_treeids")[place], Integers(isTrue ? "nodes_truenodeids" : "nodes_falsenodeids")[place])];
        }
    }
}
