using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Quantization;
using Zkml.Guest.OnnxRuntime.Calibration;

namespace Zkml.Guest.OnnxRuntime.Tests.Calibration;

/// <summary>Float models through calibration, run as ONNX Runtime runs them.</summary>
[TestFixture]
[Category("Interop")]
sealed class QuantizerTests
{
    const int Images = 1000, CalibrationImages = 128;

    static readonly CalibrationDataOptions s_bytes = new() { Count = Images + CalibrationImages };

    static readonly CalibrationDataOptions s_normalized = s_bytes with { Scale = 1 / 255.0, Mean = 0.1307, Deviation = 0.3081 };

    static IEnumerable<TestCaseData> MnistModels =>
        from model in (string[])["cntk_cnn", "cntk_cnn_fused", "lenet_2_4_8", "lenet_4_8_32"]
        from method in Enum.GetValues<CalibrationMethod>()
        select new TestCaseData(model, method, ElementType.UInt8, false);

    static IEnumerable<TestCaseData> OtherCodes =>
    [
        new("cntk_cnn", CalibrationMethod.MinMax, ElementType.Int8, false),
        new("lenet_4_8_32", CalibrationMethod.MinMax, ElementType.Int8, true),
        new("lenet_2_4_8", CalibrationMethod.MinMax, ElementType.UInt8, true),
        new("lenet_2_4_8", CalibrationMethod.MinMax, ElementType.UInt16, false),
        new("cntk_cnn", CalibrationMethod.MinMax, ElementType.Int16, false),
    ];

    [TestCaseSource(nameof(MnistModels))]
    [TestCaseSource(nameof(OtherCodes))]
    public void Run_MnistModel_KeepsItsAccuracyInIntegerKernels(string name, CalibrationMethod method, ElementType activations, bool isSevenBit)
    {
        byte[] model = File.ReadAllBytes(TestModels.SharedModel($"mnist/{name}.onnx"));
        byte[] labels = Labels();
        OnnxRuntimeProcess process = TestModels.Process;
        using OnnxRuntimeSession before = process.Load(model);
        IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> samples = CalibrationData.Read(
            TestModels.SharedModel("mnist/t10k-images-idx3-ubyte.gz"), before.Inputs, name.StartsWith("lenet", StringComparison.Ordinal) ? s_normalized : s_bytes);
        IReadOnlyDictionary<string, OnnxRuntimeValue>[] images = [.. samples.Take(Images)], calibration = [.. samples.Skip(Images)];
        QuantizerOptions options = new() { Method = method, Quantization = new() { Activations = activations, SevenBitWeights = isSevenBit } };

        QuantizerResult result = Quantizer.Run(process, model, calibration, images[..64], options);

        using OnnxRuntimeSession after = process.Load(result.Model.Span, new() { Settings = KernelShare.ExactProducts });
        int right = Right(before, images, labels), rightQuantized = Right(after, images, labels);
        TestContext.Out.WriteLine($"{right} of {Images} in float, {rightQuantized} quantised, {result.Report.Products.Share:P1} integer, {result.Report.Outputs[0].Agreement.Decibels:f1} dB");
        Assert.That(rightQuantized, Is.GreaterThanOrEqualTo(right - Images / 200));
        if (activations is ElementType.UInt8 or ElementType.Int8) Assert.That(result.Report.Products.Share, Is.GreaterThanOrEqualTo(0.95));
        Assert.That(result.Report.Outputs[0].Agreement.EqualDecisions, Is.GreaterThan(0.95));
        Assert.That(result.Report.Values, Has.Count.GreaterThan(3));
    }

