using Zkml.Guest.Onnx;
using Zkml.Guest.Onnx.Graph;
using Zkml.Sdk.Inference;

namespace Zkml.Cli.Profiling;

/// <summary>What one node of a model costs.</summary>
/// <param name="Name">The node.</param>
/// <param name="Operator">Its type.</param>
/// <param name="Shape">Of its first output.</param>
/// <param name="Statistics">Parameters and multiply-accumulates.</param>
/// <param name="Cycles">Of one run, called functions included.</param>
sealed record LayerCost(string Name, string Operator, Shape Shape, NodeStatistics Statistics, long Cycles);

/// <summary>The cycles of one run, by node of the model.</summary>
/// <param name="Layers">In order; nodes that cost nothing (a Reshape, for instance) are left out.</param>
/// <param name="TotalCycles">Of the whole run.</param>
sealed record LayerCosts(IReadOnlyList<LayerCost> Layers, long TotalCycles)
{
    /// <summary>Cycles outside of the layers: reading the input, hashing, the journal.</summary>
    public long FrameCycles => TotalCycles - Layers.Sum(layer => layer.Cycles);

    /// <summary>Parameters of all nodes.</summary>
    public long Parameters => Layers.Sum(layer => layer.Statistics.Parameters);

    /// <summary>Multiply-accumulates of all nodes.</summary>
    public long Macs => Layers.Sum(layer => layer.Statistics.Macs);

    /// <summary>Of those, products of integers of at most 8 bits.</summary>
    public long IntegerMacs => Layers.Sum(layer => layer.Statistics.IsInteger ? layer.Statistics.Macs : 0);

    /// <summary>Joins a measurement with the nodes of the graph.</summary>
    public static LayerCosts Of(InferenceGuest guest, LayerMeasurement measurement)
    {
        Dictionary<string, long> cycles = new(measurement.ByNode);
        List<LayerCost> layers = [];
        foreach (Node node in guest.Graph.Nodes)
        {
            if (!cycles.Remove(node.Name, out long spent)) continue;
            layers.Add(new(node.Name, node.OperatorType, node.Outputs.First(output => output != null)!.Shape!, NodeStatistics.Of(node), spent));
        }
        foreach ((string name, long spent) in cycles) layers.Add(new(name, "copy", Shape.Scalar, new(0, 0, false), spent));
        return new(layers, measurement.Total);
    }
}
