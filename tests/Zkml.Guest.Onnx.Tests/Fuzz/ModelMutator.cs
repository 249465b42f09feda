using Google.Protobuf;
using Zkml.Guest.Onnx.Import.Proto;
using Dimension = Zkml.Guest.Onnx.Import.Proto.TensorShapeProto.Types.Dimension;

namespace Zkml.Guest.Onnx.Tests.Fuzz;

/// <summary>Breaks models in the ways in which files are broken: in the bytes, in the messages, in the graph. Everything comes from one seed.</summary>
sealed class ModelMutator(int seed, IReadOnlyList<string> operatorTypes)
{
    static readonly long[] s_numbers = [0, 1, 2, 3, -1, -2, 7, 16, 255, 65536, int.MaxValue, int.MinValue, 1L << 31, 1L << 32, long.MaxValue, long.MinValue];

    static readonly float[] s_floats = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0, -0f, -1, 1e-45f, float.MaxValue, 0.5f];

    readonly Random _random = new(seed);

    /// <summary>A broken copy, by one to four changes.</summary>
    public byte[] Mutate(byte[] model)
    {
        int changes = 1 + _random.Next(4);
        for (int i = 0; i < changes; i++)
        {
            model = _random.Next(10) switch
            {
                0 => MutateBytes(model),
                1 or 2 or 3 => MutateFields(model),
                _ => MutateGraph(model),
            };
        }
        return model;
    }

    byte[] MutateBytes(byte[] model)
    {
        if (model.Length == 0) return model;
        byte[] copy = [.. model];
        int at = _random.Next(copy.Length);
        switch (_random.Next(4))
        {
            case 0: return copy[..at];
            case 1: return [.. copy[..at], .. copy[_random.Next(at, copy.Length)..]];
            case 2: return [.. copy[..at], .. copy[_random.Next(copy.Length)..]];
            default:
                copy[at] ^= (byte)(1 << _random.Next(8));
                return copy;
        }
    }

    byte[] MutateFields(byte[] model)
    {
        if (WireField.Parse(model) is not { Count: > 0 } fields) return MutateBytes(model);
        // Down to a random depth, so that graphs are hit as often as the values in them.
        List<WireField> level = fields;
        while (_random.Next(4) != 0 && level.Where(field => field.Children is { Count: > 0 }).ToArray() is { Length: > 0 } inner) level = inner[_random.Next(inner.Length)].Children!;
        int index = _random.Next(level.Count), other = _random.Next(level.Count);
        WireField field = level[index];
        switch (_random.Next(8))
        {
            case 0: level.RemoveAt(index); break;
            case 1: level.Insert(other, field.Clone()); break;
            case 2: (level[index], level[other]) = (level[other], level[index]); break;
            case 3: field.Number = 1 + _random.Next(30); break;
            case 4: (field.Content, field.Children, field.Varint) = (level[other].Content, level[other].Children, level[other].Varint); break;
            case 5: (field.Type, field.Children) = (2, null); break;
            default: MutateValue(field); break;
        }
        return WireField.Write(fields);
    }

    void MutateValue(WireField field)
    {
        if (field.Type == 0) field.Varint = unchecked((ulong)Number());
        else if (field.Type == 5) field.Content = BitConverter.GetBytes(s_floats[_random.Next(s_floats.Length)]);
        else if (field.Type == 2)
        {
            field.Children = null;
            field.Content = _random.Next(3) switch
            {
                0 => [],
                1 => field.Content[..(field.Content.Length / 2)],
                _ => [.. field.Content, .. field.Content],
            };
        }
    }

    byte[] MutateGraph(byte[] bytes)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return MutateBytes(bytes);
        }
        if (model.Graph == null) return MutateBytes(bytes);
        GraphProto graph = model.Graph;
        switch (_random.Next(12))
        {
            case 0: MutateShape(Pick(graph.Input)?.Type?.TensorType?.Shape); break;
            case 1: MutateShape(Pick(graph.Output)?.Type?.TensorType?.Shape); break;
            case 2: MutateTensor(Pick(graph.Initializer)); break;
            case 3: MutateAttribute(Pick(graph.Node)); break;
            case 4: MutateAttribute(Pick(graph.Node)); break;
            case 5: Rewire(graph); break;
            case 6: Rewire(graph); break;
            case 7 when Pick(graph.Node) is { } node: node.OpType = operatorTypes[_random.Next(operatorTypes.Count)]; break;
            case 8 when Pick(graph.Input)?.Type?.TensorType is { } type: type.ElemType = _random.Next(-1, 30); break;
            case 9 when Pick(model.OpsetImport) is { } set: set.Version = _random.Next(4) == 0 ? Number() : _random.Next(5, 30); break;
            case 10 when Pick(graph.Initializer) is { } tensor: graph.Initializer.Remove(tensor); break;
            case 11: BindInput(graph); break;
        }
        return model.ToByteArray();
    }

    void MutateShape(TensorShapeProto? shape)
    {
        if (shape == null) return;
        Dimension dimension = new();
        if (_random.Next(5) == 0) dimension.DimParam = "N";
        else dimension.DimValue = Number();
        switch (_random.Next(3))
        {
            case 0: shape.Dim.Insert(_random.Next(shape.Dim.Count + 1), dimension); break;
            case 1 when shape.Dim.Count > 0: shape.Dim.RemoveAt(_random.Next(shape.Dim.Count)); break;
            case 2 when shape.Dim.Count > 0: shape.Dim[_random.Next(shape.Dim.Count)] = dimension; break;
        }
    }

    void MutateTensor(TensorProto? tensor)
    {
        if (tensor == null) return;
        switch (_random.Next(5))
        {
            case 0: tensor.DataType = _random.Next(0, 28); break;
            case 1 when tensor.Dims.Count > 0: tensor.Dims[_random.Next(tensor.Dims.Count)] = Number(); break;
            case 2: tensor.Dims.Add(_random.Next(3) == 0 ? Number() : 1); break;
            case 3 when tensor.Dims.Count > 0: tensor.Dims.RemoveAt(_random.Next(tensor.Dims.Count)); break;
            default: Poison(tensor); break;
        }
    }

    // Another number in one place: a scale that is NaN, an axis out of range.
    void Poison(TensorProto tensor)
    {
        if (tensor.FloatData.Count > 0) tensor.FloatData[_random.Next(tensor.FloatData.Count)] = s_floats[_random.Next(s_floats.Length)];
        else if (tensor.Int64Data.Count > 0) tensor.Int64Data[_random.Next(tensor.Int64Data.Count)] = Number();
        else if (tensor.RawData.Length >= 4)
        {
            byte[] raw = tensor.RawData.ToByteArray();
            byte[] value = tensor.DataType == 7 ? BitConverter.GetBytes(Number()) : BitConverter.GetBytes(s_floats[_random.Next(s_floats.Length)]);
            value.AsSpan().CopyTo(raw.AsSpan(_random.Next(raw.Length / value.Length) * value.Length));
            tensor.RawData = ByteString.CopyFrom(raw);
        }
    }

    void MutateAttribute(NodeProto? node)
    {
        if (node == null) return;
        if (Pick(node.Attribute) is not { } attribute || _random.Next(8) == 0)
        {
            string[] names = ["axis", "axes", "keepdims", "kernel_shape", "strides", "pads", "group", "perm", "to", "alpha", "mode", "blocksize"];
            attribute = new() { Name = names[_random.Next(names.Length)], Type = AttributeProto.Types.AttributeType.Ints, Ints = { Number(), Number() } };
            node.Attribute.Add(attribute);
            return;
        }
        switch (_random.Next(6))
        {
            case 0: attribute.Type = (AttributeProto.Types.AttributeType)_random.Next(0, 16); break;
            case 1: node.Attribute.Remove(attribute); break;
            case 2 when attribute.Ints.Count > 0: attribute.Ints.RemoveAt(_random.Next(attribute.Ints.Count)); break;
            case 3 when attribute.Ints.Count > 0: attribute.Ints.Add(Number()); break;
            default:
                if (attribute.Ints.Count > 0) attribute.Ints[_random.Next(attribute.Ints.Count)] = Number();
                else if (attribute.Floats.Count > 0) attribute.Floats[_random.Next(attribute.Floats.Count)] = s_floats[_random.Next(s_floats.Length)];
                else if (attribute.HasF) attribute.F = s_floats[_random.Next(s_floats.Length)];
                else if (attribute.HasS) attribute.S = ByteString.CopyFromUtf8("NONSENSE");
                else if (attribute.T != null) MutateTensor(attribute.T);
                else attribute.I = Number();
                break;
        }
    }

    // Inputs and outputs swapped, dropped, or taken from elsewhere: missing values, wrong types, cycles.
    void Rewire(GraphProto graph)
    {
        if (Pick(graph.Node) is not { } node || Pick(graph.Node) is not { } other) return;
        switch (_random.Next(6))
        {
            case 0 when node.Input.Count > 0: node.Input.RemoveAt(_random.Next(node.Input.Count)); break;
            case 1 when node.Input.Count > 0: node.Input[_random.Next(node.Input.Count)] = ""; break;
            case 2 when node.Input.Count > 0 && other.Output.Count > 0: node.Input[_random.Next(node.Input.Count)] = other.Output[_random.Next(other.Output.Count)]; break;
            case 3 when node.Input.Count > 0 && Pick(graph.Input) is { } input: node.Input[_random.Next(node.Input.Count)] = input.Name; break;
            case 4 when node.Input.Count > 0: node.Input.Add(node.Input[_random.Next(node.Input.Count)]); break;
            case 5 when node.Output.Count > 0: node.Output.RemoveAt(_random.Next(node.Output.Count)); break;
        }
    }

    // An input becomes a constant, so that folding and shape-giving inputs are reached.
    void BindInput(GraphProto graph)
    {
        if (Pick(graph.Input) is not { Type.TensorType: { Shape: { } shape } type } input || type.ElemType is not (1 or 6 or 7)) return;
        long count = 1;
        foreach (Dimension dimension in shape.Dim)
        {
            if (dimension.DimValue is < 0 or > 1000 || count > 1000) return;
            count *= dimension.DimValue;
        }
        TensorProto tensor = new() { Name = input.Name, DataType = type.ElemType, Dims = { shape.Dim.Select(dimension => dimension.DimValue) } };
        for (long i = 0; i < count; i++)
        {
            if (type.ElemType == 1) tensor.FloatData.Add(_random.Next(4) == 0 ? s_floats[_random.Next(s_floats.Length)] : _random.Next(-3, 4));
            else if (type.ElemType == 6) tensor.Int32Data.Add(_random.Next(-3, 4));
            else tensor.Int64Data.Add(_random.Next(4) == 0 ? Number() : _random.Next(-3, 4));
        }
        graph.Initializer.Add(tensor);
    }

    T? Pick<T>(IList<T> items) where T : class => items.Count == 0 ? null : items[_random.Next(items.Count)];

    long Number() => _random.Next(3) == 0 ? _random.Next(-8, 9) : s_numbers[_random.Next(s_numbers.Length)];
}
