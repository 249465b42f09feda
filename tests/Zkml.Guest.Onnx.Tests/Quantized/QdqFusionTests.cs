using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>Graphs of QDQ pairs: what becomes of them, and that the result is ONNX Runtime's.</summary>
[TestFixture]
sealed class QdqFusionTests
{
    static readonly string[][] s_models =
    [
        ["conv-relu", "maxpool", "conv", "globalpool", "flatten", "gemm", "softmax"],
        ["conv-clip", "depthwise", "conv-relu", "avgpool", "flatten", "matmul"],
        ["conv", "residual", "square", "concat", "conv-relu", "transpose", "maxpool", "flatten", "gemm"],
        ["conv", "Sigmoid", "conv", "Tanh", "conv", "LeakyRelu", "flatten", "gemm", "softmax"],
        ["conv", "HardSwish", "conv", "Relu", "conv", "swish", "conv", "Abs", "avgpool", "flatten", "matmul"],
    ];

    static readonly string[] s_chain = ["conv-relu", "maxpool", "conv", "Sigmoid", "avgpool", "flatten", "gemm", "softmax"];

    public static IEnumerable<int> Models => Enumerable.Range(0, s_models.Length);

    [TestCaseSource(nameof(Models))]
    public void Graph_OfQdqPairs_KeepsNoProductInFloat(int number)
    {
        (byte[] model, _) = QdqModel.Make(1, ElementType.UInt8, s_models[number]);
        OnnxGraph graph = OnnxCompiler.Prepare(model, OnnxImportOptions.Default);
        // HardSwish exists from opset 14 on; all else is integer from the first QuantizeLinear to the last DequantizeLinear.
        string[] left = [.. graph.Nodes.Where(node => node.OperatorType is "QuantizeLinear" or "DequantizeLinear").Select(node => node.OperatorType)];
        Assert.That(left, Is.EqualTo(new[] { "QuantizeLinear", "DequantizeLinear" }), string.Join(' ', graph.Nodes));
        Assert.That(graph.Nodes.Select(NodeStatistics.Of).Where(statistics => statistics.Macs > 0).Select(statistics => statistics.IsInteger), Is.All.True);
    }

    [Test]
    public void Relu_AboveTheZeroPoint_BecomesABoundOfCodes()
    {
        (byte[] model, Tensor input) = QdqModel.Make(3, ElementType.UInt8, "conv", "Relu", "flatten", "gemm");
        OnnxGraph graph = OnnxCompiler.Prepare(model, OnnxImportOptions.Default);
        Assert.That(graph.Nodes.Select(node => node.OperatorType), Does.Contain("Lookup").And.Not.Contain("Relu"));
        Assert.That(RunOnHost(model, input, fuses: true).Data.ToArray(), Is.EqualTo(RunOnHost(model, input, fuses: false).Data.ToArray()));
    }

    [TestCase("residual-relu", "Add")]
    [TestCase("product-relu", "Mul")]
    public void Bound_ThatCodesDoNotImply_KeepsTheNodeInFloat(string layer, string operatorType)
    {
        (byte[] model, _) = QdqModel.Make(2, ElementType.UInt8, layer);
        string[] types = [.. OnnxCompiler.Prepare(model, OnnxImportOptions.Default).Nodes.Select(node => node.OperatorType)];
        Assert.That(types, Does.Contain(operatorType).And.Contain("Relu").And.Contain("QLinearConv").And.Not.Contain($"QLinear{operatorType}"));
    }

    [Test]
    public void Graph_Fused_StaysWithinOneCodeOfTheUnfused([Values(0, 1, 2)] int number, [Values(1, 2)] int seed)
    {
        (byte[] model, Tensor input) = QdqModel.Make(seed, ElementType.UInt8, [.. s_models[number].Take(3), "flatten", "gemm"]);
        float[] fused = RunOnHost(model, input, fuses: true).As<float>().ToArray(), plain = RunOnHost(model, input, fuses: false).As<float>().ToArray();
        float range = plain.Max(MathF.Abs) + 1e-6f;
        Assert.That(fused.Zip(plain, (a, b) => MathF.Abs(a - b)).Max() / range, Is.LessThan(0.05));
    }

