using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Operators;

namespace Zkml.Guest.Onnx.Lowering;

/// <summary>
/// Turns a graph whose shapes are inferred into loops: one buffer per value, one layer or more per node, named like the node. Nodes that
/// nothing needs are left out; operators that only rename a tensor (Reshape, Squeeze, Identity …) share the buffer of their input.
/// </summary>
public sealed class GraphLowering
{
    // Several times what a guest holds.
    const long MaximumConstantBytes = 1 << 27;

    readonly Dictionary<Value, LoopBuffer> _buffers = [];

    // Value to the value whose buffer it shares.
    readonly Dictionary<Value, Value> _sources = [];
    readonly List<Layer> _layers = [];
    readonly HashSet<string> _layerNames = [];

    GraphLowering() { }

    /// <summary>Lowers a graph. Throws <see cref="OnnxException"/> with the node.</summary>
    public static LoopProgram Lower(OnnxGraph graph) => Lower(graph, out _);

    /// <summary>Lowers a graph and tells which buffer holds which value.</summary>
    public static LoopProgram Lower(OnnxGraph graph, out IReadOnlyDictionary<Value, LoopBuffer> buffers)
    {
        GraphLowering lowering = new();
        buffers = lowering._buffers;
        List<Node> nodes = NodeOrder.Needed(graph.Nodes, graph.Outputs);
        CheckConstants(nodes);
        foreach (Value input in graph.Inputs) lowering._buffers[input] = Create(input, BufferKind.Input);
        foreach (Node node in nodes.Where(IsRename)) lowering._sources[node.Outputs[0]!] = node.Inputs[0]!;
        HashSet<Value> made = [.. nodes.SelectMany(node => node.Outputs.OfType<Value>())];
        LoopBuffer[] outputs = new LoopBuffer[graph.Outputs.Count];
        List<(Value From, LoopBuffer To)> copies = [];
        for (int i = 0; i < outputs.Length; i++)
        {
            // An output gives its buffer to what it renames, if a node makes that and no other output has it; else it is copied at the end.
            outputs[i] = Create(graph.Outputs[i], BufferKind.Output);
            Value root = lowering.Root(graph.Outputs[i]);
            if (root.Constant != null || !made.Contains(root) || !lowering._buffers.TryAdd(root, outputs[i])) copies.Add((root, outputs[i]));
        }
        foreach (Node node in nodes.Where(node => !IsRename(node))) lowering.Lower(node);
        foreach ((Value from, LoopBuffer to) in copies) lowering.Copy(from, to);
        return new()
        {
            Name = Symbol(graph.Name),
            Inputs = [.. graph.Inputs.Select(input => lowering._buffers[input])],
            Outputs = outputs,
            Layers = lowering._layers,
        };
    }

    /// <summary>Lowers one node whose inputs are constants; the outputs are those that are present, in order.</summary>
    internal static LoopProgram LowerAlone(Node node, Operator found)
    {
        GraphLowering lowering = new();
        List<LoopBuffer> outputs = [];
        foreach (Value output in node.Outputs.OfType<Value>())
        {
            outputs.Add(Create(output, BufferKind.Output));
            lowering._buffers[output] = outputs[^1];
        }
        lowering.Lower(node, found);
        return new() { Name = Symbol(node.Name), Inputs = [], Outputs = outputs, Layers = lowering._layers };
    }

    // Operators pack weights into tables of their own, so one constant that many nodes read may come many times.
    static void CheckConstants(List<Node> nodes)
    {
        long bytes = 0;
        foreach (Node node in nodes)
        {
            bytes += node.Inputs.Sum(input => input?.Constant is { } constant ? (long)constant.Data.Length : 0);
            if (bytes > MaximumConstantBytes) throw new OnnxException(OnnxError.Limit, $"the constants that all nodes read have more than {MaximumConstantBytes} bytes").At(node);
        }
    }

    void Lower(Node node)
    {
        try
        {
            if (!OperatorTable.TryGet(node.Domain, node.OperatorType, out Operator? found)) throw UnsupportedOperators.Error(node.Domain, node.OperatorType);
            Lower(node, found);
        }
        catch (OnnxException e)
        {
            throw e.At(node);
        }
        catch (Exception e) when (OnnxException.IsUnforeseen(e))
        {
            throw OnnxException.Unforeseen(e).At(node);
        }
    }

    void Lower(Node node, Operator found)
    {
        LoweringContext context = new(node, LayerName(node.Name), View, _layers);
        found.Lower(context);
        context.Finish();
    }

    void Copy(Value from, LoopBuffer to)
    {
        string name = LayerName($"copy.{to.Name}");
        FunctionBuilder code = new(name);
        LoopBuffer source = View(from).Buffer;
        code.For("i", 0, to.Count, i => code.Store(to, i, Expression.Load(source, i)));
        _layers.Add(new(name, code.Build()));
    }

    TensorView View(Value value)
    {
        Value root = Root(value);
        if (!_buffers.TryGetValue(root, out LoopBuffer? buffer))
        {
            buffer = root.Constant is { } constant
                ? LoopBuffer.Constant(root.Name, constant.Type.Memory, constant.Data)
                : Create(root, BufferKind.Scratch);
            _buffers[root] = buffer;
        }
        return new(buffer, value.Type, value.Shape!);
    }

    Value Root(Value value)
    {
        while (_sources.TryGetValue(value, out Value? source)) value = source;
        return value;
    }

    static LoopBuffer Create(Value value, BufferKind kind) => LoopBuffer.Create(value.Name, kind, value.Type.Memory, value.Shape!.Count);

    static bool IsRename(Node node)
    {
        if (node.Domain.Length > 0 || node.Inputs is not [{ } from, ..] || node.Outputs is not [{ } to, .. var others] || others.Any(other => other != null)) return false;
        if (from.Type != to.Type || from.Shape!.Count != to.Shape!.Count || from.Type == ElementType.String) return false;
        return node.OperatorType switch
        {
            "Reshape" or "Flatten" or "Squeeze" or "Unsqueeze" or "Identity" or "Dropout" or "Cast" or "CastLike" or "Expand" or "Tile" => true,
            "Transpose" => KeepsOrder(node.Attributes.Integers("perm"), from.Shape),
            _ => false,
        };
    }

    // A transposition that moves extents of 1 only leaves every element where it is.
    static bool KeepsOrder(long[]? permutation, Shape shape)
    {
        long last = -1;
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            long from = permutation?[axis] ?? shape.Rank - 1 - axis;
            if (shape[(int)from] == 1) continue;
            if (from < last) return false;
            last = from;
        }
        return true;
    }

    string LayerName(string wanted)
    {
        string symbol = Symbol(wanted), name = symbol;
        for (int suffix = 2; !_layerNames.Add(name); suffix++) name = $"{symbol}_{suffix}";
        return name;
    }

    // Names of models hold anything; symbols of an ELF and lines of a profile hold these characters.
    static string Symbol(string name) => string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '/' or '-' or ':' ? c : '_'));
}
