namespace Zkml.Guest.Onnx.Graph.Passes;

/// <summary>A QuantizeLinear or DequantizeLinear whose scale and zero point are known at compile time.</summary>
sealed class QuantizationNode
{
    QuantizationNode(Node node, Value codes, float[] scales, Value? zeroPoint) => (Node, Codes, Scales, ZeroPoint) = (node, codes, scales, zeroPoint);

    /// <summary>The node.</summary>
    public Node Node { get; }

    /// <summary>The quantised side: the input of DequantizeLinear, the output of QuantizeLinear.</summary>
    public Value Codes { get; }

    /// <summary>The scales: one for the tensor, or one for each slice.</summary>
    public float[] Scales { get; }

    /// <summary>The scale as a value of the graph.</summary>
    public Value Scale => Node.Inputs[1]!;

    /// <summary>The zero point as a value of the graph; null where it is absent.</summary>
    public Value? ZeroPoint { get; }

    /// <summary>The type of the codes.</summary>
    public ElementType Type => Codes.Type;

    /// <summary>True if the codes have 8 bits.</summary>
    public bool Is8Bits => Type is ElementType.UInt8 or ElementType.Int8;

    /// <summary>True if one scale serves the whole tensor.</summary>
    public bool IsPerTensor => Scales.Length == 1;

    /// <summary>The zero point of a tensor with one scale.</summary>
    public int ZeroPointNumber => ZeroPoint == null ? 0 : (int)ZeroPoint.Constant!.IntegerAt(0);

    /// <summary>Reads a DequantizeLinear; null for any other node and for forms that no integer kernel takes.</summary>
    public static QuantizationNode? Dequantize(Node? node) => node?.OperatorType == "DequantizeLinear" ? Read(node, node.Inputs[0]) : null;

    /// <summary>Reads a QuantizeLinear.</summary>
    public static QuantizationNode? Quantize(Node? node) => node?.OperatorType == "QuantizeLinear" ? Read(node, node.Outputs[0]) : null;

    /// <summary>True if both have the same type, scale and zero point, each one for the tensor.</summary>
    public bool HasEqualParameters(QuantizationNode other) =>
        IsPerTensor && other.IsPerTensor && Type == other.Type && Scales[0] == other.Scales[0] && ZeroPointNumber == other.ZeroPointNumber;

    static QuantizationNode? Read(Node node, Value? codes)
    {
        if (node.Domain is not ("" or "com.microsoft") || codes == null || node.Attributes.Int32("block_size", 0) != 0) return null;
        if (node.Inputs.Length < 2 || node.Inputs[1]?.Constant is not { Type: ElementType.Float32, Shape.Rank: <= 1 } scale || !codes.Type.IsInteger) return null;
        Value? zeroPoint = node.Inputs.Length > 2 ? node.Inputs[2] : null;
        if (zeroPoint is { Constant: null } || (zeroPoint != null && zeroPoint.Constant!.Shape.Count != scale.Shape.Count)) return null;
        float[] scales = scale.As<float>().ToArray();
        return scales.Length > 0 && scales.All(value => float.IsFinite(value) && value > 0) ? new(node, codes, scales, zeroPoint) : null;
    }
}
