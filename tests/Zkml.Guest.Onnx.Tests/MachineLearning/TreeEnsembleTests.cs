using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Tests.NodeTests;

namespace Zkml.Guest.Onnx.Tests.MachineLearning;

/// <summary>Decision forests: real models and random ones against an independent evaluation, scores bit for bit.</summary>
[TestFixture]
sealed class TreeEnsembleTests
{
    const int Rows = 64;

    static readonly string[] s_modes = ["BRANCH_LEQ", "BRANCH_LT", "BRANCH_GTE", "BRANCH_GT", "BRANCH_EQ", "BRANCH_NEQ"];

    [Test]
    public void Forest_OfIris_HasEveryLabelRightAndExactScores()
    {
        (float[][] flowers, long[] labels) = Iris();
        ModelProto model = OnnxImporter.Parse(TestFiles.Require("models/iris/rf_iris.onnx"));
        byte[][] outputs = Run(model, flowers);
        ReadOnlySpan<long> predicted = MemoryMarshal.Cast<byte, long>(outputs[0]);
        ReadOnlySpan<float> scores = MemoryMarshal.Cast<byte, float>(outputs[1]);
        ForestReference reference = new(model.Graph.Node[0], "class");
        Assert.That(predicted.ToArray(), Is.EqualTo(labels));
        for (int i = 0; i < flowers.Length; i++) Assert.That(scores.Slice(3 * i, 3).ToArray(), Is.EqualTo(reference.Sums(flowers[i], 3)), $"flower {i}");
    }

    [Test]
    public void Forest_OfIris_IsTheSameInTheMachine()
    {
        (float[][] flowers, _) = Iris();
        CompiledModel compiled = OnnxCompiler.Compile(TestFiles.Require("models/iris/rf_iris.onnx"), OnnxImportOptions.Default with { Batch = flowers.Length });
        byte[][] inputs = [MemoryMarshal.AsBytes<float>(flowers.SelectMany(row => row).ToArray()).ToArray()];
        Assert.That(ProgramRunners.InTheMachine(compiled.Program, inputs), Is.EqualTo(ProgramRunners.OnHost(compiled.Program, inputs)));
    }

    [Test]
    public void Regression_OfIris_IsRightAsOftenAsInFloat()
    {
        (float[][] flowers, long[] labels) = Iris();
        ModelProto model = OnnxImporter.Parse(TestFiles.Require("models/iris/logreg_iris.onnx"));
        byte[][] outputs = Run(model, flowers);
        long[] predicted = MemoryMarshal.Cast<byte, long>(outputs[0]).ToArray();
        Assert.That(predicted.Zip(labels, (left, right) => left == right).Count(same => same), Is.EqualTo(147));
        AttributeProto[] attributes = [.. model.Graph.Node[0].Attribute];
        float[] coefficients = [.. attributes.Single(attribute => attribute.Name == "coefficients").Floats], intercepts = [.. attributes.Single(attribute => attribute.Name == "intercepts").Floats];
        for (int i = 0; i < flowers.Length; i++)
        {
            double[] scores = [.. Enumerable.Range(0, 3).Select(c => Math.Exp(intercepts[c] + Enumerable.Range(0, 4).Sum(k => (double)coefficients[4 * c + k] * flowers[i][k])))];
            for (int c = 0; c < 3; c++)
                Assert.That(MemoryMarshal.Cast<byte, float>(outputs[1])[3 * i + c], Is.EqualTo(scores[c] / scores.Sum()).Within(1e-5), $"flower {i} class {c}");
        }
    }

