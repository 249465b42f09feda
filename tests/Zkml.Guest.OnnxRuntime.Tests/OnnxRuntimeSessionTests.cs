using System.Diagnostics;
using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.OnnxRuntime.Tests;

/// <summary>ONNX Runtime behind its pipe.</summary>
[TestFixture]
[Category("Interop")]
sealed class OnnxRuntimeSessionTests
{
    static readonly Shape s_pair = new(2);

    static IEnumerable<Tensor> Tensors =>
    [
        Tensor.Of(ElementType.Float32, s_pair, float.NaN, -0f),
        Tensor.Of(ElementType.Float64, s_pair, double.NegativeInfinity, 1e-310),
        Tensor.Of(ElementType.Float16, s_pair, (Half)0.5f, Half.Epsilon),
        Tensor.Of<ushort>(ElementType.BFloat16, s_pair, 0x3F80, 0xFF80),
        Tensor.Of<sbyte>(ElementType.Int8, s_pair, -128, 127),
        Tensor.Of<byte>(ElementType.UInt8, s_pair, 0, 255),
        Tensor.Of<short>(ElementType.Int16, s_pair, short.MinValue, short.MaxValue),
        Tensor.Of<ushort>(ElementType.UInt16, s_pair, 0, ushort.MaxValue),
        Tensor.Of(ElementType.Int32, s_pair, int.MinValue, int.MaxValue),
        Tensor.Of<uint>(ElementType.UInt32, s_pair, 0, uint.MaxValue),
        Tensor.Of(ElementType.Int64, s_pair, long.MinValue, long.MaxValue),
        Tensor.Of<ulong>(ElementType.UInt64, s_pair, 0, ulong.MaxValue),
        Tensor.Of(ElementType.Bool, s_pair, true, false),
        new(s_pair, ["", "grüße 名"]),
        Tensor.Of<float>(ElementType.Float32, new Shape(2, 0)),
        Tensor.Of(ElementType.Float32, Shape.Scalar, 1.5f),
    ];

    [TestCaseSource(nameof(Tensors))]
    public void Identity_OfEveryElementType_ReturnsTheSameBytes(Tensor tensor)
    {
        byte[] model = TestModels.Of(
            16, [("x", tensor.Type, [.. tensor.Shape.Dimensions.ToArray().Select(extent => (long)extent)])], ["y"], TestModels.Node("Identity", ["x"], ["y"]));
        using OnnxRuntimeSession session = TestModels.Process.Load(model);
        Tensor result = session.Run(tensor).Single();
        Assert.That(result.Type, Is.EqualTo(tensor.Type));
        Assert.That(result.Shape, Is.EqualTo(tensor.Shape));
        Assert.That(result.Data.ToArray(), Is.EqualTo(tensor.Data.ToArray()));
        Assert.That(result.Strings, Is.EqualTo(tensor.Strings));
        Assert.That(session.Inputs.Single().Type, Is.EqualTo(tensor.Type));
    }

    [Test]
    public void Load_WithExtraOutputs_AppendsThemBehindTheModels()
    {
        byte[] model = TestModels.Of(
            13, [("x", ElementType.Float32, [2])], ["z"], TestModels.Node("Neg", ["x"], ["y"]), TestModels.Node("Abs", ["y"], ["z"]));
        using OnnxRuntimeSession session = TestModels.Process.Load(model, new() { ExtraOutputs = ["y"] });
        Tensor[] results = session.Run(Tensor.Of(ElementType.Float32, s_pair, 1f, -2f));
        Assert.That(session.Outputs.Select(output => output.Name), Is.EqualTo(new[] { "z", "y" }));
        Assert.That(results[1].As<float>().ToArray(), Is.EqualTo(new[] { -1f, 2f }));
    }

    [Test]
    public void Load_KeepingTheOptimizedModel_ReturnsAModel()
    {
        byte[] model = TestModels.Of(13, [("x", ElementType.Float32, [2])], ["z"], TestModels.Node("Identity", ["x"], ["y"]), TestModels.Node("Abs", ["y"], ["z"]));
        using OnnxRuntimeSession session = TestModels.Process.Load(model, new() { KeepOptimizedModel = true });
        Assert.That(ModelProto.Parser.ParseFrom(session.OptimizedModel.Span).Graph.Node.Select(node => node.OpType), Is.EqualTo(new[] { "Abs" }));
    }

