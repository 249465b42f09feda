namespace Zkml.Program;

/// <summary>One piece of initial memory.</summary>
/// <param name="Address">Byte address, a multiple of 4.</param>
/// <param name="Data">The first bytes.</param>
/// <param name="MemoryBytes">The size in memory; bytes after <paramref name="Data"/> are zero and take no space in the image.</param>
/// <param name="IsWritable">Forbidden in the read-only window; without effect elsewhere, where all memory is writable.</param>
/// <param name="IsExecutable">Its words become instructions.</param>
public readonly record struct ProgramSegment(uint Address, ReadOnlyMemory<byte> Data, uint MemoryBytes, bool IsWritable, bool IsExecutable);

/// <summary>A run of consecutive initial words.</summary>
/// <param name="StartWord">Byte address / 4 of the first word.</param>
/// <param name="Words">The words; never empty.</param>
/// <param name="IsExecutable">Its words are instructions where they decode.</param>
public sealed record ProgramRegion(uint StartWord, ReadOnlyMemory<uint> Words, bool IsExecutable)
{
    /// <summary>One past the last word.</summary>
    public uint EndWord => StartWord + (uint)Words.Length;
}