    static IEnumerable<TestCaseData> Kernels =>
    [
        Kernel("QLinearConv", [], TestModels.Node("Conv", ["x", "w"], ["y"])),
        Kernel("QLinearConv", ["Relu"], TestModels.Node("Conv", ["x", "w"], ["a"]), TestModels.Node("Relu", ["a"], ["y"])),
        Kernel("QLinearConv", ["Clip"], TestModels.Node("Conv", ["x", "w"], ["a"]), TestModels.Node("Clip", ["a", "zero", "six"], ["y"])),
        Kernel("QLinearConv", ["BatchNormalization"], TestModels.Node("Conv", ["x", "w"], ["a"]), TestModels.Node("BatchNormalization", ["a", "p", "q", "q", "p"], ["y"])),
        Kernel("QLinearAdd", ["Relu"], TestModels.Node("Conv", ["x", "w"], ["a"]), TestModels.Node("Add", ["a", "x"], ["b"]), TestModels.Node("Relu", ["b"], ["y"])),
        Kernel("QLinearMul", [], TestModels.Node("Conv", ["x", "w"], ["a"]), TestModels.Node("Mul", ["a", "x"], ["y"])),
        Kernel("QLinearConcat", [], TestModels.Node("Conv", ["x", "w"], ["a"]), TestModels.Node("Concat", ["a", "x"], ["y"], Axis())),
        Kernel("QLinearSigmoid", [], TestModels.Node("Sigmoid", ["x"], ["y"])),
        Kernel("QLinearLeakyRelu", [], TestModels.Node("LeakyRelu", ["x"], ["y"])),
        Kernel("QLinearSoftmax", [], TestModels.Node("Softmax", ["x"], ["y"])),
        Kernel("QLinearGlobalAveragePool", [], TestModels.Node("GlobalAveragePool", ["x"], ["y"])),
        Kernel("QLinearMatMul", [], TestModels.Node("MatMul", ["x", "square"], ["y"])),
        Kernel("QLinearMatMul", [], TestModels.Node("MatMul", ["x", "x"], ["y"])),
    ];

    [TestCaseSource(nameof(Kernels))]
    public void Run_AnOperator_BecomesAnIntegerKernel(string kernel, string[] vanished, NodeProto[] nodes)
    {
        ModelProto model = OnnxImporter.Parse(TestModels.Of(13, [("x", ElementType.Float32, [1, 3, 4, 4])], ["y"], nodes));
        Random random = new(6);
        model.Graph.Initializer.AddRange(
        [
            Constant("w", random, 3, 3, 1, 1), Constant("square", random, 4, 4), Constant("q", random, 3),
            TensorWriter.Write(Tensor.Of<float>(ElementType.Float32, new Shape(3), 1, 2, 3), "p"),
            TensorWriter.Write(Tensor.Of(ElementType.Float32, Shape.Scalar, 0f), "zero"), TensorWriter.Write(Tensor.Of(ElementType.Float32, Shape.Scalar, 0.5f), "six"),
        ]);
        Dictionary<string, OnnxRuntimeValue>[] samples = [.. Enumerable.Range(0, 20).Select(_ => new Dictionary<string, OnnxRuntimeValue> { ["x"] = Random(random, 1, 3, 4, 4) })];

        QuantizerResult result = Quantizer.Run(TestModels.Process, model.ToByteArray(), samples, samples, new());

        using OnnxRuntimeSession session = TestModels.Process.Load(
            result.Model.Span, new() { Optimization = GraphOptimization.Extended, KeepOptimizedModel = true, Settings = KernelShare.ExactProducts });
        string[] operators = [.. OnnxImporter.Parse(session.OptimizedModel.Span).Graph.Node.Select(node => node.OpType)];
        Assert.That(operators, Does.Contain(kernel));
        foreach (string name in vanished) Assert.That(operators, Does.Not.Contain(name));
        Assert.That(result.Report.Outputs[0].Agreement.Decibels, Is.GreaterThan(25));
        OnnxGraph graph = OnnxImporter.Read(result.Model.Span, OnnxImportOptions.Default);
        Assert.That(graph.Nodes.Count(node => node.OperatorType == "QuantizeLinear"), Is.GreaterThanOrEqualTo(2));
    }

