using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Zkml.Guest.OnnxRuntime.Protocol;

namespace Zkml.Guest.OnnxRuntime.Runner;

/// <summary>Values of frames to values of ONNX Runtime and back.</summary>
static class NativeValues
{
    /// <summary>A value for a run; the caller disposes of it.</summary>
    public static OrtValue Create(WireValue value) => value.Kind switch
    {
        WireKind.Tensor when value.ElementType == WireValue.StringType => CreateStrings(value),
        WireKind.Tensor => CreateNumbers(value),
        WireKind.Sequence => OrtValue.CreateSequence([.. value.Items.Select(Create)]),
        _ => throw new InvalidDataException($"Input: expected a tensor or a sequence, got {value.Kind}."),
    };

    /// <summary>The content of a result.</summary>
    public static WireValue Read(OrtValue value) => value.OnnxType switch
    {
        OnnxValueType.ONNX_TYPE_TENSOR => ReadTensor(value),
        OnnxValueType.ONNX_TYPE_SEQUENCE => WireValue.OfItems(WireKind.Sequence, ReadItems(value, value.GetValueCount())),
        OnnxValueType.ONNX_TYPE_MAP => WireValue.OfItems(WireKind.Map, ReadItems(value, 2)),
        OnnxValueType.ONNX_TYPE_UNKNOWN => WireValue.Absent,
        _ => throw new InvalidDataException($"Output: expected a tensor, a sequence or a map, got {value.OnnxType}."),
    };

    static OrtValue CreateNumbers(WireValue value)
    {
        OrtValue created = OrtValue.CreateAllocatedTensorValue(OrtAllocator.DefaultInstance, (TensorElementType)value.ElementType, value.Dimensions);
        try
        {
            Span<byte> data = created.GetTensorMutableRawData();
            if (data.Length != value.Data.Length) throw new InvalidDataException($"Input: expected {data.Length} bytes, got {value.Data.Length}.");
            value.Data.Span.CopyTo(data);
            return created;
        }
        catch
        {
            created.Dispose();
            throw;
        }
    }

    static OrtValue CreateStrings(WireValue value)
    {
        long count = value.Dimensions.Aggregate(1L, (product, extent) => product * extent);
        if (count != value.Strings.Length) throw new InvalidDataException($"Input: expected {count} strings, got {value.Strings.Length}.");
        OrtValue created = OrtValue.CreateTensorWithEmptyStrings(OrtAllocator.DefaultInstance, value.Dimensions);
        for (int i = 0; i < value.Strings.Length; i++) created.StringTensorSetElementAt(value.Strings[i].AsSpan(), i);
        return created;
    }

    static WireValue ReadTensor(OrtValue value)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        return info.IsString
            ? WireValue.OfStrings(info.Shape, value.GetStringTensorAsArray())
            : WireValue.OfNumbers((int)info.ElementDataType, info.Shape, value.GetTensorMutableRawData().ToArray());
    }

    static WireValue[] ReadItems(OrtValue value, int count)
    {
        WireValue[] items = new WireValue[count];
        for (int i = 0; i < count; i++)
        {
            using OrtValue item = value.GetValue(i, OrtAllocator.DefaultInstance);
            items[i] = Read(item);
        }
        return items;
    }
}
