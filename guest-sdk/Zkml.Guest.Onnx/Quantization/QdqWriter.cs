using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Quantization;

/// <summary>
/// Writes a planned quantisation as standard ONNX: every coded value passes a QuantizeLinear and a DequantizeLinear, weights and biases are integers
/// behind a DequantizeLinear. ONNX Runtime fuses the triples dequantise, operator, quantise into integer kernels.
/// </summary>
public sealed class QdqWriter
{
    // 16-bit codes are standard from this opset on; before, com.microsoft has them.
    const int OpsetOf16Bits = 21;

    readonly QuantizationPlan _plan;
    readonly Dictionary<string, QuantizationParameters> _codes;
    readonly GraphProto _graph = new();
    readonly HashSet<string> _names;
    readonly Dictionary<string, string> _dequantized = [], _constants = [];
    readonly string _codeDomain;

    QdqWriter(QuantizationPlan plan, Dictionary<string, QuantizationParameters> codes)
    {
        (_plan, _codes) = (plan, codes);
        GraphProto graph = plan.Model.Graph;
        _names = [.. graph.Initializer.Select(tensor => tensor.Name), .. graph.Input.Select(input => input.Name), .. graph.Node.SelectMany(node => node.Output)];
        bool isWide = plan.Options.Activations is ElementType.UInt16 or ElementType.Int16;
        _codeDomain = isWide && OpsetUpgrade.OpsetOf(plan.Model) < OpsetOf16Bits ? "com.microsoft" : "";
    }

    /// <summary>The quantised model, and for each coded value the name under which the new model has it dequantised. Throws <see cref="OnnxException"/>.</summary>
    public static (ModelProto Model, IReadOnlyDictionary<string, string> Dequantized) Write(QuantizationPlan plan, IReadOnlyDictionary<string, ValueRange> ranges)
    {
        QdqWriter writer = new(plan, plan.Codes(plan.Share(ranges)));
        writer.WriteNodes();
        return (writer.Finish(), writer._dequantized);
    }

    void WriteNodes()
    {
        foreach (ValueInfoProto input in _plan.Model.Graph.Input)
        {
            if (_plan.HasCode(input.Name)) AddCode(input.Name, input.Name);
        }
        foreach (NodeProto original in _plan.Model.Graph.Node)
        {
            NodeProto node = original.Clone();
            for (int i = 0; i < node.Input.Count; i++) node.Input[i] = _dequantized.GetValueOrDefault(node.Input[i], node.Input[i]);
            if (_plan.IsQuantized(original)) WriteConstantInputs(original, node);
            _graph.Node.Add(node);
            for (int i = 0; i < node.Output.Count; i++)
            {
                string value = node.Output[i];
                if (!_plan.HasCode(value)) continue;
                // An output of the graph keeps its name and is the dequantised value.
                if (_plan.IsOutput(value)) node.Output[i] = Unique($"{value}_QuantizeLinear_Input");
                AddCode(value, node.Output[i]);
            }
        }
    }

    void AddCode(string value, string source)
    {
        QuantizationParameters code = _codes[value];
        (string scale, string zeroPoint) = (AddScalar($"{value}_scale", code.Scale), AddZeroPoint($"{value}_zero_point", code, null));
        string coded = Unique($"{value}_QuantizeLinear_Output");
        string result = _plan.IsOutput(value) && source != value ? value : Unique($"{value}_DequantizeLinear_Output");
        AddNode("QuantizeLinear", $"{value}_QuantizeLinear", [source, scale, zeroPoint], coded);
        AddNode("DequantizeLinear", $"{value}_DequantizeLinear", [coded, scale, zeroPoint], result);
        _dequantized[value] = result;
    }

    void WriteConstantInputs(NodeProto original, NodeProto node)
    {
        bool isProduct = QuantizedOperators.FormOf(original) == QuantizedForm.Product;
        for (int i = 0; i < QuantizedOperators.ActivationInputs(original); i++)
        {
            if (original.Input[i].Length > 0 && _plan.Constant(original.Input[i]) is TensorProto constant && !(isProduct && i == 1)) node.Input[i] = AddActivationConstant(constant);
        }
        if (isProduct && _plan.Constant(original.Input[1]) is TensorProto weight) WriteWeight(original, node, weight);
    }

