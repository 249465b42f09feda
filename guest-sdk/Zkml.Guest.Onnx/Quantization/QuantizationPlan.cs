using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Quantization;

/// <summary>
/// Which nodes of a float model are quantised, which values get codes, and whose code is whose. The model's opset is 13 or newer; constants are
/// initialisers.
/// </summary>
public sealed class QuantizationPlan
{
    readonly Dictionary<string, TensorProto> _constants;
    readonly IReadOnlyDictionary<string, TensorFact> _facts;
    readonly Dictionary<string, NodeProto> _producers = [];
    readonly Dictionary<string, int> _uses = [];
    readonly HashSet<string> _outputs;
    readonly Dictionary<string, NodeProto> _saturations = [];
    readonly Dictionary<string, float> _limits = [];
    readonly HashSet<NodeProto> _nodes = new(ReferenceEqualityComparer.Instance);
    readonly List<string> _values = [];
    readonly HashSet<string> _valueSet = [];
    readonly QuantizationOptions _options;

    QuantizationPlan(ModelProto model, IReadOnlyDictionary<string, TensorFact> facts, QuantizationOptions options)
    {
        (Model, _facts, _options) = (model.Clone(), facts, options);
        _constants = Model.Graph.Initializer.ToDictionary(tensor => tensor.Name);
        _outputs = [.. Model.Graph.Output.Select(output => output.Name)];
    }

    /// <summary>The float model, Relu and Clip next to the products that they follow.</summary>
    public ModelProto Model { get; }

    /// <summary>The values that get a code, in the order of the graph: what calibration has to watch.</summary>
    public IReadOnlyList<string> Values => _values;

    /// <summary>The nodes that stay in float.</summary>
    public IEnumerable<NodeProto> FloatNodes => Model.Graph.Node.Where(node => !_nodes.Contains(node));

    /// <summary>How the model is quantised.</summary>
    public QuantizationOptions Options => _options;

    /// <summary>
    /// Plans the quantisation of <paramref name="model"/>; <paramref name="facts"/> has every value of its graph. Throws <see cref="OnnxException"/>
    /// where the model is quantised already or nothing in it can be.
    /// </summary>
    public static QuantizationPlan Of(ModelProto model, IReadOnlyDictionary<string, TensorFact> facts, QuantizationOptions options)
    {
        options.Check();
        foreach (NodeProto node in model.Graph.Node)
        {
            if (node.OpType is "QuantizeLinear" or "DequantizeLinear" or "DynamicQuantizeLinear" or "MatMulInteger" or "ConvInteger" || node.OpType.StartsWith("QLinear", StringComparison.Ordinal))
                throw OnnxException.Malformed($"quantisation: expected a float model, node {node.Name} is a {node.OpType}; compile the model as it is");
        }
        QuantizationPlan plan = new(model, facts, options);
        plan.CountUses();
        SaturationOrder.Apply(plan.Model.Graph, node => plan.HasQuantizableForm(node) && QuantizedOperators.FormOf(node) == QuantizedForm.PassThrough, plan.Scalar, plan._uses.GetValueOrDefault);
        plan.FindProducers();
        plan.ChooseNodes();
        plan.ChooseSaturations();
        plan.ChooseValues();
        if (plan._values.Count == 0) throw OnnxException.Unsupported("quantisation: expected a Conv, Gemm, MatMul or other operator on float32 that has an integer form, got none");
        return plan;
    }

    /// <summary>True for a node that is quantised.</summary>
    internal bool IsQuantized(NodeProto node) => _nodes.Contains(node);

    /// <summary>True for a value that gets a code.</summary>
    internal bool HasCode(string value) => _valueSet.Contains(value);

    /// <summary>True for an output of the graph.</summary>
    internal bool IsOutput(string value) => _outputs.Contains(value);

    /// <summary>The tensor of an initialiser; null for every other value.</summary>
    internal TensorProto? Constant(string value) => _constants.GetValueOrDefault(value);

