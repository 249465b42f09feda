using Google.Protobuf.Collections;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Import;

/// <summary>
/// The names that are seen from one place, and the nodes read there: of the model's graph, of a body inside of it, or of a function, whose
/// nodes go to where it is called. Constant nodes become values with content.
/// </summary>
sealed class NodeScope
{
    readonly ImportSession _session;
    readonly Func<NodeScope, GraphProto, OnnxGraph> _readBody;
    readonly NodeScope? _outer;
    readonly string _prefix = "";

    // Null: an optional parameter that the caller left out.
    readonly Dictionary<string, Value?> _values = [];

    // Of a function: the results that the caller wants, and the attributes that it gives.
    readonly Dictionary<string, Value> _results = [];
    readonly Dictionary<string, AttributeProto?>? _arguments;

    public NodeScope(ImportSession session, IReadOnlyDictionary<string, int> operatorSets, Func<NodeScope, GraphProto, OnnxGraph> readBody) =>
        (_session, OperatorSets, _readBody, Nodes) = (session, operatorSets, readBody, []);

    /// <summary>The scope of a body: names of the outer scope are seen.</summary>
    public NodeScope(NodeScope outer, Func<NodeScope, GraphProto, OnnxGraph> readBody) : this(outer._session, outer.OperatorSets, readBody) =>
        (_outer, _prefix, _arguments) = (outer, outer._prefix, outer._arguments);

    NodeScope(NodeScope caller, string prefix, FunctionProto function, Dictionary<string, AttributeProto?> arguments)
        : this(caller._session, OnnxImporter.OperatorSets(function.OpsetImport), caller._readBody) =>
        (_prefix, _arguments, Nodes) = (prefix, arguments, caller.Nodes);

    public IReadOnlyDictionary<string, int> OperatorSets { get; }

    public List<Node> Nodes { get; }

    /// <summary>A new value. Throws if the name is taken in this scope, or empty.</summary>
    public Value Define(string name, string what)
    {
        if (name.Length == 0) throw OnnxException.Malformed($"{what}: a value without a name");
        Value value = _results.GetValueOrDefault(name) ?? new(_session.Unique("value ", _prefix + name));
        return _values.TryAdd(name, value) ? value : throw OnnxException.Malformed($"{what}: the name {name} is defined twice");
    }

    /// <summary>A value by name; null if there is none.</summary>
    public Value? Find(string name) => _values.TryGetValue(name, out Value? value) ? value : _outer?.Find(name);

    public void Read(RepeatedField<NodeProto> nodes)
    {
        string[] names = new string[nodes.Count];
        for (int i = 0; i < names.Length; i++)
        {
            _session.CountNode();
            if (nodes[i].OpType.Length == 0) throw OnnxException.Malformed($"node {nodes[i].Name}: the operator is missing");
            names[i] = _session.Unique("node ", _prefix + (nodes[i].Name.Length > 0 ? nodes[i].Name : nodes[i].OpType));
            foreach (string output in nodes[i].Output)
                if (output.Length > 0) Define(output, $"node {names[i]} ({nodes[i].OpType})");
        }
        for (int i = 0; i < names.Length; i++)
        {
            try
            {
                Read(nodes[i], names[i]);
            }
            catch (OnnxException e) when (e.NodeName == null)
            {
                throw e.At(names[i], nodes[i].OpType);
            }
        }
    }

    void Read(NodeProto proto, string name)
    {
        Value?[] inputs = [.. proto.Input.Select(Input)], outputs = [.. proto.Output.Select(output => output.Length == 0 ? null : _values[output])];
        if (_session.FunctionOf(proto) is { } function)
        {
            Inline(function, name, inputs, outputs, Arguments(proto, function));
            return;
        }
        string domain = OnnxImporter.Domain(proto.Domain);
        if (!OperatorSets.TryGetValue(domain, out int version))
            throw OnnxException.Malformed($"the model imports no operator set of domain {OnnxImporter.Display(domain)}");
        OnnxImporter.CheckVersion(domain, proto.OpType, version);
        AttributeReader reader = new(_session.Tensors, body => _readBody(this, body));
        Dictionary<string, object> attributes = [];
        foreach (AttributeProto attribute in proto.Attribute)
        {
            if (Resolve(attribute) is not { } resolved) continue;
            if (!attributes.TryAdd(attribute.Name, reader.Read(resolved))) throw OnnxException.Malformed($"attribute {attribute.Name} is there twice");
        }
        if (domain.Length == 0 && proto.OpType == "Constant") Constant(attributes, outputs);
        else Nodes.Add(new(name, domain, proto.OpType, version, inputs, outputs, new(attributes)));
    }

