using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Tests.Elementwise;

namespace Zkml.Guest.Onnx.Tests.Neural;

/// <summary>Pools against loops over their windows.</summary>
[TestFixture]
sealed class PoolTests
{
    [TestCase(false)]
    [TestCase(true)]
    public void MaxPool_Int8WithIndices_FindsTheFirstLargest(bool isColumnMajor)
    {
        const int rows = 6, columns = 5;
        Random random = new(1);
        // Few values, so that windows have ties; the lowest one too.
        Tensor x = Tensor.Of<sbyte>(ElementType.Int8, new(1, 2, rows, columns), [.. Enumerable.Range(0, 2 * rows * columns).Select(_ => (sbyte)(random.Next(4) == 0 ? -128 : random.Next(-2, 2)))]);
        Tensor[] y = new OperatorRunner("MaxPool", 12).Outputs(2).With("kernel_shape", new long[] { 3, 2 }).With("strides", new long[] { 2, 2 }).With("dilations", new long[] { 1, 2 })
            .With("pads", new long[] { 1, 0, 0, 1 }).With("ceil_mode", 1L).With("storage_order", isColumnMajor ? 1L : 0L).Run(x);
        Assert.That(y[0].Shape, Is.EqualTo(new Shape(1, 2, 3, 3)));
        for (int i = 0; i < y[0].Shape.Count; i++)
        {
            (long Value, long Index) best = (long.MinValue, -1);
            for (int r = 0; r < 3; r++)
                for (int c = 0; c < 2; c++)
                {
                    int row = i / 3 % 3 * 2 - 1 + r, column = i % 3 * 2 + 2 * c, channel = i / 9;
                    if (row is < 0 or >= rows || column >= columns) continue;
                    long value = x.IntegerAt((channel * rows + row) * columns + column);
                    if (value > best.Value) best = (value, channel * rows * columns + (isColumnMajor ? column * rows + row : row * columns + column));
                }
            Assert.That(y[0].IntegerAt(i), Is.EqualTo(best.Value), $"element {i}");
            // Where all elements are the lowest value no element is larger, and the index stays unset.
            if (best.Value > sbyte.MinValue) Assert.That(y[1].IntegerAt(i), Is.EqualTo(best.Index), $"index {i}");
        }
    }

    [Test]
    public void MaxPool_Float32_OrdersInfinitiesAndKeepsNaN()
    {
        // The NaN of the guest's arithmetic is positive; float.NaN is not.
        float canonical = BitConverter.UInt32BitsToSingle(0x7FC00000);
        Tensor x = Tensor.Of<float>(ElementType.Float32, new(1, 1, 8), float.NegativeInfinity, -1f, -0f, 0f, canonical, 1f, float.NegativeInfinity, float.NegativeInfinity);
        float[] y = new OperatorRunner("MaxPool", 12).With("kernel_shape", new long[] { 2 }).With("strides", new long[] { 2 }).Run(x)[0].As<float>().ToArray();
        Assert.That(y, Is.EqualTo(new[] { -1f, 0f, float.NaN, float.NegativeInfinity }));
    }

    [TestCase(0L)]
    [TestCase(1L)]
    public void AveragePool_CeilingAndPads_DividesByWhatItCounts(long countsPadding)
    {
        const int size = 7;
        Tensor x = new Random(2).Doubles(1, 1, size);
        Tensor y = new OperatorRunner("AveragePool", 19).With("kernel_shape", new long[] { 3 }).With("strides", new long[] { 2 }).With("pads", new long[] { 1, 0 })
            .With("ceil_mode", 1L).With("count_include_pad", countsPadding).Run(x)[0];
        Assert.That(y.Shape[2], Is.EqualTo(4));
        for (int i = 0; i < 4; i++)
        {
            int[] all = [.. Enumerable.Range(2 * i - 1, 3).Where(at => at < size)], inside = [.. all.Where(at => at >= 0)];
            Assert.That(y.NumberAt(i), Is.EqualTo(inside.Sum(x.NumberAt) / (countsPadding == 1 ? all.Length : inside.Length)).Within(1e-15));
        }
    }

