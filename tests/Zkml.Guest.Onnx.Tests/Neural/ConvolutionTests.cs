using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Tests.Elementwise;

namespace Zkml.Guest.Onnx.Tests.Neural;

/// <summary>Convolutions against the definition, and transposed ones as their adjoints.</summary>
[TestFixture]
sealed class ConvolutionTests
{
    // Input extents, kernel, strides, dilations, pads, channels per group, filters per group, groups.
    static readonly object[] s_cases =
    [
        new object[] { new[] { 9 }, new[] { 3 }, new[] { 2 }, new[] { 2 }, new[] { 2, 1 }, 2, 2, 1 },
        new object[] { new[] { 6, 7 }, new[] { 3, 2 }, new[] { 1, 2 }, new[] { 1, 1 }, new[] { 1, 0, 2, 1 }, 2, 3, 2 },
        new object[] { new[] { 5, 5 }, new[] { 1, 1 }, new[] { 1, 1 }, new[] { 1, 1 }, new[] { 0, 0, 0, 0 }, 3, 2, 1 },
        new object[] { new[] { 4, 4 }, new[] { 3, 3 }, new[] { 1, 1 }, new[] { 2, 2 }, new[] { 4, 4, 4, 4 }, 1, 1, 3 },
        new object[] { new[] { 3, 4, 5 }, new[] { 2, 3, 2 }, new[] { 1, 1, 2 }, new[] { 1, 1, 1 }, new[] { 0, 1, 0, 1, 1, 1 }, 1, 2, 2 },
    ];

    [TestCaseSource(nameof(s_cases))]
    public void Conv_RandomShapes_IsTheDefinition(int[] extents, int[] kernel, int[] strides, int[] dilations, int[] pads, int channels, int filters, int groups)
    {
        Random random = new(extents.Length);
        Tensor x = random.Floats([2, channels * groups, .. extents]), w = random.Floats([filters * groups, channels, .. kernel]), bias = random.Floats(filters * groups);
        Tensor y = Runner("Conv", strides, dilations, pads, groups).Run(x, w, bias)[0];
        double[] expected = Convolve(x, w, strides, dilations, pads, groups, y.Shape);
        int positions = y.Shape.CountOf(2, y.Shape.Rank);
        for (int i = 0; i < expected.Length; i++)
            Assert.That(y.NumberAt(i), Is.EqualTo(expected[i] + bias.NumberAt(i / positions % y.Shape[1])).Within(1e-5), $"element {i}");
    }

    [TestCaseSource(nameof(s_cases))]
    public void ConvTranspose_RandomShapes_IsTheAdjoint(int[] extents, int[] kernel, int[] strides, int[] dilations, int[] pads, int channels, int filters, int groups)
    {
        Random random = new(extents.Length);
        Tensor x = random.Floats([2, channels * groups, .. extents]), w = random.Floats([filters * groups, channels, .. kernel]);
        Tensor y = Runner("Conv", strides, dilations, pads, groups).Run(x, w)[0];
        Tensor other = random.Floats(y.Shape.Dimensions.ToArray());
        Tensor back = Runner("ConvTranspose", strides, dilations, pads, groups).With("output_padding", OutputPadding(extents, kernel, strides, dilations, pads)).Run(other, w)[0];
        Assert.That(back.Shape, Is.EqualTo(x.Shape));
        Assert.That(Dot(x, back), Is.EqualTo(Dot(y, other)).Within(1e-4));
    }

    [TestCase(8)]
    [TestCase(32)]
    public void Conv_Integers_AreExact(int bits)
    {
        Random random = new(bits);
        Tensor x = random.Integers(-1000, 1000, 1, 2, 5, 5), w = random.Integers(-1000, 1000, 3, 2, 3, 3);
        Tensor y = new OperatorRunner("Conv", 11).With("auto_pad", bits == 8 ? "SAME_UPPER" : "SAME_LOWER").Run(x, w)[0];
        Assert.That(y.Shape, Is.EqualTo(new Shape(1, 3, 5, 5)));
        Assert.That(y.Numbers(), Is.EqualTo(Convolve(x, w, [1, 1], [1, 1], [1, 1, 1, 1], 1, y.Shape)));
    }

