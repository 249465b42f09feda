using Zkml.Guest.Onnx.Operators;
using Zkml.Guest.Onnx.Operators.Quantized;

namespace Zkml.Guest.Onnx.Graph.Passes;

partial class QdqFusion
{
    // The results are among the inputs, element by element; codes have the same order and equality as the numbers.
    static readonly HashSet<string> s_movers =
        ["MaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Slice", "Gather", "GatherElements", "GatherND", "Expand", "Tile", "Identity", "Split", "DepthToSpace", "SpaceToDepth", "ReduceMax", "ReduceMin", "Pad"];

    void FuseMover(Node node)
    {
        if (Source(node, 0) is not { IsPerTensor: true } x || node.Outputs[0] == null) return;
        QuantizationNode[] results = new QuantizationNode[node.Outputs.Length];
        for (int i = 0; i < results.Length; i++)
        {
            if (node.Outputs[i] == null || QuantizationNode.Quantize(_index.OnlyConsumer(node.Outputs[i])) is not { IsPerTensor: true } result) return;
            results[i] = result;
        }
        bool isEqual = results.All(x.HasEqualParameters);
        // Other parameters for the result: each code has one successor.
        if (!isEqual && (results.Length != 1 || !x.Is8Bits || results[0].Type != x.Type)) return;
        Value?[] inputs = [x.Codes, .. node.Inputs[1..]];
        if (node.OperatorType == "Pad" && !TryPadding(node, x, inputs)) return;
        Value?[] outputs = [.. results.Select(result => isEqual ? result.Codes : _index.NewValue($"{node.Name}.moved", x.Type, result.Codes.Shape))];
        Node moved = new(node.Name, node.Domain, node.OperatorType, node.Version, inputs, outputs, node.Attributes);
        if (!IsSupported(moved)) return;
        if (isEqual)
        {
            // Each part stands where its QuantizeLinear stood; the mover itself where it stood.
            foreach (QuantizationNode result in results) _index.Replace(result.Node, []);
            _index.Replace(node, [], moved);
            return;
        }
        _index.Replace(results[0].Node, [node], moved, Lookup($"{node.Name}.scaled", Requantize(x, results[0]), outputs[0]!, results[0].Codes, node.Version));
    }

    // The mover may have no form for codes: then it stays in float.
    static bool IsSupported(Node node)
    {
        if (!OperatorTable.TryGet(node.Domain, node.OperatorType, out Operator? found)) return false;
        try
        {
            found.Infer(new(node));
            return true;
        }
        catch (OnnxException)
        {
            return false;
        }
    }

    // The padding as a code: 0 where none is given.
    bool TryPadding(Node node, QuantizationNode x, Value?[] inputs)
    {
        string mode = node.Attributes.Text("mode", "constant");
        if (node.Version < 11 || !x.Is8Bits || inputs.Length < 2) return false;
        if (mode != "constant") return true;
        float padding = 0;
        if (inputs.Length > 2 && inputs[2] != null)
        {
            if (inputs[2]!.Constant is not { Type: ElementType.Float32, Shape.Count: 1 } constant) return false;
            padding = constant.As<float>()[0];
        }
        int code = FloatKernels.Quantize(padding, x.Scales[0], x.ZeroPointNumber, QuantizationConstants.Minimum(x.Type), QuantizationConstants.Maximum(x.Type));
        Value value = _index.NewConstant($"{node.Name}.padding", new(x.Type, Shape.Scalar, [unchecked((byte)code)]));
        if (inputs.Length > 2)
        {
            inputs[2] = value;
            return true;
        }
        // No room for a third input: 0 must be the code of 0.
        return code == 0;
    }

    static LookupTable Requantize(QuantizationNode from, QuantizationNode to) =>
        LookupTable.Of(from.Type, from.Scales[0], from.ZeroPointNumber, to.Scales[0], to.ZeroPointNumber, value => value);
}
