using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;
using Kind = Zkml.Guest.Onnx.Import.Proto.AttributeProto.Types.AttributeType;

namespace Zkml.Guest.Onnx.Import;

/// <summary>Attributes of nodes: the declared kind must be the one that is filled.</summary>
sealed class AttributeReader(TensorReader tensors, Func<GraphProto, OnnxGraph> readGraph)
{
    public object Read(AttributeProto attribute)
    {
        string what = $"attribute {attribute.Name}";
        Kind kind = attribute.Type == Kind.Undefined ? KindOf(attribute, what) : attribute.Type;
        if (Filled(attribute).FirstOrDefault(filled => filled != kind) is not Kind.Undefined and var other)
            throw OnnxException.Malformed($"{what}: declared as {kind}, but filled as {other}");
        return kind switch
        {
            Kind.Float => attribute.F,
            Kind.Int => attribute.I,
            Kind.String => TensorReader.Text(attribute.S, what),
            Kind.Tensor => tensors.Read(attribute.T ?? throw Empty(what, kind), what),
            Kind.Graph => readGraph(attribute.G ?? throw Empty(what, kind)),
            Kind.Floats => attribute.Floats.ToArray(),
            Kind.Ints => attribute.Ints.ToArray(),
            Kind.Strings => attribute.Strings.Select(text => TensorReader.Text(text, what)).ToArray(),
            Kind.Tensors => attribute.Tensors.Select(tensor => tensors.Read(tensor, what)).ToArray(),
            Kind.Graphs => attribute.Graphs.Select(readGraph).ToArray(),
            Kind.SparseTensor => tensors.Read(attribute.SparseTensor ?? throw Empty(what, kind), what),
            Kind.SparseTensors => attribute.SparseTensors.Select(tensor => tensors.Read(tensor, what)).ToArray(),
            Kind.TypeProto => attribute.Tp ?? throw Empty(what, kind),
            Kind.TypeProtos => attribute.TypeProtos.ToArray(),
            _ => throw OnnxException.Malformed($"{what}: kind {(int)kind} is not known"),
        };
    }

    static OnnxException Empty(string what, Kind kind) => OnnxException.Malformed($"{what}: declared as {kind}, but empty");

    // Old writers leave the kind out.
    static Kind KindOf(AttributeProto attribute, string what)
    {
        Kind[] filled = [.. Filled(attribute)];
        return filled.Length == 1 ? filled[0] : throw OnnxException.Malformed($"{what}: expected a value of one kind, got {filled.Length}");
    }

    static IEnumerable<Kind> Filled(AttributeProto attribute)
    {
        // Some writers fill scalar fields with their defaults whatever the kind is.
        bool anyScalar = attribute.Type == Kind.Undefined;
        if (attribute.HasF && (anyScalar || attribute.F != 0)) yield return Kind.Float;
        if (attribute.HasI && (anyScalar || attribute.I != 0)) yield return Kind.Int;
        if (attribute.HasS && (anyScalar || !attribute.S.IsEmpty)) yield return Kind.String;
        if (attribute.T != null) yield return Kind.Tensor;
        if (attribute.G != null) yield return Kind.Graph;
        if (attribute.Floats.Count > 0) yield return Kind.Floats;
        if (attribute.Ints.Count > 0) yield return Kind.Ints;
        if (attribute.Strings.Count > 0) yield return Kind.Strings;
        if (attribute.Tensors.Count > 0) yield return Kind.Tensors;
        if (attribute.Graphs.Count > 0) yield return Kind.Graphs;
        if (attribute.Tp != null) yield return Kind.TypeProto;
        if (attribute.TypeProtos.Count > 0) yield return Kind.TypeProtos;
        if (attribute.SparseTensor != null) yield return Kind.SparseTensor;
        if (attribute.SparseTensors.Count > 0) yield return Kind.SparseTensors;
    }
}
