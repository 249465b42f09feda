using Zkml.Isa;

namespace Zkml.Guest.Assembly;

/// <summary>The sections of a guest, in the order of their addresses.</summary>
public enum SectionKind
{
    /// <summary>Executable words.</summary>
    Text,

    /// <summary>Constants in read-write memory, as compilers place them.</summary>
    ReadOnlyData,

    /// <summary>Initialised variables.</summary>
    Data,

    /// <summary>Variables that start as 0; holds no bytes.</summary>
    Bss,

    /// <summary>Constants in the read-only window, where a load is cheapest to prove and a store is an error.</summary>
    Window,
}

/// <summary>Where sections go: text, read-only data, data and bss follow each other by pages, the window lies apart.</summary>
public sealed record MemoryLayout
{
    /// <summary>Initial stack pointer; the stack grows down from here to <see cref="MemoryMap.ReadWriteStart"/>.</summary>
    public const uint StackTop = 0x0020_0400;

    /// <summary>Bytes: sections start at multiples of it.</summary>
    public const uint PageSize = 0x1000;

    /// <summary>Byte address of the first instruction; a multiple of 4.</summary>
    public uint TextStart { get; init; } = 0x0020_0800;

    /// <summary>Byte address of the read-only data, a multiple of 4; 0: the first page after the text.</summary>
    public uint DataStart { get; init; }
}
