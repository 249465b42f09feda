using System.Buffers.Binary;
using System.Text;

namespace Zkml.Guest.Assembly;

/// <summary>
/// Writes a program as ELF32 (little-endian, RISC-V, executable): one loadable segment per section, then section headers and a symbol
/// table, so that the usual tools can read it. [TIS ELF 1.2; RISC-V ELF psABI 1.0]
/// </summary>
public static class ElfWriter
{
    const int FileHeaderSize = 52, ProgramHeaderSize = 32, SectionHeaderSize = 40, SymbolSize = 16;
    const uint TypeProgramBits = 1, TypeSymbols = 2, TypeStrings = 3, TypeNoBits = 8;
    const uint Writable = 1, Allocated = 2, Executable = 4;

    readonly record struct SectionHeader(string Name, uint Type, uint Flags, uint Address, uint Offset, uint Size, uint Link, uint Info, uint EntrySize);

    /// <summary>The bytes of the file; the same program gives the same bytes. Notes become sections that are not loaded: no image ID binds them.</summary>
    public static byte[] Write(AssembledProgram program, params ReadOnlySpan<(string Name, byte[] Content)> notes)
    {
        List<SectionHeader> headers = [default];
        int offset = FileHeaderSize + ProgramHeaderSize * program.Sections.Count;
        foreach (ProgramSection section in program.Sections)
        {
            (string name, uint type, uint flags) = Describe(section.Kind);
            headers.Add(new(name, type, flags, section.Address, (uint)offset, section.Length, 0, 0, 0));
            offset += section.Contents.Length;
        }
        foreach ((string name, byte[] content) in notes)
        {
            headers.Add(new(name, TypeProgramBits, 0, 0, (uint)offset, (uint)content.Length, 0, 0, 0));
            offset += content.Length;
        }
        (byte[] symbols, byte[] symbolNames) = BuildSymbols(program);
        uint strings = (uint)headers.Count + 1;
        headers.Add(new(".symtab", TypeSymbols, 0, 0, (uint)offset, (uint)symbols.Length, strings, 1, SymbolSize));
        headers.Add(new(".strtab", TypeStrings, 0, 0, (uint)(offset + symbols.Length), (uint)symbolNames.Length, 0, 0, 0));
        offset += symbols.Length + symbolNames.Length;
        byte[] sectionNames = BuildSectionNames(headers, out uint[] nameOffsets);
        headers[^1] = headers[^1] with { Offset = (uint)offset };
        int headersOffset = (offset + sectionNames.Length + 3) & ~3;

        byte[] file = new byte[headersOffset + SectionHeaderSize * headers.Count];
        WriteFileHeader(file, program, headersOffset, headers.Count);
        for (int i = 0; i < program.Sections.Count; i++)
        {
            SectionHeader header = headers[i + 1];
            WriteProgramHeader(file.AsSpan(FileHeaderSize + ProgramHeaderSize * i), program.Sections[i], header);
            program.Sections[i].Contents.Span.CopyTo(file.AsSpan((int)header.Offset));
        }
        for (int i = 0; i < notes.Length; i++) notes[i].Content.CopyTo(file, (int)headers[program.Sections.Count + 1 + i].Offset);
        symbols.CopyTo(file, (int)headers[^3].Offset);
        symbolNames.CopyTo(file, (int)headers[^2].Offset);
        sectionNames.CopyTo(file, (int)headers[^1].Offset);
        for (int i = 0; i < headers.Count; i++)
            WriteSectionHeader(file.AsSpan(headersOffset + SectionHeaderSize * i), headers[i], nameOffsets[i]);
        return file;
    }

    static (string Name, uint Type, uint Flags) Describe(SectionKind kind) => kind switch
    {
        SectionKind.Text => (".text", TypeProgramBits, Allocated | Executable),
        SectionKind.ReadOnlyData => (".rodata", TypeProgramBits, Allocated),
        SectionKind.Data => (".data", TypeProgramBits, Allocated | Writable),
        SectionKind.Bss => (".bss", TypeNoBits, Allocated | Writable),
        _ => (".window", TypeProgramBits, Allocated),
    };

