using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>Operators on one element, on the host in binary32 as ONNX Runtime's kernels compute them: what tables of 8-bit codes are made from.</summary>
static class ElementFunctions
{
    static readonly HashSet<string> s_operators =
    [
        "Abs", "Add", "Ceil", "Celu", "Clip", "Div", "Elu", "Erf", "Exp", "Floor", "Gelu", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu", "Log", "Max", "Min", "Mish", "Mul", "Neg", "PRelu",
        "Pow", "Reciprocal", "Relu", "Round", "Selu", "Sigmoid", "Softplus", "Softsign", "Sqrt", "Sub", "Tanh", "ThresholdedRelu",
    ];

    /// <summary>True if <see cref="Evaluate"/> knows the operator.</summary>
    public static bool IsSupported(Node node) =>
        s_operators.Contains(node.OperatorType) && (node.Domain.Length == 0 || (node.Domain == "com.microsoft" && node.OperatorType == "Gelu")) && node.Outputs.Length == 1 && node.Outputs[0] != null;

    /// <summary>The result for one element of each input (null: absent); null for a form that is not known.</summary>
    public static float? Evaluate(Node node, ReadOnlySpan<float?> inputs)
    {
        if (inputs.Length == 0 || inputs[0] is not { } x) return null;
        NodeAttributes attributes = node.Attributes;
        return node.OperatorType switch
        {
            "Clip" => Clip(node, x, inputs),
            "Gelu" => Gelu(x, attributes.Text("approximate", "none")),
            "Max" or "Min" => Fold(inputs, node.OperatorType == "Max"),
            "Add" or "Sub" or "Mul" or "Div" or "Pow" or "PRelu" => inputs.Length == 2 && inputs[1] is { } y ? Binary(node.OperatorType, x, y) : null,
            _ => Unary(node.OperatorType, attributes, x),
        };
    }

    static float? Unary(string operatorType, NodeAttributes attributes, float x) => operatorType switch
    {
        "Abs" => MathF.Abs(x),
        "Ceil" => MathF.Ceiling(x),
        "Celu" => MathF.Max(0, x) + MathF.Min(0, attributes.Float("alpha", 1) * (MathF.Exp(x / attributes.Float("alpha", 1)) - 1)),
        "Elu" => x >= 0 ? x : attributes.Float("alpha", 1) * (MathF.Exp(x) - 1),
        "Erf" => FloatKernels.Erf(x),
        "Exp" => MathF.Exp(x),
        "Floor" => MathF.Floor(x),
        "HardSigmoid" => HardSigmoid(x, attributes.Float("alpha", 0.2f), attributes.Float("beta", 0.5f)),
        "HardSwish" => x * HardSigmoid(x, 1f / 6, 0.5f),
        "Identity" => x,
        "LeakyRelu" => x >= 0 ? x : attributes.Float("alpha", 0.01f) * x,
        "Log" => MathF.Log(x),
        "Mish" => x * MathF.Tanh(Softplus(x)),
        "Neg" => -x,
        "Reciprocal" => 1 / x,
        "Relu" => MathF.Max(0, x),
        "Round" => MathF.Round(x, MidpointRounding.ToEven),
        "Selu" => attributes.Float("gamma", 1.05070102f) * (x > 0 ? x : attributes.Float("alpha", 1.67326319f) * (MathF.Exp(x) - 1)),
        "Sigmoid" => FloatKernels.Logistic(x),
        "Softplus" => Softplus(x),
        "Softsign" => x / (1 + MathF.Abs(x)),
        "Sqrt" => MathF.Sqrt(x),
        "Tanh" => FloatKernels.Tanh(x),
        "ThresholdedRelu" => x > attributes.Float("alpha", 1) ? x : 0,
        _ => null,
    };

    static float? Binary(string operatorType, float x, float y) => operatorType switch
    {
        "Add" => x + y,
        "Sub" => x - y,
        "Mul" => x * y,
        "Div" => x / y,
        "Pow" => y == 2 ? x * x : y == 3 ? x * x * x : MathF.Pow(x, y),
        "PRelu" => x >= 0 ? x : y * x,
        _ => null,
    };

    static float? Clip(Node node, float x, ReadOnlySpan<float?> inputs)
    {
        float low = node.Attributes.Float("min", float.MinValue), high = node.Attributes.Float("max", float.MaxValue);
        if (inputs.Length > 1) low = inputs[1] ?? low;
        if (inputs.Length > 2) high = inputs[2] ?? high;
        return MathF.Min(high, MathF.Max(low, x));
    }

    static float? Fold(ReadOnlySpan<float?> inputs, bool isMaximum)
    {
        float result = inputs[0]!.Value;
        foreach (float? input in inputs[1..])
        {
            if (input is not { } value) return null;
            result = isMaximum ? MathF.Max(result, value) : MathF.Min(result, value);
        }
        return result;
    }

    static float? Gelu(float x, string approximation) => approximation switch
    {
        "none" => x * 0.5f * (FloatKernels.Erf(x * 0.70710678118654752f) + 1f),
        "tanh" => x * 0.5f * (1f + FloatKernels.Tanh(x * (0.7978845608028654f + (0.035677408136300125f * x * x)))),
        _ => null,
    };

    static float HardSigmoid(float x, float alpha, float beta) => MathF.Max(0, MathF.Min(1, (alpha * x) + beta));

    static float Softplus(float x) => x > 0 ? x + MathF.Log(MathF.Exp(-x) + 1) : MathF.Log(MathF.Exp(x) + 1);
}
