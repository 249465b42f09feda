using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Quantization;

/// <summary>
/// Rewrites a model of opset 7 to 12 as opset 13, the first whose DequantizeLinear has an axis. Between these versions some attributes became
/// inputs, and softmax changed its meaning; everything else reads the same.
/// </summary>
public sealed class OpsetUpgrade
{
    /// <summary>The oldest opset that is read.</summary>
    public const int Oldest = 7;

    /// <summary>The opset that is written.</summary>
    public const int Target = 13;

    // The first version of the file format whose initialisers need not be inputs too is 4; opset 13 came with 7.
    const int FileVersion = 7;

    readonly IReadOnlyDictionary<string, TensorFact> _facts;
    readonly int _opset;
    readonly HashSet<string> _names = [];

    OpsetUpgrade(IReadOnlyDictionary<string, TensorFact> facts, int opset) => (_facts, _opset) = (facts, opset);

    /// <summary>The opset of ai.onnx that a model imports; 0 where it imports none.</summary>
    public static int OpsetOf(ModelProto model) => (int)(model.OpsetImport.FirstOrDefault(import => import.Domain is "" or "ai.onnx")?.Version ?? 0);

    /// <summary>
    /// The same model at opset 13 or newer, initialisers no longer among its inputs. <paramref name="facts"/> has ranks of values. Throws
    /// <see cref="OnnxException"/> for an older opset than 7 and for forms that have no equal.
    /// </summary>
    public static ModelProto Apply(ModelProto model, IReadOnlyDictionary<string, TensorFact> facts)
    {
        int opset = OpsetOf(model);
        if (opset < Oldest) throw OnnxException.Unsupported($"model: expected opset {Oldest} or newer, got {opset}");
        ModelProto upgraded = model.Clone();
        HashSet<string> constants = [.. upgraded.Graph.Initializer.Select(tensor => tensor.Name)];
        ValueInfoProto[] inputs = [.. upgraded.Graph.Input.Where(input => !constants.Contains(input.Name))];
        upgraded.Graph.Input.Clear();
        upgraded.Graph.Input.AddRange(inputs);
        if (opset >= Target) return upgraded;
        new OpsetUpgrade(facts, opset).Rewrite(upgraded.Graph);
        foreach (OperatorSetIdProto import in upgraded.OpsetImport)
        {
            if (import.Domain is "" or "ai.onnx") import.Version = Target;
        }
        upgraded.IrVersion = Math.Max(upgraded.IrVersion, FileVersion);
        return upgraded;
    }

    void Rewrite(GraphProto graph)
    {
        _names.UnionWith(graph.Node.SelectMany(node => node.Output.Concat(node.Input)));
        _names.UnionWith(graph.Initializer.Select(tensor => tensor.Name));
        NodeProto[] nodes = [.. graph.Node];
        graph.Node.Clear();
        foreach (NodeProto node in nodes)
        {
            foreach (AttributeProto attribute in node.Attribute)
            {
                if (attribute.G is not null) Rewrite(attribute.G);
                foreach (GraphProto body in attribute.Graphs) Rewrite(body);
            }
            if (node.Domain is "" or "ai.onnx") Rewrite(node, graph);
            else graph.Node.Add(node);
        }
    }

    void Rewrite(NodeProto node, GraphProto graph)
    {
        switch (node.OpType)
        {
            case "Clip" when _opset < 11:
                FloatToInput(node, graph, "min", 1);
                FloatToInput(node, graph, "max", 2);
                break;
            case "Pad" when _opset < 11:
                IntegersToInput(node, graph, "pads", 1);
                FloatToInput(node, graph, "value", 2);
                break;
            case "Slice" when _opset < 10:
                IntegersToInput(node, graph, "starts", 1);
                IntegersToInput(node, graph, "ends", 2);
                IntegersToInput(node, graph, "axes", 3);
                break;
            case "TopK" when _opset < 10:
                IntegersToInput(node, graph, "k", 1);
                break;
            case "Squeeze" or "Unsqueeze" or "ReduceSum":
                IntegersToInput(node, graph, "axes", 1);
                break;
            case "Split":
                IntegersToInput(node, graph, "split", 1);
                break;
            case "Dropout" when _opset < 12:
                if (node.Output.Count > 1 && node.Output[1].Length > 0) throw Unsupported(node, "the mask of a Dropout");
                Take(node, "ratio");
                break;
            case "BatchNormalization" when _opset < 9:
                if (Take(node, "spatial") is { I: 0 }) throw Unsupported(node, "spatial = 0");
                break;
            case "Upsample" or "Resize" when _opset < 11:
                ToResize(node, graph);
                break;
            case "Scatter" when _opset < 11:
                node.OpType = "ScatterElements";
                break;
            case "Scan" when _opset < 9:
                throw Unsupported(node, "the Scan of opset 8");
            case "Softmax" or "LogSoftmax" or "Hardmax":
                RewriteSoftmax(node, graph);
                return;
        }
        graph.Node.Add(node);
    }

