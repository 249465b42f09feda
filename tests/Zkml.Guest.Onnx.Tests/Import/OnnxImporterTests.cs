using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using static Zkml.Guest.Onnx.Tests.ModelBuilder;

namespace Zkml.Guest.Onnx.Tests.Import;

[TestFixture]
sealed class OnnxImporterTests
{
    static ModelBuilder Chain() => new ModelBuilder()
        .Input("x", ElementType.Float32, 2, 3)
        .Node("Neg", ["x"], ["y"])
        .Node("Abs", ["y"], ["z"])
        .Output("z", ElementType.Float32, 2, 3);

    static OnnxException Error(ModelBuilder model, OnnxImportOptions? options = null) => Assert.Throws<OnnxException>(() => model.Read(options))!;

    [Test]
    public void Model_InOrder_IsRead()
    {
        OnnxGraph graph = Chain().Read();
        Assert.That(graph.Inputs.Single().ToString(), Is.EqualTo("x: Float32[2, 3]"));
        Assert.That(graph.Nodes.Select(node => node.OperatorType), Is.EqualTo((string[])["Neg", "Abs"]));
        Assert.That(graph.Nodes[1].Inputs[0], Is.SameAs(graph.Nodes[0].Outputs[0]));
        Assert.That(graph.Outputs.Single(), Is.SameAs(graph.Nodes[1].Outputs[0]));
        Assert.That(graph.OperatorSets[""], Is.EqualTo(17));
        Assert.That(graph.Nodes[0].Version, Is.EqualTo(17));
    }

