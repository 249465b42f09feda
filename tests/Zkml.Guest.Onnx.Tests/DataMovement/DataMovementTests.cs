using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Tests.Elementwise;

namespace Zkml.Guest.Onnx.Tests.DataMovement;

/// <summary>Forms and limits of the operators that move data which the official node tests leave out.</summary>
[TestFixture]
sealed class DataMovementTests
{
    [TestCase(0L, 5L, 2L, "0 2 4")]
    [TestCase(-1L, -100L, -1L, "4 3 2 1 0")]
    [TestCase(100L, 0L, -2L, "4 2")]
    [TestCase(long.MinValue, long.MaxValue, long.MaxValue, "0")]
    [TestCase(long.MaxValue, long.MinValue, long.MinValue, "4")]
    [TestCase(3L, 3L, 1L, "")]
    [TestCase(4L, 1L, 1L, "")]
    public void Slice_OfAnyRange_IsWhatPythonDoes(long start, long end, long step, string expected)
    {
        Tensor sliced = new OperatorRunner("Slice", 13).Known(1, 2, 3, 4).Run(Integers(0, 1, 2, 3, 4), Longs(start), Longs(end), Longs(0), Longs(step))[0];
        Assert.That(string.Join(' ', sliced.ToIntegers()), Is.EqualTo(expected));
    }

    [Test]
    public void Slice_BeforeOpset10_TakesAttributes()
    {
        Tensor matrix = Matrix(3, 4);
        Tensor sliced = new OperatorRunner("Slice", 9).With("starts", (long[])[1, -3]).With("ends", (long[])[3, 100]).With("axes", (long[])[0, 1]).Run(matrix)[0];
        Assert.That(sliced.ToIntegers(), Is.EqualTo((long[])[5, 6, 7, 9, 10, 11]));
    }

    [Test]
    public void Transpose_OfRandomAxes_MovesEveryElement()
    {
        Random random = new(5);
        for (int round = 0; round < 30; round++)
        {
            int rank = random.Next(1, 6);
            Shape shape = new([.. Enumerable.Range(0, rank).Select(_ => random.Next(1, 4))]);
            long[] permutation = [.. Enumerable.Range(0, rank).Select(axis => (long)axis)];
            random.Shuffle(permutation);
            Tensor moved = new OperatorRunner("Transpose", 13).With("perm", permutation).Run(Tensor.Of<int>(ElementType.Int32, shape, [.. Enumerable.Range(0, shape.Count)]))[0];
            int[] strides = shape.Strides(), outputStrides = moved.Shape.Strides();
            for (int i = 0; i < shape.Count; i++)
            {
                int source = 0;
                for (int axis = 0; axis < rank; axis++) source += i / outputStrides[axis] % moved.Shape[axis] * strides[permutation[axis]];
                Assert.That(moved.IntegerAt(i), Is.EqualTo(source));
            }
        }
    }

    [TestCase("reflect", "2 1 0 1 2 1 0 1")]
    [TestCase("edge", "0 0 0 1 2 2 2 2")]
    [TestCase("wrap", "1 2 0 1 2 0 1 2")]
    [TestCase("constant", "7 7 0 1 2 7 7 7")]
    public void Pad_FurtherThanTheTensor_Repeats(string mode, string expected)
    {
        Tensor padded = new OperatorRunner("Pad", 19).With("mode", mode).Known(1).Run(Integers(0, 1, 2), Longs(2, 3), Integers(7))[0];
        Assert.That(string.Join(' ', padded.ToIntegers()), Is.EqualTo(expected));
    }

