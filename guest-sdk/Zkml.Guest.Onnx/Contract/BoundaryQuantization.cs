using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Contract;

/// <summary>
/// Moves quantisation at the border from the guest to the host: an input that only a QuantizeLinear reads enters the guest quantised, an
/// output of a DequantizeLinear leaves it quantised. Numbers do not change, the guest saves floating point.
/// </summary>
public static class BoundaryQuantization
{
    /// <summary>Rewrites the graph, whose shapes are inferred, and describes its inputs and outputs. <paramref name="labels"/>: class names by output.</summary>
    public static (BoundTensor[] Inputs, BoundTensor[] Outputs) Apply(OnnxGraph graph, IReadOnlyDictionary<string, string[]> labels)
    {
        BoundTensor[] inputs = new BoundTensor[graph.Inputs.Count], outputs = new BoundTensor[graph.Outputs.Count];
        for (int i = 0; i < inputs.Length; i++) inputs[i] = ApplyToInput(graph, i);
        for (int i = 0; i < outputs.Length; i++) outputs[i] = ApplyToOutput(graph, i, labels.GetValueOrDefault(graph.Outputs[i].Name));
        return (inputs, outputs);
    }

    static BoundTensor ApplyToInput(OnnxGraph graph, int index)
    {
        Value input = graph.Inputs[index];
        Node[] readers = [.. graph.Nodes.Where(node => node.Inputs.Contains(input))];
        if (readers is [{ OperatorType: "QuantizeLinear" } node] && !graph.Outputs.Contains(input) && input.Type == ElementType.Float32
            && node.Inputs[0] == input && Parameters(node, node.Outputs[0]!.Type) is { } parameters)
        {
            graph.Nodes.Remove(node);
            graph.Inputs[index] = node.Outputs[0]!;
            return Bind(input, node.Outputs[0]!.Type, parameters.Scale, parameters.ZeroPoint, null);
        }
        return Bind(input, input.Type, 0, 0, null);
    }

    static BoundTensor ApplyToOutput(OnnxGraph graph, int index, string[]? labels)
    {
        Value output = graph.Outputs[index];
        Node? node = graph.Nodes.Find(node => node.Outputs.Contains(output));
        bool isRead = graph.Nodes.Exists(reader => reader.Inputs.Contains(output)) || graph.Outputs.Count(other => other == output) > 1;
        if (node is { OperatorType: "DequantizeLinear" } && !isRead && output.Type == ElementType.Float32
            && node.Inputs[0] is { Constant: null } codes && !graph.Outputs.Contains(codes) && Parameters(node, codes.Type) is { } parameters)
        {
            graph.Nodes.Remove(node);
            graph.Outputs[index] = codes;
            return Bind(output, codes.Type, parameters.Scale, parameters.ZeroPoint, labels);
        }
        return Bind(output, output.Type, 0, 0, labels);
    }

    // Scale and zero point of the whole tensor; null where they differ by axis or are not known.
    static (float Scale, int ZeroPoint)? Parameters(Node node, ElementType type)
    {
        if (!type.IsInteger || type.Bits > 16 || type.Bits < 8) return null;
        if (node.Inputs[1] is not { Constant: { Type: ElementType.Float32, Shape.Count: 1 } scale }) return null;
        float value = scale.As<float>()[0];
        if (!float.IsFinite(value) || value <= 0) return null;
        if (node.Inputs.Length < 3 || node.Inputs[2] is not { } zeroPoint) return (value, 0);
        return zeroPoint.Constant is { Shape.Count: 1 } constant ? (value, (int)constant.IntegerAt(0)) : null;
    }

    static BoundTensor Bind(Value value, ElementType guestType, float scale, int zeroPoint, string[]? labels) => new()
    {
        Name = value.Name,
        Type = value.Type,
        Shape = value.Shape!.Dimensions.ToArray(),
        GuestType = guestType,
        Scale = scale,
        ZeroPoint = zeroPoint,
        Labels = labels ?? (value.Labels is { } named ? [.. named] : null),
    };
}
