using System.Buffers.Binary;

namespace Zkml.Program;

/// <summary>A name for a range of guest addresses.</summary>
/// <param name="Name">Printable ASCII, at most 256 characters.</param>
/// <param name="Address">First byte.</param>
/// <param name="Size">Bytes; 0 where unknown.</param>
public readonly record struct Symbol(string Name, uint Address, uint Size);

/// <summary>Symbols by ascending address. Names stay encoded until asked for, so that a hostile table costs no more than its bytes.</summary>
public sealed class SymbolTable
{
    const int SymbolBytes = 16, MaximumNameLength = 256;
    const int TypeNone = 0, TypeObject = 1, TypeFunction = 2;

    readonly record struct Entry(uint Address, uint Size, uint NameOffset);

    readonly Entry[] _entries;
    readonly byte[] _names;

    SymbolTable(Entry[] entries, byte[] names)
    {
        _entries = entries;
        _names = names;
    }

    /// <summary>A table without symbols.</summary>
    public static SymbolTable Empty { get; } = new([], []);

    /// <summary>The number of symbols.</summary>
    public int Count => _entries.Length;

    /// <summary>The symbol of a rank in [0, Count).</summary>
    public Symbol this[int index] => new(NameAt(_entries[index].NameOffset), _entries[index].Address, _entries[index].Size);

    /// <summary>The symbol of a name, by a linear search.</summary>
    public bool TryFind(string name, out Symbol symbol)
    {
        for (int i = 0; i < Count; i++)
        {
            symbol = this[i];
            if (symbol.Name == name) return true;
        }
        symbol = default;
        return false;
    }

    /// <summary>"main+0x14" for a byte address inside or after a symbol, or null where no symbol is at or below it.</summary>
    public string? Describe(uint address)
    {
        int low = 0, high = _entries.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_entries[middle].Address <= address) low = middle + 1;
            else high = middle;
        }
        if (low == 0) return null;
        Entry entry = _entries[low - 1];
        uint offset = address - entry.Address;
        if (entry.Size != 0 && offset >= entry.Size) return null;
        string name = NameAt(entry.NameOffset);
        return offset == 0 ? name : $"{name}+0x{offset:x}";
    }

    /// <summary>Reads the two sections of an ELF32 symbol table; entries that do not make sense are left out.</summary>
    internal static SymbolTable Parse(ReadOnlySpan<byte> symbols, ReadOnlySpan<byte> names)
    {
        List<Entry> entries = [];
        for (int offset = 0; offset + SymbolBytes <= symbols.Length; offset += SymbolBytes)
        {
            ReadOnlySpan<byte> symbol = symbols.Slice(offset, SymbolBytes);
            uint nameOffset = BinaryPrimitives.ReadUInt32LittleEndian(symbol);
            int type = symbol[12] & 15, section = BinaryPrimitives.ReadUInt16LittleEndian(symbol[14..]);
            // Section 0 is "undefined", 0xFFF1 "absolute": a constant such as a stack size is no place.
            if (section is 0 or 0xFFF1 || type is not (TypeNone or TypeObject or TypeFunction) || nameOffset >= names.Length) continue;
            // Names that start with "$" or "." are mapping symbols and local labels.
            if (names[(int)nameOffset] is 0 or (byte)'$' or (byte)'.') continue;
            entries.Add(new Entry(BinaryPrimitives.ReadUInt32LittleEndian(symbol[4..]), BinaryPrimitives.ReadUInt32LittleEndian(symbol[8..]), nameOffset));
        }
        // Functions without a size (assembly labels) sort before sized ones of the same address, so that the sized one is found.
        entries.Sort((left, right) => (left.Address, left.Size, left.NameOffset).CompareTo((right.Address, right.Size, right.NameOffset)));
        return entries.Count == 0 ? Empty : new([.. entries], names.ToArray());
    }

    string NameAt(uint offset)
    {
        ReadOnlySpan<byte> rest = _names.AsSpan((int)offset);
        int length = rest[..Math.Min(rest.Length, MaximumNameLength)].IndexOf((byte)0);
        if (length < 0) length = Math.Min(rest.Length, MaximumNameLength);
        // Escape sequences in a hostile name must not reach a terminal.
        return string.Create(length, rest[..length], static (characters, bytes) =>
        {
            for (int i = 0; i < characters.Length; i++) characters[i] = bytes[i] is >= 0x20 and < 0x7F ? (char)bytes[i] : '?';
        });
    }
}
