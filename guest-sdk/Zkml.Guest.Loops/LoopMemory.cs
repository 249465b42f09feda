using System.Runtime.InteropServices;

namespace Zkml.Guest.Loops;

/// <summary>What a run on the host works on: the content of buffers, allocated when first touched, and the steps that are left.</summary>
sealed class LoopMemory(long memoryLimit, long stepLimit, CancellationToken cancellation)
{
    /// <summary>Steps between two looks at the cancellation token.</summary>
    const long Slice = 1 << 24;

    /// <summary>Fills what nobody has written yet, so that code that relies on zeros is found out.</summary>
    const byte Unwritten = 0xCD;

    readonly Dictionary<LoopBuffer, Array> _contents = [];
    long _bytesLeft = memoryLimit;
    long _stepsLeft = stepLimit;
    CancellationToken _cancellation = cancellation;

    /// <summary>Steps until <see cref="Refill"/>; compiled loops count it down.</summary>
    public long Steps;

    /// <summary>Steps until the limit.</summary>
    public long StepsLeft => _stepsLeft + Steps;

    public void Restart(long stepLimit, CancellationToken cancellation) => (_stepsLeft, Steps, _cancellation) = (stepLimit, 0, cancellation);

    /// <summary>Called where <see cref="Steps"/> went below 0.</summary>
    public void Refill(string function)
    {
        _cancellation.ThrowIfCancellationRequested();
        if (_stepsLeft <= 0) throw new LoopException(LoopError.OutOfSteps, $"Function {function}: more steps than allowed.");
        long slice = Math.Min(Slice, _stepsLeft);
        _stepsLeft -= slice;
        Steps += slice;
        // One round may cost more than a slice; what it owes is paid by the rounds after it.
        if (Steps < 0) Steps = 0;
    }

    /// <summary>The elements of a buffer, an array of the memory type.</summary>
    public Array Contents(LoopBuffer buffer)
    {
        if (_contents.TryGetValue(buffer, out Array? contents)) return contents;
        if (buffer.ByteCount > _bytesLeft) throw new LoopException(LoopError.OutOfMemory, $"Buffer {buffer}: {_bytesLeft} bytes are left.");
        _bytesLeft -= buffer.ByteCount;
        contents = Allocate(buffer.Type, buffer.Count);
        if (buffer.Kind == BufferKind.Constant) buffer.Data.CopyTo(Bytes(contents));
        else Bytes(contents).Fill(Unwritten);
        _contents.Add(buffer, contents);
        return contents;
    }

    /// <summary>The bytes of an array that <see cref="Contents"/> gave.</summary>
    public static Span<byte> Bytes(Array contents) => contents switch
    {
        // The runtime sees sbyte[] as byte[] and ushort[] as short[] in a type test, so both signs take one branch.
        byte[] array => array,
        short[] array => MemoryMarshal.AsBytes(array.AsSpan()),
        int[] array => MemoryMarshal.AsBytes(array.AsSpan()),
        _ => MemoryMarshal.AsBytes(((long[])contents).AsSpan()),
    };

    static Array Allocate(MemoryType type, int count) => type switch
    {
        MemoryType.Int8 => new sbyte[count],
        MemoryType.UInt8 => new byte[count],
        MemoryType.Int16 => new short[count],
        MemoryType.UInt16 => new ushort[count],
        MemoryType.Int32 => new int[count],
        _ => new long[count],
    };
}