    // A constant beside an activation, such as the second operand of Add: coded as an activation of its own range.
    string AddActivationConstant(TensorProto constant)
    {
        if (_constants.TryGetValue(constant.Name, out string? known)) return known;
        Tensor tensor = Read(constant);
        ReadOnlySpan<float> values = tensor.As<float>();
        ValueRange range = default;
        foreach (float value in values) range = range.Include(new(value, value));
        QuantizationParameters code = QuantizationParameters.Of(range, _plan.Options.Activations);
        int[] integers = new int[values.Length];
        for (int i = 0; i < integers.Length; i++) integers[i] = code.Quantize(values[i]);
        string coded = Add(Integers(code.Type, tensor.Shape, integers), $"{constant.Name}_quantized");
        string result = Unique($"{constant.Name}_DequantizeLinear_Output");
        AddNode(
            "DequantizeLinear",
            $"{constant.Name}_DequantizeLinear",
            [coded, AddScalar($"{constant.Name}_scale", code.Scale), AddZeroPoint($"{constant.Name}_zero_point", code, null)],
            result);
        return _constants[constant.Name] = result;
    }

    void WriteWeight(NodeProto original, NodeProto node, TensorProto constant)
    {
        (float alpha, float beta) = original.OpType == "Gemm" ? (Float(original, "alpha"), Float(original, "beta")) : (1, 1);
        TensorProto? biasConstant = original.Input.Count > 2 && original.Input[2].Length > 0 ? _plan.Constant(original.Input[2]) : null;
        // A code belongs to the input's scale through the bias, so a weight is shared only where there is none.
        string key = $"{constant.Name} {original.OpType} {WeightQuantizer.ChannelAxis(original, constant.Dims.Count)} {alpha}";
        if (biasConstant is null && _constants.TryGetValue(key, out string? known))
        {
            node.Input[1] = known;
            return;
        }
        Tensor weight = Scaled(Read(constant), alpha);
        int axis = WeightQuantizer.ChannelAxis(original, weight.Shape.Rank);
        float inputScale = _codes[original.Input[0]].Scale;
        float[] bias = biasConstant is null ? [] : Bias(biasConstant, beta, weight.Shape[axis]);
        QuantizedWeight quantized = WeightQuantizer.Quantize(weight, axis, _plan.Options, bias, inputScale);
        node.Input[1] = AddDequantized(constant.Name, quantized.Values, quantized.Scales, quantized.Axis);
        if (biasConstant is null)
        {
            _constants[key] = node.Input[1];
        }
        else
        {
            (int[] integers, float[] scales) = WeightQuantizer.QuantizeBias(bias, quantized.Scales, inputScale);
            node.Input[2] = AddDequantized(biasConstant.Name, Tensor.Of(ElementType.Int32, new Shape(integers.Length), integers), scales, quantized.Axis < 0 ? -1 : 0);
        }
        foreach (AttributeProto attribute in node.Attribute)
        {
            if (original.OpType == "Gemm" && attribute.Name is "alpha" or "beta") attribute.F = 1;
        }
    }

