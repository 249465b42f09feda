using Zkml.Guest.Onnx.Operators.Quantized;

namespace Zkml.Guest.Onnx.Graph.Passes;

partial class QdqFusion
{
    void FuseBinary(Node node)
    {
        if (Source8(node, 0) is not { } a || Source8(node, 1) is not { } b || TargetOf(node) is not { } target || a.Type != b.Type || a.Type != target.Result.Type) return;
        // With a bound that the codes do not imply ONNX Runtime stays in float, which rounds elsewhere than the integer kernel.
        if (target.HasBounds) return;
        Put(node, target, MicrosoftDomain, $"QLinear{node.OperatorType}",
            [a.Codes, a.Scale, ZeroPoint(a), b.Codes, b.Scale, ZeroPoint(b), target.Result.Scale, ZeroPoint(target.Result)], WithUnsigned(node.Attributes, target, a, b));
    }

    void FuseUnary(Node node)
    {
        if (Source8(node, 0) is not { } x || TargetOf(node) is not { } target || x.Type != target.Result.Type) return;
        Dictionary<string, object> attributes = WithUnsigned(node.Attributes, target, x);
        if (node.OperatorType == "Softmax") attributes["opset"] = node.Version < 11 ? 1L : node.Version < 13 ? 11L : 13L;
        if (node.OperatorType == "AveragePool" && node.Attributes.Integers("dilations") is { } dilations && dilations.Any(dilation => dilation != 1)) return;
        Put(node, target, MicrosoftDomain, $"QLinear{node.OperatorType}", [x.Codes, x.Scale, ZeroPoint(x), target.Result.Scale, ZeroPoint(target.Result)], attributes);
    }

    void FuseConcat(Node node)
    {
        QuantizationNode?[] parts = [.. Enumerable.Range(0, node.Inputs.Length).Select(i => Source8(node, i))];
        if (TargetOf(node) is not { } target || parts.Any(part => part == null || part.Type != target.Result.Type)) return;
        Put(node, target, MicrosoftDomain, "QLinearConcat",
            [target.Result.Scale, ZeroPoint(target.Result), .. parts.SelectMany(part => (Value?[])[part!.Codes, part.Scale, ZeroPoint(part)])], node.Attributes.Values);
    }

    void FuseWhere(Node node)
    {
        if (Source8(node, 1) is not { } x || Source8(node, 2) is not { } y || TargetOf(node) is not { } target || x.Type != y.Type || x.Type != target.Result.Type) return;
        Put(node, target, MicrosoftDomain, "QLinearWhere",
            [node.Inputs[0], x.Codes, x.Scale, ZeroPoint(x), y.Codes, y.Scale, ZeroPoint(y), target.Result.Scale, ZeroPoint(target.Result)], node.Attributes.Values);
    }

    // The order of codes is the order of numbers, since scales are above 0.
    void DropDequantization(Node node)
    {
        if (Source8(node, 0) is not { } x) return;
        _index.Replace(node, [], new Node(node.Name, node.Domain, node.OperatorType, node.Version, [x.Codes, .. node.Inputs[1..]], node.Outputs, node.Attributes));
    }

    // On x86 ONNX Runtime turns pairs of Int8 inside of a graph into UInt8, and the rules of these operators then see other codes.
    Dictionary<string, object> WithUnsigned(NodeAttributes attributes, Target target, params ReadOnlySpan<QuantizationNode> sources)
    {
        Dictionary<string, object> all = new(attributes.Values);
        bool isConverted = _index.Consumers(target.Result.Codes) is [{ OperatorType: "DequantizeLinear" }] && !_index.IsOutput(target.Result.Codes);
        foreach (QuantizationNode source in sources)
            isConverted |= _index.Producer(source.Codes) is { OperatorType: not "Constant" } && _index.OnlyConsumer(source.Codes) != null;
        if (target.Result.Type == ElementType.Int8 && isConverted) all[QLinearBinary.AsUnsigned] = 1L;
        return all;
    }
}
