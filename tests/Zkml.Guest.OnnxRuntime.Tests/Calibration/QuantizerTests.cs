using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Quantization;
using Zkml.Guest.OnnxRuntime.Calibration;

namespace Zkml.Guest.OnnxRuntime.Tests.Calibration;

/// <summary>Float models through calibration, run as ONNX Runtime runs them.</summary>
[TestFixture]
[Category("Interop")]
sealed class QuantizerTests
{
    const int Images = 1000, CalibrationImages = 128;

    static readonly CalibrationDataOptions s_bytes = new() { Count = Images + CalibrationImages };

    static readonly CalibrationDataOptions s_normalized = s_bytes with { Scale = 1 / 255.0, Mean = 0.1307, Deviation = 0.3081 };

    static IEnumerable<TestCaseData> MnistModels =>
        from model in (string[])["cntk_cnn", "cntk_cnn_fused", "lenet_2_4_8", "lenet_4_8_32"]
        from method in Enum.GetValues<CalibrationMethod>()
        select new TestCaseData(model, method, ElementType.UInt8, false);

    static IEnumerable<TestCaseData> OtherCodes =>
    [
        new("cntk_cnn", CalibrationMethod.MinMax, ElementType.Int8, false),
        new("lenet_4_8_32", CalibrationMethod.MinMax, ElementType.Int8, true),
        new("lenet_2_4_8", CalibrationMethod.MinMax, ElementType.UInt8, true),
        new("lenet_2_4_8", CalibrationMethod.MinMax, ElementType.UInt16, false),
        new("cntk_cnn", CalibrationMethod.MinMax, ElementType.Int16, false),
    ];

    [TestCaseSource(nameof(MnistModels))]
    [TestCaseSource(nameof(OtherCodes))]
    public void Run_MnistModel_KeepsItsAccuracyInIntegerKernels(string name, CalibrationMethod method, ElementType activations, bool isSevenBit)
    {
        byte[] model = File.ReadAllBytes(TestModels.SharedModel($"mnist/{name}.onnx"));
        byte[] labels = Labels();
        OnnxRuntimeProcess process = TestModels.Process;
        using OnnxRuntimeSession before = process.Load(model);
        IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> samples = CalibrationData.Read(
            TestModels.SharedModel("mnist/t10k-images-idx3-ubyte.gz"), before.Inputs, name.StartsWith("lenet", StringComparison.Ordinal) ? s_normalized : s_bytes);
        IReadOnlyDictionary<string, OnnxRuntimeValue>[] images = [.. samples.Take(Images)], calibration = [.. samples.Skip(Images)];
        QuantizerOptions options = new() { Method = method, Quantization = new() { Activations = activations, SevenBitWeights = isSevenBit } };

        QuantizerResult result = Quantizer.Run(process, model, calibration, images[..64], options);

        using OnnxRuntimeSession after = process.Load(result.Model.Span, new() { Settings = KernelShare.ExactProducts });
        int right = Right(before, images, labels), rightQuantized = Right(after, images, labels);
        TestContext.Out.WriteLine($"{right} of {Images} in float, {rightQuantized} quantised, {result.Report.Products.Share:P1} integer, {result.Report.Outputs[0].Agreement.Decibels:f1} dB");
        Assert.That(rightQuantized, Is.GreaterThanOrEqualTo(right - Images / 200));
        if (activations is ElementType.UInt8 or ElementType.Int8) Assert.That(result.Report.Products.Share, Is.GreaterThanOrEqualTo(0.95));
        Assert.That(result.Report.Outputs[0].Agreement.EqualDecisions, Is.GreaterThan(0.95));
        Assert.That(result.Report.Values, Has.Count.GreaterThan(3));
    }

    static int Right(OnnxRuntimeSession session, IReadOnlyDictionary<string, OnnxRuntimeValue>[] images, byte[] labels)
    {
        int right = 0;
        IReadOnlyList<OnnxRuntimeResult> results = session.RunBatch(images);
        for (int i = 0; i < images.Length; i++)
        {
            float[] scores = [.. results[i].ValuesOrThrow[0].Tensor.As<float>()];
            if (Array.IndexOf(scores, scores.Max()) == labels[i]) right++;
        }
        return right;
    }

    static byte[] Labels()
    {
        using System.IO.Compression.GZipStream stream = new(File.OpenRead(TestModels.SharedModel("mnist/t10k-labels-idx1-ubyte.gz")), System.IO.Compression.CompressionMode.Decompress);
        using MemoryStream bytes = new();
        stream.CopyTo(bytes);
        return bytes.ToArray()[8..];
    }
}
