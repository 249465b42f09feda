using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Tests.Elementwise;

/// <summary>The nests that broadcasts and copies become.</summary>
[TestFixture]
sealed class StridedLoopTests
{
    [Test]
    public void Add_OfEqualShapes_IsOneFlatLoop() => Assert.That(LoopDepth("Add", [2, 3, 4], [2, 3, 4]), Is.EqualTo(1));

    [Test]
    public void Add_OfAScalar_IsOneFlatLoopThatLoadsItOnce()
    {
        Layer layer = Lower("Add", [2, 3, 4], []);
        Assert.That(Depth(layer.Function.Body), Is.EqualTo(1));
        Assert.That(layer.Function.Body.Statements.OfType<AssignStatement>().Count(assign => assign.Value is LoadExpression), Is.EqualTo(1));
    }

    [Test]
    public void Add_OfABiasPerChannel_IsTwoLoopsPerImage()
    {
        Assert.That(LoopDepth("Add", [1, 8, 5, 5], [8, 1, 1]), Is.EqualTo(2));
        Assert.That(LoopDepth("Add", [3, 8, 5, 5], [8, 1, 1]), Is.EqualTo(3));
    }

    [Test]
    public void Broadcast_OfRandomShapes_IsWhatNumPyDoes()
    {
        Random random = new(7);
        for (int round = 0; round < 60; round++)
        {
            int rank = random.Next(5);
            int[] extents = [.. Enumerable.Range(0, rank).Select(_ => random.Next(1, 4))];
            Shape left = Some(random, extents), right = Some(random, extents), output = Shape.Broadcast(left, right)!;
            int[] a = [.. Enumerable.Range(0, left.Count)], b = [.. Enumerable.Range(0, right.Count).Select(i => 100 * i)];
            int[] sum = new OperatorRunner("Add", 14).Run(Tensor.Of<int>(ElementType.Int32, left, a), Tensor.Of<int>(ElementType.Int32, right, b))[0].As<int>().ToArray();
            for (int i = 0; i < output.Count; i++)
                Assert.That(sum[i], Is.EqualTo(a[Source(output, left, i)] + b[Source(output, right, i)]), $"{left} + {right}");
        }
    }

    // Extents of 1 in places, and leading ones dropped.
    static Shape Some(Random random, int[] extents)
    {
        int[] some = [.. extents.Select(extent => random.Next(3) == 0 ? 1 : extent)];
        return new(some.AsSpan(random.Next(some.Length + 1)));
    }

    static int Source(Shape output, Shape input, int index)
    {
        int source = 0, stride = 1;
        for (int i = 1; i <= output.Rank; i++)
        {
            int coordinate = index % output[^i];
            index /= output[^i];
            if (i > input.Rank) continue;
            if (input[^i] > 1) source += coordinate * stride;
            stride *= input[^i];
        }
        return source;
    }

    static int LoopDepth(string operatorType, int[] left, int[] right) => Depth(Lower(operatorType, left, right).Function.Body);

    static Layer Lower(string operatorType, int[] left, int[] right)
    {
        Value a = new("a") { Type = ElementType.Int32, Shape = new(left) }, b = new("b") { Type = ElementType.Int32, Shape = new(right) }, sum = new("sum");
        OnnxGraph graph = new() { Name = "test", Inputs = [a, b], Outputs = [sum], Nodes = [new("node", "", operatorType, 14, [a, b], [sum], NodeAttributes.None)] };
        ShapeInference.Run(graph);
        return GraphLowering.Lower(graph).Layers[0];
    }

    static int Depth(Statement statement) => statement switch
    {
        Block block => block.Statements.Select(Depth).DefaultIfEmpty().Max(),
        ForStatement loop => 1 + Depth(loop.Body),
        _ => 0,
    };
}
