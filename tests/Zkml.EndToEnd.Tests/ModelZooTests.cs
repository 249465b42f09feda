using Zkml.Examples.Training;
using Zkml.Guest.Onnx;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.OnnxRuntime;
using Zkml.Guest.OnnxRuntime.Calibration;
using Zkml.Sdk.Inference;

namespace Zkml.EndToEnd.Tests;

/// <summary>Models of other people, from ../shared/models, quantised, compiled and run in the VM beside ONNX Runtime.</summary>
[TestFixture, Category("Interop")]
sealed class ModelZooTests
{
    const int CalibrationImages = 256, MeasuredImages = 1000, ImagesInFloat = 3;
    const double LargestLoss = 0.005;

    [TestCase("cntk_cnn.onnx", 1, 0, 1)]
    [TestCase("cntk_cnn_fused.onnx", 1, 0, 1)]
    [TestCase("lenet_2_4_8.onnx", 255, 0.1307, 0.3081)]
    [TestCase("lenet_4_8_32.onnx", 255, 0.1307, 0.3081)]
    public void Mnist_QuantizedInTheVm_IsAsGoodAsFloat(string name, double divisor, double mean, double deviation)
    {
        byte[] model = ModelFile($"mnist/{name}");
        using OnnxRuntimeProcess process = StartOnnxRuntime();
        using OnnxRuntimeSession inFloat = process.Load(model);
        LabelledImages images = LabelledImages.Read(Path.GetDirectoryName(ModelPath("mnist/t10k-images-idx3-ubyte.gz"))!);
        Tensor Image(int index) => Tensor.Of<float>(ElementType.Float32, new(1, 1, 28, 28), [.. images.Pixels(index).ToArray().Select(pixel => (float)((pixel / divisor - mean) / deviation))]);
        List<IReadOnlyDictionary<string, OnnxRuntimeValue>> calibration = [.. Enumerable.Range(0, CalibrationImages).Select(i => new Dictionary<string, OnnxRuntimeValue> { [inFloat.Inputs[0].Name] = Image(i) })];
        byte[] quantized = Quantizer.Run(process, model, calibration, [.. calibration.Take(16)], new()).Model.ToArray();
        InferenceOptions options = new() { Import = OnnxImportOptions.Default with { Batch = 1 } };
        InferenceClient guest = InferenceClient.TryOpen(InferenceGuest.Compile(quantized, options).Elf)!, floatGuest = InferenceClient.TryOpen(InferenceGuest.Compile(model, options).Elf)!;

        int rightInFloat = 0, rightInVm = 0, first = images.Count - MeasuredImages;
        for (int i = first; i < images.Count; i++)
        {
            Tensor reference = inFloat.Run(Image(i))[0];
            if (Top(reference) == images.Label(i)) rightInFloat++;
            if (Top(guest.Run([Image(i)])[0]) == images.Label(i)) rightInVm++;
            if (i < first + ImagesInFloat) AssertClose(floatGuest.Run([Image(i)])[0], reference);
        }
        TestContext.Out.WriteLine($"{name}: {rightInFloat} of {MeasuredImages} right in float, {rightInVm} quantised in the VM.");
        Assert.That(rightInVm, Is.GreaterThanOrEqualTo(rightInFloat - LargestLoss * MeasuredImages));
    }

    [TestCase("iris/rf_iris.onnx")]
    [TestCase("iris/logreg_iris.onnx")]
    public void Iris_EveryFlower_IsClassifiedAsByOnnxRuntime(string name)
    {
        using OnnxRuntimeProcess process = StartOnnxRuntime();
        using OnnxRuntimeSession reference = process.Load(ModelFile(name));
        InferenceClient guest = InferenceClient.TryOpen(InferenceGuest.Compile(ModelFile(name), new() { Import = OnnxImportOptions.Default with { Batch = 1 } }).Elf)!;
        foreach (Zkml.Examples.Iris.Trainer.Flower flower in Zkml.Examples.Iris.Trainer.Flowers.Read(ModelPath("iris/iris.csv")))
        {
            Tensor input = Tensor.Of<float>(ElementType.Float32, new(1, 4), flower.Features);
            IReadOnlyList<OnnxRuntimeValue> expected = reference.Run(new Dictionary<string, OnnxRuntimeValue> { [reference.Inputs[0].Name] = input });
            Tensor label = expected[0].Tensor, found = guest.Run([input])[0];
            // A class with a name is its index in the guest; the contract has the names.
            string named = guest.Contract.Outputs[0].Labels is { } labels ? labels[found.IntegerAt(0)] : found.IntegerAt(0).ToString(System.Globalization.CultureInfo.InvariantCulture);
            string wanted = label.Type == ElementType.String ? label.Strings[0] : label.IntegerAt(0).ToString(System.Globalization.CultureInfo.InvariantCulture);
            Assert.That(named, Is.EqualTo(wanted));
        }
    }

    // ONNX Runtime gives a map by class for each row, the guest the scores in the order of the labels.
    [Test]
    public void Iris_ForestWithZipMap_IsExact()
    {
        if (OnnxRuntimeLocator.TryFind() == null) Assert.Ignore("ONNX Runtime is not installed: run guest-sdk/onnxruntime/install.sh");
        byte[] model = ModelFile("iris/rf_iris.onnx");
        InferenceClient guest = InferenceClient.TryOpen(InferenceGuest.Compile(model, new() { Import = OnnxImportOptions.Default with { Batch = 1 } }).Elf)!;
        Tensor[][] cases = [.. Zkml.Examples.Iris.Trainer.Flowers.Read(ModelPath("iris/iris.csv")).Take(30).Select(flower => new[] { Tensor.Of<float>(ElementType.Float32, new(1, 4), flower.Features) })];
        ModelCheckResult result = ModelCheck.Run(guest, model, cases);
        Assert.That(result.Outputs.Select(output => (output.Elements, output.Differing)), Is.EqualTo(new[] { (30L, 0L), (90L, 0L) }));
    }

    static OnnxRuntimeProcess StartOnnxRuntime()
    {
        if (OnnxRuntimeLocator.TryFind() == null) Assert.Ignore("ONNX Runtime is not installed: run guest-sdk/onnxruntime/install.sh");
        return OnnxRuntimeProcess.Start();
    }

    static void AssertClose(Tensor found, Tensor expected)
    {
        for (int i = 0; i < expected.Shape.Count; i++)
            Assert.That(found.NumberAt(i), Is.EqualTo(expected.NumberAt(i)).Within(1e-7 + 1e-3 * Math.Abs(expected.NumberAt(i))), $"element {i}");
    }

    static int Top(Tensor tensor)
    {
        int best = 0;
        for (int i = 1; i < tensor.Shape.Count; i++)
            if (tensor.NumberAt(i) > tensor.NumberAt(best)) best = i;
        return best;
    }

    static byte[] ModelFile(string path) => File.ReadAllBytes(ModelPath(path));

    static string ModelPath(string path)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !Directory.Exists(Path.Combine(folder.FullName, "shared"))) folder = folder.Parent;
        string file = Path.Combine(folder?.FullName ?? "", "shared", "models", path);
        if (!File.Exists(file)) Assert.Ignore($"shared/models/{path} is not beside the repository.");
        return file;
    }
}