    static void WriteFileHeader(Span<byte> file, AssembledProgram program, int headersOffset, int headerCount)
    {
        ReadOnlySpan<byte> identification = [0x7F, (byte)'E', (byte)'L', (byte)'F', 1, 1, 1]; // 32 bits, little-endian, version 1
        identification.CopyTo(file);
        WriteHalves(file[16..], 2, 243); // executable, RISC-V
        WriteWords(file[20..], 1, program.Entry, FileHeaderSize, (uint)headersOffset, 0);
        WriteHalves(file[40..], FileHeaderSize, ProgramHeaderSize, (ushort)program.Sections.Count,
            SectionHeaderSize, (ushort)headerCount, (ushort)(headerCount - 1));
    }

    static void WriteProgramHeader(Span<byte> destination, ProgramSection section, in SectionHeader header)
    {
        uint flags = 4 | (header.Flags & Writable) << 1 | (header.Flags & Executable) >> 2; // readable, writable, executable: 4, 2, 1
        WriteWords(destination, 1, header.Offset, section.Address, section.Address, (uint)section.Contents.Length, section.Length, flags, 4);
    }

    static void WriteSectionHeader(Span<byte> destination, in SectionHeader header, uint nameOffset)
    {
        uint alignment = header.Type is TypeStrings ? 1u : header.Type == 0 ? 0 : 4u;
        WriteWords(destination, nameOffset, header.Type, header.Flags, header.Address, header.Offset, header.Size,
            header.Link, header.Info, alignment, header.EntrySize);
    }

    static (byte[] Table, byte[] Names) BuildSymbols(AssembledProgram program)
    {
        Dictionary<SectionKind, int> indices = [];
        for (int i = 0; i < program.Sections.Count; i++) indices[program.Sections[i].Kind] = i + 1;
        byte[] table = new byte[SymbolSize * (program.Symbols.Count + 1)]; // the first symbol is all zeros
        MemoryStream names = new();
        names.WriteByte(0);
        int position = SymbolSize;
        foreach (ProgramSymbol symbol in program.Symbols)
        {
            Span<byte> entry = table.AsSpan(position, SymbolSize);
            WriteWords(entry, (uint)names.Position, symbol.Address, 0);
            entry[12] = (byte)(1 << 4 | (symbol.Section == SectionKind.Text ? 2 : 1)); // global function or object
            // A label at the end of an empty section has no section header; it is an absolute symbol then.
            WriteHalves(entry[14..], indices.TryGetValue(symbol.Section, out int index) ? (ushort)index : (ushort)0xFFF1);
            names.Write(Encoding.UTF8.GetBytes(symbol.Name));
            names.WriteByte(0);
            position += SymbolSize;
        }
        while (names.Length % 4 != 0) names.WriteByte(0);
        return (table, names.ToArray());
    }

    static byte[] BuildSectionNames(List<SectionHeader> headers, out uint[] offsets)
    {
        headers.Add(new(".shstrtab", TypeStrings, 0, 0, 0, 0, 0, 0, 0));
        MemoryStream names = new();
        names.WriteByte(0);
        offsets = new uint[headers.Count];
        for (int i = 1; i < offsets.Length; i++)
        {
            offsets[i] = (uint)names.Position;
            names.Write(Encoding.UTF8.GetBytes(headers[i].Name));
            names.WriteByte(0);
        }
        headers[^1] = headers[^1] with { Size = (uint)names.Length };
        return names.ToArray();
    }

    static void WriteWords(Span<byte> destination, params ReadOnlySpan<uint> words)
    {
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(destination[(4 * i)..], words[i]);
    }

    static void WriteHalves(Span<byte> destination, params ReadOnlySpan<ushort> halves)
    {
        for (int i = 0; i < halves.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(destination[(2 * i)..], halves[i]);
    }
}
