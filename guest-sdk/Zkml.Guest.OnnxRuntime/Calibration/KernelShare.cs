using Zkml.Guest.Onnx.Graph;
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
        Dictionary<string, Value> values = facts.ToDictionary(fact => fact.Key, fact => Known(fact.Key, fact.Value.Type, fact.Value.Dimensions));
        foreach (TensorProto constant in model.Graph.Initializer) values[constant.Name] = Known(constant.Name, (ElementType)constant.DataType, constant.Dims);
        long integer = 0, total = 0;
        foreach (NodeProto node in model.Graph.Node)
        {
            Dictionary<string, object> attributes = node.Attribute.Where(attribute => attribute.HasI).ToDictionary(attribute => attribute.Name, attribute => (object)attribute.I);
            NodeStatistics statistics = NodeStatistics.Of(new Node(
                node.Name, node.Domain, node.OpType, 0, Array.ConvertAll([.. node.Input], Find), Array.ConvertAll([.. node.Output], Find), new NodeAttributes(attributes)));
            total += statistics.Macs;
            if (statistics.IsInteger) integer += statistics.Macs;
        }
        return new(integer, total);

        Value? Find(string name) => values.GetValueOrDefault(name);
    }

    // A batch that is not known counts as 1.
    static Value Known(string name, ElementType type, IEnumerable<long> extents) =>
        new(name) { Type = type, Shape = Shape.Of([.. extents.Select(extent => Math.Max(1, extent))]) };
}