    [TestCaseSource(nameof(Models)), Category("Interop")]
    public void Model_OfUInt8_EqualsOnnxRuntime(int number) => Compare(s_models[number], ElementType.UInt8);

    [Test, Category("Interop")]
    public void Bound_ThatCodesDoNotImply_EqualsOnnxRuntime([Values("residual-relu", "product-relu")] string layer, [Values(ElementType.UInt8, ElementType.Int8)] ElementType type) =>
        Compare([layer], type);

    [Test, Category("Interop")]
    public void Model_OfInt8_EqualsOnnxRuntime() => Compare(s_chain, ElementType.Int8);

    [TestCaseSource(nameof(Models)), Category("Interop")]
    public void Model_OfQLinearOperators_EqualsOnnxRuntime(int number)
    {
        if (OnnxRuntimeLocator.TryFind() == null) Assert.Ignore("ONNX Runtime is not installed: run guest-sdk/onnxruntime/install.sh");
        using OnnxRuntimeProcess process = OnnxRuntimeProcess.Start();
        ExactnessTally tally = new();
        int operators = 0;
        for (int seed = 1; seed <= 20; seed++)
        {
            if (s_models[number].Contains("HardSwish") && seed % 4 == 0) continue;
            (byte[] model, Tensor input) = QdqModel.Make(seed, ElementType.UInt8, s_models[number]);
            using OnnxRuntimeSession session = process.Load(model, new() { Optimization = GraphOptimization.Extended, KeepOptimizedModel = true });
            byte[] rewritten = session.OptimizedModel.ToArray();
            operators += OnnxImporter.Read(rewritten, OnnxImportOptions.Default).Nodes.Count(node => node.OperatorType is "QGemm" || node.OperatorType.StartsWith("QLinear", StringComparison.Ordinal));
            using OnnxRuntimeSession precise = process.Load(rewritten, ExactnessTally.Precise);
            tally.Add(RunOnHost(rewritten, input, fuses: true), session.Run(input)[0], precise.Run(input)[0]);
        }
        Assert.That(operators, Is.GreaterThan(40), "ONNX Runtime fused nothing");
        TestContext.Out.WriteLine($"{string.Join(' ', s_models[number])}: {tally}");
        Assert.That(tally.Wrong, Is.Zero);
    }

    static void Compare(string[] layers, ElementType type)
    {
        if (OnnxRuntimeLocator.TryFind() == null) Assert.Ignore("ONNX Runtime is not installed: run guest-sdk/onnxruntime/install.sh");
        using OnnxRuntimeProcess process = OnnxRuntimeProcess.Start();
        ExactnessTally tally = new();
        List<string> seeds = [];
        for (int seed = 1; seed <= 60; seed++)
        {
            if (layers.Contains("HardSwish") && seed % 4 == 0) continue;
            (byte[] model, Tensor input) = QdqModel.Make(seed, type, layers);
            using OnnxRuntimeSession session = process.Load(model);
            using OnnxRuntimeSession precise = process.Load(model, ExactnessTally.Precise);
            int differences = tally.Add(RunOnHost(model, input, fuses: true), session.Run(input)[0], precise.Run(input)[0]);
            if (differences > 0) seeds.Add($"{seed}:{differences}");
        }
        TestContext.Out.WriteLine($"{string.Join(' ', layers)} in {type}: {tally}; seeds {string.Join(' ', seeds)}");
        Assert.That(tally.Wrong, Is.Zero);
    }

    static Tensor RunOnHost(byte[] model, Tensor input, bool fuses)
    {
        OnnxGraph graph = fuses ? OnnxCompiler.Prepare(model, OnnxImportOptions.Default) : OnnxImporter.Read(model, OnnxImportOptions.Default);
        if (!fuses) ShapeInference.Run(graph);
        LoopMachine machine = new(GraphLowering.Lower(graph));
        machine.Write(machine.Program.Inputs[0], input.Data);
        machine.Run();
        return new(ElementType.Float32, graph.Outputs[0].Shape!, machine.Read(machine.Program.Outputs[0]));
    }
}
