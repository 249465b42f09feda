using Google.Protobuf;

namespace Zkml.Guest.OnnxRuntime;

/// <summary>Makes values inside of a model outputs, without understanding the model.</summary>
static class ModelOutputs
{
    // ModelProto.graph, GraphProto.output and ValueInfoProto.name of onnx.proto.
    const int GraphField = 7, OutputField = 12, NameField = 1;

    /// <summary>
    /// The model with more outputs. A protobuf message that occurs twice is merged, so a second graph with nothing but outputs, written behind the
    /// model, adds them; ONNX Runtime infers their types.
    /// </summary>
    public static byte[] Add(ReadOnlySpan<byte> model, IReadOnlyList<string> names)
    {
        if (names.Count == 0) return model.ToArray();
        byte[] graph = Message(stream =>
        {
            foreach (string name in names)
            {
                Field(stream, OutputField, Message(output =>
                {
                    output.WriteTag(NameField, WireFormat.WireType.LengthDelimited);
                    output.WriteString(name);
                }));
            }
        });
        return [.. model, .. Message(stream => Field(stream, GraphField, graph))];
    }

    static void Field(CodedOutputStream stream, int number, byte[] message)
    {
        stream.WriteTag(number, WireFormat.WireType.LengthDelimited);
        stream.WriteBytes(ByteString.CopyFrom(message));
    }

    static byte[] Message(Action<CodedOutputStream> write)
    {
        using MemoryStream bytes = new();
        using (CodedOutputStream stream = new(bytes, leaveOpen: true)) write(stream);
        return bytes.ToArray();
    }
}
