namespace Zkml.Guest.Loops;

/// <summary>
/// Runs a program on the host: the reference of the code generator, and the engine of constant folding. Write the inputs, run, read the
/// outputs; it may run several times, and buffers keep their content between runs. Not thread-safe.
/// </summary>
public sealed class LoopMachine
{
    /// <summary>The memory a program gets where the caller does not say: bytes of all buffers it touches.</summary>
    public const long DefaultMemoryLimit = 1L << 31;

    readonly LoopMemory _memory;

    /// <summary>A machine whose buffers are not written yet.</summary>
    public LoopMachine(LoopProgram program, long memoryLimit = DefaultMemoryLimit)
    {
        Program = program;
        _memory = new(memoryLimit, 0, CancellationToken.None);
    }

    /// <summary>The program.</summary>
    public LoopProgram Program { get; }

    /// <summary>Fills a whole buffer that is not constant; throws <see cref="ArgumentException"/> if the length differs.</summary>
    public void Write(LoopBuffer buffer, ReadOnlySpan<byte> bytes)
    {
        if (buffer.Kind == BufferKind.Constant) throw new ArgumentException($"{buffer} is constant.", nameof(buffer));
        if (bytes.Length != buffer.ByteCount) throw new ArgumentException($"{buffer}: expected {buffer.ByteCount} bytes, got {bytes.Length}.", nameof(bytes));
        bytes.CopyTo(LoopMemory.Bytes(_memory.Contents(buffer)));
    }

    /// <summary>
    /// Runs all layers and returns the steps that it took. A step is about one operation; throws <see cref="LoopException"/> for an index out of bounds, a program that fails,
    /// too many steps or too much memory.
    /// </summary>
    public long Run(long stepLimit = long.MaxValue, CancellationToken cancellation = default)
    {
        _memory.Restart(stepLimit, cancellation);
        foreach (Layer layer in Program.Layers)
            Interpreter.Find(layer.Function).Run(_memory, []);
        return stepLimit - _memory.StepsLeft;
    }

    /// <summary>A copy of a buffer's bytes.</summary>
    public byte[] Read(LoopBuffer buffer) => LoopMemory.Bytes(_memory.Contents(buffer)).ToArray();
}
