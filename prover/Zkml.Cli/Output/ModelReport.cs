using System.Globalization;
using Zkml.Cli.Input;
using Zkml.Guest.Onnx;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Cli.Output;

/// <summary>What is in an ONNX model, and what stands in the way of compiling it.</summary>
static class ModelReport
{
    // Beyond what the reader of protobuf takes.
    const long MaximumModelBytes = (1L << 31) - 1;

    /// <summary>Reads a model; a file that is none is the caller's mistake.</summary>
    public static Report Create(string path, int batch)
    {
        byte[] bytes = InputFiles.ReadFile(path, "ONNX model", MaximumModelBytes);
        try
        {
            return Create(ModelSummary.Of(bytes, new() { Batch = batch, Folder = Path.GetDirectoryName(Path.GetFullPath(path)) }));
        }
        catch (OnnxException exception)
        {
            throw CommandException.Usage($"{path}: {exception.Message}");
        }
    }

    static Report Create(ModelSummary summary)
    {
        string sets = string.Join(", ", summary.OperatorSets.Select(set => $"{(set.Key.Length == 0 ? "ai.onnx" : set.Key)} {set.Value}"));
        Report report = new Report()
            .Add("kind", "kind", "ONNX model")
            .Add("producer", "written by", summary.Producer)
            .Add("operatorSets", "operator sets", sets)
            .Add("nodes", "nodes", (long)summary.Operators.Sum(count => count.Count))
            .Add("parameters", "parameters", summary.Parameters)
            .Add("macs", "multiply-accumulates", summary.Macs, summary.Macs.ToString("N0", CultureInfo.InvariantCulture))
            .Add("integerMacs", "of them in 8 bits", summary.IntegerMacs, summary.IntegerMacs.ToString("N0", CultureInfo.InvariantCulture))
            .Add("isSupported", "can be compiled", summary.Unsupported.Count == 0, summary.Unsupported.Count == 0 ? "yes" : "no")
            .AddTable("inputs", "inputs", Tensors(summary.Inputs))
            .AddTable("outputs", "outputs", Tensors(summary.Outputs));
        ReportTable operators = new(new("operator", "operator"), new("count", "nodes"), new("isSupported", "supported"));
        foreach (OperatorCount count in summary.Operators) operators.Add(count.Operator, (long)count.Count, count.IsSupported);
        ReportTable unsupported = new(new("node", "node"), new("operator", "operator"), new("reason", "reason"), new("message", "message"));
        foreach (UnsupportedNode node in summary.Unsupported) unsupported.Add(node.Name, node.Operator, node.Reason.ToString(), node.Message);
        return report.AddTable("operators", "operators", operators).AddTable("unsupported", "what stands in the way", unsupported);
    }

    static ReportTable Tensors(IReadOnlyList<DeclaredTensor> tensors)
    {
        ReportTable table = new(new("name", "name"), new("type", "type"));
        foreach (DeclaredTensor tensor in tensors) table.Add(tensor.Name, tensor.Type);
        return table;
    }
}
