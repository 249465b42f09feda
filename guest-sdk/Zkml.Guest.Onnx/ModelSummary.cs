using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Operators;

namespace Zkml.Guest.Onnx;

/// <summary>An input or output as the model declares it: the type with its symbols.</summary>
public sealed record DeclaredTensor(string Name, string Type);

/// <summary>An operator of a model and how often it is used.</summary>
public sealed record OperatorCount(string Operator, int Count, bool IsSupported);

/// <summary>A node that cannot be compiled, with the reason; an input of the model has "input" for its operator.</summary>
public sealed record UnsupportedNode(string Name, string Operator, OnnxError Reason, string Message);

/// <summary>What is in a model, supported or not. Counts of work need shapes: where a node has none, it is left out of them.</summary>
public sealed record ModelSummary
{
    /// <summary>The program that wrote the file, with its version; may be empty.</summary>
    public required string Producer { get; init; }

    /// <summary>Domain and version of each operator set.</summary>
    public required IReadOnlyDictionary<string, int> OperatorSets { get; init; }

    /// <summary>The inputs that are not initialisers.</summary>
    public required IReadOnlyList<DeclaredTensor> Inputs { get; init; }

    /// <summary>The outputs.</summary>
    public required IReadOnlyList<DeclaredTensor> Outputs { get; init; }

    /// <summary>The nodes that outputs need, by operator, most frequent first; functions of the model are inlined.</summary>
    public required IReadOnlyList<OperatorCount> Operators { get; init; }

    /// <summary>Elements of all constants.</summary>
    public required long Parameters { get; init; }

    /// <summary>Multiply-accumulates of matrix products and convolutions, as far as shapes are known.</summary>
    public required long Macs { get; init; }

    /// <summary>Those of them on integers of at most 8 bits.</summary>
    public required long IntegerMacs { get; init; }

    /// <summary>What stands in the way of compiling; empty if nothing does.</summary>
    public required IReadOnlyList<UnsupportedNode> Unsupported { get; init; }

    /// <summary>Looks at a model. Throws <see cref="OnnxException"/> only where the file cannot be read at all.</summary>
    public static ModelSummary Of(ReadOnlySpan<byte> model, OnnxImportOptions options)
    {
        ModelProto proto = OnnxImporter.Parse(model);
        List<UnsupportedNode> unsupported = [];
        OnnxGraph graph = OnnxImporter.Read(proto, options, unsupported);
        OperatorCount[] operators =
        [
            .. graph.Nodes.GroupBy(node => (node.Domain, node.OperatorType))
                .Select(group => new OperatorCount(Name(group.First()), group.Count(), ControlFlow.Is(group.First()) || OperatorTable.TryGet(group.Key.Domain, group.Key.OperatorType, out _)))
                .OrderByDescending(count => count.Count).ThenBy(count => count.Operator, StringComparer.Ordinal),
        ];
        long parameters = graph.Nodes.SelectMany(node => node.Inputs.OfType<Value>()).Distinct().Sum(value => (long)(value.Constant?.Shape.Count ?? 0));
        unsupported.AddRange(ShapeInference.Explore(graph));
        NodeStatistics[] statistics = [.. graph.Nodes.Select(NodeStatistics.Of)];
        HashSet<string> initializers = [.. proto.Graph.Initializer.Select(tensor => tensor.Name)];
        return new()
        {
            Producer = $"{proto.ProducerName} {proto.ProducerVersion}".Trim(),
            OperatorSets = graph.OperatorSets,
            Inputs = [.. proto.Graph.Input.Where(input => !initializers.Contains(input.Name)).Select(Declared)],
            Outputs = [.. proto.Graph.Output.Select(Declared)],
            Operators = operators,
            Parameters = parameters,
            Macs = statistics.Sum(node => node.Macs),
            IntegerMacs = statistics.Where(node => node.IsInteger).Sum(node => node.Macs),
            Unsupported = unsupported,
        };
    }

    internal static string Name(Node node) => node.Domain.Length == 0 ? node.OperatorType : $"{node.Domain}.{node.OperatorType}";

    static DeclaredTensor Declared(ValueInfoProto info) => new(info.Name, info.Type?.ValueCase switch
    {
        TypeProto.ValueOneofCase.TensorType => $"{(ElementType)info.Type.TensorType.ElemType}{Extents(info.Type.TensorType.Shape)}",
        TypeProto.ValueOneofCase.SequenceType => "sequence",
        TypeProto.ValueOneofCase.MapType => "map",
        TypeProto.ValueOneofCase.OptionalType => "optional",
        TypeProto.ValueOneofCase.SparseTensorType => "sparse tensor",
        _ => "not declared",
    });

    static string Extents(TensorShapeProto? shape) => shape == null
        ? ""
        : $"[{string.Join(", ", shape.Dim.Select(extent => extent.DimParam.Length > 0 ? extent.DimParam : extent.HasDimValue ? $"{extent.DimValue}" : "?"))}]";
}
