using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime.Protocol;

namespace Zkml.Guest.OnnxRuntime;

/// <summary>Our values to those of frames and back. The element types are those that ONNX Runtime's C# API can hand over.</summary>
static class WireValues
{
    public static WireValue ToWire(OnnxRuntimeValue value) => value switch
    {
        OnnxRuntimeValue.OfTensor tensor => ToWire(tensor.Value),
        OnnxRuntimeValue.OfSequence sequence => WireValue.OfItems(WireKind.Sequence, [.. sequence.Values.Select(ToWire)]),
        _ => throw new OnnxRuntimeException(OnnxRuntimeError.Value, $"Input: expected a tensor or a sequence, got {value.GetType().Name}."),
    };

    public static OnnxRuntimeValue FromWire(WireValue value) => value.Kind switch
    {
        WireKind.Tensor => FromTensor(value),
        WireKind.Sequence => new OnnxRuntimeValue.OfSequence([.. value.Items.Select(FromWire)]),
        WireKind.Map => new OnnxRuntimeValue.OfMap(FromTensor(value.Items[0]), FromTensor(value.Items[1])),
        _ => new OnnxRuntimeValue.OfNothing(),
    };

    static WireValue ToWire(Tensor tensor)
    {
        long[] dimensions = new long[tensor.Shape.Rank];
        for (int axis = 0; axis < dimensions.Length; axis++) dimensions[axis] = tensor.Shape[axis];
        if (tensor.Type == ElementType.String) return WireValue.OfStrings(dimensions, [.. tensor.Strings]);
        if (!IsKnown(tensor.Type)) throw new OnnxRuntimeException(OnnxRuntimeError.Value, $"Input {tensor}: ONNX Runtime's C# API takes no {tensor.Type}.");
        return WireValue.OfNumbers((int)tensor.Type, dimensions, tensor.Data.ToArray());
    }

    static Tensor FromTensor(WireValue value)
    {
        if (value.Kind != WireKind.Tensor) throw new OnnxRuntimeException(OnnxRuntimeError.Value, $"Output: expected a tensor, got {value.Kind}.");
        ElementType type = (ElementType)value.ElementType;
        if (type != ElementType.String && !IsKnown(type)) throw new OnnxRuntimeException(OnnxRuntimeError.Value, $"Output: elements of type {value.ElementType}.");
        try
        {
            Shape shape = new(Array.ConvertAll(value.Dimensions, extent => checked((int)extent)));
            return type == ElementType.String ? new Tensor(shape, value.Strings) : new Tensor(type, shape, value.Data.Span);
        }
        catch (Exception exception) when (exception is ArgumentException or OverflowException)
        {
            throw new OnnxRuntimeException(OnnxRuntimeError.Value, $"Output: {exception.Message}", exception);
        }
    }

    static bool IsKnown(ElementType type) => type is (>= ElementType.Float32 and <= ElementType.UInt64 and not ElementType.String) or ElementType.BFloat16;
}
