using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Quantization;

namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>How many multiply-accumulates of a model ONNX Runtime runs in integer kernels.</summary>
/// <param name="Integer">Multiply-accumulates in integer kernels, for a batch of 1.</param>
/// <param name="Total">All multiply-accumulates of convolutions and matrix products.</param>
public readonly record struct KernelShare(long Integer, long Total)
{
    /// <summary>No saturation of uint8 × int8 products in 16 bits, on CPUs without VNNI too.</summary>
    public static IReadOnlyDictionary<string, string> ExactProducts { get; } = new Dictionary<string, string> { ["session.x64quantprecision"] = "1" };

    /// <summary>The integer share in [0, 1]; 1 where there is no product.</summary>
    public double Share => Total == 0 ? 1 : (double)Integer / Total;

    /// <summary>Counts in the graph that ONNX Runtime makes of a quantised model.</summary>
    internal static KernelShare Of(ModelProto quantized, Func<ModelProto, Dictionary<string, TensorFact>> facts, Func<OnnxRuntimeOptions, OnnxRuntimeSession> load)
    {
        using OnnxRuntimeSession session = load(new() { Optimization = GraphOptimization.Extended, KeepOptimizedModel = true, Settings = ExactProducts });
        ModelProto optimized = OnnxImporter.Parse(session.OptimizedModel.Span);
        return Count(optimized, facts(optimized));
    }

    static KernelShare Count(ModelProto model, Dictionary<string, TensorFact> facts)
    {
        Dictionary<string, long[]> shapes = facts.ToDictionary(fact => fact.Key, fact => fact.Value.Dimensions.Select(extent => Math.Max(1, extent)).ToArray());
        foreach (TensorProto constant in model.Graph.Initializer) shapes[constant.Name] = [.. constant.Dims];
        long integer = 0, total = 0;
        foreach (NodeProto node in model.Graph.Node)
        {
            (int weight, bool isInteger) = node.OpType switch
            {
                "Conv" or "FusedConv" or "Gemm" or "FusedGemm" or "MatMul" or "FusedMatMul" => (1, false),
                "ConvInteger" or "MatMulInteger" or "MatMulIntegerToFloat" or "DynamicQuantizeMatMul" => (1, true),
                "QLinearConv" or "QGemm" or "QLinearMatMul" => (3, true),
                _ => (-1, false),
            };
            if (weight < 0 || !shapes.TryGetValue(node.Input[weight], out long[]? factor) || !shapes.TryGetValue(node.Output[0], out long[]? output)) continue;
            bool isConvolution = node.OpType.Contains("Conv", StringComparison.Ordinal), isTransposed = node.Attribute.Any(attribute => attribute.Name == "transB" && attribute.I == 1);
            long inner = isConvolution ? Product(factor) / Math.Max(1, factor[0]) : factor.Length == 1 ? factor[0] : isTransposed ? factor[^1] : factor[^2];
            long products = Product(output) * inner;
            total += products;
            if (isInteger) integer += products;
        }
        return new(integer, total);
    }

    static long Product(long[] extents) => extents.Aggregate(1L, (product, extent) => product * extent);
}
