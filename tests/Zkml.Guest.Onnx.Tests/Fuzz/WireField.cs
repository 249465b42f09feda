namespace Zkml.Guest.Onnx.Tests.Fuzz;

/// <summary>A field of a protobuf message as it stands in the bytes; <see cref="Children"/> is set where its content reads as a message.</summary>
sealed class WireField
{
    const int MaximumDepth = 12;

    public int Number { get; set; }

    // 0 varint, 1 eight bytes, 2 length-delimited, 5 four bytes.
    public int Type { get; set; }

    public ulong Varint { get; set; }

    public byte[] Content { get; set; } = [];

    public List<WireField>? Children { get; set; }

    /// <summary>The fields of a message; null if the bytes are no message.</summary>
    public static List<WireField>? Parse(ReadOnlySpan<byte> bytes, int depth = 0)
    {
        List<WireField> fields = [];
        int at = 0;
        while (at < bytes.Length)
        {
            if (!ReadVarint(bytes, ref at, out ulong tag) || tag >> 3 is 0 or > 1000) return null;
            WireField field = new() { Number = (int)(tag >> 3), Type = (int)(tag & 7) };
            ulong length = field.Type switch { 1 => 8, 5 => 4, _ => 0 };
            if (field.Type is 0 or 2 && !ReadVarint(bytes, ref at, out length)) return null;
            if (field.Type is not (0 or 1 or 2 or 5)) return null;
            if (field.Type == 0) field.Varint = length;
            else
            {
                if (length > (ulong)(bytes.Length - at)) return null;
                field.Content = bytes.Slice(at, (int)length).ToArray();
                at += (int)length;
                if (field.Type == 2 && depth < MaximumDepth && length > 1) field.Children = Parse(field.Content, depth + 1);
            }
            fields.Add(field);
        }
        return fields;
    }

    public static byte[] Write(List<WireField> fields)
    {
        List<byte> bytes = [];
        Write(fields, bytes);
        return [.. bytes];
    }

    public WireField Clone() => new() { Number = Number, Type = Type, Varint = Varint, Content = [.. Content], Children = Children?.ConvertAll(child => child.Clone()) };

    static void Write(List<WireField> fields, List<byte> bytes)
    {
        foreach (WireField field in fields)
        {
            WriteVarint(bytes, (ulong)field.Number << 3 | (uint)field.Type);
            if (field.Type == 0)
            {
                WriteVarint(bytes, field.Varint);
                continue;
            }
            byte[] content = field.Children == null ? field.Content : Write(field.Children);
            if (field.Type == 2) WriteVarint(bytes, (ulong)content.Length);
            bytes.AddRange(content);
        }
    }

    static bool ReadVarint(ReadOnlySpan<byte> bytes, ref int at, out ulong value)
    {
        value = 0;
        for (int shift = 0; shift < 70 && at < bytes.Length; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80) return true;
        }
        return false;
    }

    static void WriteVarint(List<byte> bytes, ulong value)
    {
        for (; value >= 0x80; value >>= 7) bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
    }
}