    [Test]
    public void Conv_Float16_RoundsTheSumOnce()
    {
        Random random = new(16);
        Tensor x = random.Halves(1, 4, 6, 6), w = random.Halves(2, 4, 3, 3);
        Tensor y = Runner("Conv", [1, 1], [1, 1], [0, 0, 0, 0], 1).Run(x, w)[0];
        double[] expected = Convolve(x, w, [1, 1], [1, 1], [0, 0, 0, 0], 1, y.Shape);
        for (int i = 0; i < expected.Length; i++) Assert.That(y.NumberAt(i), Is.EqualTo(expected[i]).Within(Math.ScaleB(1, -11) * Math.Max(1, Math.Abs(expected[i])) + 1e-5));
    }

    [Test]
    public void Convolutions_ThatDoNotFit_AreMalformed()
    {
        Tensor x = new Random(0).Floats(1, 4, 5, 5);
        Assert.That(new OperatorRunner("Conv", 11).Fails(x, new Random(0).Floats(2, 3, 3, 3)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Conv", 11).Fails(x, new Random(0).Floats(2, 4, 7, 3)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Conv", 11).With("group", 3L).Fails(x, new Random(0).Floats(3, 1, 3, 3)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Conv", 11).With("strides", new long[] { 0, 1 }).Fails(x, new Random(0).Floats(2, 4, 3, 3)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Conv", 11).With("pads", new long[] { -1, 0, 0, 0 }).Fails(x, new Random(0).Floats(2, 4, 3, 3)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("ConvTranspose", 11).With("strides", new long[] { int.MaxValue / 4, 1 }).Fails(x, new Random(0).Floats(4, 2, 3, 3)), Is.EqualTo(OnnxError.Malformed));
    }

    static OperatorRunner Runner(string type, int[] strides, int[] dilations, int[] pads, int groups) => new OperatorRunner(type, 11)
        .With("strides", Longs(strides)).With("dilations", Longs(dilations)).With("pads", Longs(pads)).With("group", (long)groups);

    // What the floor of the output extent lost.
    static long[] OutputPadding(int[] extents, int[] kernel, int[] strides, int[] dilations, int[] pads) =>
        [.. extents.Select((extent, i) => (long)((extent + pads[i] + pads[i + extents.Length] - (kernel[i] - 1) * dilations[i] - 1) % strides[i]))];

    static double[] Convolve(Tensor x, Tensor w, int[] strides, int[] dilations, int[] pads, int groups, Shape output)
    {
        double[] y = new double[output.Count];
        int channels = w.Shape[1], filters = w.Shape[0] / groups, axes = strides.Length;
        for (int i = 0; i < y.Length; i++)
        {
            int[] at = Position(i, output);
            for (int j = 0; j < w.Shape.Count; j++)
            {
                int[] tap = Position(j, w.Shape);
                if (tap[0] != at[1]) continue;
                int[] from = [at[0], at[1] / filters * channels + tap[1], .. Enumerable.Range(0, axes).Select(axis => at[axis + 2] * strides[axis] - pads[axis] + tap[axis + 2] * dilations[axis])];
                if (from.Zip(x.Shape.Dimensions.ToArray(), (index, extent) => index >= 0 && index < extent).All(inside => inside))
                    y[i] += x.NumberAt(from.Zip(x.Shape.Strides(), (index, stride) => index * stride).Sum()) * w.NumberAt(j);
            }
        }
        return y;
    }

    static int[] Position(int index, Shape shape) => [.. shape.Strides().Select((stride, axis) => index / stride % shape[axis])];

    static double Dot(Tensor left, Tensor right) => left.Numbers().Zip(right.Numbers(), (a, b) => a * b).Sum();

    static long[] Longs(int[] values) => [.. values.Select(value => (long)value)];
}
