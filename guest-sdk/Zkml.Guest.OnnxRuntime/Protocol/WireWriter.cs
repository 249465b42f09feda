using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Zkml.Guest.OnnxRuntime.Protocol;

/// <summary>Writes a frame: integers little endian, texts in UTF-8 and arrays after their length.</summary>
sealed class WireWriter
{
    readonly ArrayBufferWriter<byte> _buffer = new(256);

    /// <summary>What was written so far.</summary>
    public ReadOnlySpan<byte> Written => _buffer.WrittenSpan;

    /// <summary>One byte.</summary>
    public WireWriter Byte(byte value)
    {
        _buffer.GetSpan(1)[0] = value;
        _buffer.Advance(1);
        return this;
    }

    /// <summary>Bytes as they are.</summary>
    public WireWriter Raw(ReadOnlySpan<byte> value)
    {
        _buffer.Write(value);
        return this;
    }

    /// <summary>4 bytes.</summary>
    public WireWriter Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.GetSpan(4), value);
        _buffer.Advance(4);
        return this;
    }

    /// <summary>A count and 8 bytes each.</summary>
    public WireWriter Int64s(ReadOnlySpan<long> values)
    {
        Int32(values.Length);
        foreach (long value in values)
        {
            BinaryPrimitives.WriteInt64LittleEndian(_buffer.GetSpan(8), value);
            _buffer.Advance(8);
        }
        return this;
    }

    /// <summary>A count and the bytes.</summary>
    public WireWriter Bytes(ReadOnlySpan<byte> value) => Int32(value.Length).Raw(value);

    /// <summary>A count of bytes and UTF-8.</summary>
    public WireWriter Text(string value) => Bytes(Encoding.UTF8.GetBytes(value));

    /// <summary>A count and the texts.</summary>
    public WireWriter Texts(IReadOnlyCollection<string> values)
    {
        Int32(values.Count);
        foreach (string value in values) Text(value);
        return this;
    }

    /// <summary>A value.</summary>
    public WireWriter Value(WireValue value)
    {
        Byte((byte)value.Kind);
        if (value.Kind == WireKind.Tensor)
        {
            Int32(value.ElementType).Int64s(value.Dimensions);
            return value.ElementType == WireValue.StringType ? Texts(value.Strings) : Bytes(value.Data.Span);
        }
        if (value.Kind == WireKind.Absent) return this;
        Int32(value.Items.Length);
        foreach (WireValue item in value.Items) Value(item);
        return this;
    }
}
