using Google.Protobuf.Collections;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;
using Dimension = Zkml.Guest.Onnx.Import.Proto.TensorShapeProto.Types.Dimension;

namespace Zkml.Guest.Onnx.Import;

/// <summary>
/// What symbolic extents stand for. A symbol that the options name has that extent; the batch size goes to every other symbol that is an
/// input's outermost extent (wherever else it appears), and to outermost extents of inputs without a symbol.
/// </summary>
sealed class SymbolTable
{
    readonly Dictionary<string, int> _extents;
    readonly HashSet<string> _seen = [];
    readonly OnnxImportOptions _options;

    public SymbolTable(OnnxImportOptions options, RepeatedField<ValueInfoProto> inputs)
    {
        (_options, _extents) = (options, new(options.Dimensions));
        foreach ((string symbol, int extent) in options.Dimensions)
            if (extent < 0) throw OnnxException.Malformed($"dimension {symbol}: expected an extent of at least 0, got {extent}");
        if (options.Batch is not { } batch) return;
        if (batch < 1) throw OnnxException.Malformed($"batch: expected at least 1, got {batch}");
        foreach (ValueInfoProto input in inputs)
        {
            // An input that is bound brings its own extents.
            if (options.Bind.ContainsKey(input.Name)) continue;
            if (input.Type?.TensorType?.Shape?.Dim is [{ DimParam.Length: > 0 } outermost, ..]) _extents.TryAdd(outermost.DimParam, batch);
        }
    }

    /// <summary>Element type and extents of a tensor type; null extents are unknown, null for the whole: no shape is given.</summary>
    public (ElementType Type, int?[]? Dimensions) TensorType(TypeProto? type, string what)
    {
        switch (type?.ValueCase)
        {
            case TypeProto.ValueOneofCase.TensorType: break;
            case TypeProto.ValueOneofCase.SequenceType: throw new OnnxException(OnnxError.Sequence, $"{what} is a sequence");
            case TypeProto.ValueOneofCase.MapType: throw new OnnxException(OnnxError.Sequence, $"{what} is a map");
            case TypeProto.ValueOneofCase.OptionalType: throw new OnnxException(OnnxError.Optional, $"{what} is optional");
            case TypeProto.ValueOneofCase.SparseTensorType: throw OnnxException.Unsupported($"{what} is a sparse tensor");
            default: throw OnnxException.Malformed($"{what} has no type");
        }
        ElementType element = TensorReader.ElementTypeOf(type.TensorType.ElemType, what);
        return (element, type.TensorType.Shape is { } shape ? [.. shape.Dim.Select(dimension => Extent(dimension, what))] : null);
    }

    /// <summary>The shape of an input, all of whose extents must be known by now but for the batch.</summary>
    public Shape StaticShape(TypeProto type, int?[]? dimensions, string what)
    {
        if (dimensions == null) throw new OnnxException(OnnxError.DynamicShape, $"{what} has no shape; bind it to a value");
        long[] extents = new long[dimensions.Length];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            string symbol = type.TensorType.Shape.Dim[axis].DimParam;
            extents[axis] = dimensions[axis] ?? (axis == 0 ? _options.Batch : null) ?? throw new OnnxException(
                OnnxError.DynamicShape,
                $"{what}: extent {axis} is {(symbol.Length == 0 ? "unknown" : $"the symbol {symbol}")}; fix it by {(axis == 0 ? "a batch size" : symbol.Length > 0 ? "its symbol" : "the input's whole shape")}, or bind the input to a value");
        }
        try
        {
            return Shape.Of(extents);
        }
        catch (OnnxException e)
        {
            throw new OnnxException(e.Error, $"{what}: {e.Message}", e);
        }
    }

    /// <summary>Throws if the options fix a symbol that the model does not have.</summary>
    public void CheckAllUsed()
    {
        foreach (string symbol in _options.Dimensions.Keys)
            if (!_seen.Contains(symbol)) throw OnnxException.Malformed($"the model has no symbolic extent {symbol}; it has {(_seen.Count == 0 ? "none" : string.Join(", ", _seen))}");
    }

    /// <summary>True if a shape agrees with what is known.</summary>
    public static bool Fits(IReadOnlyList<int?>? dimensions, Shape shape)
    {
        if (dimensions == null) return true;
        if (dimensions.Count != shape.Rank) return false;
        for (int axis = 0; axis < shape.Rank; axis++)
            if (dimensions[axis] is { } extent && extent != shape[axis]) return false;
        return true;
    }

    /// <summary>A declared type for messages.</summary>
    public static string Text(ElementType type, IReadOnlyList<int?>? dimensions) =>
        dimensions == null ? type.ToString() : $"{type}[{string.Join(", ", dimensions.Select(extent => extent?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "?"))}]";

    int? Extent(Dimension dimension, string what)
    {
        switch (dimension.ValueCase)
        {
            case Dimension.ValueOneofCase.DimValue when dimension.DimValue is >= 0 and <= int.MaxValue:
                return (int)dimension.DimValue;
            case Dimension.ValueOneofCase.DimValue:
                throw dimension.DimValue < 0
                    ? OnnxException.Malformed($"{what}: extent {dimension.DimValue} is negative")
                    : new OnnxException(OnnxError.Limit, $"{what}: extent {dimension.DimValue} is 2^31 or more");
            case Dimension.ValueOneofCase.DimParam when dimension.DimParam.Length > 0:
                _seen.Add(dimension.DimParam);
                return _extents.TryGetValue(dimension.DimParam, out int extent) ? extent : null;
            default:
                return null;
        }
    }
}