    /// <summary>
    /// The ranges that codes are made of: values that share a code share the range which holds all of theirs. Throws <see cref="OnnxException"/> where
    /// one of <see cref="Values"/> has no range.
    /// </summary>
    public IReadOnlyDictionary<string, ValueRange> Share(IReadOnlyDictionary<string, ValueRange> ranges)
    {
        Dictionary<string, ValueRange> shared = [];
        foreach (string value in _values)
        {
            if (!ranges.TryGetValue(value, out ValueRange range)) throw OnnxException.Malformed($"calibration: expected a range for {value}, got none");
            string source = Source(value);
            shared[source] = shared.TryGetValue(source, out ValueRange known) ? known.Include(range) : range;
        }
        return _values.ToDictionary(value => value, value => shared[Source(value)]);
    }

    /// <summary>The code of every value that has one, from shared ranges.</summary>
    internal Dictionary<string, QuantizationParameters> Codes(IReadOnlyDictionary<string, ValueRange> ranges) =>
        _values.ToDictionary(value => value, value => Code(Source(value), ranges[value]));

    QuantizationParameters Code(string source, ValueRange range) =>
        _producers.TryGetValue(source, out NodeProto? producer) && QuantizedOperators.FormOf(producer) == QuantizedForm.Probability
            ? QuantizationParameters.OfProbability(_options.Activations)
            : QuantizationParameters.Of(range, _options.Activations, _limits.GetValueOrDefault(source, float.PositiveInfinity));

    // The value at the start of a chain of operators that move values and do not change them.
    string Source(string value)
    {
        while (_producers.TryGetValue(value, out NodeProto? producer) && _nodes.Contains(producer) && QuantizedOperators.FormOf(producer) == QuantizedForm.PassThrough
            && HasCode(producer.Input[0])) value = producer.Input[0];
        return value;
    }

    void CountUses()
    {
        foreach (NodeProto node in Model.Graph.Node)
        {
            foreach (string input in node.Input) Use(input);
            foreach (AttributeProto attribute in node.Attribute) UseInBodies(attribute);
        }
        foreach (string output in _outputs) Use(output);
    }

    void FindProducers()
    {
        foreach (NodeProto node in Model.Graph.Node)
        {
            foreach (string output in node.Output) _producers[output] = node;
        }
    }

    void Use(string value) => _uses[value] = _uses.GetValueOrDefault(value) + 1;

    // A body may read values of the graph around it. Names of its own that look the same only make the plan more careful.
    void UseInBodies(AttributeProto attribute)
    {
        IEnumerable<GraphProto> bodies = attribute.G is null ? attribute.Graphs : attribute.Graphs.Append(attribute.G);
        foreach (NodeProto node in bodies.SelectMany(body => body.Node))
        {
            foreach (string input in node.Input) Use(input);
            foreach (AttributeProto inner in node.Attribute) UseInBodies(inner);
        }
    }

    void ChooseNodes()
    {
        List<NodeProto> passing = [];
        foreach (NodeProto node in Model.Graph.Node)
        {
            if (_options.KeepFloat.Contains(node.Name) || !HasQuantizableForm(node)) continue;
            if (QuantizedOperators.FormOf(node) == QuantizedForm.PassThrough) passing.Add(node);
            else _nodes.Add(node);
        }
        // What only moves values is worth a code where a neighbour has one.
        HashSet<string> coded = [.. _nodes.SelectMany(node => ActivationInputs(node).Concat(node.Output))];
        for (bool isChanged = true; isChanged;)
        {
            isChanged = false;
            foreach (NodeProto node in passing)
            {
                if (_nodes.Contains(node) || !(coded.Contains(node.Input[0]) || node.Output.Any(coded.Contains))) continue;
                _nodes.Add(node);
                coded.Add(node.Input[0]);
                coded.UnionWith(node.Output);
                isChanged = true;
            }
        }
    }

