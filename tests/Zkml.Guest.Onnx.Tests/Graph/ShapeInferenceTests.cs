using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using static Zkml.Guest.Onnx.Tests.ModelBuilder;

namespace Zkml.Guest.Onnx.Tests.Graph;

[TestFixture]
sealed class ShapeInferenceTests
{
    static Tensor Int64(params long[] values) => Tensor.Of<long>(ElementType.Int64, new(values.Length), values);

    static OnnxGraph Infer(ModelBuilder model)
    {
        OnnxGraph graph = model.Read();
        ShapeInference.Run(graph);
        return graph;
    }

    [Test]
    public void Values_OfAChain_HaveTypesAndShapes()
    {
        OnnxGraph graph = Infer(new ModelBuilder().Input("x", ElementType.Float32, 2, 3).Initializer("w", Tensor.Of<float>(ElementType.Float32, new(3, 4), new float[12]))
            .Node("MatMul", ["x", "w"], ["y"]).Node("ArgMax", ["y"], ["z"], Integer("axis", 1), Integer("keepdims", 0)).Output("z"));
        Assert.That(graph.Nodes[0].Outputs[0]!.ToString(), Is.EqualTo("y: Float32[2, 4]"));
        Assert.That(graph.Outputs[0].ToString(), Is.EqualTo("z: Int64[2]"));
    }

