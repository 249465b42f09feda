namespace Zkml.Guest.Onnx.Graph.Passes;

/// <summary>
/// Carries quantisation across nodes that only move data, as ONNX Runtime does: behind DequantizeLinear → Reshape a pair of the same
/// parameters is put, and before Transpose → QuantizeLinear, so that the neighbours see quantised values. Exact: quantising a dequantised
/// code gives the code.
/// </summary>
static class QdqPropagation
{
    static readonly HashSet<string> s_movers = ["MaxPool", "Reshape", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Flatten", "Identity"];

    /// <summary>Inserts pairs in place; returns true if there were any.</summary>
    public static bool Run(OnnxGraph graph)
    {
        bool forward = Forward(graph);
        return Backward(graph) || forward;
    }

    static bool Forward(OnnxGraph graph)
    {
        GraphIndex index = new(graph);
        List<Node> nodes = [];
        Dictionary<Value, Value> dequantized = [];
        Dictionary<Value, QuantizationNode> sources = [];
        bool changed = false;
        foreach (Node node in graph.Nodes)
        {
            for (int i = 0; i < node.Inputs.Length; i++)
                if (node.Inputs[i] is { } input && node.OperatorType != "QuantizeLinear" && dequantized.TryGetValue(input, out Value? replacement)) node.Inputs[i] = replacement;
            nodes.Add(node);
            if (QuantizationNode.Dequantize(node) is { IsPerTensor: true } source && node.Outputs[0] is { } output) sources.TryAdd(output, source);
            if (!IsMover(node) || node.Inputs[0] is not { } moved || !sources.TryGetValue(moved, out QuantizationNode? pair)) continue;
            Value result = node.Outputs[0]!;
            // Nothing to gain where only QuantizeLinear or an output of the graph follows.
            if (index.IsOutput(result) || index.Consumers(result).All(consumer => consumer.OperatorType == "QuantizeLinear")) continue;
            (Node quantize, Node dequantize) = Pair(index, result, pair);
            nodes.AddRange([quantize, dequantize]);
            dequantized[result] = dequantize.Outputs[0]!;
            sources[dequantize.Outputs[0]!] = pair;
            changed = true;
        }
        graph.Nodes.Clear();
        graph.Nodes.AddRange(nodes);
        return changed;
    }

    static bool Backward(OnnxGraph graph)
    {
        GraphIndex index = new(graph);
        Dictionary<Node, (Node, Node)> before = [];
        foreach (Node node in graph.Nodes.AsEnumerable().Reverse())
        {
            if (QuantizationNode.Quantize(node) is not { IsPerTensor: true } pair) continue;
            // Up the chain of movers, whose results have no other reader.
            Value value = node.Inputs[0]!;
            while (index.Producer(value) is { } mover && IsMover(mover) && !before.ContainsKey(mover) && index.OnlyConsumer(value) != null
                && mover.Inputs[0] is { Constant: null } moved && index.Producer(moved) is { OperatorType: not "DequantizeLinear" } && index.OnlyConsumer(moved) != null)
            {
                (Node Quantize, Node Dequantize) inserted = Pair(index, moved, pair);
                before.Add(mover, inserted);
                mover.Inputs[0] = inserted.Dequantize.Outputs[0];
                value = moved;
            }
        }
        if (before.Count == 0) return false;
        List<Node> nodes = [];
        foreach (Node node in graph.Nodes)
        {
            if (before.TryGetValue(node, out (Node Quantize, Node Dequantize) inserted)) nodes.AddRange([inserted.Quantize, inserted.Dequantize]);
            nodes.Add(node);
        }
        graph.Nodes.Clear();
        graph.Nodes.AddRange(nodes);
        return true;
    }

    static bool IsMover(Node node) => node.Domain.Length == 0 && s_movers.Contains(node.OperatorType) && node.Outputs.Length > 0 && node.Outputs[0] != null && node.Outputs.Skip(1).All(output => output == null);

    static (Node Quantize, Node Dequantize) Pair(GraphIndex index, Value value, QuantizationNode parameters)
    {
        Value codes = index.NewValue($"{value.Name}.codes", parameters.Type, value.Shape), result = index.NewValue($"{value.Name}.dequantized", ElementType.Float32, value.Shape);
        Value zeroPoint = parameters.ZeroPoint ?? index.NewConstant($"{value.Name}.zero", QdqFusion.Zero(parameters.Type));
        Node quantize = new(index.Unique($"{value.Name}.quantize"), "", "QuantizeLinear", parameters.Node.Version, [value, parameters.Scale, zeroPoint], [codes], NodeAttributes.None);
        Node dequantize = new(index.Unique($"{value.Name}.dequantize"), "", "DequantizeLinear", parameters.Node.Version, [codes, parameters.Scale, zeroPoint], [result], NodeAttributes.None);
        return (quantize, dequantize);
    }
}
