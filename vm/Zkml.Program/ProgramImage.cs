using System.Buffers.Binary;
using Zkml.Isa;
using Zkml.Program.Elf;
using Zkml.Records;

namespace Zkml.Program;

/// <summary>A guest program ready to run: entry point, initial memory, symbols. Immutable.</summary>
public sealed class ProgramImage
{
    /// <summary>The largest number of initial words in read-write memory.</summary>
    public const int MaximumImageWords = 1 << 22;

    /// <summary>The largest number of words in the read-only window.</summary>
    public const int MaximumReadOnlyWords = 1 << 23;

    ProgramImage(uint entry, ProgramRegion[] image, ProgramRegion[] readOnly, SymbolTable symbols)
    {
        Entry = entry;
        Image = image;
        ReadOnly = readOnly;
        Symbols = symbols;
    }

    /// <summary>Byte address of the first instruction, a multiple of 4.</summary>
    public uint Entry { get; }

    /// <summary>Initial words of read-write memory, text included, by ascending address. Words that no region holds start at 0.</summary>
    public IReadOnlyList<ProgramRegion> Image { get; }

    /// <summary>The words of the read-only window, by ascending address. Words that no region holds are 0 within an
    /// aligned block of 8 words of which some region holds one; words of other blocks cannot be loaded.</summary>
    public IReadOnlyList<ProgramRegion> ReadOnly { get; }

    /// <summary>Names of guest addresses, for messages.</summary>
    public SymbolTable Symbols { get; }

    /// <summary>
    /// Checks and lays out segments. Throws <see cref="ElfException"/> for a segment that is misaligned, outside of the address space
    /// or overlapping, for too many words, and for an entry outside of executable memory.
    /// </summary>
    public static ProgramImage FromSegments(uint entry, IReadOnlyList<ProgramSegment> segments, SymbolTable symbols)
    {
        ProgramSegment[] sorted = [.. segments];
        Array.Sort(sorted, (left, right) => left.Address.CompareTo(right.Address));
        ulong previousEnd = 0;
        long imageWords = 0, readOnlyWords = 0;
        bool isEntryExecutable = false;
        foreach (ProgramSegment segment in sorted)
        {
            ulong end = CheckPlace(segment);
            if (segment.Address < previousEnd)
                throw Error(ElfError.Overlap, $"segment at 0x{segment.Address:x8} overlaps the one before it, which ends at 0x{previousEnd:x8}");
            previousEnd = end + 3 & ~3UL;
            bool isReadOnly = MemoryMap.IsReadOnly(segment.Address);
            if (isReadOnly) readOnlyWords += ((long)segment.MemoryBytes + 3) / 4;
            else imageWords += (segment.Data.Length + 3) / 4;
            isEntryExecutable |= segment.IsExecutable && !isReadOnly && entry >= segment.Address && entry < end;
        }
        CheckSize("read-write memory", imageWords, MaximumImageWords);
        CheckSize("the read-only window", readOnlyWords, MaximumReadOnlyWords);
        if ((entry & 3) != 0) throw Error(ElfError.BadEntry, $"entry point: expected a multiple of 4, got 0x{entry:x8}");
        if (!isEntryExecutable) throw Error(ElfError.BadEntry, $"entry point 0x{entry:x8} is not in an executable segment");
        return new ProgramImage(entry, Regions(sorted, false), Regions(sorted, true), symbols);
    }

    /// <summary>The tables that the machine commits to; a new copy at each call.</summary>
    public ProgramTables ToTables() => new() { Entry = Entry, Rom = BuildRom(), Image = Flatten(Image), ReadOnly = Flatten(ReadOnly) };

    /// <summary>The initial word at a word address (byte address / 4); 0 where the program defines none.</summary>
    public uint InitialWordAt(uint word)
    {
        foreach (ProgramRegion region in word < MemoryMap.ReadOnlyStart / 4 ? Image : ReadOnly)
        {
            if (word >= region.StartWord && word < region.EndWord) return region.Words.Span[(int)(word - region.StartWord)];
        }
        return 0;
    }

