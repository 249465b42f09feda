using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Tests.Elementwise;

namespace Zkml.Guest.Onnx.Tests.Reduction;

/// <summary>Reductions of integers and along several axes against sums on the host.</summary>
[TestFixture]
sealed class ReductionTests
{
    static readonly string[] s_reductions = ["ReduceSum", "ReduceProd", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceSumSquare", "ReduceMean"];

    [Test]
    public void Reductions_OfIntegersOverRandomAxes_AreExact([ValueSource(nameof(s_reductions))] string reduction)
    {
        Random random = new(3);
        for (int round = 0; round < 25; round++)
        {
            Shape shape = new([.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => random.Next(1, 4))]);
            int[] values = [.. Enumerable.Range(0, shape.Count).Select(_ => random.Next(-9, 10))];
            long[] axes = [.. Enumerable.Range(0, shape.Rank).Where(_ => random.Next(2) == 0).Select(axis => (long)(random.Next(2) == 0 ? axis : axis - shape.Rank))];
            Tensor reduced = new OperatorRunner(reduction, 18).With("noop_with_empty_axes", 1L).Known(1)
                .Run(Tensor.Of<int>(ElementType.Int32, shape, values), Tensor.Of<long>(ElementType.Int64, new(axes.Length), axes))[0];
            List<int>[] groups = Groups(shape, axes, values);
            Assert.That(reduced.As<int>().ToArray(), Is.EqualTo(groups.Select(group => Expected(reduction, group))), $"{shape} over [{string.Join(", ", axes)}]");
        }
    }

    [Test]
    public void ReduceSum_OfBytes_WrapsAtTheEnd()
    {
        Tensor bytes = Tensor.Of<byte>(ElementType.UInt8, new(4), 200, 100, 255, 3);
        Assert.That(new OperatorRunner("ReduceSum", 13).Run(bytes)[0].Data.ToArray(), Is.EqualTo((byte[])[unchecked((byte)558)]));
    }

    [TestCase("ReduceMax", ElementType.UInt8, 0)]
    [TestCase("ReduceMin", ElementType.UInt8, 255)]
    [TestCase("ReduceMax", ElementType.Int8, -128)]
    [TestCase("ReduceMin", ElementType.Bool, 1)]
    public void Extremes_OfNothing_AreTheEndsOfTheType(string reduction, ElementType type, int expected)
    {
        Tensor empty = new(type, new(2, 0), []);
        Assert.That(new OperatorRunner(reduction, 20).Known(1).Run(empty, Tensor.Of(ElementType.Int64, new(1), 1L))[0].IntegerAt(1), Is.EqualTo(expected));
    }

    [Test]
    public void ReduceMax_OfUnsignedWords_ComparesUnsigned()
    {
        Tensor words = Tensor.Of<uint>(ElementType.UInt32, new(3), 1, uint.MaxValue, 2);
        Assert.That(new OperatorRunner("ReduceMax", 13).Run(words)[0].IntegerAt(0), Is.EqualTo(uint.MaxValue));
        Tensor longs = Tensor.Of<ulong>(ElementType.UInt64, new(3), 1, ulong.MaxValue, 2);
        Assert.That(new OperatorRunner("ReduceMin", 13).Run(longs)[0].IntegerAt(0), Is.EqualTo(1));
    }

    [Test]
    public void ArgMax_OfFloats_FindsNaNAndTellsTiesApart()
    {
        Tensor values = Tensor.Of<float>(ElementType.Float32, new(3, 3), 1, 5, 5, -0f, 0f, -1, 2, float.NaN, 9);
        Assert.That(new OperatorRunner("ArgMax", 13).With("axis", -1L).Run(values)[0].ToIntegers(), Is.EqualTo((long[])[1, 0, 1]));
        Assert.That(new OperatorRunner("ArgMax", 13).With("axis", -1L).With("select_last_index", 1L).Run(values)[0].ToIntegers(), Is.EqualTo((long[])[2, 1, 1]));
    }

    [Test]
    public void ReduceMax_OfFloats_PropagatesNaN()
    {
        Tensor values = Tensor.Of<float>(ElementType.Float32, new(2, 2), -1, float.NaN, -7, float.NegativeInfinity);
        Tensor axis = Tensor.Of(ElementType.Int64, new(1), 1L);
        Assert.That(new OperatorRunner("ReduceMax", 18).Known(1).Run(values, axis)[0].As<float>().ToArray(), Is.EqualTo((float[])[float.NaN, -7]));
        Assert.That(new OperatorRunner("ReduceMin", 18).Known(1).Run(values, axis)[0].As<float>().ToArray(), Is.EqualTo((float[])[float.NaN, float.NegativeInfinity]));
    }

    [Test]
    public void Hardmax_BeforeOpset13_TakesAllLaterAxes()
    {
        Tensor values = Tensor.Of<float>(ElementType.Float32, new(1, 2, 2), 1, 2, 9, 4);
        Assert.That(new OperatorRunner("Hardmax", 11).Run(values)[0].As<float>().ToArray(), Is.EqualTo((float[])[0, 0, 1, 0]));
        Assert.That(new OperatorRunner("Hardmax", 13).Run(values)[0].As<float>().ToArray(), Is.EqualTo((float[])[0, 1, 1, 0]));
    }

    [Test]
    public void Axes_OutOfRangeOrTwice_AreRefused()
    {
        Tensor values = Tensor.Of<int>(ElementType.Int32, new(2, 1), 1, 2);
        Assert.That(new OperatorRunner("ReduceSum", 11).With("axes", (long[])[2]).Fails(values), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("ReduceSum", 11).With("axes", (long[])[1, -1]).Fails(values), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("ReduceSum", 13).Fails(values, Tensor.Of(ElementType.Int64, new(1), 0L)), Is.EqualTo(OnnxError.DynamicShape));
        Assert.That(new OperatorRunner("ArgMax", 13).With("axis", 0L).Fails(new Tensor(ElementType.Int32, new(0, 2), [])), Is.EqualTo(OnnxError.Malformed));
    }

    static List<int>[] Groups(Shape shape, long[] axes, int[] values)
    {
        int[] strides = shape.Strides(), kept = [.. Enumerable.Range(0, shape.Rank).Where(axis => !axes.Contains(axis) && !axes.Contains(axis - shape.Rank))];
        List<int>[] groups = [.. Enumerable.Range(0, kept.Aggregate(1, (count, axis) => count * shape[axis])).Select(_ => new List<int>())];
        for (int i = 0; i < values.Length; i++)
            groups[kept.Aggregate(0, (group, axis) => group * shape[axis] + i / strides[axis] % shape[axis])].Add(values[i]);
        return groups;
    }

    static int Expected(string reduction, List<int> group) => reduction switch
    {
        "ReduceSum" => group.Sum(),
        "ReduceProd" => group.Aggregate(1, (product, value) => unchecked(product * value)),
        "ReduceMax" => group.Max(),
        "ReduceMin" => group.Min(),
        "ReduceL1" => group.Sum(Math.Abs),
        "ReduceSumSquare" => group.Sum(value => value * value),
        _ => group.Sum() / group.Count,
    };
}
