using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Tests.Elementwise;

namespace Zkml.Guest.Onnx.Tests.Neural;

/// <summary>Fourier transforms, determinants, softmax of old opsets, resizing of integers.</summary>
[TestFixture]
sealed class TransformTests
{
    // Products of small primes, powers, and a prime above the largest radix.
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(8)]
    [TestCase(15)]
    [TestCase(60)]
    [TestCase(91)]
    [TestCase(22)]
    [TestCase(17)]
    public void Dft_AnyLength_IsTheDefinitionAndInverts(int length)
    {
        Tensor x = new Random(length).Doubles(1, length, 2);
        Tensor y = new OperatorRunner("DFT", 17).With("axis", 1L).Run(x)[0];
        for (int k = 0; k < length; k++)
        {
            double real = 0, imaginary = 0;
            for (int t = 0; t < length; t++)
            {
                (double sine, double cosine) = Math.SinCos(-2 * Math.PI * ((long)k * t % length) / length);
                real += x.NumberAt(2 * t) * cosine - x.NumberAt(2 * t + 1) * sine;
                imaginary += x.NumberAt(2 * t) * sine + x.NumberAt(2 * t + 1) * cosine;
            }
            Assert.That(y.NumberAt(2 * k), Is.EqualTo(real).Within(1e-12), $"real part of frequency {k}");
            Assert.That(y.NumberAt(2 * k + 1), Is.EqualTo(imaginary).Within(1e-12), $"imaginary part of frequency {k}");
        }
        Assert.That(new OperatorRunner("DFT", 17).With("axis", 1L).With("inverse", 1L).Run(y)[0].Numbers(), Is.EqualTo(x.Numbers()).Within(1e-12));
    }

    [TestCase(6)]
    [TestCase(7)]
    public void Dft_OneSided_InvertsToTheRealSignal(int length)
    {
        Tensor x = new Random(length).Doubles(2, length, 1), known = Tensor.Of<long>(ElementType.Int64, Shape.Scalar, length);
        Tensor y = new OperatorRunner("DFT", 17).With("onesided", 1L).Run(x)[0];
        Assert.That(y.Shape, Is.EqualTo(new Shape(2, length / 2 + 1, 2)));
        Tensor back = new OperatorRunner("DFT", 17).With("onesided", 1L).With("inverse", 1L).Known(1).Run(y, known)[0];
        Assert.That(back.Shape, Is.EqualTo(x.Shape));
        Assert.That(back.Numbers(), Is.EqualTo(x.Numbers()).Within(1e-12));
    }

    [Test]
    public void Det_SingularAndPermuted_IsExact()
    {
        Tensor x = Tensor.Of<double>(ElementType.Float64, new(3, 3, 3), 0, 1, 0, 1, 0, 0, 0, 0, 5, 1, 2, 3, 2, 4, 6, 1, 1, 1, 2, 0, 0, 0, 3, 0, 0, 0, 4);
        Assert.That(new OperatorRunner("Det", 11).Run(x)[0].Numbers(), Is.EqualTo(new double[] { -5, 0, 24 }));
    }

    [Test]
    public void Softmax_BeforeOpset13_NormalisesAllAxesFromOneOn()
    {
        Tensor x = new Random(1).Doubles(2, 3, 2);
        Tensor y = new OperatorRunner("Softmax", 11).Run(x)[0];
        for (int row = 0; row < 2; row++)
        {
            double sum = Enumerable.Range(6 * row, 6).Sum(i => Math.Exp(x.NumberAt(i)));
            for (int i = 6 * row; i < 6 * row + 6; i++) Assert.That(y.NumberAt(i), Is.EqualTo(Math.Exp(x.NumberAt(i)) / sum).Within(1e-14));
        }
    }

    [Test]
    public void Resize_BytesLinear_RoundsAndSaturates()
    {
        Tensor x = Tensor.Of<byte>(ElementType.UInt8, new(1, 1, 2), 0, 255), scales = Tensor.Of<float>(ElementType.Float32, new(3), 1, 1, 2);
        Tensor y = new OperatorRunner("Resize", 13).With("mode", "linear").Known(2).Run(x, null, scales)[0];
        // Positions −0.25, 0.25, 0.75, 1.25: 63.75 and 191.25 between the ends.
        Assert.That(y.ToIntegers(), Is.EqualTo(new long[] { 0, 64, 191, 255 }));
    }

    [Test]
    public void Resize_Opset10Nearest_RoundsDownToEnlargeAndUpToShrink()
    {
        Tensor x = Tensor.Of<int>(ElementType.Int32, new(5), 10, 11, 12, 13, 14);
        Assert.That(new OperatorRunner("Resize", 10).Known(1).Run(x, Tensor.Of<float>(ElementType.Float32, new(1), 0.6f))[0].ToIntegers(), Is.EqualTo(new long[] { 10, 12, 14 }));
        Assert.That(new OperatorRunner("Upsample", 9).Known(1).Run(x, Tensor.Of<float>(ElementType.Float32, new(1), 1.5f))[0].ToIntegers(), Is.EqualTo(new long[] { 10, 10, 11, 12, 12, 13, 14 }));
    }

    [Test]
    public void Transforms_InputsThatDoNotFit_HaveAnError()
    {
        Tensor x = new Random(2).Floats(1, 4, 3), scales = Tensor.Of<float>(ElementType.Float32, new(3), 1, float.NaN, 2);
        Assert.That(new OperatorRunner("DFT", 17).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Det", 11).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Resize", 13).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Resize", 13).Fails(x, null, scales), Is.EqualTo(OnnxError.DynamicShape));
        Assert.That(new OperatorRunner("Resize", 13).Known(2).Fails(x, null, scales), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Softmax", 13).With("axis", 3L).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("BatchNormalization", 14).With("training_mode", 1L).Fails(x, x, x, x, x), Is.EqualTo(OnnxError.Training));
    }
}