    bool HasQuantizableForm(NodeProto node)
    {
        QuantizedForm form = QuantizedOperators.FormOf(node);
        if (form == QuantizedForm.None || node.Output.Count == 0) return false;
        int activations = QuantizedOperators.ActivationInputs(node);
        if (node.Input.Count < activations || node.Input.Take(activations).Any(input => input.Length == 0 || !IsFloat(input))) return false;
        if (node.Input.Take(activations).All(input => _constants.ContainsKey(input)) || node.Output.Any(output => output.Length > 0 && !IsFloat(output))) return false;
        return node.OpType switch
        {
            "Conv" or "Gemm" => IsWeighted(node),
            "MaxPool" => node.Output.Count == 1,
            "Pad" => IsPaddedWithZero(node),
            "Clip" => node.Input.Skip(1).All(bound => bound.Length == 0 || _constants.ContainsKey(bound)),
            _ => true,
        };
    }

    bool IsWeighted(NodeProto node)
    {
        if (node.Input.Count < 2 || _constants.ContainsKey(node.Input[0]) || Constant(node.Input[1]) is not { DataType: (int)ElementType.Float32 } weight) return false;
        if (node.OpType == "Gemm" && weight.Dims.Count != 2) return false;
        if (node.Input.Count < 3 || node.Input[2].Length == 0) return true;
        if (Constant(node.Input[2]) is not { DataType: (int)ElementType.Float32 } bias) return false;
        // Gemm's third input may be any matrix; one number a column, or one for all, is a bias.
        long columns = WeightQuantizer.Channels(node, weight);
        long count = bias.Dims.Aggregate(1L, (product, extent) => product * extent);
        return (count == columns && (bias.Dims.Count == 0 || bias.Dims[^1] == columns)) || count == 1;
    }

    bool IsPaddedWithZero(NodeProto node)
    {
        string mode = node.Attribute.FirstOrDefault(attribute => attribute.Name == "mode")?.S?.ToStringUtf8() ?? "constant";
        if (mode != "constant" || node.Input.Count < 3 || node.Input[2].Length == 0) return true;
        return Scalar(node.Input[2]) == 0;
    }

    void ChooseSaturations()
    {
        foreach (NodeProto node in Model.Graph.Node)
        {
            if (!_nodes.Contains(node) || !QuantizedOperators.IsSaturation(node, Scalar, out float limit)) continue;
            string input = node.Input[0];
            if (!_producers.TryGetValue(input, out NodeProto? producer) || !_nodes.Contains(producer) || _uses[input] != 1) continue;
            if (producer.OpType is not ("Conv" or "Gemm" or "MatMul" or "Add" or "Mul" or "AveragePool" or "GlobalAveragePool" or "Concat")) continue;
            _saturations[input] = node;
            if (float.IsFinite(limit)) _limits[node.Output[0]] = limit;
        }
    }

    void ChooseValues()
    {
        foreach (NodeProto node in Model.Graph.Node)
        {
            if (!_nodes.Contains(node)) continue;
            foreach (string value in ActivationInputs(node).Concat(node.Output))
            {
                if (value.Length > 0 && !_saturations.ContainsKey(value) && _valueSet.Add(value)) _values.Add(value);
            }
        }
    }

    IEnumerable<string> ActivationInputs(NodeProto node) => node.Input.Take(QuantizedOperators.ActivationInputs(node)).Where(input => !_constants.ContainsKey(input));

    bool IsFloat(string value) => _constants.TryGetValue(value, out TensorProto? constant)
        ? constant.DataType == (int)ElementType.Float32
        : _facts.TryGetValue(value, out TensorFact? fact) && fact.Type == ElementType.Float32;

    float? Scalar(string name)
    {
        if (Constant(name) is not { DataType: (int)ElementType.Float32 } constant) return null;
        Tensor tensor = new TensorReader().Read(constant, $"initialiser {name}");
        return tensor.Shape.Count == 1 ? tensor.As<float>()[0] : null;
    }
}
