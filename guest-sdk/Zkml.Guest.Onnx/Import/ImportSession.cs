using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Import;

/// <summary>What all graphs of one model share while it is read: options, functions, names that are taken, limits.</summary>
sealed class ImportSession(OnnxImportOptions options)
{
    // Deeper chains of calls come from no exporter; the limit keeps the reader's stack small.
    const int MaximumCalls = 32;

    readonly Dictionary<(string Domain, string Name, string Overload), FunctionProto> _functions = [];
    readonly HashSet<string> _names = [];
    readonly Dictionary<string, int> _nextSuffix = [];
    readonly Stack<FunctionProto> _calls = new();
    int _nodes;

    public OnnxImportOptions Options { get; } = options;

    /// <summary>Where it is set: inputs that cannot be compiled as they stand are told here, and stay without a shape.</summary>
    public List<UnsupportedNode>? OpenInputs { get; init; }

    public TensorReader Tensors { get; } = new(options.Folder);

    public void Add(FunctionProto function)
    {
        if (!_functions.TryAdd((OnnxImporter.Domain(function.Domain), function.Name, function.Overload), function))
            throw OnnxException.Malformed($"function {function.Name} is defined twice");
    }

    public FunctionProto? FunctionOf(NodeProto node) => _functions.GetValueOrDefault((OnnxImporter.Domain(node.Domain), node.OpType, node.Overload));

    /// <summary>A name that nothing else in the model has; the wanted one where it is free. Values and nodes have separate names by their prefix.</summary>
    public string Unique(string kind, string wanted)
    {
        string name = wanted;
        while (!_names.Add(kind + name))
        {
            int suffix = _nextSuffix.GetValueOrDefault(kind + wanted, 2);
            _nextSuffix[kind + wanted] = suffix + 1;
            name = $"{wanted}_{suffix}";
        }
        return name;
    }

    public void CountNode()
    {
        if (++_nodes > OnnxImporter.MaximumNodes)
            throw new OnnxException(OnnxError.Limit, $"the model has more than {OnnxImporter.MaximumNodes} nodes once its functions are inlined");
    }

    public void Enter(FunctionProto function)
    {
        if (_calls.Contains(function)) throw OnnxException.Malformed($"function {function.Name} calls itself");
        if (_calls.Count == MaximumCalls) throw new OnnxException(OnnxError.Limit, $"function {function.Name}: calls are nested deeper than {MaximumCalls}");
        _calls.Push(function);
    }

    public void Leave() => _calls.Pop();
}