    [TestCase(ElementType.Float32, 3, 2, "inferred is Float32[2, 3]")]
    [TestCase(ElementType.Float64, 2, 3, "declares Float64[2, 3]")]
    public void Declaration_ThatIsWrong_IsRefused(ElementType type, int rows, int columns, string message)
    {
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, 2, 3).Node("Neg", ["x"], ["y"]).Output("y", type, rows, columns);
        OnnxException error = Assert.Throws<OnnxException>(() => Infer(model))!;
        Assert.That(error.Error, Is.EqualTo(OnnxError.Malformed));
        Assert.That(error.Message, Does.StartWith("Node y (Neg)").And.Contains(message));
    }

    [Test]
    public void Declaration_OfAValueInBetween_IsCompared()
    {
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, 2, 3).Node("Neg", ["x"], ["y"]).Node("Neg", ["y"], ["z"]).Output("z");
        model.Model.Graph.ValueInfo.Add(Info("y", ElementType.Float32, 2, "any"));
        Assert.That(Infer(model).Nodes, Has.Count.EqualTo(2));
        model.Model.Graph.ValueInfo[0] = Info("y", ElementType.Float32, 2, 4);
        Assert.That(() => Infer(model), Throws.TypeOf<OnnxException>().With.Message.Contains("Float32[2, 4]"));
    }

    [Test]
    public void Nodes_OfConstants_Fold()
    {
        OnnxGraph graph = Infer(new ModelBuilder().Input("x", ElementType.Float32, 4, 3).Initializer("two", Int64(2))
            .Node("Shape", ["x"], ["s"]).Node("Mul", ["s", "two"], ["t"]).Node("Add", ["t", "t"], ["u"]).Node("ConstantOfShape", ["u"], ["z"]).Node("Identity", ["u"], ["v"])
            .Output("v").Output("z"));
        Assert.That(graph.Nodes, Is.Empty);
        Assert.That(graph.Outputs[0].Constant!.ToIntegers(), Is.EqualTo((long[])[16, 12]));
        Assert.That(graph.Outputs[1].Shape, Is.EqualTo(new Shape(16, 12)));
    }

    [Test]
    public void Dequantization_OfConstants_FoldsOnlyWhenPassesAreDone()
    {
        ModelBuilder model = new ModelBuilder().Initializer("w", Tensor.Of(ElementType.Int8, new(2), (sbyte)-4, (sbyte)6)).Initializer("s", Tensor.Of(ElementType.Float32, Shape.Scalar, 0.5f))
            .Node("DequantizeLinear", ["w", "s"], ["y"]).Output("y");
        OnnxGraph graph = model.Read();
        ShapeInference.Run(graph, keepsDequantization: true);
        Assert.That(graph.Nodes, Has.Count.EqualTo(1));
        ShapeInference.Run(graph);
        Assert.That(graph.Nodes, Is.Empty);
        Assert.That(graph.Outputs[0].Constant!.As<float>().ToArray(), Is.EqualTo((float[])[-2, 3]));
    }

    [Test]
    public void Input_ThatDecidesAShape_IsNamed()
    {
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, 4).Input("s", ElementType.Int64, 2).Node("Neg", ["s"], ["t"]).Node("Reshape", ["x", "t"], ["y"]).Output("y");
        OnnxException error = Assert.Throws<OnnxException>(() => Infer(model))!;
        Assert.That(error.Error, Is.EqualTo(OnnxError.DynamicShape));
        Assert.That(error.UnknownValue!.Name, Is.EqualTo("t"));
        Assert.That(error.NodeName, Is.EqualTo("y"));
    }

    [Test]
    public void Fold_ThatFails_IsRefused()
    {
        ModelBuilder model = new ModelBuilder().Initializer("x", Tensor.Of(ElementType.Int32, new(2), 1, 2)).Initializer("i", Int64(7)).Node("Gather", ["x", "i"], ["y"]).Output("y");
        Assert.That(() => Infer(model), Throws.TypeOf<OnnxException>().With.Message.StartsWith("Node y (Gather)"));
    }

    [Test]
    public void Tensor_ThatFoldsTooLarge_IsRefused()
    {
        ModelBuilder model = new ModelBuilder().Initializer("s", Int64(1 << 20, 1 << 10)).Node("ConstantOfShape", ["s"], ["y"]).Output("y");
        Assert.That(Assert.Throws<OnnxException>(() => Infer(model))!.Error, Is.EqualTo(OnnxError.Limit));
    }

    [Test]
    public void Explore_OfSeveralDefects_TellsEachOnce()
    {
        OnnxGraph graph = new ModelBuilder().Input("x", ElementType.Float32, 4).Node("NonZero", ["x"], ["a"]).Node("Neg", ["a"], ["b"]).Node("Frobnicate", ["x"], ["c"]).Node("Neg", ["x"], ["d"])
            .Output("b").Output("c").Output("d").Read();
        Assert.That(ShapeInference.Explore(graph).Select(node => (node.Name, node.Reason)), Is.EqualTo(((string, OnnxError)[])[("a", OnnxError.DynamicShape), ("c", OnnxError.OperatorNotListed)]));
        Assert.That(graph.Outputs[2].Shape, Is.EqualTo(new Shape(4)));
    }

    [Test]
    public void Summary_OfAModel_CountsParametersAndWork()
    {
        byte[] model = new ModelBuilder().Input("x", ElementType.Float32, "N", 3).Initializer("w", Tensor.Of<float>(ElementType.Float32, new(3, 4), new float[12]))
            .Node("MatMul", ["x", "w"], ["y"]).Node("Relu", ["y"], ["z"]).Output("z", ElementType.Float32, "N", 4).ToBytes();
        ModelSummary summary = ModelSummary.Of(model, new() { Batch = 2 });
        Assert.That((summary.Parameters, summary.Macs, summary.IntegerMacs), Is.EqualTo((12L, 24L, 0L)));
        Assert.That(summary.Inputs.Single(), Is.EqualTo(new DeclaredTensor("x", "Float32[N, 3]")));
        Assert.That(summary.Operators.Select(count => (count.Operator, count.Count, count.IsSupported)), Is.EqualTo(((string, int, bool)[])[("MatMul", 1, true), ("Relu", 1, true)]));
        Assert.That(summary.Unsupported, Is.Empty);
    }

    [Test]
    public void Summary_OfAModelWithOpenInputs_TellsThem()
    {
        byte[] model = new ModelBuilder().Input("x", ElementType.Float32, "N", null!).Input("t", ElementType.String, 1).Input("y", ElementType.Float32, 2)
            .Node("Add", ["x", "y"], ["a"]).Node("StringConcat", ["t", "t"], ["b"]).Node("Neg", ["y"], ["c"]).Output("a").Output("b").Output("c").ToBytes();
        ModelSummary summary = ModelSummary.Of(model, new() { Batch = 1 });
        Assert.That(
            summary.Unsupported.Select(node => (node.Name, node.Operator, node.Reason)),
            Is.EqualTo(((string, string, OnnxError)[])[("x", "input", OnnxError.DynamicShape), ("t", "input", OnnxError.String), ("b", "StringConcat", OnnxError.String)]));
    }
}
