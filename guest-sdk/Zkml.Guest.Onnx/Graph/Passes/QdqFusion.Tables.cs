using Zkml.Guest.Onnx.Operators.Quantized;

namespace Zkml.Guest.Onnx.Graph.Passes;

partial class QdqFusion
{
    const int LargestRegion = 64;

    /// <summary>
    /// Replaces what lies between one 8-bit tensor and QuantizeLinear by a table, if each element of the result depends on the one element of
    /// that tensor and on scalar constants. The table is what ONNX Runtime's float kernels give for each of the 256 codes.
    /// </summary>
    void FuseTable(QuantizationNode result)
    {
        List<Node> region = [];
        QuantizationNode? source = null;
        if (!Collect(result.Node.Inputs[0]!, result.Node, region, ref source) || source == null || source.Type != result.Type) return;
        if (source.Codes.Constant != null || source.Codes.Shape is not { } shape || !shape.Equals(result.Codes.Shape)) return;
        float[]? values = Evaluate(result.Node.Inputs[0]!, source, region);
        if (values == null) return;
        int minimum = QuantizationConstants.Minimum(result.Type), maximum = QuantizationConstants.Maximum(result.Type);
        LookupTable table = LookupTable.Of(result.Type, code => FloatKernels.Quantize(values[code - minimum], result.Scales[0], result.ZeroPointNumber, minimum, maximum));
        string name = region.Count > 0 ? region[0].Name : result.Node.Name;
        bool isIdentity = Enumerable.Range(0, 256).All(i => table.Codes[i] == unchecked((byte)(minimum + i)));
        _index.Replace(result.Node, region, isIdentity
            ? new(_index.Unique(name), "", "Identity", result.Node.Version, [source.Codes], [result.Codes], NodeAttributes.None)
            : Lookup(name, table, source.Codes, result.Codes, result.Node.Version));
    }

    // Nodes in the order of evaluation. Every value inside is read inside only.
    bool Collect(Value value, Node reader, List<Node> region, ref QuantizationNode? source)
    {
        if (value.Constant is { Shape.Count: 1, Type: ElementType.Float32 }) return true;
        if (_index.Producer(value) is not { } node) return false;
        if (QuantizationNode.Dequantize(node) is { } found)
        {
            bool fits = found is { Is8Bits: true, IsPerTensor: true } && (source == null || (source.Codes == found.Codes && source.HasEqualParameters(found)));
            source ??= found;
            return fits;
        }
        if (region.Contains(node)) return true;
        if (!ElementFunctions.IsSupported(node) || _index.IsOutput(value) || region.Count >= LargestRegion) return false;
        foreach (Node consumer in _index.Consumers(value))
            if (consumer != reader && !IsInside(consumer, reader)) return false;
        foreach (Value? input in node.Inputs)
            if (input != null && !Collect(input, reader, region, ref source)) return false;
        region.Add(node);
        return true;
    }

    // A value that is read several times is inside if all its readers lead to the same QuantizeLinear.
    bool IsInside(Node consumer, Node end)
    {
        for (int steps = 0; steps < LargestRegion; steps++)
        {
            if (consumer == end) return true;
            if (!ElementFunctions.IsSupported(consumer) || _index.OnlyConsumer(consumer.Outputs[0]) is not { } next) return false;
            consumer = next;
        }
        return false;
    }

    // The value for each code; null if a node has a form that is not known.
    float[]? Evaluate(Value result, QuantizationNode source, List<Node> region)
    {
        int minimum = QuantizationConstants.Minimum(source.Type);
        float[] values = new float[256];
        Dictionary<Value, float> known = [];
        for (int i = 0; i < values.Length; i++)
        {
            known.Clear();
            float start = FloatKernels.Dequantize(minimum + i, source.Scales[0], source.ZeroPointNumber);
            foreach (Node node in region)
            {
                float?[] inputs = [.. node.Inputs.Select(input => input == null ? (float?)null
                    : input.Constant is { } constant ? constant.As<float>()[0] : known.TryGetValue(input, out float value) ? value : start)];
                if (ElementFunctions.Evaluate(node, inputs) is not { } output) return null;
                known[node.Outputs[0]!] = output;
            }
            values[i] = region.Count == 0 ? start : known[result];
        }
        return values;
    }
}
