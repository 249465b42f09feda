using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Tests.Fuzz;

/// <summary>Small models that ask the compiler for much: each is refused by a limit, before the memory or the time is taken.</summary>
[TestFixture]
sealed class HostileModelTests
{
    const long AllowedBytes = 1L << 30;

    [Test]
    public void FilterBank_OfBillionsOfWeights_IsRefused() => Refused(Scalars(16_000_000L, 100L, 8000L, 0f, 4000f)
        .Node("MelWeightMatrix", ["s1", "s0", "s2", "s3", "s4"], ["y"]).Output("y"), 1 << 24);

    [Test]
    public void Windows_ManyOfThem_AreRefusedTogether()
    {
        ModelBuilder builder = Scalars(1L << 24);
        for (int i = 0; i < 40; i++) builder.Node("HannWindow", ["s0"], [$"y{i}"]).Output($"y{i}");
        Refused(builder, AllowedBytes);
    }

    [Test]
    public void Coordinates_OfAHugeConstant_AreRefused()
    {
        ModelBuilder builder = new ModelBuilder().Initializer("shape", Tensor.Of<long>(ElementType.Int64, new(20), [1L << 23, .. Enumerable.Repeat(1L, 19)]));
        AttributeProto one = new() { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = TensorWriter.Write(new(ElementType.UInt8, new(1), [1]), "") };
        Refused(builder.Node("ConstantOfShape", ["shape"], ["ones"], one).Node("NonZero", ["ones"], ["y"]).Output("y"), 1 << 29);
    }

    [Test]
    public void Unique_OfAHugeConstant_IsRefused()
    {
        ModelBuilder builder = new ModelBuilder(17).Initializer("shape", Tensor.Of(ElementType.Int64, new(1), 1L << 23));
        Refused(builder.Node("ConstantOfShape", ["shape"], ["zeros"]).Node("Unique", ["zeros"], ["y"]).Output("y"), 1 << 28);
    }

    [Test]
    public void Padding_ByRepetition_OfAHugeAxis_IsRefused()
    {
        AttributeProto mode = new() { Name = "mode", Type = AttributeProto.Types.AttributeType.String, S = Google.Protobuf.ByteString.CopyFromUtf8("edge") };
        Refused(new ModelBuilder().Input("x", ElementType.UInt8, 1).Initializer("pads", Tensor.Of(ElementType.Int64, new(2), 0L, 200_000_000L)).Node("Pad", ["x", "pads"], ["y"], mode).Output("y"), 1 << 26);
    }

    [Test]
    public void Loop_WhoseBodyHidesABranch_IsRefused()
    {
        GraphProto large = new() { Name = "large" };
        large.Node.Add(Enumerable.Range(0, 2_000).Select(i => ModelBuilder.MakeNode("Relu", [i == 0 ? "x" : $"r{i - 1}"], [$"r{i}"])));
        large.Output.Add(new ValueInfoProto { Name = "r1999" });
        GraphProto small = new() { Name = "small" };
        small.Node.Add(ModelBuilder.MakeNode("Relu", ["x"], ["small"]));
        small.Output.Add(new ValueInfoProto { Name = "small" });
        GraphProto body = new() { Name = "body" };
        body.Input.Add([ModelBuilder.Info("round", ElementType.Int64), ModelBuilder.Info("go", ElementType.Bool), ModelBuilder.Info("x", ElementType.Float32, 1)]);
        body.Node.Add(ModelBuilder.MakeNode("Identity", ["go"], ["next"]));
        body.Node.Add(ModelBuilder.MakeNode("If", ["go"], ["out"], Branch("then_branch", small), Branch("else_branch", large)));
        body.Output.Add([new ValueInfoProto { Name = "next" }, new ValueInfoProto { Name = "out" }]);
        Refused(new ModelBuilder().Input("start", ElementType.Float32, 1).Initializer("rounds", Tensor.Of(ElementType.Int64, Shape.Scalar, 1_000_000L))
            .Initializer("always", Tensor.Of(ElementType.Bool, Shape.Scalar, true)).Node("Loop", ["rounds", "always", "start"], ["y"], Branch("body", body)).Output("y"), AllowedBytes);
    }

    [Test]
    public void Weights_ThatManyNodesPack_AreRefused()
    {
        ModelBuilder builder = new ModelBuilder().Input("x", ElementType.UInt8, 1, 1_000).Initializer("w", new(ElementType.Int8, new(1_000, 1_000), new byte[1_000_000]))
            .Initializer("scale", Tensor.Of(ElementType.Float32, Shape.Scalar, 1f)).Initializer("zero", new(ElementType.UInt8, Shape.Scalar, [0])).Initializer("signed", new(ElementType.Int8, Shape.Scalar, [0]));
        for (int i = 0; i < 200; i++) builder.Node("QLinearMatMul", ["x", "scale", "zero", "w", "scale", "signed", "scale", "zero"], [$"y{i}"]).Output($"y{i}");
        // Inference reads the weights of each node once, and keeps nothing.
        Refused(builder, 2 * AllowedBytes);
    }

    [Test]
    public void Labels_AsManyAsKeys_FoldAtOnce()
    {
        const int Count = 60_000;
        string[] texts = [.. Enumerable.Range(0, Count).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        AttributeProto keys = new() { Name = "keys_strings", Type = AttributeProto.Types.AttributeType.Strings }, values = new() { Name = "values_int64s", Type = AttributeProto.Types.AttributeType.Ints };
        keys.Strings.Add(texts.Select(Google.Protobuf.ByteString.CopyFromUtf8));
        values.Ints.Add(Enumerable.Range(0, Count).Select(i => (long)i));
        ModelBuilder builder = new ModelBuilder().Initializer("x", new Tensor(new Shape(Count), texts)).Node("LabelEncoder", ["x"], ["y"], keys, values).Output("y");
        builder.Model.Graph.Node[^1].Domain = "ai.onnx.ml";
        builder.Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "ai.onnx.ml", Version = 2 });
        OnnxGraph graph = OnnxCompiler.Prepare(builder.ToBytes(), OnnxImportOptions.Default);
        Assert.That(graph.Outputs[0].Constant!.ToIntegers(), Is.EqualTo(Enumerable.Range(0, Count).Select(i => (long)i)));
    }

    static AttributeProto Branch(string name, GraphProto graph) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };

    // Constants s0, s1, …: Int64 or Float32.
    static ModelBuilder Scalars(params object[] values)
    {
        ModelBuilder builder = new(17);
        for (int i = 0; i < values.Length; i++)
            builder.Initializer($"s{i}", values[i] is long number ? Tensor.Of(ElementType.Int64, Shape.Scalar, number) : Tensor.Of(ElementType.Float32, Shape.Scalar, (float)values[i]));
        return builder;
    }

    static void Refused(ModelBuilder builder, long allowedBytes)
    {
        byte[] model = builder.ToBytes();
        long before = GC.GetAllocatedBytesForCurrentThread();
        OnnxException? thrown = Assert.Throws<OnnxException>(() => OnnxCompiler.Compile(model, OnnxImportOptions.Default));
        long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        TestContext.Out.WriteLine($"{bytes} bytes: {thrown!.Message}");
        Assert.That(thrown.Error, Is.EqualTo(OnnxError.Limit), thrown.Message);
        Assert.That(bytes, Is.LessThan(allowedBytes));
    }
}