    [Test]
    public void Pad_ByNegativeNumbers_Crops()
    {
        Tensor cropped = new OperatorRunner("Pad", 13).Known(1).Run(Matrix(3, 4), Longs(-1, 1, 0, -2))[0];
        Assert.That(cropped.Shape, Is.EqualTo(new Shape(2, 3)));
        Assert.That(cropped.ToIntegers(), Is.EqualTo((long[])[0, 4, 5, 0, 8, 9]));
        Assert.That(new OperatorRunner("Pad", 13).Known(1).Fails(Integers(1, 2), Longs(-2, -1)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Pad", 13).Known(1).Fails(Integers(1, 2), Longs(long.MaxValue, 1)), Is.EqualTo(OnnxError.Limit));
    }

    [Test]
    public void Gather_ByIndicesOfTheGuest_ChecksThem()
    {
        OperatorRunner gather = new("Gather", 13);
        Assert.That(gather.Run(Matrix(3, 2), Longs(-1, 0))[0].ToIntegers(), Is.EqualTo((long[])[4, 5, 0, 1]));
        Assert.That(() => gather.Run(Matrix(3, 2), Longs(3)), Throws.TypeOf<LoopException>().With.Message.Contains("node: an index is not in [-3, 3)"));
        Assert.That(() => gather.Run(Matrix(3, 2), Longs(long.MinValue)), Throws.TypeOf<LoopException>());
        Assert.That(() => gather.Run(Matrix(3, 2), Longs(1L << 32)), Throws.TypeOf<LoopException>());
        Assert.That(() => gather.Run(Matrix(3, 2), Integers(-4)), Throws.TypeOf<LoopException>());
    }

    [Test]
    public void Gather_ByKnownIndices_ChecksThemAtOnce()
    {
        Assert.That(new OperatorRunner("Gather", 13).Known(1).Run(Matrix(3, 2), Longs(-1, 0))[0].ToIntegers(), Is.EqualTo((long[])[4, 5, 0, 1]));
        Assert.That(new OperatorRunner("Gather", 13).Known(1).Fails(Matrix(3, 2), Longs(3)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("GatherND", 13).Known(1).Run(Matrix(3, 2), Tensor.Of<long>(ElementType.Int64, new(2, 2), 0, 1, -1, -2))[0].ToIntegers(), Is.EqualTo((long[])[1, 4]));
        Assert.That(new OperatorRunner("GatherND", 13).Known(1).Fails(Matrix(3, 2), Tensor.Of<long>(ElementType.Int64, new(1, 2), 0, 2)), Is.EqualTo(OnnxError.Malformed));
    }

    [TestCase("add", "11 2 39")]
    [TestCase("mul", "10 2 540")]
    [TestCase("max", "10 2 30")]
    [TestCase("min", "1 2 3")]
    [TestCase("none", "10 2 30")]
    public void ScatterElements_WithRepeatedIndices_Combines(string reduction, string expected)
    {
        Tensor result = new OperatorRunner("ScatterElements", 18).With("reduction", reduction).Run(Integers(1, 2, 3), Longs(0, 2, 2), Integers(10, 6, 30))[0];
        Assert.That(string.Join(' ', result.ToIntegers()), Is.EqualTo(expected));
    }

    [Test]
    public void TopK_WithTies_KeepsTheOrderOfIndices()
    {
        Tensor[] largest = new OperatorRunner("TopK", 11).Outputs(2).Known(1).Run(Integers(3, 7, 3, 7, int.MinValue, 7), Longs(6));
        Assert.That(largest[0].ToIntegers(), Is.EqualTo((long[])[7, 7, 7, 3, 3, int.MinValue]));
        Assert.That(largest[1].ToIntegers(), Is.EqualTo((long[])[1, 3, 5, 0, 2, 4]));
        Tensor[] smallest = new OperatorRunner("TopK", 11).With("largest", 0L).Outputs(2).Known(1).Run(Integers(3, 7, 3, int.MaxValue, 7), Longs(5));
        Assert.That(smallest[1].ToIntegers(), Is.EqualTo((long[])[0, 2, 1, 4, 3]));
    }

    [Test]
    public void TopK_OfRandomFloats_IsAStableSort()
    {
        Random random = new(11);
        for (int round = 0; round < 20; round++)
        {
            float[] values = [.. Enumerable.Range(0, random.Next(1, 60)).Select(_ => (float)random.Next(-20, 20) / 4)];
            int count = random.Next(values.Length + 1);
            Tensor input = Tensor.Of<float>(ElementType.Float32, new(values.Length), values);
            Tensor[] largest = new OperatorRunner("TopK", 11).Outputs(2).Known(1).Run(input, Longs(count));
            int[] expected = [.. Enumerable.Range(0, values.Length).OrderByDescending(i => values[i]).Take(count)];
            Assert.That(largest[1].ToIntegers(), Is.EqualTo(expected.Select(i => (long)i)));
            Assert.That(largest[0].As<float>().ToArray(), Is.EqualTo(expected.Select(i => values[i])));
        }
    }

    [Test]
    public void Split_OfEveryOpset_CutsTheAxis()
    {
        Tensor[] uneven = new OperatorRunner("Split", 18).With("num_outputs", 3L).Outputs(3).Run(Integers(1, 2, 3, 4, 5));
        Assert.That(uneven.Select(part => part.Shape.Count), Is.EqualTo((int[])[2, 2, 1]));
        Tensor[] named = new OperatorRunner("Split", 11).With("split", (long[])[1, 4]).Outputs(2).Run(Integers(1, 2, 3, 4, 5));
        Assert.That(named[1].ToIntegers(), Is.EqualTo((long[])[2, 3, 4, 5]));
        Assert.That(new OperatorRunner("Split", 13).Outputs(2).Fails(Integers(1, 2, 3)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Split", 13).Outputs(2).Known(1).Fails(Integers(1, 2, 3), Longs(4, -1)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Split", 18).With("num_outputs", 5L).Outputs(5).Run(Integers(1, 2, 3)).Select(part => part.Shape.Count), Is.EqualTo((int[])[1, 1, 1, 0, 0]));
    }

    [Test]
    public void Reshape_ToImpossibleShapes_IsRefused()
    {
        foreach (long[] shape in (long[][])[[-1, -1], [-2, 3], [4], [-1, 4], [2, 2, 0], [0, 0], [long.MaxValue, long.MaxValue, 0, 0], [1L << 32, 1L << 32]])
            Assert.That(new OperatorRunner("Reshape", 13).Known(1).Fails(Integers(1, 2, 3, 4, 5, 6), Longs(shape)), Is.AnyOf(OnnxError.Malformed, OnnxError.Limit), string.Join(", ", shape));
        Assert.That(new OperatorRunner("Reshape", 13).Fails(Integers(1, 2), Longs(2)), Is.EqualTo(OnnxError.DynamicShape));
        Assert.That(new OperatorRunner("Reshape", 14).With("allowzero", 1L).Known(1).Run(new Tensor(ElementType.Int32, new(0, 3), []), Longs(3, 0))[0].Shape, Is.EqualTo(new Shape(3, 0)));
    }

    [Test]
    public void SqueezeAndUnsqueeze_OfEveryOpset_ChangeTheRank()
    {
        Tensor tensor = Tensor.Of<int>(ElementType.Int32, new(1, 2, 1), 1, 2);
        Assert.That(new OperatorRunner("Squeeze", 11).Run(tensor)[0].Shape, Is.EqualTo(new Shape(2)));
        Assert.That(new OperatorRunner("Squeeze", 13).Known(1).Run(tensor, Longs(-1))[0].Shape, Is.EqualTo(new Shape(1, 2)));
        Assert.That(new OperatorRunner("Squeeze", 13).Known(1).Fails(tensor, Longs(1)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Unsqueeze", 11).With("axes", (long[])[0, 4]).Run(tensor)[0].Shape, Is.EqualTo(new Shape(1, 1, 2, 1, 1)));
        Assert.That(new OperatorRunner("Unsqueeze", 13).Known(1).Fails(tensor, Longs(0, -5)), Is.EqualTo(OnnxError.Malformed));
    }

    [Test]
    public void OneHot_OutOfRange_HasNoSecondValue()
    {
        Tensor hot = new OperatorRunner("OneHot", 11).Known(1).Run(Integers(1, -1, 3, -4), Longs(3), Integers(0, 5))[0];
        Assert.That(hot.ToIntegers(), Is.EqualTo((long[])[0, 5, 0, 0, 0, 5, 0, 0, 0, 0, 0, 0]));
    }

    [Test]
    public void Unique_OfSlices_CountsThem()
    {
        Tensor rows = Tensor.Of<int>(ElementType.Int32, new(4, 2), 5, 1, 2, 2, 5, 1, 5, 0);
        Tensor[] sorted = new OperatorRunner("Unique", 11).With("axis", 0L).Outputs(4).Known(0).Run(rows);
        Assert.That(sorted.Select(output => string.Join(' ', output.ToIntegers())), Is.EqualTo((string[])["2 2 5 0 5 1", "1 3 0", "2 0 2 1", "1 1 2"]));
        Tensor[] inOrder = new OperatorRunner("Unique", 11).With("axis", 0L).With("sorted", 0L).Outputs(4).Known(0).Run(rows);
        Assert.That(inOrder.Select(output => string.Join(' ', output.ToIntegers())), Is.EqualTo((string[])["5 1 2 2 5 0", "0 1 3", "0 1 0 2", "2 1 1"]));
        Assert.That(new OperatorRunner("Unique", 11).Fails(rows), Is.EqualTo(OnnxError.DynamicShape));
    }

    [Test]
    public void TensorScatter_AtIndicesOfTheGuest_ChecksThem()
    {
        Tensor cache = Tensor.Of<int>(ElementType.Int32, new(1, 3, 1), 0, 0, 0), update = Tensor.Of<int>(ElementType.Int32, new(1, 2, 1), 7, 8);
        Assert.That(new OperatorRunner("TensorScatter", 24).Run(cache, update, Longs(1))[0].ToIntegers(), Is.EqualTo((long[])[0, 7, 8]));
        Assert.That(() => new OperatorRunner("TensorScatter", 24).Run(cache, update, Longs(2)), Throws.TypeOf<LoopException>());
        Assert.That(new OperatorRunner("TensorScatter", 24).With("mode", "circular").Run(cache, update, Longs(-1))[0].ToIntegers(), Is.EqualTo((long[])[8, 0, 7]));
    }

    [Test]
    public void ReverseSequence_LongerThanTheTime_StopsTheGuest()
    {
        OperatorRunner reverse = new OperatorRunner("ReverseSequence", 10).With("batch_axis", 0L).With("time_axis", 1L);
        Assert.That(reverse.Run(Matrix(2, 3), Longs(3, 2))[0].ToIntegers(), Is.EqualTo((long[])[2, 1, 0, 4, 3, 5]));
        Assert.That(() => reverse.Run(Matrix(2, 3), Longs(4, 2)), Throws.TypeOf<LoopException>());
    }

    static Tensor Integers(params int[] values) => Tensor.Of<int>(ElementType.Int32, new(values.Length), values);

    static Tensor Longs(params long[] values) => Tensor.Of<long>(ElementType.Int64, new(values.Length), values);

    static Tensor Matrix(int rows, int columns) => Tensor.Of<int>(ElementType.Int32, new(rows, columns), [.. Enumerable.Range(0, rows * columns)]);
}
