using System.Runtime.InteropServices;
using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Examples.Training;

/// <summary>Writes an ONNX file node by node.</summary>
public sealed class OnnxModelBuilder
{
    const int IrVersion = 8, Opset = 17, MachineLearningOpset = 3;
    const string MachineLearning = "ai.onnx.ml";

    readonly ModelProto _model = new() { IrVersion = IrVersion, ProducerName = "zkml-examples", Graph = new() };

    /// <summary>An empty graph.</summary>
    public OnnxModelBuilder(string name)
    {
        _model.Graph.Name = name;
        _model.OpsetImport.Add(new OperatorSetIdProto { Version = Opset });
    }

    /// <summary>The name of a new input.</summary>
    public string Input(string name, ElementType type, params ReadOnlySpan<int> shape)
    {
        _model.Graph.Input.Add(Describe(name, type, shape));
        return name;
    }

    /// <summary>Declares a value to be an output. Class labels are kept in the file's metadata, for whoever prints the output.</summary>
    public void Output(string name, ElementType type, ReadOnlySpan<int> shape, IEnumerable<string>? labels = null)
    {
        _model.Graph.Output.Add(Describe(name, type, shape));
        if (labels != null) _model.MetadataProps.Add(new StringStringEntryProto { Key = $"labels.{name}", Value = string.Join(',', labels) });
    }

    /// <summary>The name of a new constant.</summary>
    public string Constant(string name, ReadOnlySpan<float> values, params ReadOnlySpan<int> shape) =>
        Constant(name, ElementType.Float32, MemoryMarshal.AsBytes(values), shape);

    /// <summary>The name of a new constant.</summary>
    public string Constant(string name, params ReadOnlySpan<long> values) => Constant(name, ElementType.Int64, MemoryMarshal.AsBytes(values), values.Length);

    /// <summary>The name of a new constant with the values of a variable.</summary>
    public string Constant(string name, Variable variable) => Constant(name, variable.Values, variable.Shape);

    /// <summary>Adds an operation with one output and returns the output's name, which is the node's too.</summary>
    public string Node(string type, string name, string[] inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        AddNode(type, "", name, inputs, [name], attributes);
        return name;
    }

    /// <summary>Adds an operation of ai.onnx.ml.</summary>
    public void MachineLearningNode(string type, string name, string[] inputs, string[] outputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        if (_model.OpsetImport.Count == 1) _model.OpsetImport.Add(new OperatorSetIdProto { Domain = MachineLearning, Version = MachineLearningOpset });
        AddNode(type, MachineLearning, name, inputs, outputs, attributes);
    }

    /// <summary>An attribute of integers.</summary>
    public static AttributeProto Integers(string name, params IEnumerable<long> values) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints, Ints = { values } };

    /// <summary>An attribute of one integer.</summary>
    public static AttributeProto Integer(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    /// <summary>An attribute of floats.</summary>
    public static AttributeProto Floats(string name, IEnumerable<float> values) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Floats, Floats = { values } };

    /// <summary>An attribute of one text.</summary>
    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.String, S = ByteString.CopyFromUtf8(value) };

    /// <summary>An attribute of texts.</summary>
    public static AttributeProto Texts(string name, IEnumerable<string> values) =>
        new() { Name = name, Type = AttributeProto.Types.AttributeType.Strings, Strings = { values.Select(ByteString.CopyFromUtf8) } };

    /// <summary>The bytes of the file.</summary>
    public byte[] Build() => _model.ToByteArray();

    string Constant(string name, ElementType type, ReadOnlySpan<byte> data, params ReadOnlySpan<int> shape)
    {
        TensorProto tensor = new() { Name = name, DataType = (int)type, RawData = ByteString.CopyFrom(data) };
        foreach (int extent in shape) tensor.Dims.Add(extent);
        _model.Graph.Initializer.Add(tensor);
        return name;
    }

    void AddNode(string type, string domain, string name, string[] inputs, string[] outputs, ReadOnlySpan<AttributeProto> attributes)
    {
        NodeProto node = new() { OpType = type, Domain = domain, Name = name };
        node.Input.AddRange(inputs);
        node.Output.AddRange(outputs);
        foreach (AttributeProto attribute in attributes) node.Attribute.Add(attribute);
        _model.Graph.Node.Add(node);
    }

    static ValueInfoProto Describe(string name, ElementType type, ReadOnlySpan<int> shape)
    {
        TensorShapeProto extents = new();
        foreach (int extent in shape) extents.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = extent });
        return new() { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = extents } } };
    }
}
