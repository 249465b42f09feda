using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Quantization;

namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>A coded value of a quantised model.</summary>
/// <param name="Value">Its name.</param>
/// <param name="Operator">The operator that computes it, "input" for an input of the model.</param>
/// <param name="Node">The name of that operator's node.</param>
/// <param name="Range">The range that calibration chose.</param>
/// <param name="Agreement">Its distance from the float model.</param>
public sealed record QuantizedValueReport(string Value, string Operator, string Node, ValueRange Range, Agreement Agreement);

/// <summary>An output of a quantised model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Agreement">Its distance from the float model, both run as ONNX Runtime runs them by default.</param>
public sealed record QuantizedOutputReport(string Name, Agreement Agreement);

/// <summary>What quantisation cost in accuracy.</summary>
public sealed record QuantizationReport
{
    /// <summary>How ranges were chosen.</summary>
    public required CalibrationMethod Method { get; init; }

    /// <summary>Samples that the ranges come from.</summary>
    public int CalibrationSamples { get; init; }

    /// <summary>Samples that the comparison ran over.</summary>
    public required int EvaluationSamples { get; init; }

    /// <summary>Every coded value, in the order of the graph.</summary>
    public required IReadOnlyList<QuantizedValueReport> Values { get; init; }

    /// <summary>The outputs of the model.</summary>
    public required IReadOnlyList<QuantizedOutputReport> Outputs { get; init; }

    /// <summary>Multiply-accumulates in ONNX Runtime's integer kernels.</summary>
    public required KernelShare Products { get; init; }

    /// <summary>Operators that stayed in float, with their number.</summary>
    public required IReadOnlyList<(string Operator, int Count)> FloatOperators { get; init; }

    internal static QuantizationReport Of(
        QuantizationPlan plan,
        IReadOnlyDictionary<string, ValueRange> ranges,
        Agreement[] values,
        Agreement[] outputs,
        KernelShare products,
        int samples,
        CalibrationMethod method)
    {
        Dictionary<string, NodeProto> producers = [];
        foreach (NodeProto node in plan.Model.Graph.Node)
        {
            foreach (string output in node.Output) producers[output] = node;
        }
        return new QuantizationReport
        {
            Method = method,
            EvaluationSamples = samples,
            Values = [.. plan.Values.Select((value, i) => producers.TryGetValue(value, out NodeProto? node)
                ? new QuantizedValueReport(value, node.OpType, node.Name, ranges[value], values[i])
                : new QuantizedValueReport(value, "input", "", ranges[value], values[i]))],
            Outputs = [.. plan.Model.Graph.Output.Select((output, i) => new QuantizedOutputReport(output.Name, outputs[i]))],
            Products = products,
            FloatOperators = [.. plan.FloatNodes.GroupBy(node => node.OpType).Select(group => (group.Key, group.Count())).OrderBy(pair => pair.Key, StringComparer.Ordinal)],
        };
    }
}
