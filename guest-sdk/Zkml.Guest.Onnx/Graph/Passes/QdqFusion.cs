using Zkml.Guest.Onnx.Operators.Quantized;

namespace Zkml.Guest.Onnx.Graph.Passes;

/// <summary>
/// Turns DequantizeLinear → operator → QuantizeLinear into one integer operator, as ONNX Runtime's CPU provider does at its default level. A
/// Relu or Clip in front of QuantizeLinear becomes a bound of the codes; nodes that only move data move codes; what is left between one
/// 8-bit tensor and its quantised result, element by element, becomes a table.
/// </summary>
sealed partial class QdqFusion
{
    const string MicrosoftDomain = "com.microsoft";

    readonly GraphIndex _index;

    QdqFusion(OnnxGraph graph) => _index = new(graph);

    /// <summary>Rewrites in place; returns true if anything changed.</summary>
    public static bool Run(OnnxGraph graph)
    {
        QdqFusion fusion = new(graph);
        foreach (Node node in graph.Nodes.ToArray())
            if (!fusion._index.IsGone(node)) fusion.Visit(node);
        // Tables come last: they take what no integer kernel took.
        foreach (Node node in graph.Nodes.ToArray())
            if (!fusion._index.IsGone(node) && QuantizationNode.Quantize(node) is { IsPerTensor: true, Is8Bits: true } result) fusion.FuseTable(result);
        if (fusion._index.HasChanged) fusion._index.Apply();
        return fusion._index.HasChanged;
    }

    /// <summary>The zero point that is meant where none is given.</summary>
    public static Tensor Zero(ElementType type) => new(type, Shape.Scalar, new byte[(type.Bits + 7) / 8]);

    void Visit(Node node)
    {
        if (node.Domain.Length > 0 || node.Outputs.Length == 0 || node.Outputs[0] == null) return;
        switch (node.OperatorType)
        {
            case "Conv":
                FuseConvolution(node);
                break;
            case "MatMul":
                FuseMatMul(node);
                break;
            case "Gemm":
                FuseGemm(node);
                break;
            case "Add" or "Mul":
                FuseBinary(node);
                break;
            case "Sigmoid" or "LeakyRelu" or "Softmax" or "AveragePool" or "GlobalAveragePool":
                FuseUnary(node);
                break;
            case "Concat":
                FuseConcat(node);
                break;
            case "Where":
                FuseWhere(node);
                break;
            case "ArgMax" or "ArgMin":
                DropDequantization(node);
                break;
            default:
                if (s_movers.Contains(node.OperatorType)) FuseMover(node);
                break;
        }
    }

    /// <summary>The DequantizeLinear behind an input of a node; null where there is none.</summary>
    QuantizationNode? Source(Node node, int input) => input < node.Inputs.Length ? QuantizationNode.Dequantize(_index.Producer(node.Inputs[input])) : null;

    /// <summary>The same, with 8-bit codes and one scale.</summary>
    QuantizationNode? Source8(Node node, int input) => Source(node, input) is { Is8Bits: true, IsPerTensor: true } source ? source : null;

    /// <summary>
    /// What follows a node: QuantizeLinear with 8-bit codes and one scale, perhaps behind a Relu or Clip, each the only reader. Null where
    /// anything else follows.
    /// </summary>
    Target? TargetOf(Node node)
    {
        Node? next = _index.OnlyConsumer(node.Outputs[0]);
        Node? clip = next is { Domain: "", OperatorType: "Relu" or "Clip" } ? next : null;
        if (clip != null) next = clip.Inputs[0] == node.Outputs[0] ? _index.OnlyConsumer(clip.Outputs[0]) : null;
        if (QuantizationNode.Quantize(next) is not { Is8Bits: true, IsPerTensor: true } result || next!.Inputs[0] != (clip ?? node).Outputs[0]) return null;
        int minimum = QuantizationConstants.Minimum(result.Type), maximum = QuantizationConstants.Maximum(result.Type);
        if (clip == null) return new(result, null, minimum, maximum);
        if (!TryReadClip(clip, out float low, out float high)) return null;
        return new(result, clip, Code(low), Math.Max(Code(low), Code(high)));

        int Code(float bound) => FloatKernels.Quantize(bound, result.Scales[0], result.ZeroPointNumber, minimum, maximum);
    }

    /// <summary>The bounds of a Relu or Clip; false if they are not known.</summary>
    static bool TryReadClip(Node clip, out float low, out float high)
    {
        (low, high) = (float.NegativeInfinity, float.PositiveInfinity);
        if (clip.OperatorType == "Relu")
        {
            low = 0;
            return true;
        }
        if (clip.Version < 11) (low, high) = (clip.Attributes.Float("min", low), clip.Attributes.Float("max", high));
        else if (!TryReadBound(clip, 1, ref low) || !TryReadBound(clip, 2, ref high)) return false;
        return !float.IsNaN(low) && !float.IsNaN(high);
    }

    static bool TryReadBound(Node clip, int input, ref float bound)
    {
        if (input >= clip.Inputs.Length || clip.Inputs[input] == null) return true;
        if (clip.Inputs[input]!.Constant is not { Type: ElementType.Float32, Shape.Count: 1 } constant) return false;
        bound = constant.As<float>()[0];
        return true;
    }

    Value ZeroPoint(QuantizationNode node) => node.ZeroPoint ?? _index.NewConstant($"{node.Node.Name}.zero", Zero(node.Type));

    /// <summary>Puts a fused node where QuantizeLinear stood. Bounds that the operator has no attribute for become a table behind it.</summary>
    void Put(Node node, Target target, string domain, string operatorType, Value?[] inputs, IReadOnlyDictionary<string, object> attributes, bool takesBounds = false)
    {
        Dictionary<string, object> all = new(attributes);
        Value result = target.Result.Codes, made = result;
        List<Node> nodes = [];
        if (target.HasBounds && takesBounds)
        {
            all[QLinearConv.ClampMinimum] = (long)target.Minimum;
            all[QLinearConv.ClampMaximum] = (long)target.Maximum;
        }
        else if (target.HasBounds) made = _index.NewValue($"{node.Name}.unbounded", target.Result.Type, result.Shape);
        nodes.Add(new(node.Name, domain, operatorType, node.Version, inputs, [made], new(all)));
        if (made != result)
        {
            LookupTable table = LookupTable.Of(target.Result.Type, code => Math.Clamp(code, target.Minimum, target.Maximum));
            nodes.Add(Lookup($"{node.Name}.bounds", table, made, result, node.Version));
        }
        _index.Replace(target.Result.Node, target.Clip == null ? [node] : [node, target.Clip], [.. nodes]);
    }

    Node Lookup(string name, LookupTable table, Value input, Value output, int version) =>
        new(_index.Unique(name), Operators.Quantized.Lookup.Domain, "Lookup", version, [input], [output], new(new Dictionary<string, object>
        {
            [Operators.Quantized.Lookup.TableAttribute] = new Tensor(table.Type, new(256), table.Codes),
        }));

    /// <summary>QuantizeLinear behind a node, the Relu or Clip between, and the codes that this lets through.</summary>
    sealed record Target(QuantizationNode Result, Node? Clip, int Minimum, int Maximum)
    {
        /// <summary>True if the bounds cut more than the type does.</summary>
        public bool HasBounds => Minimum > QuantizationConstants.Minimum(Result.Type) || Maximum < QuantizationConstants.Maximum(Result.Type);
    }
}
