using Google.Protobuf.Collections;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Quantization;

/// <summary>
/// Moves Relu and Clip before the operators that only move values, next to the product in front of them, where saturation replaces them: Gemm,
/// Reshape, Relu becomes Gemm, Relu, Reshape. Both orders mean the same, since these operators copy elements, take their maximum, or add zeros.
/// </summary>
static class SaturationOrder
{
    /// <summary>Reorders the nodes of <paramref name="graph"/>; <paramref name="isPassing"/> tells which nodes only move values.</summary>
    public static void Apply(GraphProto graph, Func<NodeProto, bool> isPassing, Func<string, float?> scalar, Func<string, int> uses)
    {
        RepeatedField<NodeProto> nodes = graph.Node;
        Dictionary<string, int> producers = [];
        for (int i = 0; i < nodes.Count; i++)
        {
            foreach (string output in nodes[i].Output) producers[output] = i;
        }
        for (int i = 0; i < nodes.Count; i++)
        {
            int at = i;
            while (QuantizedOperators.IsSaturation(nodes[at], scalar, out _) && producers.TryGetValue(nodes[at].Input[0], out int before))
            {
                (NodeProto passing, NodeProto saturation) = (nodes[before], nodes[at]);
                if (!isPassing(passing) || passing.Output.Count != 1 || uses(passing.Output[0]) != 1) break;
                (string source, string middle, string result) = (passing.Input[0], passing.Output[0], saturation.Output[0]);
                (saturation.Input[0], saturation.Output[0], passing.Input[0], passing.Output[0]) = (source, middle, middle, result);
                (nodes[before], nodes[at]) = (saturation, passing);
                (producers[middle], producers[result]) = (before, at);
                at = before;
            }
        }
    }
}