    [Test]
    public void Nodes_OutOfOrder_AreSorted()
    {
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, 2).Node("Abs", ["y"], ["z"]).Node("Neg", ["x"], ["y"]).Output("z");
        Assert.That(model.Read().Nodes.Select(node => node.OperatorType), Is.EqualTo((string[])["Neg", "Abs"]));
    }

    [Test]
    public void Nodes_ThatNoOutputNeeds_AreDropped() =>
        Assert.That(Chain().Node("Unheard", ["x"], ["unused"]).Read().Nodes, Has.Count.EqualTo(2));

    [Test]
    public void Constants_InAllForms_BecomeValues()
    {
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, 1);
        SparseTensorProto sparse = new()
        {
            Values = TensorWriter.Write(Tensor.Of(ElementType.Float32, new(1), 4f), ""),
            Indices = TensorWriter.Write(Tensor.Of(ElementType.Int64, new(1), 1L), ""),
        };
        sparse.Dims.Add(2);
        AttributeProto floats = new() { Name = "value_floats", Type = AttributeProto.Types.AttributeType.Floats };
        floats.Floats.Add([1, 2]);
        AttributeProto ints = new() { Name = "value_ints", Type = AttributeProto.Types.AttributeType.Ints };
        ints.Ints.Add([3]);
        AttributeProto[] forms =
        [
            new() { Name = "value", Type = AttributeProto.Types.AttributeType.Tensor, T = TensorWriter.Write(Tensor.Of(ElementType.Int8, new(1), (sbyte)1), "") },
            new() { Name = "sparse_value", Type = AttributeProto.Types.AttributeType.SparseTensor, SparseTensor = sparse },
            new() { Name = "value_float", Type = AttributeProto.Types.AttributeType.Float, F = 2.5f },
            floats,
            Integer("value_int", 0),
            ints,
            new() { Name = "value_string", Type = AttributeProto.Types.AttributeType.String, S = Google.Protobuf.ByteString.CopyFromUtf8("s") },
        ];
        for (int i = 0; i < forms.Length; i++) model.Node("Constant", [], [$"c{i}"], forms[i]);
        model.Node("Max", ["x", .. Enumerable.Range(0, forms.Length).Select(i => $"c{i}")], ["y"]).Output("y");
        Tensor[] constants = [.. model.Read().Nodes.Single().Inputs.Skip(1).Select(value => value!.Constant!)];
        Assert.That(constants.Select(constant => constant.ToString()), Is.EqualTo((string[])["Int8[1]", "Float32[2]", "Float32[]", "Float32[2]", "Int64[]", "Int64[1]", "String[]"]));
        Assert.That(constants[1].As<float>().ToArray(), Is.EqualTo((float[])[0, 4]));
    }

    [Test]
    public void Initializer_ThatIsAnInputToo_IsAConstant()
    {
        OnnxGraph graph = Chain().Input("w", ElementType.Float32, 1).Initializer("w", Tensor.Of(ElementType.Float32, new(1), 1f)).Read();
        Assert.That(graph.Inputs, Has.Count.EqualTo(1));
    }

    [Test]
    public void Batch_OfASymbol_FixesItEverywhere()
    {
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, "N", 3).Input("m", ElementType.Float32, 3, "N").Input("u", ElementType.Float32, null!, 2)
            .Node("Gemm", ["x", "m"], ["y"]).Node("Sum", ["y", "u"], ["z"]).Output("z", ElementType.Float32, "N", "N");
        OnnxGraph graph = model.Read(new() { Batch = 4 });
        Assert.That(graph.Inputs.Select(input => input.Shape!.ToString()), Is.EqualTo((string[])["[4, 3]", "[3, 4]", "[4, 2]"]));
        Assert.That(graph.Declarations.Single().Dimensions, Is.EqualTo((int?[])[4, 4]));
        graph = model.Read(new() { Batch = 4, Dimensions = new Dictionary<string, int> { ["N"] = 7 } });
        Assert.That(graph.Inputs.Select(input => input.Shape!.ToString()), Is.EqualTo((string[])["[7, 3]", "[3, 7]", "[4, 2]"]));
    }

    [Test]
    public void Dimension_ThatStaysSymbolic_IsDynamic()
    {
        OnnxException error = Error(new ModelBuilder().Input("x", ElementType.Float32, 2, "width").Node("Neg", ["x"], ["y"]).Output("y"), new() { Batch = 1 });
        Assert.That(error.Error, Is.EqualTo(OnnxError.DynamicShape));
        Assert.That(error.Message, Does.Contain("input x").And.Contains("width"));
    }

    [Test]
    public void Bind_OfAnInput_MakesAConstant()
    {
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, 2).Input("k", ElementType.Int64, 1).Node("TopK", ["x", "k"], ["y", "i"]).Output("y");
        OnnxGraph graph = model.Read(new() { Bind = new Dictionary<string, Tensor> { ["k"] = Tensor.Of(ElementType.Int64, new(1), 1L) } });
        Assert.That(graph.Inputs, Has.Count.EqualTo(1));
        Assert.That(graph.Nodes[0].Inputs[1]!.Constant!.IntegerAt(0), Is.EqualTo(1));
        Assert.That(Error(model, new() { Bind = new Dictionary<string, Tensor> { ["k"] = Tensor.Of(ElementType.Int64, new(2), 1L, 2L) } }).Message, Does.Contain("declared as Int64[1]"));
        Assert.That(Error(model, new() { Bind = new Dictionary<string, Tensor> { ["q"] = Tensor.Of(ElementType.Int64, new(1), 1L) } }).Message, Does.Contain("input q, which the model does not have"));
    }

    [Test]
    public void Function_OfTheModel_IsInlined()
    {
        ModelBuilder model = WithFunction(out _);
        OnnxGraph graph = model.Read();
        Assert.That(graph.Nodes.Select(node => node.ToString()), Is.EqualTo((string[])["Neg first/t", "Softmax first/out", "Neg second/t", "Softmax second/out"]));
        Assert.That(graph.Nodes[1].Attributes.Integer("axis", 0), Is.EqualTo(1));
        Assert.That(graph.Nodes[3].Attributes.Integer("axis", 0), Is.EqualTo(5));
        Assert.That(graph.Nodes[1].Version, Is.EqualTo(13));
        Assert.That(graph.Nodes[3].Outputs[0], Is.SameAs(graph.Outputs[0]));
    }

    [Test]
    public void Function_ThatCallsItself_IsRefused()
    {
        ModelBuilder model = WithFunction(out FunctionProto function);
        function.Node.Add(new NodeProto(MakeNode("Twist", ["t"], ["u"])) { Domain = "own" });
        function.Node[1].Input[0] = "u";
        Assert.That(Error(model).Message, Does.Contain("function Twist calls itself"));
    }

    [Test]
    public void Functions_ThatMultiply_AreLimited()
    {
        // Each function calls the next ten times: 10^20 nodes.
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, 1);
        for (int level = 0; level < 20; level++)
        {
            FunctionProto function = new() { Name = $"f{level}", Domain = "own", Input = { "v0" }, Output = { "v10" } };
            function.OpsetImport.Add(new OperatorSetIdProto { Version = 17 });
            for (int i = 0; i < 10; i++)
            {
                NodeProto node = MakeNode(level == 19 ? "Neg" : $"f{level + 1}", [$"v{i}"], [$"v{i + 1}"]);
                node.Domain = level == 19 ? "" : "own";
                function.Node.Add(node);
            }
            model.Model.Functions.Add(function);
        }
        model.Model.Graph.Node.Add(new NodeProto(MakeNode("f0", ["x"], ["y"])) { Domain = "own" });
        OnnxException error = Error(model.Output("y"));
        Assert.That(error.Error, Is.EqualTo(OnnxError.Limit));
        Assert.That(error.Message, Does.Contain("100000 nodes"));
    }

    static ModelBuilder WithFunction(out FunctionProto function)
    {
        function = new() { Name = "Twist", Domain = "own", Input = { "in" }, Output = { "out" }, AttributeProto = { Integer("axis", 5) } };
        function.OpsetImport.Add(new OperatorSetIdProto { Version = 13 });
        function.Node.Add(MakeNode("Neg", ["in"], ["t"]));
        function.Node.Add(MakeNode("Softmax", ["t"], ["out"], new AttributeProto { Name = "axis", RefAttrName = "axis", Type = AttributeProto.Types.AttributeType.Int }));
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, 2, 3);
        model.Model.Functions.Add(function);
        model.Model.Graph.Node.Add(new NodeProto(MakeNode("Twist", ["x"], ["first"], Integer("axis", 1))) { Domain = "own" });
        model.Model.Graph.Node.Add(new NodeProto(MakeNode("Twist", ["first"], ["second"])) { Domain = "own" });
        return model.Output("second");
    }

    [Test]
    public void Bodies_OfControlFlow_SeeTheGraphAround()
    {
        GraphProto then = new() { Name = "then" }, otherwise = new() { Name = "else" };
        then.Node.Add(MakeNode("Abs", ["t"], ["a"]));
        then.Output.Add(new ValueInfoProto { Name = "a" });
        otherwise.Node.Add(MakeNode("Neg", ["t"], ["a"]));
        otherwise.Output.Add(new ValueInfoProto { Name = "a" });
        // The conditional stands before the node that its bodies read from.
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Float32, 2).Initializer("c", Tensor.Of(ElementType.Bool, Shape.Scalar, true))
            .Node("If", ["c"], ["y"],
                new AttributeProto { Name = "then_branch", Type = AttributeProto.Types.AttributeType.Graph, G = then },
                new AttributeProto { Name = "else_branch", Type = AttributeProto.Types.AttributeType.Graph, G = otherwise })
            .Node("Neg", ["x"], ["t"]).Output("y");
        Assert.That(model.Read().Nodes.Select(node => node.OperatorType), Is.EqualTo((string[])["Neg", "If"]));
    }
}
