using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Import;

/// <summary>
/// Reads one graph: the model's own, or the body of a control flow operator, which also sees the values of the graph around it. All values
/// that nodes make are declared first, so nodes may stand in any order; sorting comes last.
/// </summary>
sealed class GraphReader
{
    readonly ImportSession _session;
    readonly GraphProto _proto;
    readonly IReadOnlyDictionary<string, int> _operatorSets;
    readonly SymbolTable _symbols;
    readonly NodeScope _scope;

    public GraphReader(ImportSession session, GraphProto proto, IReadOnlyDictionary<string, int> operatorSets)
    {
        (_session, _proto, _operatorSets) = (session, proto, operatorSets);
        _symbols = new(session.Options, proto.Input);
        _scope = new(session, operatorSets, ReadBody);
    }

    GraphReader(ImportSession session, GraphProto proto, NodeScope outer, SymbolTable symbols)
    {
        (_session, _proto, _operatorSets, _symbols) = (session, proto, outer.OperatorSets, symbols);
        _scope = new(outer, ReadBody);
    }

    /// <summary>Reads the model's graph.</summary>
    public OnnxGraph ReadModel()
    {
        ReadInitializers();
        List<Value> inputs = ReadInputs();
        OnnxGraph graph = ReadNodes(inputs);
        _symbols.CheckAllUsed();
        return graph;
    }

    OnnxGraph ReadBody(NodeScope scope, GraphProto body) => new GraphReader(_session, body, scope, _symbols).ReadBody();

    OnnxGraph ReadBody()
    {
        ReadInitializers();
        List<Value> inputs = [.. _proto.Input.Select(input => _scope.Define(input.Name, $"input {input.Name}"))];
        return ReadNodes(inputs);
    }

    OnnxGraph ReadNodes(List<Value> inputs)
    {
        _scope.Read(_proto.Node);
        List<Value> outputs = ReadOutputs();
        List<Node> nodes = NodeOrder.Sort(_scope.Nodes);
        return new()
        {
            Name = _proto.Name.Length == 0 ? "model" : _proto.Name,
            Inputs = inputs,
            Outputs = outputs,
            Nodes = NodeOrder.Needed(nodes, outputs),
            Declarations = ReadDeclarations(),
            OperatorSets = _operatorSets,
        };
    }

    void ReadInitializers()
    {
        foreach (TensorProto proto in _proto.Initializer)
        {
            string what = $"initialiser {proto.Name}";
            _scope.Define(proto.Name, what).SetContent(_session.Tensors.Read(proto, what));
        }
        foreach (SparseTensorProto proto in _proto.SparseInitializer)
        {
            string name = proto.Values?.Name ?? "", what = $"initialiser {name}";
            _scope.Define(name, what).SetContent(_session.Tensors.Read(proto, what));
        }
    }

    List<Value> ReadInputs()
    {
        List<Value> inputs = [];
        HashSet<string> names = [];
        foreach (ValueInfoProto proto in _proto.Input)
        {
            string what = $"input {proto.Name}";
            if (!names.Add(proto.Name)) throw OnnxException.Malformed($"{what} is there twice");
            try
            {
                if (ReadInput(proto, what) is { } input) inputs.Add(input);
            }
            catch (OnnxException e) when (_session.OpenInputs is { } open && e.Error is not (OnnxError.Malformed or OnnxError.Limit))
            {
                open.Add(new(proto.Name, "input", e.Error, e.Message));
                inputs.Add(_scope.Find(proto.Name) ?? _scope.Define(proto.Name, what));
            }
        }
        foreach (string name in _session.Options.Bind.Keys.Concat(_session.Options.Shapes.Keys))
            if (!names.Contains(name)) throw OnnxException.Malformed($"the options name input {name}, which the model does not have; it has {string.Join(", ", names)}");
        return inputs;
    }

    // Null where the input is a constant.
    Value? ReadInput(ValueInfoProto proto, string what)
    {
        (ElementType type, int?[]? dimensions) = _symbols.TensorType(proto.Type, what);
        if (_scope.Find(proto.Name) is { Constant: { } initializer })
        {
            CheckFits(what, type, dimensions, initializer);
            return null;
        }
        Value value = _scope.Define(proto.Name, what);
        if (_session.Options.Bind.TryGetValue(proto.Name, out Tensor? bound))
        {
            CheckFits(what, type, dimensions, bound);
            value.SetContent(bound);
            return null;
        }
        if (type == ElementType.String) throw new OnnxException(OnnxError.String, $"{what} is text");
        (value.Type, value.Shape) = (type, GivenShape(proto.Name, type, dimensions) ?? _symbols.StaticShape(proto.Type, dimensions, what));
        return value;
    }

    Shape? GivenShape(string name, ElementType type, int?[]? dimensions)
    {
        if (!_session.Options.Shapes.TryGetValue(name, out Shape? shape)) return null;
        if (!SymbolTable.Fits(dimensions, shape)) throw OnnxException.Malformed($"input {name}: declared as {SymbolTable.Text(type, dimensions)}, but its shape is given as {shape}");
        return shape;
    }

    static void CheckFits(string what, ElementType type, int?[]? dimensions, Tensor tensor)
    {
        if (tensor.Type != type || !SymbolTable.Fits(dimensions, tensor.Shape))
            throw OnnxException.Malformed($"{what}: declared as {SymbolTable.Text(type, dimensions)}, but its value is {tensor}");
    }

    List<Value> ReadOutputs()
    {
        List<Value> outputs = [];
        foreach (ValueInfoProto proto in _proto.Output)
        {
            Value value = _scope.Find(proto.Name) ?? throw OnnxException.Malformed($"output {proto.Name} is made by no node");
            if (outputs.Contains(value)) throw OnnxException.Malformed($"output {proto.Name} is there twice");
            outputs.Add(value);
        }
        if (outputs.Count == 0) throw OnnxException.Malformed($"graph {_proto.Name} has no output");
        return outputs;
    }

    List<Declaration> ReadDeclarations()
    {
        List<Declaration> declarations = [];
        foreach (ValueInfoProto proto in _proto.ValueInfo.Concat(_proto.Output))
        {
            // Sequences and maps are left to the operators that make them.
            if (_scope.Find(proto.Name) is not { } value || proto.Type?.TensorType is not { ElemType: not 0 }) continue;
            (ElementType type, int?[]? dimensions) = _symbols.TensorType(proto.Type, $"value {proto.Name}");
            declarations.Add(new(value, type, dimensions));
        }
        return declarations;
    }
}
