using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>What quantised operators refuse, and how.</summary>
[TestFixture]
sealed class QuantizedErrorTests
{
    static readonly Tensor s_codes = new(ElementType.UInt8, new(1, 1, 4, 4), new byte[16]);
    static readonly Tensor s_weights = new(ElementType.UInt8, new(1, 1, 3, 3), [.. Enumerable.Repeat((byte)255, 9)]);

    [TestCase(float.NaN)]
    [TestCase(float.PositiveInfinity)]
    [TestCase(0f)]
    [TestCase(-1f)]
    public void Scale_NotAPositiveNumber_IsRefused(float scale) => Expect(OnnxError.Malformed, "finite number above 0", Convolution(scale, null));

    [Test]
    public void Accumulator_BeyondThirtyOneBits_IsRefused() =>
        Expect(OnnxError.Limit, "accumulator", Convolution(1, Tensor.Of<int>(ElementType.Int32, new(1), int.MaxValue)));

    [Test]
    public void Bias_OfAnotherLength_IsRefused() => Expect(OnnxError.Malformed, "bias", Convolution(1, Tensor.Of<int>(ElementType.Int32, new(2), 1, 2)));

    [Test]
    public void Scale_ThatTheModelComputes_IsAsked() => Expect(OnnxError.DynamicShape, "known at compile time", new QuantizedModel("QLinearSigmoid").Input(s_codes)
        .Input(Tensor.Of<float>(ElementType.Float32, Shape.Scalar, 1)).Constant(new(ElementType.UInt8, Shape.Scalar, [0])).Parameters(1, 0, ElementType.UInt8));

    [Test]
    public void Window_LargerThanTheInput_IsRefused() => Expect(OnnxError.Malformed, "window", new QuantizedModel("QLinearAveragePool").Input(s_codes).Parameters(1, 0, ElementType.UInt8)
        .Parameters(1, 0, ElementType.UInt8).Extents("kernel_shape", 5, 5));

    [Test]
    public void Padding_OfAHugeSize_IsRefused() => Expect(OnnxError.Limit, "", new QuantizedModel("QLinearConv", "").Input(s_codes).Parameters(1, 0, ElementType.UInt8).Constant(s_weights)
        .Parameters(1, 0, ElementType.UInt8).Parameters(1, 0, ElementType.UInt8).Extents("pads", 1 << 20, 1 << 20, 0, 0));

    [Test]
    public void Types_ThatDiffer_AreRefused() => Expect(OnnxError.Malformed, "expected UInt8", new QuantizedModel("QLinearAdd").Input(s_codes).Parameters(1, 0, ElementType.UInt8)
        .Input(new(ElementType.Int8, new(4), new byte[4])).Parameters(1, 0, ElementType.Int8).Parameters(1, 0, ElementType.UInt8));

    [Test]
    public void Block_ThatDoesNotFitTheScales_IsRefused() => Expect(OnnxError.Malformed, "blocks of 3", new QuantizedModel("QuantizeLinear", "", 21)
        .Input(Tensor.Of<float>(ElementType.Float32, new(2, 7), new float[14])).Constant(Tensor.Of<float>(ElementType.Float32, new(2, 2), 1, 1, 1, 1)).Attribute("axis", 1).Attribute("block_size", 3));

    [Test]
    public void Model_WithDamagedBytes_IsRefusedOrCompiled()
    {
        const int Cases = 1500;
        Random random = new(7);
        byte[][] models = [.. QuantizedCases.Kinds.Select(kind => QuantizedCases.Make(kind, 3).Model), QdqModel.Make(1, ElementType.UInt8, "conv-relu", "residual", "maxpool", "Tanh", "flatten", "gemm", "softmax").Model];
        for (int i = 0; i < Cases; i++)
        {
            byte[] damaged = (byte[])models[i % models.Length].Clone();
            for (int k = random.Next(1, 4); k > 0; k--) damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            try
            {
                OnnxCompiler.Compile(damaged, OnnxImportOptions.Default);
            }
            catch (OnnxException)
            {
                // The only answer to a model that cannot be compiled.
            }
            catch (Exception e)
            {
                Assert.Fail($"case {i}: {e}");
            }
        }
    }

    static QuantizedModel Convolution(float scale, Tensor? bias)
    {
        QuantizedModel model = new QuantizedModel("QLinearConv", "").Input(s_codes).Parameters(scale, 0, ElementType.UInt8).Constant(s_weights).Parameters(1, 0, ElementType.UInt8).Parameters(1, 0, ElementType.UInt8);
        return bias == null ? model : model.Constant(bias);
    }

    static void Expect(OnnxError error, string message, QuantizedModel model)
    {
        byte[] bytes = model.Build("error", new(ElementType.UInt8, Shape.Scalar, [0])).Model;
        OnnxException? thrown = Assert.Throws<OnnxException>(() => OnnxCompiler.Compile(bytes, OnnxImportOptions.Default));
        Assert.That(thrown!.Error, Is.EqualTo(error), thrown.Message);
        Assert.That(thrown.Message, Does.Contain(message));
    }
}
