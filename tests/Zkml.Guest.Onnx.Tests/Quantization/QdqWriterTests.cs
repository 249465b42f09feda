using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Quantization;

namespace Zkml.Guest.Onnx.Tests.Quantization;

/// <summary>The layout of quantised graphs; that ONNX Runtime fuses them is tested where it runs.</summary>
[TestFixture]
sealed class QdqWriterTests
{
    [Test]
    public void Write_ConvAndRelu_QuantisesAroundBothAndNotBetween()
    {
        ModelProto model = Model(
            ["x"], ["z"],
            [Floats("w", [2, 1, 1, 1], 0.5f, -2f), Floats("b", [2], 1f, 0f)],
            Node("Conv", ["x", "w", "b"], "y"), Node("Relu", ["y"], "z"));
        ModelProto quantized = Quantize(model, new(), ("x", -1, 1), ("z", 0, 4));
        Assert.That(
            quantized.Graph.Node.Select(node => node.OpType),
            Is.EqualTo(new[] { "QuantizeLinear", "DequantizeLinear", "DequantizeLinear", "DequantizeLinear", "Conv", "Relu", "QuantizeLinear", "DequantizeLinear" }));
        Assert.That(Constant(quantized, "w_quantized").As<sbyte>().ToArray(), Is.EqualTo(new sbyte[] { 127, -127 }));
        Assert.That(Constant(quantized, "w_scale").As<float>().ToArray(), Is.EqualTo(new[] { 0.5f / 127, 2f / 127 }));
        float inputScale = Constant(quantized, "x_scale").As<float>()[0];
        Assert.That(Constant(quantized, "b_scale").As<float>()[1], Is.EqualTo(inputScale * (2f / 127)));
        Assert.That(Constant(quantized, "b_quantized").As<int>()[0] * Constant(quantized, "b_scale").As<float>()[0], Is.EqualTo(1).Within(1e-4));
        Assert.That(Constant(quantized, "z_zero_point").As<byte>()[0], Is.Zero);
        Assert.That(quantized.Graph.Output.Single().Name, Is.EqualTo("z"));
        Assert.That(quantized.Graph.Node[^1].Output.Single(), Is.EqualTo("z"));
        Assert.That(quantized.Graph.Initializer.Select(tensor => tensor.Name), Has.None.EqualTo("w").And.None.EqualTo("b"));
    }

    [Test]
    public void Write_ReluBehindAReshape_StandsBeforeIt()
    {
        ModelProto model = Model(
            ["x"], ["v"],
            [Floats("w", [2, 2], 1f, 0f, 0f, 1f), Integers("s", 2, 1)],
            Node("Gemm", ["x", "w"], "y"), Node("Reshape", ["y", "s"], "z"), Node("Relu", ["z"], "v"));
        ModelProto quantized = Quantize(model, new(), ("x", -1, 1), ("z", 0, 1), ("v", 0, 1));
        Assert.That(quantized.Graph.Node.Select(node => node.OpType).Where(type => !type.EndsWith("Linear", StringComparison.Ordinal)), Is.EqualTo(new[] { "Gemm", "Relu", "Reshape" }));
    }

    [Test]
    public void Write_ClipWithZeroBelow_MakesItsUpperBoundTheLargestInteger()
    {
        ModelProto model = Model(
            ["x"], ["z"],
            [Floats("w", [1, 1, 1, 1], 1f), Floats("low", [], 0f), Floats("high", [], 6f)],
            Node("Conv", ["x", "w"], "y"), Node("Clip", ["y", "low", "high"], "z"));
        ModelProto quantized = Quantize(model, new(), ("x", -9, 9), ("z", 0, 6));
        Assert.That(Constant(quantized, "z_scale").As<float>()[0] * 255, Is.LessThanOrEqualTo(6f));
    }

    [Test]
    public void Write_OperatorsThatMoveValues_ShareOneCode()
    {
        ModelProto model = Model(
            ["x"], ["v"],
            [Floats("w", [1, 1, 1, 1], 1f), Integers("s", 1, -1)],
            Node("Conv", ["x", "w"], "y"), Node("MaxPool", ["y"], "z"), Node("Reshape", ["z", "s"], "v"));
        ModelProto quantized = Quantize(model, new(), ("x", -1, 1), ("y", -1, 3), ("z", 0, 5), ("v", 0, 5));
        float[] scales = [.. ((string[])["y", "z", "v"]).Select(name => Constant(quantized, $"{name}_scale").As<float>()[0])];
        Assert.That(scales, Is.All.EqualTo(6f / 255));
    }

