namespace Zkml.Isa;

/// <summary>
/// The guest's address space in bytes (machine.md OB-4): nothing below 64 KiB, read-write memory, the read-only window, and nothing
/// from <see cref="End"/> on.
/// </summary>
public static class MemoryMap
{
    /// <summary>First byte of read-write memory; the null page below it is illegal.</summary>
    public const uint ReadWriteStart = 0x0001_0000;

    /// <summary>First byte of the read-only window, one past the last byte of read-write memory.</summary>
    public const uint ReadOnlyStart = 0x8001_0000;

    /// <summary>One past the last byte of the read-only window.</summary>
    public const uint End = 0xC000_0000;

    /// <summary>Whether a byte address lies in read-write memory.</summary>
    public static bool IsReadWrite(uint address) => address - ReadWriteStart < ReadOnlyStart - ReadWriteStart;

    /// <summary>Whether a byte address lies in the read-only window.</summary>
    public static bool IsReadOnly(uint address) => address - ReadOnlyStart < End - ReadOnlyStart;
}
