using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime;

namespace Zkml.Sdk.Inference;

/// <summary>How a tensor of the guest compares with ONNX Runtime's.</summary>
/// <param name="Name">The tensor, or the node that makes it.</param>
/// <param name="Elements">Elements compared.</param>
/// <param name="Differing">Elements that differ in any bit (every NaN equals every other).</param>
/// <param name="Saturated">Of those, elements that are equal once ONNX Runtime is told not to saturate products of uint8 and int8 at 16 bits.</param>
/// <param name="LargestDifference">Of |guest − reference| in real units.</param>
/// <param name="SignalToNoise">10 · log10(Σ reference² / Σ difference²) in dB; infinite where nothing differs.</param>
/// <param name="Differences">|guest − reference| of the elements that differ, sorted.</param>
public sealed record TensorComparison(string Name, long Elements, long Differing, long Saturated, double LargestDifference, double SignalToNoise, IReadOnlyList<double> Differences);

/// <summary>The result of running a model in the VM and in ONNX Runtime.</summary>
/// <param name="Cases">Inputs tried.</param>
/// <param name="SameTopClass">Inputs for which the first output with more than one element has its maximum at the same index.</param>
/// <param name="Outputs">One for each output.</param>
public sealed record ModelCheckResult(int Cases, int SameTopClass, IReadOnlyList<TensorComparison> Outputs)
{
    /// <summary>True if no element differs but by ONNX Runtime's saturation.</summary>
    public bool IsExact => Outputs.All(output => output.Differing == output.Saturated);
}

/// <summary>Runs the same inputs in the VM and in ONNX Runtime. Needs ONNX Runtime on the machine.</summary>
public static class ModelCheck
{
    // Named in ONNX Runtime's onnxruntime_session_options_config_keys.h.
    const string ExactProducts = "session.x64quantprecision";

    /// <summary>Compares over some inputs. Throws <see cref="OnnxRuntimeException"/> where ONNX Runtime is missing or refuses the model.</summary>
    public static ModelCheckResult Run(InferenceClient guest, ReadOnlySpan<byte> model, IReadOnlyList<Tensor[]> cases, IProgress<int>? progress = null, CancellationToken cancellation = default)
    {
        using OnnxRuntimeSession standard = OnnxRuntimeSession.Start(model), exact = OnnxRuntimeSession.Start(model, new() { Settings = new Dictionary<string, string> { [ExactProducts] = "1" } });
        TensorAccumulator[] outputs = [.. guest.Contract.Outputs.Select(output => new TensorAccumulator(output.Name))];
        int sameTop = 0;
        for (int i = 0; i < cases.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            Tensor[] found = guest.Run(cases[i], cancellation);
            Tensor[] reference = OutputsOf(standard, guest.Contract, cases[i]), precise = OutputsOf(exact, guest.Contract, cases[i]);
            for (int j = 0; j < outputs.Length; j++) outputs[j].Add(found[j], reference[j], precise[j]);
            int first = Array.FindIndex(found, tensor => tensor.Shape.Count > 1);
            if (first < 0 || Top(found[first]) == Top(reference[first])) sameTop++;
            progress?.Report(i + 1);
        }
        return new(cases.Count, sameTop, [.. outputs.Select(output => output.Result())]);
    }

    static Tensor[] OutputsOf(OnnxRuntimeSession session, ModelContract contract, Tensor[] inputs)
    {
        Dictionary<string, OnnxRuntimeValue> named = [];
        for (int i = 0; i < inputs.Length; i++) named[contract.Inputs[i].Name] = inputs[i];
        IReadOnlyList<OnnxRuntimeValue> values = session.Run(named);
        Tensor[] tensors = new Tensor[contract.Outputs.Length];
        for (int i = 0; i < tensors.Length; i++)
        {
            int index = session.Outputs.ToList().FindIndex(port => port.Name == contract.Outputs[i].Name);
            tensors[i] = LabelledValues.ToTensor(values[index], contract.Outputs[i].Labels);
        }
        return tensors;
    }

    static int Top(Tensor tensor)
    {
        int best = 0;
        for (int i = 1; i < tensor.Shape.Count; i++)
            if (tensor.NumberAt(i) > tensor.NumberAt(best)) best = i;
        return best;
    }
}
