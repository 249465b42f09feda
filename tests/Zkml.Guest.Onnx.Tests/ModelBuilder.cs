using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Tests;

/// <summary>Writes small ONNX models for tests.</summary>
sealed class ModelBuilder
{
    public ModelBuilder(int operatorSet = 17)
    {
        Model = new() { IrVersion = 8, Graph = new() { Name = "test" } };
        Model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = operatorSet });
    }

    public ModelProto Model { get; }

    public ModelBuilder Input(string name, ElementType type, params object[] dimensions)
    {
        Model.Graph.Input.Add(Info(name, type, dimensions));
        return this;
    }

    public ModelBuilder Output(string name, ElementType type, params object[] dimensions)
    {
        Model.Graph.Output.Add(Info(name, type, dimensions));
        return this;
    }

    /// <summary>An output without a declared type.</summary>
    public ModelBuilder Output(string name)
    {
        Model.Graph.Output.Add(new ValueInfoProto { Name = name });
        return this;
    }

    public ModelBuilder Initializer(string name, Tensor tensor)
    {
        Model.Graph.Initializer.Add(TensorWriter.Write(tensor, name));
        return this;
    }

    public ModelBuilder Node(string operatorType, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        Model.Graph.Node.Add(MakeNode(operatorType, inputs, outputs, attributes));
        return this;
    }

    public OnnxGraph Read(OnnxImportOptions? options = null) => OnnxImporter.Read(ToBytes(), options ?? OnnxImportOptions.Default);

    public byte[] ToBytes() => Model.ToByteArray();

    /// <summary>A node named like its first output.</summary>
    public static NodeProto MakeNode(string operatorType, string[] inputs, string[] outputs, params AttributeProto[] attributes)
    {
        NodeProto node = new() { OpType = operatorType, Name = outputs[0] };
        node.Input.Add(inputs);
        node.Output.Add(outputs);
        node.Attribute.Add(attributes);
        return node;
    }

    public static AttributeProto Integer(string name, long value) => new() { Name = name, Type = AttributeProto.Types.AttributeType.Int, I = value };

    /// <summary>Dimensions: an int, a string (a symbol), or null (unknown).</summary>
    public static ValueInfoProto Info(string name, ElementType type, params object?[] dimensions)
    {
        TensorShapeProto shape = new();
        foreach (object? dimension in dimensions)
        {
            shape.Dim.Add(dimension switch
            {
                int or long => new() { DimValue = Convert.ToInt64(dimension, System.Globalization.CultureInfo.InvariantCulture) },
                string symbol => new() { DimParam = symbol },
                _ => new TensorShapeProto.Types.Dimension(),
            });
        }
        return new() { Name = name, Type = new() { TensorType = new() { ElemType = (int)type, Shape = shape } } };
    }
}