    [Test]
    public void RunBatch_WithABrokenCase_KeepsTheOthers()
    {
        byte[] model = TestModels.Of(13, [("x", ElementType.Float32, [2])], ["y"], TestModels.Node("Neg", ["x"], ["y"]));
        using OnnxRuntimeSession session = TestModels.Process.Load(model);
        IReadOnlyList<OnnxRuntimeResult> results = session.RunBatch(
        [
            Inputs(Tensor.Of(ElementType.Float32, s_pair, 1f, 2f)),
            Inputs(Tensor.Of(ElementType.Float32, new Shape(3), 1f, 2f, 3f)),
            Inputs(Tensor.Of(ElementType.Float32, s_pair, 3f, 4f)),
        ]);
        Assert.That(results.Select(result => result.Error is null), Is.EqualTo(new[] { true, false, true }));
        Assert.That(results[2].Values[0].Tensor.As<float>().ToArray(), Is.EqualTo(new[] { -3f, -4f }));
        Assert.That(() => results[1].ValuesOrThrow, Throws.InstanceOf<OnnxRuntimeException>().With.Message.Contains("dimension"));
    }

    [Test]
    public void RunBatch_LargerThanAFrame_KeepsTheOrder()
    {
        byte[] model = TestModels.Of(13, [("x", ElementType.Float32, [1 << 20])], ["y"], TestModels.Node("ReduceMax", ["x"], ["y"]));
        using OnnxRuntimeSession session = TestModels.Process.Load(model);
        Tensor[] inputs = [.. Enumerable.Range(0, 10).Select(i => Tensor.Of<float>(ElementType.Float32, new Shape(1 << 20), [.. Enumerable.Repeat((float)i, 1 << 20)]))];
        IReadOnlyList<OnnxRuntimeResult> results = session.RunBatch([.. inputs.Select(Inputs)]);
        Assert.That(results.Select(result => result.Values[0].Tensor.As<float>()[0]), Is.EqualTo(Enumerable.Range(0, 10).Select(i => (float)i)));
    }

    [Test]
    public void Run_AModelWithZipMap_GivesASequenceOfMaps()
    {
        byte[] model = File.ReadAllBytes(TestModels.SharedModel("iris/logreg_iris.onnx"));
        using OnnxRuntimeSession session = TestModels.Process.Load(model);
        IReadOnlyList<OnnxRuntimeValue> values = session.Run(
            new Dictionary<string, OnnxRuntimeValue> { [session.Inputs[0].Name] = Tensor.Of(ElementType.Float32, new Shape(1, 4), 5.1f, 3.5f, 1.4f, 0.2f) });
        OnnxRuntimeValue.OfSequence sequence = (OnnxRuntimeValue.OfSequence)values[1];
        OnnxRuntimeValue.OfMap map = (OnnxRuntimeValue.OfMap)sequence.Values.Single();
        Assert.That(map.Keys.Shape.Count, Is.EqualTo(3));
        Assert.That(map.Values.As<float>().ToArray().Sum(), Is.EqualTo(1f).Within(1e-5));
        Assert.That(() => values[1].Tensor, Throws.InstanceOf<OnnxRuntimeException>());
    }

    [Test]
    public void Load_BrokenModel_IsRefusedAndTheProcessGoesOn()
    {
        OnnxRuntimeException exception = Assert.Throws<OnnxRuntimeException>(() => TestModels.Process.Load([1, 2, 3]));
        Assert.That(exception.Error, Is.EqualTo(OnnxRuntimeError.ModelRefused));
        byte[] model = TestModels.Of(13, [("x", ElementType.Float32, [2])], ["y"], TestModels.Node("NoSuchOperator", ["x"], ["y"]));
        Assert.That(() => TestModels.Process.Load(model), Throws.InstanceOf<OnnxRuntimeException>().With.Message.Contains("NoSuchOperator"));
        Assert.That(TestModels.Process.Version, Does.StartWith("1."));
    }

