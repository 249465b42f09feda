using System.Buffers.Binary;
using System.Text;

namespace Zkml.Program.Tests.Elf;

/// <summary>A segment of <see cref="ElfBytes"/>; flags as in the file: 4 read, 2 write, 1 execute.</summary>
internal readonly record struct TestSegment(uint Address, byte[] Data, uint MemoryBytes, uint Flags, uint Type = 1);

/// <summary>ELF files written field by field, apart from the product's own writer, so that the two cannot share a mistake.</summary>
internal static class ElfBytes
{
    public const uint Text = 0x0020_0800;
    public const int SegmentsOffset = 52;

    /// <summary>addi a0, zero, 1; ebreak.</summary>
    public static readonly byte[] Code = [0x13, 0x05, 0x10, 0x00, 0x73, 0x00, 0x10, 0x00];

    public static TestSegment TextSegment => new(Text, Code, 8, 5);

    public static byte[] Minimal() => Build(Text, [TextSegment, new(0x0030_0000, [1, 2, 3, 4, 5], 64, 6)], [("_start", Text, 8u), ("data", 0x0030_0000u, 64u)]);

    public static byte[] Build(uint entry, TestSegment[] segments, (string Name, uint Address, uint Size)[]? symbols = null)
    {
        List<byte> file = [.. new byte[SegmentsOffset + 32 * segments.Length]];
        List<uint> offsets = [];
        foreach (TestSegment segment in segments)
        {
            while (file.Count % 4 != 0) file.Add(0);
            offsets.Add((uint)file.Count);
            file.AddRange(segment.Data);
        }
        uint symbolsOffset = 0, namesOffset = 0, sectionsOffset = 0, symbolBytes = 0, nameBytes = 0;
        if (symbols is not null)
        {
            (byte[] table, byte[] names) = BuildSymbols(symbols);
            (symbolsOffset, symbolBytes, nameBytes) = ((uint)file.Count, (uint)table.Length, (uint)names.Length);
            file.AddRange(table);
            namesOffset = (uint)file.Count;
            file.AddRange(names);
            sectionsOffset = (uint)file.Count;
            file.AddRange(new byte[3 * 40]);
        }
        byte[] bytes = [.. file];
        WriteHeader(bytes, entry, segments.Length, sectionsOffset, symbols is null ? 0 : 3);
        for (int i = 0; i < segments.Length; i++)
        {
            TestSegment segment = segments[i];
            WriteWords(bytes, SegmentsOffset + 32 * i,
                segment.Type, offsets[i], segment.Address, segment.Address, (uint)segment.Data.Length, segment.MemoryBytes, segment.Flags, 4);
        }
        if (symbols is not null)
        {
            WriteWords(bytes, (int)sectionsOffset + 40, 0, 2, 0, 0, symbolsOffset, symbolBytes, 2, 1, 4, 16);
            WriteWords(bytes, (int)sectionsOffset + 80, 0, 3, 0, 0, namesOffset, nameBytes, 0, 0, 1, 0);
        }
        return bytes;
    }

    public static byte[] With(byte[] file, int offset, uint value, int size)
    {
        byte[] changed = [.. file];
        for (int i = 0; i < size; i++) changed[offset + i] = (byte)(value >> 8 * i);
        return changed;
    }

    static void WriteHeader(byte[] file, uint entry, int segmentCount, uint sectionsOffset, int sectionCount)
    {
        "\u007fELF\u0001\u0001\u0001"u8.CopyTo(file);
        WriteHalves(file, 16, 2, 243);
        WriteWords(file, 20, 1, entry, SegmentsOffset, sectionsOffset, 0);
        WriteHalves(file, 40, 52, 32, segmentCount, 40, sectionCount, 0);
    }

    static (byte[] Table, byte[] Names) BuildSymbols((string Name, uint Address, uint Size)[] symbols)
    {
        byte[] table = new byte[16 * (symbols.Length + 1)];
        List<byte> names = [0];
        for (int i = 0; i < symbols.Length; i++)
        {
            WriteWords(table, 16 * (i + 1), (uint)names.Count, symbols[i].Address, symbols[i].Size);
            table[16 * (i + 1) + 12] = 0x12;
            table[16 * (i + 1) + 14] = 1;
            names.AddRange(Encoding.Latin1.GetBytes(symbols[i].Name));
            names.Add(0);
        }
        return (table, [.. names]);
    }

    static void WriteWords(byte[] file, int offset, params ReadOnlySpan<uint> words)
    {
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(offset + 4 * i), words[i]);
    }

    static void WriteHalves(byte[] file, int offset, params ReadOnlySpan<int> halves)
    {
        for (int i = 0; i < halves.Length; i++) BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(offset + 2 * i), (ushort)halves[i]);
    }
}
