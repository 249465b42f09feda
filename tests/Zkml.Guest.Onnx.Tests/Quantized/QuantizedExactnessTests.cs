using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>The rules and the compiled operators against ONNX Runtime's CPU provider, bit for bit, over at least 10,000 elements a kind.</summary>
[TestFixture, Category("Interop")]
sealed class QuantizedExactnessTests
{
    const int Elements = 10_000, FirstSeed = 1000;

    // Without VNNI, ONNX Runtime's products of uint8 by int8 saturate at 16 bits: such models are counted and left out.
    static readonly bool s_saturates = !File.Exists("/proc/cpuinfo") || !File.ReadAllText("/proc/cpuinfo").Contains("vnni", StringComparison.Ordinal);

    public static IEnumerable<string> Kinds => QuantizedCases.Kinds;

    [TestCaseSource(nameof(Kinds))]
    public void Operator_OfRandomModels_EqualsOnnxRuntime(string kind)
    {
        if (OnnxRuntimeLocator.TryFind() == null) Assert.Ignore("ONNX Runtime is not installed: run guest-sdk/onnxruntime/install.sh");
        using OnnxRuntimeProcess process = OnnxRuntimeProcess.Start();
        int elements = 0, models = 0, byRule = 0, onHost = 0, leftOut = 0;
        string first = "";
        for (int seed = FirstSeed; elements < Elements; seed++)
        {
            QuantizedCase made = QuantizedCases.Make(kind, seed);
            if (s_saturates && made.MixesSigns)
            {
                leftOut++;
                continue;
            }
            using OnnxRuntimeSession session = process.Load(made.Model);
            Tensor reference = session.Run(made.Inputs)[0], actual = made.RunOnHost();
            (int wrongRule, int wrongHost) = (QuantizedCase.Differences(reference, made.Expected), QuantizedCase.Differences(reference, actual));
            if (wrongRule + wrongHost > 0 && first.Length == 0) first = $"{made.Name}: ONNX Runtime {Text(reference)}, rule {Text(made.Expected)}, compiled {Text(actual)}";
            (byRule, onHost, elements, models) = (byRule + wrongRule, onHost + wrongHost, elements + reference.Shape.Count, models + 1);
        }
        TestContext.Out.WriteLine($"{kind}: {models} models, {elements} elements: {byRule} differ by rule, {onHost} compiled; {leftOut} models left out for 16-bit saturation. {first}");
        Assert.That((byRule, onHost), Is.EqualTo((0, 0)), first);
    }

    static string Text(Tensor tensor) => Convert.ToHexString(tensor.Data[..Math.Min(tensor.Data.Length, 300)]);
}
