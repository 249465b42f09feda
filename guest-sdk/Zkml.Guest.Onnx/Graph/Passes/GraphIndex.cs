namespace Zkml.Guest.Onnx.Graph.Passes;

/// <summary>Who makes and who reads each value, while a pass replaces nodes.</summary>
sealed class GraphIndex
{
    readonly OnnxGraph _graph;
    readonly Dictionary<Value, Node> _producers = [];
    readonly Dictionary<Value, List<Node>> _consumers = [];
    readonly HashSet<Value> _outputs;
    readonly Dictionary<Node, Node[]> _replacements = [];
    readonly HashSet<string> _names;

    /// <summary>Indexes a graph.</summary>
    public GraphIndex(OnnxGraph graph)
    {
        _graph = graph;
        _outputs = [.. graph.Outputs];
        _names = [.. graph.Nodes.Select(node => node.Name), .. graph.Nodes.SelectMany(node => node.Outputs).OfType<Value>().Select(value => value.Name)];
        foreach (Node node in graph.Nodes) Add(node);
    }

    /// <summary>True if a node was replaced or removed.</summary>
    public bool HasChanged => _replacements.Count > 0;

    /// <summary>The node that makes a value; null for inputs and constants.</summary>
    public Node? Producer(Value? value) => value == null ? null : _producers.GetValueOrDefault(value);

    /// <summary>The nodes that read a value, once for each reading.</summary>
    public IReadOnlyList<Node> Consumers(Value value) => _consumers.TryGetValue(value, out List<Node>? nodes) ? nodes : [];

    /// <summary>True for an output of the graph.</summary>
    public bool IsOutput(Value value) => _outputs.Contains(value);

    /// <summary>The only reader of a value that is no output of the graph; null where there is none or several.</summary>
    public Node? OnlyConsumer(Value? value) => value != null && !IsOutput(value) && Consumers(value) is [var only] ? only : null;

    /// <summary>True if the node was replaced or removed.</summary>
    public bool IsGone(Node node) => _replacements.ContainsKey(node);

    /// <summary>Puts nodes where <paramref name="place"/> stood, which is removed together with <paramref name="others"/>.</summary>
    public void Replace(Node place, IEnumerable<Node> others, params Node[] replacements)
    {
        foreach (Node node in (IEnumerable<Node>)[place, .. others]) Remove(node);
        _replacements[place] = replacements;
        foreach (Node node in replacements) Add(node);
    }

    /// <summary>A value with a name of its own.</summary>
    public Value NewValue(string hint, ElementType type, Shape? shape) => new(Unique(hint)) { Type = type, Shape = shape };

    /// <summary>A constant with a name of its own.</summary>
    public Value NewConstant(string hint, Tensor tensor) => new(Unique(hint)) { Type = tensor.Type, Shape = tensor.Shape, Constant = tensor };

    /// <summary>A name that no node and no value has.</summary>
    public string Unique(string hint)
    {
        string name = hint;
        for (int i = 2; !_names.Add(name); i++) name = $"{hint}.{i}";
        return name;
    }

    /// <summary>Writes the replacements into the graph and drops DequantizeLinear nodes that nobody reads any more.</summary>
    public void Apply()
    {
        List<Node> nodes = [];
        foreach (Node node in _graph.Nodes) Emit(node, nodes);
        HashSet<Node> dead = [];
        foreach (Node node in nodes.AsEnumerable().Reverse())
        {
            if (node.OperatorType is not ("DequantizeLinear" or "QuantizeLinear") || node.Outputs.Any(output => output != null && (IsOutput(output) || Consumers(output).Count > 0))) continue;
            dead.Add(node);
            Remove(node);
        }
        _graph.Nodes.Clear();
        _graph.Nodes.AddRange(nodes.Where(node => !dead.Contains(node)));
    }

    void Emit(Node node, List<Node> nodes)
    {
        if (!_replacements.TryGetValue(node, out Node[]? replacements))
        {
            nodes.Add(node);
            return;
        }
        foreach (Node replacement in replacements) Emit(replacement, nodes);
    }

    void Add(Node node)
    {
        foreach (Value? output in node.Outputs)
            if (output != null) _producers[output] = node;
        foreach (Value? input in node.Inputs)
        {
            if (input == null) continue;
            if (!_consumers.TryGetValue(input, out List<Node>? nodes)) _consumers.Add(input, nodes = []);
            nodes.Add(node);
        }
    }

    void Remove(Node node)
    {
        _replacements.TryAdd(node, []);
        foreach (Value? output in node.Outputs)
            if (output != null && _producers.GetValueOrDefault(output) == node) _producers.Remove(output);
        foreach (Value? input in node.Inputs)
            if (input != null) _consumers[input].Remove(node);
    }
}
