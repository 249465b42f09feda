using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Tests.NodeTests;

namespace Zkml.Guest.Onnx.Tests.Graph;

[TestFixture]
sealed class GraphLoweringTests
{
    static LoopProgram Lower(ModelBuilder model) => OnnxCompiler.Compile(model.ToBytes(), OnnxImportOptions.Default).Program;

    static int[] Run(LoopProgram program, params int[] input) => [.. ProgramRunners.OnHost(program, [System.Runtime.InteropServices.MemoryMarshal.AsBytes(input.AsSpan()).ToArray()])
        .SelectMany(bytes => System.Runtime.InteropServices.MemoryMarshal.Cast<byte, int>(bytes).ToArray())];

    static Tensor Int64(params long[] values) => Tensor.Of<long>(ElementType.Int64, new(values.Length), values);

    [Test]
    public void Renames_BetweenNodes_TakeNoLayer()
    {
        LoopProgram program = Lower(new ModelBuilder().Input("x", ElementType.Int32, 2, 1, 2).Initializer("s", Int64(4)).Initializer("axes", Int64(0))
            .Node("Neg", ["x"], ["a"]).Node("Reshape", ["a", "s"], ["b"]).Node("Unsqueeze", ["b", "axes"], ["c"]).Node("Identity", ["c"], ["d"]).Node("Abs", ["d"], ["e"]).Node("Flatten", ["e"], ["y"]).Output("y"));
        Assert.That(program.Layers.Select(layer => layer.Name), Is.EqualTo((string[])["a", "e"]));
        Assert.That(Run(program, 1, -2, 3, -4), Is.EqualTo((int[])[1, 2, 3, 4]));
    }

    [Test]
    public void Transposition_OfExtentsOfOne_TakesNoLayer()
    {
        Zkml.Guest.Onnx.Import.Proto.AttributeProto Permutation(params long[] axes) => new() { Name = "perm", Type = Zkml.Guest.Onnx.Import.Proto.AttributeProto.Types.AttributeType.Ints, Ints = { axes } };
        ModelBuilder Model(params long[] axes) => new ModelBuilder().Input("x", ElementType.Int32, 2, 1, 3).Node("Neg", ["x"], ["a"]).Node("Transpose", ["a"], ["y"], Permutation(axes)).Output("y");
        Assert.That(Lower(Model(1, 0, 2)).Layers, Has.Count.EqualTo(1));
        LoopProgram moves = Lower(Model(2, 1, 0));
        Assert.That(moves.Layers, Has.Count.EqualTo(2));
        Assert.That(Run(moves, 1, 2, 3, 4, 5, 6), Is.EqualTo((int[])[-1, -4, -2, -5, -3, -6]));
    }

    [Test]
    public void Outputs_ThatAreInputsConstantsOrShared_AreCopied()
    {
        LoopProgram program = Lower(new ModelBuilder().Input("x", ElementType.Int32, 2).Initializer("c", Tensor.Of(ElementType.Int32, new(1), 9))
            .Node("Neg", ["x"], ["n"]).Node("Identity", ["n"], ["m"]).Node("Identity", ["x"], ["i"]).Output("n").Output("m").Output("i").Output("c"));
        Assert.That(program.Layers.Select(layer => layer.Name), Is.EqualTo((string[])["n", "copy.m", "copy.i", "copy.c"]));
        Assert.That(Run(program, 5, -6), Is.EqualTo((int[])[-5, 6, -5, 6, 5, -6, 9]));
    }

    [Test]
    public void LayerNames_OfAnyNodeName_AreSymbols()
    {
        ModelBuilder model = new ModelBuilder().Input("x", ElementType.Int32, 2).Node("Neg", ["x"], ["a"]).Node("Neg", ["a"], ["b"]).Node("Neg", ["b"], ["y"]).Output("y");
        model.Model.Graph.Node[0].Name = "/conv1/Neg output";
        model.Model.Graph.Node[1].Name = "/conv1/Neg_output";
        model.Model.Graph.Node[2].Name = "\u0001é\n";
        Assert.That(Lower(model).Layers.Select(layer => layer.Name), Is.EqualTo((string[])["/conv1/Neg_output", "/conv1/Neg_output_2", "___"]));
    }
}
