using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>The rules and the compiled operators against ONNX Runtime's CPU provider, bit for bit, over at least 10,000 elements a kind.</summary>
[TestFixture, Category("Interop")]
sealed class QuantizedExactnessTests
{
    const int Elements = 10_000, FirstSeed = 1000, HostEvery = 5;

    // Without VNNI uint8 · int8 saturates at 16 bits; this setting turns such weights into uint8 there.
    static readonly OnnxRuntimeOptions s_options = new() { Settings = new Dictionary<string, string> { ["session.x64quantprecision"] = "1" } };

    public static IEnumerable<string> Kinds => QuantizedCases.Kinds;

    [TestCaseSource(nameof(Kinds))]
    public void Operator_OfRandomModels_EqualsOnnxRuntime(string kind)
    {
        if (OnnxRuntimeLocator.TryFind() == null) Assert.Ignore("ONNX Runtime is not installed: run guest-sdk/onnxruntime/install.sh");
        using OnnxRuntimeProcess process = OnnxRuntimeProcess.Start();
        int elements = 0, models = 0, byRule = 0, onHost = 0, hostElements = 0;
        string first = "";
        for (int seed = FirstSeed; elements < Elements; seed++)
        {
            QuantizedCase made = QuantizedCases.Make(kind, seed);
            using OnnxRuntimeSession session = process.Load(made.Model, s_options);
            Tensor reference = session.Run(made.Inputs)[0];
            int wrong = QuantizedCase.Differences(reference, made.Expected);
            if (wrong > 0 && byRule == 0) first = $"{made.Name}: ONNX Runtime {Convert.ToHexString(reference.Data)}, rule {Convert.ToHexString(made.Expected.Data)}";
            (byRule, elements, models) = (byRule + wrong, elements + reference.Shape.Count, models + 1);
            if (models % HostEvery != 0) continue;
            (onHost, hostElements) = (onHost + QuantizedCase.Differences(reference, made.RunOnHost()), hostElements + reference.Shape.Count);
        }
        TestContext.Out.WriteLine($"{kind}: {models} models, {elements} elements, {byRule} differ by rule; {hostElements} compiled, {onHost} differ. {first}");
        Assert.That((byRule, onHost), Is.EqualTo((0, 0)), first);
    }
}
