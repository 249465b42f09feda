namespace Zkml.Guest.Onnx.Graph.Passes;

/// <summary>The rewrites of a graph between shape inference and lowering. Types and shapes of new values are not inferred: run <see cref="ShapeInference"/> again.</summary>
public static class GraphPasses
{
    /// <summary>
    /// Rewrites in place. The graph's shapes are inferred with DequantizeLinear of constants kept. Returns true if anything changed.
    /// </summary>
    public static bool Run(OnnxGraph graph)
    {
        bool changed = QdqPropagation.Run(graph);
        return QdqFusion.Run(graph) || changed;
    }
}