    // Before opset 13, softmax ran over all axes from the given one on, taken as one.
    void RewriteSoftmax(NodeProto node, GraphProto graph)
    {
        if (!_facts.TryGetValue(node.Input[0], out TensorFact? fact)) throw Unsupported(node, "an input of unknown rank");
        int rank = fact.Dimensions.Count;
        long axis = Take(node, "axis")?.I ?? 1;
        if (axis < 0) axis += rank;
        node.Attribute.Add(new AttributeProto { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = -1 });
        if (axis == rank - 1)
        {
            graph.Node.Add(node);
            return;
        }
        string input = node.Input[0], output = node.Output[0];
        string shape = Unique($"{output}_shape"), flat = Unique($"{output}_flat"), result = Unique($"{output}_flat_result");
        (node.Input[0], node.Output[0]) = (flat, result);
        AttributeProto flattenAxis = new() { Name = "axis", Type = AttributeProto.Types.AttributeType.Int, I = axis };
        graph.Node.AddRange([NewNode("Shape", [input], shape), NewNode("Flatten", [input], flat, flattenAxis), node, NewNode("Reshape", [result, shape], output)]);
    }

    void ToResize(NodeProto node, GraphProto graph)
    {
        string mode = Take(node, "mode")?.S?.ToStringUtf8() ?? "nearest", scales;
        if (Take(node, "scales") is AttributeProto attribute) scales = Add(graph, Tensor.Of<float>(ElementType.Float32, new Shape(attribute.Floats.Count), [.. attribute.Floats]), $"{node.Output[0]}_scales");
        else if (node.Input.Count > 1) scales = node.Input[1];
        else throw Unsupported(node, "no scales");
        string input = node.Input[0];
        node.OpType = "Resize";
        node.Input.Clear();
        node.Input.AddRange([input, "", scales]);
        node.Attribute.AddRange([Text("mode", mode), Text("coordinate_transformation_mode", "asymmetric"), Text("nearest_mode", "floor")]);
    }

    void IntegersToInput(NodeProto node, GraphProto graph, string name, int index)
    {
        if (Take(node, name) is not AttributeProto attribute) return;
        long[] values = attribute.Ints.Count > 0 || attribute.Type == AttributeProto.Types.AttributeType.Ints ? [.. attribute.Ints] : [attribute.I];
        SetInput(node, index, Add(graph, Tensor.Of<long>(ElementType.Int64, new Shape(values.Length), values), $"{node.Output[0]}_{name}"));
    }

    void FloatToInput(NodeProto node, GraphProto graph, string name, int index)
    {
        if (Take(node, name) is AttributeProto attribute) SetInput(node, index, Add(graph, Tensor.Of(ElementType.Float32, Shape.Scalar, attribute.F), $"{node.Output[0]}_{name}"));
    }

    static void SetInput(NodeProto node, int index, string value)
    {
        while (node.Input.Count <= index) node.Input.Add("");
        node.Input[index] = value;
    }

    string Add(GraphProto graph, Tensor tensor, string name)
    {
        string unique = Unique(name);
        graph.Initializer.Add(TensorWriter.Write(tensor, unique));
        return unique;
    }

    string Unique(string name)
    {
        string unique = name;
        for (int i = 1; !_names.Add(unique); i++) unique = $"{name}_{i}";
        return unique;
    }

    static AttributeProto? Take(NodeProto node, string name)
    {
        AttributeProto? attribute = node.Attribute.FirstOrDefault(candidate => candidate.Name == name);
        if (attribute is not null) node.Attribute.Remove(attribute);
        return attribute;
    }

    static NodeProto NewNode(string type, string[] inputs, string output, params AttributeProto[] attributes)
    {
        NodeProto node = new() { OpType = type, Name = output };
        node.Input.AddRange(inputs);
        node.Output.Add(output);
        node.Attribute.AddRange(attributes);
        return node;
    }

    static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = Google.Protobuf.ByteString.CopyFromUtf8(value) };

    OnnxException Unsupported(NodeProto node, string what) =>
        OnnxException.Unsupported($"Node {node.Name} ({node.OpType}): {what} cannot be rewritten from opset {_opset} to {Target}");
}
