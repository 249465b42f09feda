namespace Zkml.Guest.Assembly;

/// <summary>One section with its final address.</summary>
/// <param name="Kind">What it holds.</param>
/// <param name="Address">Byte address, a multiple of 4.</param>
/// <param name="Contents">The initial bytes, a whole number of words; empty for bss.</param>
/// <param name="Length">Bytes in memory, a multiple of 4, at least the contents.</param>
public sealed record ProgramSection(SectionKind Kind, uint Address, ReadOnlyMemory<byte> Contents, uint Length);

/// <summary>A named address.</summary>
/// <param name="Name">The label's name.</param>
/// <param name="Address">Byte address.</param>
/// <param name="Section">The section it lies in.</param>
public readonly record struct ProgramSymbol(string Name, uint Address, SectionKind Section);

/// <summary>A program with every address resolved, ready to be written as an ELF file.</summary>
public sealed class AssembledProgram
{
    readonly Dictionary<string, ProgramSymbol> _symbols;

    internal AssembledProgram(uint entry, IReadOnlyList<ProgramSection> sections, Dictionary<string, ProgramSymbol> symbols)
    {
        Entry = entry;
        Sections = sections;
        _symbols = symbols;
    }

    /// <summary>Byte address of the first instruction.</summary>
    public uint Entry { get; }

    /// <summary>The sections that are not empty, by ascending address.</summary>
    public IReadOnlyList<ProgramSection> Sections { get; }

    /// <summary>The labels that were given a name, in the order of their creation.</summary>
    public IReadOnlyCollection<ProgramSymbol> Symbols => _symbols.Values;

    /// <summary>The byte address of a named label. Throws <see cref="KeyNotFoundException"/> for an unknown name.</summary>
    public uint AddressOf(string symbol) => _symbols[symbol].Address;

    /// <summary>The bytes of the ELF file, with notes that are not loaded.</summary>
    public byte[] ToElf(params ReadOnlySpan<(string Name, byte[] Content)> notes) => ElfWriter.Write(this, notes);
}