    // Symmetric integers behind a DequantizeLinear: one scale, or one for each index of the axis.
    string AddDequantized(string name, Tensor integers, float[] scales, int axis)
    {
        string coded = Add(integers, $"{name}_quantized"), result = Unique($"{name}_DequantizeLinear_Output");
        int[]? shape = axis < 0 ? null : [scales.Length];
        string scale = Add(Tensor.Of<float>(ElementType.Float32, shape is null ? Shape.Scalar : new Shape(shape), scales), $"{name}_scale");
        string zeroPoint = AddZeroPoint($"{name}_zero_point", new(1, 0, integers.Type), shape);
        NodeProto node = AddNode("DequantizeLinear", $"{name}_DequantizeLinear", [coded, scale, zeroPoint], result, "");
        if (axis >= 0) node.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = axis });
        return result;
    }

    NodeProto AddNode(string type, string name, string[] inputs, string output, string? domain = null)
    {
        NodeProto node = new() { OpType = type, Name = Unique(name), Domain = domain ?? _codeDomain };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        _graph.Node.Add(node);
        return node;
    }

    string AddScalar(string name, float value) => Add(Tensor.Of(ElementType.Float32, Shape.Scalar, value), name);

    string AddZeroPoint(string name, QuantizationParameters code, int[]? shape)
    {
        int[] values = new int[shape is null ? 1 : shape[0]];
        values.AsSpan().Fill(code.ZeroPoint);
        return Add(Integers(code.Type, shape is null ? Shape.Scalar : new Shape(shape), values), name);
    }

    string Add(Tensor tensor, string name)
    {
        string unique = Unique(name);
        _graph.Initializer.Add(TensorWriter.Write(tensor, unique));
        return unique;
    }

    string Unique(string name)
    {
        string unique = name;
        for (int i = 1; !_names.Add(unique); i++) unique = $"{name}_{i}";
        return unique;
    }

    ModelProto Finish()
    {
        ModelProto model = _plan.Model.Clone();
        HashSet<string> used = [];
        foreach (NodeProto node in _graph.Node) CollectNames(node, used);
        foreach (ValueInfoProto output in model.Graph.Output) used.Add(output.Name);
        TensorProto[] kept = [.. model.Graph.Initializer.Where(tensor => used.Contains(tensor.Name)), .. _graph.Initializer];
        model.Graph.Node.Clear();
        model.Graph.Node.AddRange(_graph.Node);
        model.Graph.Initializer.Clear();
        model.Graph.Initializer.AddRange(kept);
        // Types of values inside of the graph follow from the operators; stale ones would contradict.
        model.Graph.ValueInfo.Clear();
        if (_codeDomain.Length > 0 && !model.OpsetImport.Any(import => import.Domain == _codeDomain))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = _codeDomain, Version = 1 });
        model.ProducerName = "zkvm quantize";
        return model;
    }

    static void CollectNames(NodeProto node, HashSet<string> used)
    {
        used.UnionWith(node.Input);
        foreach (AttributeProto attribute in node.Attribute)
        {
            IEnumerable<GraphProto> bodies = attribute.G is null ? attribute.Graphs : attribute.Graphs.Append(attribute.G);
            foreach (GraphProto body in bodies)
            {
                foreach (NodeProto inner in body.Node) CollectNames(inner, used);
                used.UnionWith(body.Output.Select(output => output.Name));
            }
        }
    }

    static Tensor Read(TensorProto constant) => new TensorReader().Read(constant, $"initialiser {constant.Name}");

    static float[] Bias(TensorProto constant, float beta, int channels)
    {
        ReadOnlySpan<float> values = Read(constant).As<float>();
        float[] bias = new float[channels];
        for (int i = 0; i < channels; i++)
        {
            bias[i] = beta * values[values.Length == 1 ? 0 : i];
            if (!float.IsFinite(bias[i])) throw OnnxException.Malformed($"initialiser {constant.Name}: expected finite values, element {i} is {bias[i]}");
        }
        return bias;
    }

    static Tensor Scaled(Tensor tensor, float factor)
    {
        if (factor == 1) return tensor;
        float[] values = [.. tensor.As<float>()];
        foreach (ref float value in values.AsSpan()) value *= factor;
        return Tensor.Of<float>(ElementType.Float32, tensor.Shape, values);
    }

    static float Float(NodeProto node, string name) => node.Attribute.FirstOrDefault(attribute => attribute.Name == name)?.F ?? 1;

    static Tensor Integers(ElementType type, Shape shape, int[] values)
    {
        if (type == ElementType.Int32) return Tensor.Of<int>(type, shape, values);
        if (type.Bits == 8) return Tensor.Of<byte>(type, shape, Array.ConvertAll(values, value => unchecked((byte)value)));
        return Tensor.Of<ushort>(type, shape, Array.ConvertAll(values, value => unchecked((ushort)value)));
    }
}