    // Several classes with SOFTMAX, two classes with one score and LOGISTIC, several classes without a transform.
    [TestCase("treecl")]
    [TestCase("treecl2")]
    [TestCase("treecl3")]
    public void Trees_OfScikitLearn_HaveTheLabelsAndScoresOfTheSums(string name)
    {
        ModelProto model = OnnxImporter.Parse(TestFiles.Require($"models/sklearn/{name}.onnx"));
        NodeProto node = model.Graph.Node[0];
        Dictionary<string, AttributeProto> attributes = node.Attribute.ToDictionary(attribute => attribute.Name);
        int features = (int)attributes["nodes_featureids"].Ints.Max() + 1, classes = attributes["classlabels_int64s"].Ints.Count;
        Random random = new(name.Length);
        // Half of the features lie exactly on a threshold.
        float[][] rows = [.. Enumerable.Range(0, Rows).Select(_ => Enumerable.Range(0, features)
            .Select(_ => random.Next(2) == 0 ? attributes["nodes_values"].Floats[random.Next(attributes["nodes_values"].Floats.Count)] : random.NextSingle() * 4 - 2).ToArray())];
        model.Graph.Input[0] = ModelBuilder.Info("input", ElementType.Float32, Rows, features);
        byte[][] outputs = Run(model, rows);
        ForestReference reference = new(node, "class");
        HashSet<long> seen = [];
        for (int i = 0; i < Rows; i++)
        {
            float[] sums = [.. reference.Sums(rows[i], classes).Zip(attributes["base_values"].Floats, (sum, added) => sum + added)];
            (int best, double[] scores) = Expected(sums, classes, attributes["post_transform"].S.ToStringUtf8());
            double[] actual = [.. MemoryMarshal.Cast<byte, float>(outputs[1]).Slice(classes * i, classes).ToArray().Select(score => (double)score)];
            Assert.That(MemoryMarshal.Cast<byte, long>(outputs[0])[i], Is.EqualTo(attributes["classlabels_int64s"].Ints[best]), $"row {i}");
            Assert.That(actual, Is.EqualTo(scores).Within(name == "treecl3" ? 0 : 1e-6), $"row {i}");
            seen.Add(best);
        }
        Assert.That(seen, Has.Count.EqualTo(classes));
    }

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(4)]
    public void Regressor_RandomTreesOfAllModes_HasExactSums(int seed)
    {
        const int features = 5, targets = 3;
        Random random = new(seed);
        NodeProto node = RandomForest(random, trees: 7, features, targets);
        float[][] rows = [.. Enumerable.Range(0, Rows).Select(_ => Enumerable.Range(0, features).Select(_ => Feature(random)).ToArray())];
        byte[][] outputs = Run(Model(node, features, ElementType.Float32), rows);
        ForestReference reference = new(node, "target");
        for (int i = 0; i < Rows; i++)
            Assert.That(MemoryMarshal.Cast<byte, float>(outputs[0]).Slice(targets * i, targets).ToArray(), Is.EqualTo(reference.Sums(rows[i], targets)), $"row {i}");
    }

    [TestCase("MIN")]
    [TestCase("MAX")]
    [TestCase("AVERAGE")]
    public void Regressor_Aggregation_FoldsTheLeaves(string aggregation)
    {
        const int features = 4, targets = 1, trees = 6;
        Random random = new(17);
        NodeProto node = RandomForest(random, trees, features, targets);
        node.Attribute.Add(Text("aggregate_function", aggregation));
        node.Attribute.Add(Floats("base_values", 0.25f));
        float[][] rows = [.. Enumerable.Range(0, Rows).Select(_ => Enumerable.Range(0, features).Select(_ => Feature(random)).ToArray())];
        byte[][] outputs = Run(Model(node, features, ElementType.Float32), rows);
        ForestReference reference = new(node, "target");
        for (int i = 0; i < Rows; i++)
        {
            float[] leaves = [.. reference.Leaves(rows[i]).Select(leaf => reference.Weights(leaf).Single().Weight)];
            float sum = 0;
            foreach (float leaf in leaves) sum += leaf;
            float expected = aggregation switch { "MIN" => leaves.Min(), "MAX" => leaves.Max(), _ => sum / trees };
            Assert.That(MemoryMarshal.Cast<byte, float>(outputs[0])[i], Is.EqualTo(expected + 0.25f), $"row {i}");
        }
    }

    [Test]
    public void Classifier_TextLabels_GivesIndicesAndNamesThem()
    {
        NodeProto node = Stump("class", 0.5f, -1, 2);
        node.OpType = "TreeEnsembleClassifier";
        node.Output.Add("scores");
        node.Attribute.Add(Strings("classlabels_strings", "no", "yes"));
        ModelProto model = Model(node, 1, ElementType.Float32);
        model.Graph.Output[0] = ModelBuilder.Info("y", ElementType.String, Rows);
        OnnxGraph graph = OnnxImporter.Read(model, OnnxImportOptions.Default);
        ShapeInference.Run(graph);
        Assert.That(graph.Outputs[0].Type, Is.EqualTo(ElementType.Int64));
        Assert.That(graph.Outputs[0].Labels, Is.EqualTo(new[] { "no", "yes" }));
        byte[][] outputs = Run(model, [.. Enumerable.Range(0, Rows).Select(i => new[] { i % 2 * 1f })]);
        Assert.That(MemoryMarshal.Cast<byte, long>(outputs[0])[..4].ToArray(), Is.EqualTo(new long[] { 0, 1, 0, 1 }));
    }

    [Test]
    public void Forest_CycleOrLooseEnd_IsMalformed()
    {
        NodeProto cycle = Stump("target", 0.5f, 1, 2);
        cycle.Attribute.Single(attribute => attribute.Name == "nodes_modes").Strings[1] = ByteString.CopyFromUtf8("BRANCH_LEQ");
        Assert.That(Assert.Throws<OnnxException>(() => Run(Model(cycle, 1, ElementType.Float32), []))!.Message, Does.Contain("leads back to itself"));
        NodeProto loose = Stump("target", 0.5f, 1, 2);
        loose.Attribute.Single(attribute => attribute.Name == "nodes_truenodeids").Ints[0] = 9;
        Assert.That(Assert.Throws<OnnxException>(() => Run(Model(loose, 1, ElementType.Float32), []))!.Message, Does.Contain("has no node 9"));
    }

    // Two classes have one sum, whose sign decides.
    static (int Best, double[] Scores) Expected(float[] sums, int classes, string transform) => transform switch
    {
        "LOGISTIC" => (sums[0] > 0 ? 1 : 0, [1 / (1 + Math.Exp(sums[0])), 1 / (1 + Math.Exp(-sums[0]))]),
        "SOFTMAX" => (Array.IndexOf(sums, sums.Max()), [.. sums.Select(sum => Math.Exp(sum) / sums.Sum(other => Math.Exp(other)))]),
        _ => (Array.IndexOf(sums, sums.Max()), [.. sums.Take(classes).Select(sum => (double)sum)]),
    };

    static float Feature(Random random) => random.Next(12) switch
    {
        0 => float.NaN,
        1 => -0f,
        2 => 0f,
        3 => float.PositiveInfinity,
        4 => float.NegativeInfinity,
        5 => float.Epsilon,
        _ => random.Next(-3, 4) * 0.5f,
    };

    static byte[][] Run(ModelProto model, float[][] rows)
    {
        CompiledModel compiled = OnnxCompiler.Compile(model.ToByteArray(), OnnxImportOptions.Default with { Batch = Math.Max(1, rows.Length) });
        return ProgramRunners.OnHost(compiled.Program, [MemoryMarshal.AsBytes<float>(rows.SelectMany(row => row).ToArray()).ToArray()]);
    }

    static (float[][] Flowers, long[] Labels) Iris()
    {
        string[][] lines = [.. System.Text.Encoding.UTF8.GetString(TestFiles.Require("models/iris/iris.csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim().Split(','))];
        List<string> names = [.. lines.Select(line => line[4]).Distinct()];
        return ([.. lines.Select(line => line[..4].Select(text => float.Parse(text, CultureInfo.InvariantCulture)).ToArray())], [.. lines.Select(line => (long)names.IndexOf(line[4]))]);
    }

    static ModelProto Model(NodeProto node, int features, ElementType type)
    {
        ModelBuilder builder = new ModelBuilder().Input("x", type, Rows, features);
        builder.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 3 });
        builder.Model.Graph.Node.Add(node);
        foreach (string output in node.Output) builder.Output(output);
        return builder.Model;
    }

    // One branch x ≤ threshold with a leaf on each side.
    static NodeProto Stump(string prefix, float threshold, float whenTrue, float whenFalse)
    {
        NodeProto node = new() { Domain = "ai.onnx.ml", OpType = "TreeEnsembleRegressor", Name = "forest" };
        node.Input.Add("x");
        node.Output.Add("y");
        node.Attribute.Add(
        [
            Integers("nodes_treeids", 0, 0, 0), Integers("nodes_nodeids", 0, 1, 2), Integers("nodes_featureids", 0, 0, 0), Integers("nodes_truenodeids", 1, 0, 0),
            Integers("nodes_falsenodeids", 2, 0, 0), Floats("nodes_values", threshold, 0, 0), Strings("nodes_modes", "BRANCH_LEQ", "LEAF", "LEAF"),
            Integers($"{prefix}_treeids", 0, 0), Integers($"{prefix}_nodeids", 1, 2), Integers($"{prefix}_ids", prefix == "class" ? [1, 1] : [0, 0]), Floats($"{prefix}_weights", whenTrue, whenFalse),
        ]);
        return node;
    }

    static NodeProto RandomForest(Random random, int trees, int features, int targets)
    {
        List<long> treeIds = [], nodeIds = [], featureIds = [], whenTrue = [], whenFalse = [], missing = [], leafTrees = [], leafNodes = [], ids = [];
        List<float> values = [], weights = [];
        List<string> modes = [];
        for (int tree = 0; tree < trees; tree++)
        {
            int inner = random.Next(3, 9);
            // Node i has the children 2i + 1 and 2i + 2: a heap with 2 · inner + 1 nodes.
            for (int i = 0; i < 2 * inner + 1; i++)
            {
                bool isLeaf = i >= inner;
                treeIds.Add(tree);
                nodeIds.Add(i);
                featureIds.Add(isLeaf ? 0 : random.Next(features));
                whenTrue.Add(isLeaf ? 0 : 2 * i + 1);
                whenFalse.Add(isLeaf ? 0 : 2 * i + 2);
                missing.Add(random.Next(2));
                float threshold = Feature(random);
                values.Add(isLeaf || float.IsNaN(threshold) ? 0 : threshold);
                modes.Add(isLeaf ? "LEAF" : s_modes[random.Next(s_modes.Length)]);
                for (int target = 0; isLeaf && target < targets; target++)
                {
                    leafTrees.Add(tree);
                    leafNodes.Add(i);
                    ids.Add(target);
                    weights.Add((random.NextSingle() - 0.5f) * 10);
                }
            }
        }
        NodeProto node = new() { Domain = "ai.onnx.ml", OpType = "TreeEnsembleRegressor", Name = "forest" };
        node.Input.Add("x");
        node.Output.Add("y");
        node.Attribute.Add(
        [
            Integers("nodes_treeids", [.. treeIds]), Integers("nodes_nodeids", [.. nodeIds]), Integers("nodes_featureids", [.. featureIds]), Integers("nodes_truenodeids", [.. whenTrue]),
            Integers("nodes_falsenodeids", [.. whenFalse]), Integers("nodes_missing_value_tracks_true", [.. missing]), Floats("nodes_values", [.. values]), Strings("nodes_modes", [.. modes]),
            Integers("target_treeids", [.. leafTrees]), Integers("target_nodeids", [.. leafNodes]), Integers("target_ids", [.. ids]), Floats("target_weights", [.. weights]),
            ModelBuilder.Integer("n_targets", targets),
        ]);
        return node;
    }

    static AttributeProto Integers(string name, params long[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values);
        return attribute;
    }

    static AttributeProto Floats(string name, params float[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Floats };
        attribute.Floats.Add(values);
        return attribute;
    }

    static AttributeProto Strings(string name, params string[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Strings };
        attribute.Strings.Add(values.Select(ByteString.CopyFromUtf8));
        return attribute;
    }

    static AttributeProto Text(string name, string value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };
}
