namespace Zkml.Guest.Onnx.Graph;

/// <summary>What a node costs by its shapes.</summary>
/// <param name="Parameters">Elements of its constant inputs.</param>
/// <param name="Macs">Multiply-accumulates of matrix products and convolutions; 0 for everything else.</param>
/// <param name="IsInteger">True if those are products of integers of at most 8 bits.</param>
public sealed record NodeStatistics(long Parameters, long Macs, bool IsInteger)
{
    /// <summary>Counts a node whose shapes are inferred.</summary>
    public static NodeStatistics Of(Node node)
    {
        long parameters = 0;
        foreach (Value input in node.Inputs.OfType<Value>().Distinct()) parameters += input.Constant?.Shape.Count ?? 0;
        (int data, int weights) = node.OperatorType switch
        {
            "Conv" or "ConvTranspose" or "MatMul" or "Gemm" or "ConvInteger" or "MatMulInteger" or "MatMulIntegerToFloat" or "DynamicQuantizeMatMul"
                or "FusedConv" or "FusedMatMul" or "FusedGemm" => (0, 1),
            "QLinearConv" or "QLinearMatMul" or "QGemm" => (0, 3),
            _ => (-1, -1),
        };
        if (data < 0 || node.Outputs[0]?.Shape is not { } output || Shape(data) is not { } a || Shape(weights) is not { } b) return new(parameters, 0, false);
        bool isInteger = node.Inputs[data]!.Type is ElementType.UInt8 or ElementType.Int8 && node.Inputs[weights]!.Type is ElementType.UInt8 or ElementType.Int8;
        return new(parameters, Count(node, output, a, b), isInteger);

        Shape? Shape(int index) => index < node.Inputs.Length ? node.Inputs[index]?.Shape : null;
    }

    static long Count(Node node, Shape output, Shape data, Shape weights)
    {
        switch (node.OperatorType)
        {
            case "Conv" or "FusedConv" or "ConvInteger" or "QLinearConv":
                // Each output element takes the taps of one filter.
                return weights[0] == 0 ? 0 : (long)output.Count * (weights.Count / weights[0]);
            case "ConvTranspose":
                return weights[0] == 0 ? 0 : (long)data.Count * (weights.Count / weights[0]);
            case "Gemm" or "FusedGemm" or "QGemm":
                return (long)output.Count * data[node.Attributes.Flag("transA") ? 0 : 1];
            default:
                return data.Rank == 0 ? 0 : (long)output.Count * data[^1];
        }
    }
}