    [Test]
    public void Run_TheTransformerExample_RunsItsProductsInIntegers()
    {
        byte[] model = File.ReadAllBytes(TestModels.RepositoryFile("examples/05-transformer/model.onnx"));
        Random random = new(7);
        Dictionary<string, OnnxRuntimeValue>[] samples =
        [
            .. Enumerable.Range(0, 100).Select(_ => new Dictionary<string, OnnxRuntimeValue>
            {
                ["words"] = Tensor.Of<long>(ElementType.Int64, new Shape(1, 20), [.. Enumerable.Range(0, 20).Select(_ => (long)random.Next(30))]),
            }),
        ];
        QuantizerResult result = Quantizer.Run(TestModels.Process, model, samples[..60], samples[60..], new());
        Assert.That(result.Report.Products.Share, Is.GreaterThanOrEqualTo(0.95));
        Assert.That(result.Report.Outputs[0].Agreement.EqualDecisions, Is.GreaterThanOrEqualTo(0.95));
        Assert.That(result.Report.FloatOperators.Select(pair => pair.Operator), Is.EquivalentTo(new[] { "Gather", "LayerNormalization" }));
    }

    [Test]
    public void Run_ABatchThatIsNotKnown_StaysSo()
    {
        byte[] model = TestModels.Of(13, [("x", ElementType.Float32, [-1, 3])], ["y"], TestModels.Node("Sigmoid", ["x"], ["y"]));
        ModelProto symbolic = OnnxImporter.Parse(model);
        symbolic.Graph.Input[0].Type.TensorType.Shape.Dim[0] = new() { DimParam = "batch" };
        Dictionary<string, OnnxRuntimeValue>[] samples = [new() { ["x"] = Tensor.Of<float>(ElementType.Float32, new Shape(1, 3), -1, 0, 1) }];
        QuantizerResult result = Quantizer.Run(TestModels.Process, symbolic.ToByteArray(), samples, samples, new());
        using OnnxRuntimeSession session = TestModels.Process.Load(result.Model.Span);
        Assert.That(session.Run(Tensor.Of<float>(ElementType.Float32, new Shape(2, 3), 1, 1, 1, 1, 1, 1)).Single().Shape, Is.EqualTo(new Shape(2, 3)));
    }

    [Test]
    public void Run_SamplesThatMakeNaN_SaysWhere()
    {
        byte[] model = TestModels.Of(13, [("x", ElementType.Float32, [3])], ["y"], TestModels.Node("Log", ["x"], ["a"]), TestModels.Node("Sigmoid", ["a"], ["y"]));
        Dictionary<string, OnnxRuntimeValue>[] samples = [new() { ["x"] = Tensor.Of<float>(ElementType.Float32, new Shape(3), -1, 0, 1) }];
        Assert.That(() => Quantizer.Run(TestModels.Process, model, samples, samples, new()), Throws.InstanceOf<CalibrationException>().With.Message.Contains("a has NaN"));
        Assert.That(() => Quantizer.Run(TestModels.Process, model, [], samples, new()), Throws.InstanceOf<CalibrationException>());
    }

    static TestCaseData Kernel(string kernel, string[] vanished, params NodeProto[] nodes) =>
        new TestCaseData(kernel, vanished, nodes).SetArgDisplayNames(string.Join(' ', nodes.Select(node => node.OpType)), nodes[0].Input[1 % nodes[0].Input.Count]);

    static AttributeProto Axis() => new() { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = 1 };

    static TensorProto Constant(string name, Random random, params int[] shape) => TensorWriter.Write(Random(random, shape), name);

    static Tensor Random(Random random, params int[] shape)
    {
        Shape extents = new(shape);
        return Tensor.Of<float>(ElementType.Float32, extents, [.. Enumerable.Range(0, extents.Count).Select(_ => random.NextSingle() * 2 - 1)]);
    }

    static int Right(OnnxRuntimeSession session, IReadOnlyDictionary<string, OnnxRuntimeValue>[] images, byte[] labels)
    {
        int right = 0;
        IReadOnlyList<OnnxRuntimeResult> results = session.RunBatch(images);
        for (int i = 0; i < images.Length; i++)
        {
            float[] scores = [.. results[i].ValuesOrThrow[0].Tensor.As<float>()];
            if (Array.IndexOf(scores, scores.Max()) == labels[i]) right++;
        }
        return right;
    }

    static byte[] Labels()
    {
        using System.IO.Compression.GZipStream stream = new(File.OpenRead(TestModels.SharedModel("mnist/t10k-labels-idx1-ubyte.gz")), System.IO.Compression.CompressionMode.Decompress);
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray()[8..];
    }
}