    [Test]
    public void Write_GemmWithFactors_FoldsThemIntoTheConstants()
    {
        NodeProto gemm = Node("Gemm", ["x", "w", "b"], "y");
        gemm.Attribute.Add(new AttributeProto { Name = "alpha", Type = AttributeProto.Types.AttributeType.Float, F = 0.5f });
        gemm.Attribute.Add(new AttributeProto { Name = "beta", Type = AttributeProto.Types.AttributeType.Float, F = 2 });
        ModelProto model = Model(["x"], ["y"], [Floats("w", [2, 2], 1f, 2f, 3f, 4f), Floats("b", [], 3f)], gemm);
        ModelProto quantized = Quantize(model, new() { PerChannel = false }, ("x", -1, 1), ("y", -4, 4));
        Assert.That(Constant(quantized, "w_scale").As<float>()[0], Is.EqualTo(2f / 127));
        Assert.That(Constant(quantized, "b_quantized").Shape, Is.EqualTo(new Shape(2)));
        Assert.That(Constant(quantized, "b_quantized").As<int>()[1] * Constant(quantized, "b_scale").As<float>()[0], Is.EqualTo(6).Within(1e-3));
        Assert.That(quantized.Graph.Node.Single(node => node.OpType == "Gemm").Attribute.Select(attribute => attribute.F), Is.All.EqualTo(1f));
    }

    [Test]
    public void Write_ChannelsOfZeroAndHugeBiases_FitAnAccumulator()
    {
        ModelProto model = Model(
            ["x"], ["y"],
            [Floats("w", [3, 1, 1, 1], 0f, 1e-12f, 1f), Floats("b", [3], 1f, -1000f, 0f)],
            Node("Conv", ["x", "w", "b"], "y"));
        ModelProto quantized = Quantize(model, new(), ("x", 0, 1), ("y", -1000, 1));
        int[] integers = [.. Constant(quantized, "b_quantized").As<int>()];
        float[] scales = [.. Constant(quantized, "b_scale").As<float>()];
        Assert.That(integers.Select(Math.Abs), Is.All.LessThanOrEqualTo((1 << 30) + 64));
        Assert.That(integers[0] * scales[0], Is.EqualTo(1f).Within(1e-5));
        Assert.That(integers[1] * scales[1], Is.EqualTo(-1000f).Within(1e-2));
    }

    [Test]
    public void Write_SevenBitWeights_StayInSixtyThree()
    {
        ModelProto model = Model(["x"], ["y"], [Floats("w", [2, 2], 1f, -2f, 3f, 4f)], Node("MatMul", ["x", "w"], "y"));
        ModelProto quantized = Quantize(model, new() { SevenBitWeights = true }, ("x", -1, 1), ("y", -4, 4));
        Assert.That(Constant(quantized, "w_quantized").As<sbyte>().ToArray(), Is.All.InRange(-63, 63).And.Some.EqualTo(63));
    }

    [TestCase(13, "com.microsoft")]
    [TestCase(21, "")]
    public void Write_SixteenBits_UsesTheDomainOfTheOpset(int opset, string domain)
    {
        ModelProto model = Model(["x"], ["y"], [Floats("w", [2, 2], 1f, -2f, 3f, 4f)], Node("MatMul", ["x", "w"], "y"));
        model.OpsetImport[0].Version = opset;
        ModelProto quantized = Quantize(model, new() { Activations = ElementType.UInt16 }, ("x", -1, 1), ("y", -4, 4));
        Assert.That(quantized.Graph.Node.Where(node => node.OpType == "QuantizeLinear").Select(node => node.Domain), Is.All.EqualTo(domain));
        Assert.That(quantized.OpsetImport.Any(import => import.Domain == domain));
        Assert.That(Constant(quantized, "x_zero_point").Type, Is.EqualTo(ElementType.UInt16));
    }

