using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Graph.Passes;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx;

/// <summary>A model as loops, with the graph that they come from: inputs and outputs have the order of the program's buffers.</summary>
public sealed record CompiledModel(OnnxGraph Graph, LoopProgram Program);

/// <summary>From the bytes of an ONNX file to loops over static buffers.</summary>
public static class OnnxCompiler
{
    /// <summary>Reads, infers, folds, fuses and lowers. Throws <see cref="OnnxException"/> for a model that cannot be compiled.</summary>
    public static CompiledModel Compile(ReadOnlySpan<byte> model, OnnxImportOptions options)
    {
        OnnxGraph graph = Prepare(model, options);
        return new(graph, GraphLowering.Lower(graph));
    }

    /// <summary>Everything before lowering.</summary>
    public static OnnxGraph Prepare(ReadOnlySpan<byte> model, OnnxImportOptions options)
    {
        OnnxGraph graph = OnnxImporter.Read(model, options);
        Prepare(graph);
        return graph;
    }

    /// <summary>Infers, folds and fuses a graph that was just read, in place.</summary>
    public static void Prepare(OnnxGraph graph)
    {
        ShapeInference.Run(graph, keepsDequantization: true);
        GraphPasses.Run(graph);
        ShapeInference.Run(graph);
    }
}
