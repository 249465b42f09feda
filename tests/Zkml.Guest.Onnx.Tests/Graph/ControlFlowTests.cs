using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;
using static Zkml.Guest.Onnx.Tests.ModelBuilder;

namespace Zkml.Guest.Onnx.Tests.Graph;

[TestFixture]
sealed class ControlFlowTests
{
    static AttributeProto Body(string name, GraphProto graph) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Graph, G = graph };

    static GraphProto BodyOf(string[] inputs, string[] outputs, params NodeProto[] nodes)
    {
        GraphProto graph = new() { Name = "body" };
        graph.Input.Add(inputs.Select(input => new ValueInfoProto { Name = input }));
        graph.Output.Add(outputs.Select(output => new ValueInfoProto { Name = output }));
        graph.Node.Add(nodes);
        return graph;
    }

    static int[] Run(ModelBuilder model, params int[] input)
    {
        CompiledModel compiled = OnnxCompiler.Compile(model.ToBytes(), Zkml.Guest.Onnx.Import.OnnxImportOptions.Default);
        LoopMachine machine = new(compiled.Program);
        machine.Write(compiled.Program.Inputs[0], System.Runtime.InteropServices.MemoryMarshal.AsBytes(input.AsSpan()));
        machine.Run();
        return System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(machine.Read(compiled.Program.Outputs[0])).ToArray();
    }

    static Tensor Int64(long value) => Tensor.Of(ElementType.Int64, Shape.Scalar, value);

    [TestCase(true, new[] { -1, 2 })]
    [TestCase(false, new[] { 2, -4 })]
    public void Conditional_WithAConstant_IsItsBranch(bool condition, int[] expected)
    {
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Int32, 2).Initializer("c", Tensor.Of(ElementType.Bool, Shape.Scalar, condition))
            .Node("If", ["c"], ["y"],
                Body("then_branch", BodyOf([], ["n"], MakeNode("Neg", ["x"], ["n"]))),
                Body("else_branch", BodyOf([], ["d"], MakeNode("Add", ["x", "x"], ["d"]))))
            .Output("y", ElementType.Int32, 2);
        Assert.That(Run(model, 1, -2), Is.EqualTo(expected));
    }

    [Test]
    public void Conditional_OnTheInput_IsRefused()
    {
        ModelBuilder model = new ModelBuilder().Input("c", ElementType.Bool).Input("x", ElementType.Int32, 2)
            .Node("If", ["c"], ["y"], Body("then_branch", BodyOf([], ["x"])), Body("else_branch", BodyOf([], ["x"]))).Output("y");
        Assert.That(() => ShapeInference.Run(model.Read()), Throws.TypeOf<OnnxException>().With.Message.Contains("depends on the input"));
    }

    [Test]
    public void Loop_OfThreeRounds_IsUnrolled()
    {
        // a ← a + x in each round; the last round's number goes out as a collected value.
        GraphProto body = BodyOf(["i", "go", "a"], ["go", "sum", "i"], MakeNode("Add", ["a", "x"], ["sum"]));
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Int32, 2).Initializer("m", Int64(3)).Node("Loop", ["m", "", "x"], ["y", "rounds"], Body("body", body)).Output("y").Output("rounds");
        Assert.That(Run(model, 1, -2), Is.EqualTo((int[])[4, -8]));
        OnnxGraph graph = model.Read();
        ShapeInference.Run(graph);
        Assert.That(graph.Outputs[1].Constant!.ToIntegers(), Is.EqualTo((long[])[0, 1, 2]));
    }

    [Test]
    public void Loop_EndedByItsCondition_StopsThere()
    {
        GraphProto body = BodyOf(["i", "go", "a"], ["next", "sum"], MakeNode("Less", ["i", "two"], ["next"]), MakeNode("Add", ["a", "x"], ["sum"]));
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Int32, 2).Initializer("two", Int64(2)).Initializer("go0", Tensor.Of(ElementType.Bool, Shape.Scalar, true))
            .Node("Loop", ["", "go0", "x"], ["y"], Body("body", body)).Output("y");
        Assert.That(Run(model, 1, -2), Is.EqualTo((int[])[4, -8]));
    }

    [Test]
    public void Loop_WithoutEnd_IsLimited()
    {
        GraphProto body = BodyOf(["i", "go", "a"], ["go", "sum"], MakeNode("Add", ["a", "x"], ["sum"]));
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Int32, 2).Initializer("m", Int64(long.MaxValue)).Node("Loop", ["m", "", "x"], ["y"], Body("body", body)).Output("y");
        Assert.That(Assert.Throws<OnnxException>(() => ShapeInference.Run(model.Read()))!.Error, Is.EqualTo(OnnxError.Limit));
    }

    [TestCase(0, new[] { 1, 4, 9 })]
    [TestCase(1, new[] { 5, 8, 9 })]
    public void Scan_ForwardsAndBackwards_Accumulates(int direction, int[] expected)
    {
        GraphProto body = BodyOf(["s", "e"], ["t", "t"], MakeNode("Add", ["s", "e"], ["t"]));
        body.Output[1].Name = "u";
        body.Node.Add(MakeNode("Identity", ["t"], ["u"]));
        AttributeProto directions = new() { Name = "scan_input_directions", Type = AttributeProto.Types.AttributeType.Ints, Ints = { direction } };
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Int32, 3).Initializer("zero", Tensor.Of(ElementType.Int32, Shape.Scalar, 0))
            .Node("Scan", ["zero", "x"], ["last", "all"], Body("body", body), Integer("num_scan_inputs", 1), directions).Output("all");
        Assert.That(Run(model, 1, 3, 5), Is.EqualTo(expected));
    }
}