    [Test]
    public void Write_ConstantOperandAndKeptNodes_AreCodedOrLeft()
    {
        ModelProto model = Model(
            ["x"], ["z"], [Floats("c", [2], -1f, 3f), Floats("w", [2, 2], 1f, 2f, 3f, 4f)],
            Node("Add", ["x", "c"], "y"), Node("MatMul", ["y", "w"], "z"));
        ModelProto quantized = Quantize(model, new() { KeepFloat = new HashSet<string> { "MatMul_z" } }, ("x", -1, 1), ("y", -2, 4));
        Assert.That(Constant(quantized, "c_quantized").As<byte>().ToArray(), Is.EqualTo(new byte[] { 0, 255 }));
        NodeProto product = quantized.Graph.Node.Single(node => node.OpType == "MatMul");
        Assert.That(product.Input, Is.EqualTo(new[] { "y_DequantizeLinear_Output", "w" }));
        Assert.That(quantized.Graph.Node[^1], Is.EqualTo(product));
    }

    [Test]
    public void Of_AQuantisedModel_Refuses()
    {
        ModelProto model = Model(["x"], ["y"], [Floats("w", [1, 1, 1, 1], 1f)], Node("Conv", ["x", "w"], "y"));
        ModelProto quantized = Quantize(model, new(), ("x", 0, 1), ("y", 0, 1));
        Assert.That(() => QuantizationPlan.Of(quantized, Facts(quantized), new()), Throws.InstanceOf<OnnxException>().With.Message.Contains("QuantizeLinear"));
    }

    [Test]
    public void Of_AModelWithoutProducts_Refuses() =>
        Assert.That(() => QuantizationPlan.Of(Model(["x"], ["y"], [], Node("Cos", ["x"], "y")), Facts(Model(["x"], ["y"], [])), new()), Throws.InstanceOf<OnnxException>());

    [Test]
    public void Of_AnImpossibleType_Refuses() =>
        Assert.That(() => QuantizationPlan.Of(Model(["x"], ["y"], []), Facts(Model(["x"], ["y"], [])), new() { Activations = ElementType.Float32 }), Throws.ArgumentException);

    [Test]
    public void Write_WeightThatIsNotFinite_Refuses()
    {
        ModelProto model = Model(["x"], ["y"], [Floats("w", [1, 1, 1, 1], float.NaN)], Node("Conv", ["x", "w"], "y"));
        Assert.That(() => Quantize(model, new(), ("x", 0, 1), ("y", 0, 1)), Throws.InstanceOf<OnnxException>().With.Message.Contains("finite"));
    }

    [Test]
    public void Write_ValueWithoutARange_Refuses()
    {
        ModelProto model = Model(["x"], ["y"], [Floats("w", [1, 1, 1, 1], 1f)], Node("Conv", ["x", "w"], "y"));
        Assert.That(() => Quantize(model, new(), ("x", 0, 1)), Throws.InstanceOf<OnnxException>().With.Message.Contains("y"));
    }

    static ModelProto Quantize(ModelProto model, QuantizationOptions options, params (string Name, float Minimum, float Maximum)[] ranges) =>
        QdqWriter.Write(QuantizationPlan.Of(model, Facts(model), options), ranges.ToDictionary(range => range.Name, range => new ValueRange(range.Minimum, range.Maximum))).Model;

    static Dictionary<string, TensorFact> Facts(ModelProto model) =>
        model.Graph.Input.Select(input => input.Name).Concat(model.Graph.Node.SelectMany(node => node.Output)).ToDictionary(name => name, _ => new TensorFact(ElementType.Float32, []));

    static ModelProto Model(string[] inputs, string[] outputs, TensorProto[] constants, params NodeProto[] nodes)
    {
        ModelProto model = new() { IrVersion = 8, Graph = new GraphProto { Name = "test" } };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = 13 });
        model.Graph.Input.AddRange(inputs.Select(name => new ValueInfoProto { Name = name }));
        model.Graph.Output.AddRange(outputs.Select(name => new ValueInfoProto { Name = name }));
        model.Graph.Initializer.AddRange(constants);
        model.Graph.Node.AddRange(nodes);
        return model;
    }

    static NodeProto Node(string type, string[] inputs, string output)
    {
        NodeProto node = new() { OpType = type, Name = $"{type}_{output}" };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        return node;
    }

    static TensorProto Floats(string name, int[] shape, params float[] values) => TensorWriter.Write(Tensor.Of<float>(ElementType.Float32, new Shape(shape), values), name);

    static TensorProto Integers(string name, params long[] values) => TensorWriter.Write(Tensor.Of<long>(ElementType.Int64, new Shape(values.Length), values), name);

    static Tensor Constant(ModelProto model, string name) => new TensorReader().Read(model.Graph.Initializer.Single(tensor => tensor.Name == name), name);
}