    static ulong CheckPlace(in ProgramSegment segment)
    {
        ulong start = segment.Address, end = start + segment.MemoryBytes;
        if (segment.Data.Length > segment.MemoryBytes)
            throw Error(ElfError.BadSegment, $"segment at 0x{start:x8}: {segment.Data.Length} bytes of data, only {segment.MemoryBytes} in memory");
        if ((start & 3) != 0) throw Error(ElfError.BadSegment, $"segment address: expected a multiple of 4, got 0x{start:x8}");
        if (start < MemoryMap.ReadWriteStart || end > MemoryMap.End)
        {
            throw Error(ElfError.BadAddress, $"segment [0x{start:x8}, 0x{end:x8}): expected inside [0x{MemoryMap.ReadWriteStart:x8}, 0x{MemoryMap.End:x8})");
        }
        if (start < MemoryMap.ReadOnlyStart && end > MemoryMap.ReadOnlyStart)
            throw Error(ElfError.BadAddress, $"segment [0x{start:x8}, 0x{end:x8}) crosses the start of the read-only window, 0x{MemoryMap.ReadOnlyStart:x8}");
        if (start >= MemoryMap.ReadOnlyStart && segment.IsWritable)
            throw Error(ElfError.BadAddress, $"segment [0x{start:x8}, 0x{end:x8}) is writable in the read-only window");
        return end;
    }

    static void CheckSize(string place, long words, int maximum)
    {
        if (words > maximum) throw Error(ElfError.TooLarge, $"initial words in {place}: expected at most {maximum}, got {words}");
    }

    static ProgramRegion[] Regions(ProgramSegment[] sorted, bool isReadOnly)
    {
        List<ProgramRegion> regions = [];
        foreach (ProgramSegment segment in sorted)
        {
            if (MemoryMap.IsReadOnly(segment.Address) != isReadOnly) continue;
            // In the window a zero word exists only if a table row says so; read-write memory starts at zero by itself.
            uint bytes = isReadOnly ? segment.MemoryBytes : (uint)segment.Data.Length;
            if (bytes == 0) continue;
            regions.Add(new ProgramRegion(segment.Address / 4, ToWords(segment.Data.Span, (int)((bytes + 3L) / 4)), segment.IsExecutable && !isReadOnly));
        }
        return isReadOnly ? WholeBlocks(regions) : [.. regions];
    }

    // The read-only table holds blocks of eight words, and of a block that exists every word can be loaded: those that no segment defines are 0.
    static ProgramRegion[] WholeBlocks(List<ProgramRegion> regions)
    {
        const uint block = ProgramTables.WordsPerReadOnlyBlock;
        List<ProgramRegion> whole = [];
        List<uint> words = [];
        uint start = 0;
        foreach (ProgramRegion region in regions)
        {
            uint firstBlock = region.StartWord / block * block;
            if (firstBlock > start + words.Count)
            {
                Flush();
                start = firstBlock;
            }
            int offset = (int)(region.StartWord - start);
            // Zeros alone stand behind the offset, if anything: segments are sorted and do not overlap.
            if (words.Count > offset) words.RemoveRange(offset, words.Count - offset);
            words.AddRange(new uint[offset - words.Count]);
            words.AddRange(region.Words.Span);
            words.AddRange(new uint[(block - words.Count % block) % block]);
        }
        Flush();
        return [.. whole];

        void Flush()
        {
            if (words.Count > 0) whole.Add(new ProgramRegion(start, words.ToArray(), IsExecutable: false));
            words.Clear();
        }
    }

    static uint[] ToWords(ReadOnlySpan<byte> data, int wordCount)
    {
        uint[] words = new uint[wordCount];
        int whole = data.Length / 4;
        for (int i = 0; i < whole; i++) words[i] = BinaryPrimitives.ReadUInt32LittleEndian(data[(4 * i)..]);
        for (int i = 4 * whole; i < data.Length; i++) words[whole] |= (uint)data[i] << 8 * (i & 3);
        return words;
    }

    Step[] BuildRom()
    {
        List<Step> rows = [];
        foreach (ProgramRegion region in Image)
        {
            if (!region.IsExecutable) continue;
            ReadOnlySpan<uint> words = region.Words.Span;
            for (int i = 0; i < words.Length; i++)
            {
                uint pc4 = region.StartWord + (uint)i;
                if (!Decoder.TryDecode(words[i], out Instruction instruction, out _) || !RomRow.TryCreate(pc4, instruction, out RomRow row)) continue;
                rows.Add(new Step
                {
                    Pc4 = pc4, Immediate = row.Immediate, Auxiliary = row.Auxiliary,
                    Opcode = (byte)row.Opcode, Rd = row.Rd, Rs1 = row.Rs1, Rs2 = row.Rs2,
                });
            }
        }
        return [.. rows];
    }

    static InitialWord[] Flatten(IReadOnlyList<ProgramRegion> regions)
    {
        int count = 0, next = 0;
        foreach (ProgramRegion region in regions) count += region.Words.Length;
        InitialWord[] words = new InitialWord[count];
        foreach (ProgramRegion region in regions)
        {
            uint word = region.StartWord;
            foreach (uint value in region.Words.Span) words[next++] = new InitialWord(word++, value);
        }
        return words;
    }

    static ElfException Error(ElfError error, string message) => new(error, $"Program: {message}.");
}
