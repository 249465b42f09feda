using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>
/// The rules and the compiled operators against ONNX Runtime's CPU provider, bit for bit: 10,000 random draws of shapes and parameters for each
/// kind that matters most, and at least 10,000 elements for every kind.
/// </summary>
[TestFixture, Category("Interop")]
sealed class QuantizedExactnessTests
{
    const int Cases = 10_000, Elements = 10_000, Together = 50, FirstSeed = 1000;

    static readonly string[] s_drawn = ["requantise", "conv", "matmul", "add", "pool", "lookup"];

    public static IEnumerable<string> Kinds => QuantizedCases.Kinds;

    [TestCaseSource(nameof(Kinds))]
    public void Operator_OfRandomModels_EqualsOnnxRuntime(string kind)
    {
        if (OnnxRuntimeLocator.TryFind() == null) Assert.Ignore("ONNX Runtime is not installed: run guest-sdk/onnxruntime/install.sh");
        using OnnxRuntimeProcess process = OnnxRuntimeProcess.Start();
        ExactnessTally byRule = new(), compiled = new();
        int draws = 0, mixed = 0, wanted = s_drawn.Contains(kind) ? Cases : 0;
        string first = "";
        for (int seed = FirstSeed; compiled.Elements < Elements || draws < wanted; seed += Together)
        {
            QuantizedCase[] cases = [.. Enumerable.Range(seed, Together).Select(number => QuantizedCases.Make(kind, number))];
            MergedCases merged = new(cases);
            (Tensor[] reference, Tensor[] precise) = merged.RunInOnnxRuntime(process);
            Tensor[] actual = merged.RunOnHost();
            for (int i = 0; i < cases.Length; i++)
            {
                int wrong = byRule.Add(cases[i].Expected, reference[i], precise[i]) + compiled.Add(actual[i], reference[i], precise[i]);
                if (wrong > 0 && first.Length == 0) first = $"{cases[i].Name}: ONNX Runtime {Text(reference[i])}, rule {Text(cases[i].Expected)}, compiled {Text(actual[i])}";
                (draws, mixed) = (draws + cases[i].Draws, mixed + (cases[i].MixesSigns ? 1 : 0));
            }
        }
        TestContext.Out.WriteLine($"{kind}: {draws} random cases ({mixed} models of mixed signs); by rule {byRule}; compiled {compiled}. {first}");
        Assert.That((byRule.Wrong, compiled.Wrong), Is.EqualTo((0, 0)), first);
    }

    static string Text(Tensor tensor) => Convert.ToHexString(tensor.Data[..Math.Min(tensor.Data.Length, 300)]);
}