    [Test]
    public void Start_ProgramThatIsNoRunner_SaysSo()
    {
        TestModels.RunnerOrIgnore();
        OnnxRuntimeException exception = Assert.Throws<OnnxRuntimeException>(() => OnnxRuntimeProcess.Start("/nowhere/runner.dll"));
        Assert.That(exception.Error, Is.EqualTo(OnnxRuntimeError.NotInstalled));
        Assert.That(exception.Message, Does.Contain("/nowhere/runner.dll"));
        string other = typeof(OnnxRuntimeSessionTests).Assembly.Location;
        exception = Assert.Throws<OnnxRuntimeException>(() => OnnxRuntimeProcess.Start(other));
        Assert.That(exception.Error, Is.EqualTo(OnnxRuntimeError.Crashed));
    }

    [Test]
    public void Run_LongerThanTheTimeout_EndsTheProcess()
    {
        AttributeProto body = new() { Name = "body", Type = AttributeProto.Types.AttributeType.Graph, G = new GraphProto { Name = "body" } };
        body.G.Input.AddRange([TestModels.Port("i", ElementType.Int64), TestModels.Port("more", ElementType.Bool), TestModels.Port("v", ElementType.Float32, 1)]);
        foreach (string name in (string[])["more_out", "v_out"]) body.G.Output.Add(new ValueInfoProto { Name = name });
        body.G.Node.AddRange([TestModels.Node("Identity", ["more"], ["more_out"]), TestModels.Node("Identity", ["v"], ["v_out"])]);
        byte[] endless = TestModels.Of(
            13, [("n", ElementType.Int64, []), ("more", ElementType.Bool, []), ("v", ElementType.Float32, [1])], ["y"], TestModels.Node("Loop", ["n", "more", "v"], ["y"], body));
        using OnnxRuntimeSession session = OnnxRuntimeSession.Start(endless, runnerPath: TestModels.RunnerOrIgnore(), timeout: TimeSpan.FromSeconds(4));
        OnnxRuntimeException exception = Assert.Throws<OnnxRuntimeException>(() => session.Run(
            Tensor.Of(ElementType.Int64, Shape.Scalar, long.MaxValue), Tensor.Of(ElementType.Bool, Shape.Scalar, true), Tensor.Of(ElementType.Float32, new Shape(1), 1f)));
        Assert.That(exception.Error, Is.EqualTo(OnnxRuntimeError.TimedOut), exception.Message);
    }

    [Test]
    public void Run_ProcessKilledFromOutside_IsATypedError()
    {
        byte[] model = TestModels.Of(13, [("x", ElementType.Float32, [2])], ["y"], TestModels.Node("Neg", ["x"], ["y"]));
        using OnnxRuntimeProcess process = OnnxRuntimeProcess.Start(TestModels.RunnerOrIgnore());
        using OnnxRuntimeSession session = process.Load(model);
        using (Process runner = Process.GetProcessById(process.Id)) runner.Kill();
        for (int i = 0; i < 2; i++)
        {
            OnnxRuntimeException exception = Assert.Throws<OnnxRuntimeException>(() => session.Run(Tensor.Of(ElementType.Float32, s_pair, 1f, 2f)));
            Assert.That(exception.Error, Is.EqualTo(OnnxRuntimeError.Crashed));
        }
    }

    [Test]
    public void Run_TensorsThatTheApiCannotTake_AreRefusedHere()
    {
        byte[] model = TestModels.Of(13, [("x", ElementType.Float32, [2])], ["y"], TestModels.Node("Neg", ["x"], ["y"]));
        using OnnxRuntimeSession session = TestModels.Process.Load(model);
        OnnxRuntimeException exception = Assert.Throws<OnnxRuntimeException>(() => session.Run(Tensor.Of<byte>(ElementType.Int4, s_pair, 1, 2)));
        Assert.That(exception.Error, Is.EqualTo(OnnxRuntimeError.Value));
        Assert.That(() => session.Run(new Tensor[2]), Throws.InstanceOf<OnnxRuntimeException>().With.Message.Contains("at most 1"));
    }

    static Dictionary<string, OnnxRuntimeValue> Inputs(Tensor tensor) => new() { ["x"] = tensor };
}
