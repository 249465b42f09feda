namespace Zkml.Guest.Emission;

/// <summary>A guest program and where its parts lie.</summary>
public sealed record EmittedGuest
{
    /// <summary>The ELF file.</summary>
    public required byte[] Elf { get; init; }

    /// <summary>Of each layer, in order: the symbol of its function, under which a profile shows its cycles. Layers that share a function share it.</summary>
    public required IReadOnlyList<string> LayerSymbols { get; init; }

    /// <summary>Instructions of the program.</summary>
    public required int InstructionCount { get; init; }

    /// <summary>Bytes in the read-only window.</summary>
    public required long WindowBytes { get; init; }

    /// <summary>Bytes of buffers in read-write memory, shared memory counted once.</summary>
    public required long BufferBytes { get; init; }
}
