using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Tests.NodeTests;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Guest.Onnx.Tests.MachineLearning;

/// <summary>The shared forests, trees and regressions against ONNX Runtime, each row alone and all rows in one batch.</summary>
[TestFixture, Category("Interop")]
sealed class OnnxRuntimeModelTests
{
    const int RandomRows = 1000;

    // ONNX Runtime evaluates exponentials by approximations of its own; comparisons and sums of leaves are the same everywhere.
    const float ExponentialTolerance = 1e-6f;

    [TestCase("rf_iris", 0f)]
    [TestCase("logreg_iris", ExponentialTolerance)]
    public void Model_OfIris_AgreesOnAllFlowers(string name, float tolerance)
    {
        string[] lines = Encoding.UTF8.GetString(TestFiles.Require("models/iris/iris.csv")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        float[][] rows = [.. lines.Select(line => line.Trim().Split(',')[..4].Select(text => float.Parse(text, CultureInfo.InvariantCulture)).ToArray())];
        Assert.That(rows, Has.Length.EqualTo(150));
        Compare(OnnxImporter.Parse(TestFiles.Require($"models/iris/{name}.onnx")), name, rows, tolerance);
    }

    [TestCase("treecl", ExponentialTolerance)]
    [TestCase("treecl2", ExponentialTolerance)]
    [TestCase("treecl3", 0f)]
    public void Trees_OfScikitLearn_AgreeOnRandomRows(string name, float tolerance)
    {
        ModelProto model = OnnxImporter.Parse(TestFiles.Require($"models/sklearn/{name}.onnx"));
        Dictionary<string, AttributeProto> attributes = model.Graph.Node[0].Attribute.ToDictionary(attribute => attribute.Name);
        int features = (int)attributes["nodes_featureids"].Ints.Max() + 1;
        IList<float> thresholds = attributes["nodes_values"].Floats;
        Random random = new(name.Length);
        // Half of the features lie exactly on a threshold.
        float[][] rows = [.. Enumerable.Range(0, RandomRows).Select(_ => Enumerable.Range(0, features)
            .Select(_ => random.Next(2) == 0 ? thresholds[random.Next(thresholds.Count)] : (random.NextSingle() * 4) - 2).ToArray())];
        model.Graph.Input[0] = ModelBuilder.Info("input", ElementType.Float32, "rows", features);
        Compare(model, name, rows, tolerance);
    }

    static void Compare(ModelProto model, string name, float[][] rows, float tolerance)
    {
        if (OnnxRuntimeLocator.TryFind() == null) Assert.Ignore("ONNX Runtime is not installed: run guest-sdk/onnxruntime/install.sh");
        using OnnxRuntimeProcess process = OnnxRuntimeProcess.Start();
        using OnnxRuntimeSession session = process.Load(model.ToByteArray());
        (long[] labels, float[] scores) = RunGuest(model, rows);
        (long[] batchLabels, float[] batchScores) = Read(session, session.RunBatch([Input(session, rows)])[0]);
        List<long> singleLabels = [];
        List<float> singleScores = [];
        foreach (OnnxRuntimeResult result in session.RunBatch([.. rows.Select(row => Input(session, [row]))]))
        {
            (long[] label, float[] score) = Read(session, result);
            singleLabels.AddRange(label);
            singleScores.AddRange(score);
        }
        float worst = scores.Zip(batchScores, (a, b) => MathF.Abs(a - b)).Concat(scores.Zip(singleScores, (a, b) => MathF.Abs(a - b))).Max();
        int equal = Enumerable.Range(0, scores.Length).Count(i => scores[i].Equals(batchScores[i]) && scores[i].Equals(singleScores[i]));
        TestContext.Out.WriteLine($"{name}: {rows.Length} rows, {equal} of {scores.Length} scores equal bit for bit, the largest difference is {worst}");
        Assert.That((batchLabels, singleLabels.ToArray()), Is.EqualTo((labels, labels)));
        Assert.That(batchScores, Has.Length.EqualTo(scores.Length));
        Assert.That(singleScores, Has.Count.EqualTo(scores.Length));
        Assert.That(worst, Is.LessThanOrEqualTo(tolerance));
    }

    static (long[] Labels, float[] Scores) RunGuest(ModelProto model, float[][] rows)
    {
        CompiledModel compiled = OnnxCompiler.Compile(model.ToByteArray(), OnnxImportOptions.Default with { Batch = rows.Length });
        byte[][] outputs = ProgramRunners.OnHost(compiled.Program, [MemoryMarshal.AsBytes<float>(rows.SelectMany(row => row).ToArray()).ToArray()]);
        return (MemoryMarshal.Cast<byte, long>(outputs[0]).ToArray(), MemoryMarshal.Cast<byte, float>(outputs[1]).ToArray());
    }

    static Dictionary<string, OnnxRuntimeValue> Input(OnnxRuntimeSession session, float[][] rows) =>
        new() { [session.Inputs[0].Name] = Tensor.Of<float>(ElementType.Float32, new(rows.Length, rows[0].Length), rows.SelectMany(row => row).ToArray()) };

    // ZipMap gives one map a row; its keys are the classes in order.
    static (long[] Labels, float[] Scores) Read(OnnxRuntimeSession session, OnnxRuntimeResult result)
    {
        IReadOnlyList<OnnxRuntimeValue> values = result.ValuesOrThrow;
        Assert.That(session.Outputs, Has.Count.EqualTo(2));
        float[] scores = values[1] is OnnxRuntimeValue.OfSequence maps
            ? [.. maps.Values.Cast<OnnxRuntimeValue.OfMap>().SelectMany(map => map.Values.As<float>().ToArray())]
            : values[1].Tensor.As<float>().ToArray();
        return (values[0].Tensor.As<long>().ToArray(), scores);
    }
}