    [TestCase(1L)]
    [TestCase(2L)]
    [TestCase(3L)]
    public void GlobalLpPool_AnyExponent_IsTheNorm(long exponent)
    {
        Tensor x = new Random(3).Doubles(1, 2, 3, 3);
        Tensor y = new OperatorRunner("GlobalLpPool", 2).With("p", exponent).Run(x)[0];
        for (int c = 0; c < 2; c++)
            Assert.That(y.NumberAt(c), Is.EqualTo(Math.Pow(Enumerable.Range(9 * c, 9).Sum(i => Math.Pow(Math.Abs(x.NumberAt(i)), exponent)), 1.0 / exponent)).Within(1e-12));
    }

    [Test]
    public void LpPool_CubeRoot_IsWithinAnUlpOfTheRoot()
    {
        Random random = new(5);
        float[] values = [0, float.PositiveInfinity, 1, 8, 1e-12f, 1e12f, .. Enumerable.Range(0, 500).Select(_ => MathF.Pow(10, random.NextSingle() * 20 - 10))];
        Tensor x = Tensor.Of<float>(ElementType.Float32, new(1, 1, values.Length), values);
        Tensor y = new OperatorRunner("LpPool", 18).With("p", 3L).With("kernel_shape", new long[] { 1 }).Run(x)[0];
        for (int i = 0; i < values.Length; i++)
        {
            // The cube may leave the range.
            double cube = (float)((double)(values[i] * values[i]) * values[i]), expected = Math.Cbrt(cube);
            Assert.That(y.NumberAt(i), double.IsInfinity(expected) ? Is.EqualTo(expected) : Is.EqualTo(expected).Within(expected * 5e-7), $"{values[i]}");
        }
    }

    [Test]
    public void MaxRoiPool_BinsOfARegion_HaveTheirLargestElement()
    {
        // Rows 0 to 3, elements 4 · row + column.
        Tensor x = Tensor.Of<float>(ElementType.Float32, new(1, 1, 4, 4), [.. Enumerable.Range(0, 16).Select(i => (float)i)]);
        Tensor regions = Tensor.Of<float>(ElementType.Float32, new(3, 5), 0, 0, 0, 3, 3, 0, 0.6f, 1.4f, 2.4f, 2.6f, 0, 9, 9, 9, 9);
        Tensor y = new OperatorRunner("MaxRoiPool", 1).With("pooled_shape", new long[] { 2, 2 }).Run(x, regions)[0];
        // The second region is columns 1 to 2 and rows 1 to 3, whose bins share row 2; the third lies outside.
        Assert.That(y.Numbers(), Is.EqualTo(new double[] { 5, 7, 13, 15, 9, 10, 13, 14, 0, 0, 0, 0 }));
        Assert.That(() => new OperatorRunner("MaxRoiPool", 1).With("pooled_shape", new long[] { 1, 1 }).Run(x, Tensor.Of<float>(ElementType.Float32, new(1, 5), 1, 0, 0, 1, 1)), Throws.Exception);
    }

    [Test]
    public void Pools_WindowsThatDoNotFit_AreMalformed()
    {
        Tensor x = new Random(4).Floats(1, 1, 4);
        Assert.That(new OperatorRunner("MaxPool", 12).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("MaxPool", 12).With("kernel_shape", new long[] { 5 }).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("MaxPool", 12).With("kernel_shape", new long[] { 2, 2 }).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("AveragePool", 12).With("kernel_shape", new long[] { 2 }).With("auto_pad", "SAME").Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("GlobalAveragePool", 1).Fails(new Random(4).Floats(1, 1, 0)), Is.EqualTo(OnnxError.Malformed));
    }
}
