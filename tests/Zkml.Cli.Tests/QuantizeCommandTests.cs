using System.Text.Json;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Cli.Tests;

/// <summary>quantize, as far as it goes without ONNX Runtime; and the whole of it where it is installed.</summary>
[TestFixture]
sealed class QuantizeCommandTests : FolderFixture
{
    static string Model => Path.Combine(ZkvmProcess.Root, "examples/04-mnist/model.onnx");

    [TestCase("--method", "best", "min-max, percentile or entropy")]
    [TestCase("--percentile", "12", "more than 50")]
    [TestCase("--count", "0", "1 to")]
    [TestCase("--evaluate", "-1", "1 to")]
    [TestCase("--scale", "1/0", "fraction")]
    [TestCase("--scale", "one", "fraction")]
    [TestCase("--normalize", "0.5", "MEAN,STD")]
    [TestCase("--normalize", "0.5,0", "other than 0")]
    [TestCase("--dim", "batch", "SYMBOL=N")]
    [TestCase("--dim", "batch=0", "SYMBOL=N")]
    [TestCase("--batch", "0", "at least 1")]
    [TestCase("--activations", "float", "uint8, int8, uint16 or int16")]
    [TestCase("--report", "report.txt", ".html or .json")]
    public void Quantize_WrongOption_SaysWhatIsExpected(string option, string value, string expected)
    {
        CommandResult result = Quantize(Model, "samples.npy", option, value);
        Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(result.ErrorLine, Does.Contain(option).And.Contain(expected));
    }

    [Test]
    public void Quantize_NoSuchModel_SaysSo() => Assert.That(Quantize("/nowhere.onnx", "samples.npy").ErrorLine, Does.Contain("/nowhere.onnx: ONNX model not found"));

    [Test]
    [NonParallelizable]
    public void Quantize_WithoutOnnxRuntime_SaysHowToInstallIt()
    {
        string? home = Environment.GetEnvironmentVariable("ZKVM_HOME");
        try
        {
            Environment.SetEnvironmentVariable("ZKVM_HOME", "/nowhere");
            CommandResult result = Quantize(Model, "samples.npy");
            Assert.That(result.ExitCode, Is.EqualTo(ExitCode.Usage));
            Assert.That(result.ErrorLine, Does.Contain("guest-sdk/onnxruntime/install.sh"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("ZKVM_HOME", home);
        }
    }

    [Test]
    [Category("Interop")]
    public void Quantize_TheMnistExample_WritesModelAndReports()
    {
        IgnoreWithoutOnnxRuntime();
        Random random = new(1);
        byte[] images = new byte[40 * 784 * sizeof(float)];
        for (int i = 0; i < images.Length; i += sizeof(float)) BitConverter.TryWriteBytes(images.AsSpan(i), random.NextSingle());
        string data = Write("images.bin", images), page = Path.Combine(Folder, "report.html"), report = Path.Combine(Folder, "report.json");

        CommandResult result = Quantize(Model, data, "--count", "30", "--report", page, "--json");
        Assert.That(result.ExitCode, Is.Zero, result.Error);
        Assert.That(result.Json.GetProperty("calibrationSamples").GetInt32(), Is.EqualTo(30));
        Assert.That(result.Json.GetProperty("evaluationSamples").GetInt32(), Is.EqualTo(10));
        Assert.That(result.Json.GetProperty("integerProducts").GetInt64(), Is.EqualTo(result.Json.GetProperty("products").GetInt64()).And.Positive);
        Assert.That(result.Json.GetProperty("values").EnumerateArray().Select(value => value.GetProperty("operator").GetString()), Does.Contain("MaxPool"));
        Assert.That(File.ReadAllText(page), Does.Contain("<td>stage1.relu<td>Relu").And.EndWith("</html>\n"));
        Assert.That(new FileInfo(Output).Length, Is.LessThan(new FileInfo(Model).Length));

        Assert.That(Quantize(Model, data, "--report", report, "--activations", "uint16", "--quiet").Error, Is.Empty);
        Assert.That(JsonDocument.Parse(File.ReadAllText(report)).RootElement.GetProperty("method").GetString(), Is.EqualTo("MinMax"));
        CommandResult again = Quantize(Output, data, "--quiet");
        Assert.That(again.ExitCode, Is.EqualTo(ExitCode.Usage));
        Assert.That(again.ErrorLine, Does.Contain("expected a float model"));
    }

    [Test]
    [Category("Interop")]
    public void Quantize_BrokenModelOrData_SaysSo()
    {
        IgnoreWithoutOnnxRuntime();
        Assert.That(Quantize(Write("broken.onnx", "no model"), "samples.npy", "-q").ErrorLine, Does.Contain("ONNX Runtime"));
        Assert.That(Quantize(Model, "/nowhere.npy", "-q").ErrorLine, Does.Contain("/nowhere.npy"));
        Assert.That(Quantize(Model, Write("odd.bin", "1234"), "-q").ErrorLine, Does.Contain("multiple of 784"));
    }

    string Output => Path.Combine(Folder, "quantized.onnx");

    CommandResult Quantize(string model, string data, params string[] options) => ZkvmProcess.Run(["quantize", model, "--calibrate", data, "-o", Output, .. options]);

    static void IgnoreWithoutOnnxRuntime()
    {
        if (OnnxRuntimeLocator.TryFind(Environment.GetEnvironmentVariable("ZKVM_HOME")) is null) Assert.Ignore("ONNX Runtime is not installed; guest-sdk/onnxruntime/install.sh installs it.");
    }
}