    Value? Input(string name)
    {
        if (name.Length == 0) return null;
        for (NodeScope? scope = this; scope != null; scope = scope._outer)
            if (scope._values.TryGetValue(name, out Value? value)) return value;
        throw OnnxException.Malformed($"input {name} is no input of the graph, no initialiser and no output of a node");
    }

    static void Constant(Dictionary<string, object> attributes, Value?[] outputs)
    {
        if (attributes.Count != 1 || outputs.Length != 1) throw OnnxException.Malformed($"expected one attribute and one output, got {attributes.Count} and {outputs.Length}");
        (string name, object content) = attributes.First();
        outputs[0]?.SetContent((name, content) switch
        {
            ("value" or "sparse_value", Tensor tensor) => tensor,
            ("value_float", float number) => Tensor.Of(ElementType.Float32, Shape.Scalar, number),
            ("value_floats", float[] numbers) => Tensor.Of<float>(ElementType.Float32, new(numbers.Length), numbers),
            ("value_int", long number) => Tensor.Of(ElementType.Int64, Shape.Scalar, number),
            ("value_ints", long[] numbers) => Tensor.Of<long>(ElementType.Int64, new(numbers.Length), numbers),
            ("value_string", string text) => new Tensor(Shape.Scalar, [text]),
            ("value_strings", string[] texts) => new Tensor(new Shape(texts.Length), texts),
            _ => throw OnnxException.Malformed($"attribute {name} does not fit a constant"),
        });
    }

    // The attribute that a reference stands for; null if the caller left it out.
    AttributeProto? Resolve(AttributeProto attribute)
    {
        if (attribute.RefAttrName.Length == 0) return attribute;
        if (_arguments == null || !_arguments.TryGetValue(attribute.RefAttrName, out AttributeProto? argument))
            throw OnnxException.Malformed($"attribute {attribute.Name} refers to {attribute.RefAttrName}, which is no attribute of a function around it");
        if (argument != null && attribute.Type != AttributeProto.Types.AttributeType.Undefined && argument.Type != attribute.Type)
            throw OnnxException.Malformed($"attribute {attribute.Name}: expected {attribute.Type}, the call gives {argument.Type}");
        return argument;
    }

    Dictionary<string, AttributeProto?> Arguments(NodeProto call, FunctionProto function)
    {
        Dictionary<string, AttributeProto?> arguments = [];
        foreach (string name in function.Attribute) arguments[name] = null;
        foreach (AttributeProto attribute in function.AttributeProto) arguments[attribute.Name] = attribute;
        foreach (AttributeProto attribute in call.Attribute)
        {
            if (!arguments.ContainsKey(attribute.Name)) throw OnnxException.Malformed($"function {function.Name} has no attribute {attribute.Name}");
            if (Resolve(attribute) is { } resolved) arguments[attribute.Name] = resolved;
        }
        return arguments;
    }

    void Inline(FunctionProto function, string name, Value?[] inputs, Value?[] outputs, Dictionary<string, AttributeProto?> arguments)
    {
        if (inputs.Length > function.Input.Count || outputs.Length > function.Output.Count)
            throw OnnxException.Malformed($"function {function.Name} has {function.Input.Count} inputs and {function.Output.Count} outputs, the call {inputs.Length} and {outputs.Length}");
        _session.Enter(function);
        NodeScope scope = new(this, name + "/", function, arguments);
        for (int i = 0; i < function.Input.Count; i++)
        {
            if (!scope._values.TryAdd(function.Input[i], i < inputs.Length ? inputs[i] : null))
                throw OnnxException.Malformed($"function {function.Name}: input {function.Input[i]} is there twice");
        }
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is not { } output || scope._values.ContainsKey(function.Output[i])) continue;
            if (!scope._results.TryAdd(function.Output[i], output)) throw OnnxException.Malformed($"function {function.Name}: output {function.Output[i]} is there twice");
        }
        scope.Read(function.Node);
        for (int i = 0; i < outputs.Length; i++)
        {
            if (outputs[i] is not { } output) continue;
            Value? made = scope._values.GetValueOrDefault(function.Output[i]) ?? throw OnnxException.Malformed($"function {function.Name} does not make its output {function.Output[i]}");
            // A function may hand an input through.
            if (made != output) Nodes.Add(new(_session.Unique("node ", name + "/Identity"), "", "Identity", OnnxImporter.NewestOperatorSet, [made], [output], NodeAttributes.None));
        }
        _session.Leave();
    }
}
