using Google.Protobuf;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Import;

/// <summary>Tensors as messages of an ONNX file.</summary>
public static class TensorWriter
{
    /// <summary>The tensor with raw bytes, packed below a byte; text in string_data.</summary>
    public static TensorProto Write(Tensor tensor, string name)
    {
        TensorProto proto = new() { Name = name, DataType = (int)tensor.Type };
        foreach (int dimension in tensor.Shape.Dimensions) proto.Dims.Add(dimension);
        if (tensor.Type == ElementType.String)
        {
            foreach (string text in tensor.Strings) proto.StringData.Add(ByteString.CopyFromUtf8(text));
            return proto;
        }
        int bits = TensorReader.PackedBits(tensor.Type);
        if (bits >= 8)
        {
            proto.RawData = ByteString.CopyFrom(tensor.Data);
            return proto;
        }
        byte[] packed = new byte[(tensor.Shape.Count * bits + 7) / 8];
        int perByte = 8 / bits;
        for (int i = 0; i < tensor.Shape.Count; i++) packed[i / perByte] |= (byte)((tensor.Data[i] & ((1 << bits) - 1)) << (i % perByte * bits));
        proto.RawData = ByteString.CopyFrom(packed);
        return proto;
    }
}
