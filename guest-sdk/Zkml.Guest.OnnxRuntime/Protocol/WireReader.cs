using System.Buffers.Binary;
using System.Text;

namespace Zkml.Guest.OnnxRuntime.Protocol;

/// <summary>Reads what <see cref="WireWriter"/> wrote. Throws <see cref="InvalidDataException"/> for anything else; allocates no more than a frame can hold.</summary>
sealed class WireReader(ReadOnlyMemory<byte> frame)
{
    int _position;

    /// <summary>True when all was read.</summary>
    public bool IsAtEnd => _position == frame.Length;

    /// <summary>One byte.</summary>
    public byte Byte() => Take(1).Span[0];

    /// <summary>4 bytes.</summary>
    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4).Span);

    /// <summary>A count of things that take at least <paramref name="bytesEach"/> bytes.</summary>
    public int Count(int bytesEach)
    {
        int count = Int32();
        if (count < 0 || (long)count * bytesEach > frame.Length - _position) throw new InvalidDataException($"Frame, byte {_position}: a count of {count} does not fit.");
        return count;
    }

    /// <summary>A count and 8 bytes each.</summary>
    public long[] Int64s()
    {
        long[] values = new long[Count(8)];
        foreach (ref long value in values.AsSpan()) value = BinaryPrimitives.ReadInt64LittleEndian(Take(8).Span);
        return values;
    }

    /// <summary>A count and the bytes, a view into the frame.</summary>
    public ReadOnlyMemory<byte> Bytes() => Take(Count(1));

    /// <summary>A count of bytes and UTF-8.</summary>
    public string Text() => Encoding.UTF8.GetString(Bytes().Span);

    /// <summary>A count and the texts.</summary>
    public string[] Texts()
    {
        string[] values = new string[Count(4)];
        foreach (ref string value in values.AsSpan()) value = Text();
        return values;
    }

    /// <summary>A value.</summary>
    public WireValue Value(int depth = 0)
    {
        WireKind kind = (WireKind)Byte();
        switch (kind)
        {
            case WireKind.Absent:
                return WireValue.Absent;
            case WireKind.Tensor:
                int elementType = Int32();
                long[] dimensions = Int64s();
                return elementType == WireValue.StringType ? WireValue.OfStrings(dimensions, Texts()) : WireValue.OfNumbers(elementType, dimensions, Bytes());
            case WireKind.Sequence or WireKind.Map when depth < RunnerProtocol.MaximumDepth:
                WireValue[] items = new WireValue[Count(1)];
                foreach (ref WireValue item in items.AsSpan()) item = Value(depth + 1);
                if (kind == WireKind.Map && items.Length != 2) throw new InvalidDataException($"Frame, byte {_position}: a map of {items.Length} parts.");
                return WireValue.OfItems(kind, items);
            default:
                throw new InvalidDataException($"Frame, byte {_position}: kind {(byte)kind} of a value at depth {depth}.");
        }
    }

    ReadOnlyMemory<byte> Take(int count)
    {
        if (count > frame.Length - _position) throw new InvalidDataException($"Frame, byte {_position}: expected {count} bytes more, got {frame.Length - _position}.");
        ReadOnlyMemory<byte> taken = frame.Slice(_position, count);
        _position += count;
        return taken;
    }
}
