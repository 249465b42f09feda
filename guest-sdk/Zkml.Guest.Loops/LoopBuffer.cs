namespace Zkml.Guest.Loops;

/// <summary>Where a buffer's bytes come from and who may write them.</summary>
public enum BufferKind
{
    /// <summary>Fixed when the program is compiled; read only.</summary>
    Constant,

    /// <summary>Filled by whoever runs the program, before the first layer.</summary>
    Input,

    /// <summary>Read by whoever runs the program, after the last layer.</summary>
    Output,

    /// <summary>Written by one layer and read by later ones. Its content before the first store is undefined; buffers whose lives do not overlap may share memory.</summary>
    Scratch,
}

/// <summary>A fixed number of elements of one memory type, little endian, aligned to at least 4 bytes.</summary>
public sealed class LoopBuffer
{
    readonly byte[] _data;

    LoopBuffer(string name, BufferKind kind, MemoryType type, int count, byte[] data)
    {
        if (count < 0 || (long)count * type.ElementBytes > int.MaxValue)
            throw new ArgumentOutOfRangeException(nameof(count), count, $"Buffer {name}: expected 0 to {int.MaxValue / type.ElementBytes} elements.");
        (Name, Kind, Type, Count, _data) = (name, kind, type, count, data);
    }

    /// <summary>For messages and symbols; need not be unique.</summary>
    public string Name { get; }

    /// <summary>Who fills it.</summary>
    public BufferKind Kind { get; }

    /// <summary>How its elements lie in memory.</summary>
    public MemoryType Type { get; }

    /// <summary>Number of elements.</summary>
    public int Count { get; }

    /// <summary>Bytes of all elements.</summary>
    public int ByteCount => Count * Type.ElementBytes;

    /// <summary>The bytes of a constant; empty for every other kind.</summary>
    public ReadOnlySpan<byte> Data => _data;

    /// <summary>A buffer that is not a constant.</summary>
    public static LoopBuffer Create(string name, BufferKind kind, MemoryType type, int count)
    {
        if (kind == BufferKind.Constant) throw new ArgumentException("A constant needs its data.", nameof(kind));
        return new(name, kind, type, count, []);
    }

    /// <summary>A constant; the length of the data is a multiple of the element size.</summary>
    public static LoopBuffer Constant(string name, MemoryType type, ReadOnlySpan<byte> data)
    {
        if (data.Length % type.ElementBytes != 0)
            throw new ArgumentException($"Buffer {name}: expected a multiple of {type.ElementBytes} bytes, got {data.Length}.", nameof(data));
        return new(name, BufferKind.Constant, type, data.Length / type.ElementBytes, data.ToArray());
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Name}[{Count} {Type}]";
}
