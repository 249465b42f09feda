using System.Runtime.InteropServices;

namespace Zkml.Guest.Onnx.Graph.Passes;

partial class QdqFusion
{
    void FuseConvolution(Node node)
    {
        if (Source8(node, 0) is not { } x || Source(node, 1) is not { Is8Bits: true } w || TargetOf(node) is not { } target || target.Result.Type != x.Type) return;
        if (w.Codes.Constant == null || !IsPerSlice(w, 0, w.Codes.Shape![0]) || !TryBias(node, x, w, w.Codes.Shape[0], out Value? bias)) return;
        Put(node, target, "", "QLinearConv",
            [x.Codes, x.Scale, ZeroPoint(x), w.Codes, w.Scale, ZeroPoint(w), target.Result.Scale, ZeroPoint(target.Result), bias], node.Attributes.Values, takesBounds: true);
    }

    void FuseMatMul(Node node)
    {
        if (Source8(node, 0) is not { } a || Source(node, 1) is not { Is8Bits: true } b || b.Codes.Shape is not { Rank: > 0 } shape) return;
        if (!IsPerSlice(b, shape.Rank - 1, shape[^1]) || (!b.IsPerTensor && shape.Rank < 2)) return;
        if (TargetOf(node) is { } target && target.Result.Type == a.Type)
        {
            Put(node, target, "", "QLinearMatMul",
                [a.Codes, a.Scale, ZeroPoint(a), b.Codes, b.Scale, ZeroPoint(b), target.Result.Scale, ZeroPoint(target.Result)], node.Attributes.Values, takesBounds: true);
            return;
        }
        if (IsFollowedByQuantization(node)) return;
        Node fused = new(node.Name, MicrosoftDomain, "MatMulIntegerToFloat", 1, [a.Codes, b.Codes, a.Scale, b.Scale, ZeroPoint(a), ZeroPoint(b)], node.Outputs, NodeAttributes.None);
        _index.Replace(node, [], fused);
    }

    void FuseGemm(Node node)
    {
        if (Source8(node, 0) is not { } a || Source(node, 1) is not { Is8Bits: true } b || b.Codes.Shape is not { Rank: 2 } shape || b.Codes.Constant == null) return;
        int axis = node.Attributes.Flag("transB") ? 0 : 1;
        bool hasBias = node.Inputs.Length > 2 && node.Inputs[2] != null;
        float alpha = node.Attributes.Float("alpha", 1);
        if (!IsPerSlice(b, axis, shape[axis]) || (hasBias && (node.Attributes.Float("beta", 1) != 1 || alpha != 1)) || alpha <= 0) return;
        if (!TryBias(node, a, b, shape[axis], out Value? bias)) return;
        Dictionary<string, object> attributes = new(node.Attributes.Values);
        attributes.Remove("beta");
        Value?[] inputs = [a.Codes, a.Scale, ZeroPoint(a), b.Codes, b.Scale, ZeroPoint(b), bias];
        if (TargetOf(node) is { } target && target.Result.Type == a.Type)
        {
            Put(node, target, MicrosoftDomain, "QGemm", [.. inputs, target.Result.Scale, ZeroPoint(target.Result)], attributes, takesBounds: true);
            return;
        }
        if (IsFollowedByQuantization(node)) return;
        _index.Replace(node, [], new Node(node.Name, MicrosoftDomain, "QGemm", 1, inputs, node.Outputs, new(attributes)));
    }

    // ONNX Runtime leaves such a node in float, since the types of both sides differ or the parameters are not constant.
    bool IsFollowedByQuantization(Node node) => _index.Consumers(node.Outputs[0]!).Any(consumer => consumer.OperatorType == "QuantizeLinear");

    // One scale for the tensor, or one for each slice along the axis of the output channels.
    static bool IsPerSlice(QuantizationNode weights, int axis, int extent)
    {
        if (weights.IsPerTensor) return true;
        int given = weights.Node.Attributes.Int32("axis", 1), rank = weights.Codes.Shape!.Rank;
        return (given < 0 ? given + rank : given) == axis && weights.Scales.Length == extent;
    }

    /// <summary>
    /// The bias as Int32: the codes behind DequantizeLinear, whose scale is the product of the others by definition; a binary32 constant is
    /// rounded to that scale, as ONNX Runtime does.
    /// </summary>
    bool TryBias(Node node, QuantizationNode x, QuantizationNode w, int channels, out Value? bias)
    {
        bias = null;
        if (node.Inputs.Length < 3 || node.Inputs[2] == null) return true;
        if (Source(node, 2) is { Type: ElementType.Int32, Codes.Constant: not null } source)
        {
            bias = source.Codes;
            return node.OperatorType == "Gemm" || bias.Shape!.Count == channels;
        }
        if (node.Inputs[2]!.Constant is not { Type: ElementType.Float32 } constant || constant.Shape.Rank != 1 || constant.Shape.Count != channels) return false;
        int[] codes = new int[channels];
        for (int i = 0; i < channels; i++)
        {
            double code = Math.Round((double)(constant.As<float>()[i] / (x.Scales[0] * w.Scales[w.IsPerTensor ? 0 : i])), MidpointRounding.ToEven);
            if (!(Math.Abs(code) < int.MaxValue)) return false;
            codes[i] = (int)code;
        }
        bias = _index.NewConstant($"{node.Name}.bias", new(ElementType.Int32, constant.Shape, MemoryMarshal.AsBytes<int>(codes)));
        return true;
    }
}
