using Zkml.Examples.Training;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Examples.Training.OnnxModelBuilder;

namespace Zkml.Examples.Iris.Trainer;

/// <summary>Decision trees, each grown on a bootstrap sample with random features at each split (Breiman 2001); they vote with their leaves' shares.</summary>
public sealed class RandomForest
{
    const int TreeCount = 20, Depth = 4, FeaturesPerSplit = 2, MinimumToSplit = 4;

    readonly List<Tree> _trees = [];

    /// <summary>Grows a forest from a fixed seed.</summary>
    public RandomForest(Flower[] flowers)
    {
        Random random = new(3);
        for (int i = 0; i < TreeCount; i++) _trees.Add(Grow([.. flowers.Select(_ => flowers[random.Next(flowers.Length)])], Depth, random));
    }

    /// <summary>The species with the largest sum of shares; the first of equals.</summary>
    public int Classify(float[] features)
    {
        float[] votes = new float[Flowers.Species.Count];
        foreach (Tree tree in _trees)
        {
            Tree node = tree;
            while (node.Left != null) node = features[node.Feature] <= node.Threshold ? node.Left : node.Right!;
            for (int i = 0; i < votes.Length; i++) votes[i] += node.Shares[i] / TreeCount;
        }
        return votes.AsSpan().IndexOf(votes.Max());
    }

    /// <summary>The forest as an ONNX file: "features" [1 × 4], "label" int64 [1], "shares" [1 × 3].</summary>
    public byte[] Export()
    {
        OnnxModelBuilder model = new("iris-forest");
        model.Input("features", ElementType.Float32, 1, Flowers.FeatureCount);
        NodeLists lists = new();
        for (int i = 0; i < _trees.Count; i++) lists.Add(_trees[i], i);
        model.MachineLearningNode("TreeEnsembleClassifier", "forest", ["features"], ["label", "shares"],
            Integers("nodes_treeids", lists.TreeIds), Integers("nodes_nodeids", lists.NodeIds), Integers("nodes_featureids", lists.Features),
            Floats("nodes_values", lists.Thresholds), Texts("nodes_modes", lists.Modes), Integers("nodes_truenodeids", lists.TrueIds), Integers("nodes_falsenodeids", lists.FalseIds),
            Integers("class_treeids", lists.ClassTreeIds), Integers("class_nodeids", lists.ClassNodeIds), Integers("class_ids", lists.ClassIds), Floats("class_weights", lists.Weights),
            Integers("classlabels_int64s", 0, 1, 2), Text("post_transform", "NONE"));
        model.Output("label", ElementType.Int64, [1], Flowers.Species);
        model.Output("shares", ElementType.Float32, [1, Flowers.Species.Count], Flowers.Species);
        return model.Build();
    }

    static Tree Grow(Flower[] flowers, int depth, Random random)
    {
        float[] shares = [.. Flowers.Species.Select((_, species) => (float)flowers.Count(flower => flower.Species == species) / flowers.Length)];
        if (depth == 0 || flowers.Length < MinimumToSplit || shares.Max() == 1) return new(shares);
        (int feature, float threshold, double impurity) = (0, 0, double.PositiveInfinity);
        int[] features = [0, 1, 2, 3];
        random.Shuffle(features);
        foreach (int candidate in features[..FeaturesPerSplit])
        {
            float[] values = [.. flowers.Select(flower => flower.Features[candidate]).Distinct().Order()];
            for (int i = 1; i < values.Length; i++)
            {
                float middle = (values[i - 1] + values[i]) / 2;
                double found = Impurity(flowers.Where(flower => flower.Features[candidate] <= middle)) + Impurity(flowers.Where(flower => flower.Features[candidate] > middle));
                if (found < impurity) (feature, threshold, impurity) = (candidate, middle, found);
            }
        }
        if (double.IsInfinity(impurity)) return new(shares);
        return new(shares)
        {
            Feature = feature,
            Threshold = threshold,
            Left = Grow([.. flowers.Where(flower => flower.Features[feature] <= threshold)], depth - 1, random),
            Right = Grow([.. flowers.Where(flower => flower.Features[feature] > threshold)], depth - 1, random),
        };
    }

    // Gini's impurity times the number of flowers.
    static double Impurity(IEnumerable<Flower> flowers)
    {
        double[] counts = new double[Flowers.Species.Count];
        foreach (Flower flower in flowers) counts[flower.Species]++;
        double total = counts.Sum();
        return total - counts.Sum(count => count * count) / total;
    }

    sealed record Tree(float[] Shares)
    {
        public int Feature { get; init; }
        public float Threshold { get; init; }
        public Tree? Left { get; init; }
        public Tree? Right { get; init; }
    }

    sealed class NodeLists
    {
        public List<long> TreeIds { get; } = [];
        public List<long> NodeIds { get; } = [];
        public List<long> Features { get; } = [];
        public List<float> Thresholds { get; } = [];
        public List<string> Modes { get; } = [];
        public List<long> TrueIds { get; } = [];
        public List<long> FalseIds { get; } = [];
        public List<long> ClassTreeIds { get; } = [];
        public List<long> ClassNodeIds { get; } = [];
        public List<long> ClassIds { get; } = [];
        public List<float> Weights { get; } = [];

        public void Add(Tree tree, int treeId)
        {
            int next = 0;
            Visit(tree);

            int Visit(Tree node)
            {
                int id = next++, index = TreeIds.Count;
                TreeIds.Add(treeId);
                NodeIds.Add(id);
                Features.Add(node.Feature);
                Thresholds.Add(node.Threshold);
                Modes.Add(node.Left == null ? "LEAF" : "BRANCH_LEQ");
                TrueIds.Add(0);
                FalseIds.Add(0);
                if (node.Left == null)
                {
                    for (int species = 0; species < node.Shares.Length; species++)
                    {
                        ClassTreeIds.Add(treeId);
                        ClassNodeIds.Add(id);
                        ClassIds.Add(species);
                        Weights.Add(node.Shares[species] / TreeCount);
                    }
                }
                else
                {
                    TrueIds[index] = Visit(node.Left);
                    FalseIds[index] = Visit(node.Right!);
                }
                return id;
            }
        }
    }
}
