using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Quantization;

/// <summary>How an operator takes part in a quantised graph.</summary>
enum QuantizedForm
{
    /// <summary>It stays in float.</summary>
    None,
    /// <summary>Products with a constant weight, or of two activations: Conv, Gemm, MatMul.</summary>
    Product,
    /// <summary>Quantised inputs, a quantised output with a code of its own.</summary>
    Arithmetic,
    /// <summary>The output's values are among the input's: one code for both.</summary>
    PassThrough,
    /// <summary>Probabilities, whose code is known beforehand.</summary>
    Probability,
}

/// <summary>The operators that are quantised. The layout that ONNX Runtime fuses into integer kernels is the measure; what it has no kernel for runs in float between codes.</summary>
static class QuantizedOperators
{
    static readonly Dictionary<string, QuantizedForm> s_forms = Table();

    /// <summary>The form of a node; what the node's inputs must be like is for the caller to check.</summary>
    public static QuantizedForm FormOf(NodeProto node) => node.Domain is "" or "ai.onnx" || (node.Domain == "com.microsoft" && node.OpType == "Gelu")
        ? s_forms.GetValueOrDefault(node.OpType)
        : QuantizedForm.None;

    /// <summary>The number of leading inputs that carry activations; the others are shapes, indices and the like.</summary>
    public static int ActivationInputs(NodeProto node) => node.OpType switch
    {
        "Add" or "Mul" or "MatMul" => 2,
        "Concat" => node.Input.Count,
        _ => 1,
    };

    /// <summary>
    /// True for a Relu or Clip that saturation can replace: its lower bound is 0, where the zero point then stands, or none.
    /// <paramref name="limit"/> is the upper bound.
    /// </summary>
    public static bool IsSaturation(NodeProto node, Func<string, float?> scalar, out float limit)
    {
        limit = float.PositiveInfinity;
        if (node.Domain is not ("" or "ai.onnx")) return false;
        if (node.OpType == "Relu") return true;
        if (node.OpType != "Clip") return false;
        if (Bound(node, 1, scalar) is not float minimum || Bound(node, 2, scalar) is not float maximum) return false;
        if (maximum != float.MaxValue) limit = maximum;
        return (minimum == 0 || minimum <= float.MinValue) && limit > 0;
    }

    static float? Bound(NodeProto node, int index, Func<string, float?> scalar)
    {
        if (node.Input.Count > index && node.Input[index].Length > 0) return scalar(node.Input[index]);
        return index == 1 ? float.NegativeInfinity : float.PositiveInfinity;
    }

    static Dictionary<string, QuantizedForm> Table()
    {
        Dictionary<string, QuantizedForm> forms = [];
        Fill(QuantizedForm.Product, "Conv", "Gemm", "MatMul");
        Fill(
            QuantizedForm.Arithmetic,
            "Add", "Mul", "Concat", "AveragePool", "GlobalAveragePool", "ReduceMean", "Relu", "Clip", "LeakyRelu", "Sigmoid", "Tanh", "Elu", "Selu", "Celu",
            "HardSigmoid", "HardSwish", "Mish", "Gelu", "Erf", "Softplus", "Softsign", "ThresholdedRelu", "Abs", "Neg");
        Fill(
            QuantizedForm.PassThrough,
            "MaxPool", "GlobalMaxPool", "Reshape", "Flatten", "Transpose", "Squeeze", "Unsqueeze", "Identity", "Gather", "Slice", "Expand", "Tile",
            "DepthToSpace", "SpaceToDepth", "Split", "Pad");
        Fill(QuantizedForm.Probability, "Softmax");
        return forms;

        void Fill(QuantizedForm form, params string[] operators)
        {
            foreach (string name in operators) forms[name] = form;
        }
    }
}
