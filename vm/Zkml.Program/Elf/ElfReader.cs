using System.Buffers.Binary;

namespace Zkml.Program.Elf;

/// <summary>
/// Strict reader of ELF32 executables for RISC-V, safe on hostile bytes: the only exception is <see cref="ElfException"/>, and time and
/// memory are bounded by the file size and the limits of <see cref="ProgramImage"/>. [System V ABI, chapters 4 and 5]
/// </summary>
public static class ElfReader
{
    /// <summary>The largest number of program headers.</summary>
    public const int MaximumProgramHeaders = 256;

    const long MaximumLoadedBytes = 4L * (ProgramImage.MaximumImageWords + ProgramImage.MaximumReadOnlyWords);
    const int HeaderBytes = 52, ProgramHeaderBytes = 32, SectionHeaderBytes = 40, SymbolBytes = 16;
    const uint SegmentLoad = 1, SegmentDynamic = 2, SegmentInterpreter = 3;
    const uint FlagExecute = 1, FlagWrite = 2;
    const uint SectionProgramBits = 1, SectionSymbolTable = 2, SectionStringTable = 3;
    const int RiscVMachine = 243, ExecutableType = 2;

    /// <summary>Reads a program. The image keeps no reference to the bytes.</summary>
    public static ProgramImage Read(ReadOnlySpan<byte> file)
    {
        CheckHeader(file);
        uint entry = Word(file, 24), headersOffset = Word(file, 28);
        int headerSize = Half(file, 42), headerCount = Half(file, 44);
        if (headerSize != ProgramHeaderBytes)
            throw Error(ElfError.BadHeader, $"program header size: expected {ProgramHeaderBytes}, got {headerSize}");
        if (headerCount is 0 or > MaximumProgramHeaders)
            throw Error(ElfError.BadSegmentCount, $"program headers: expected 1 to {MaximumProgramHeaders}, got {headerCount}");
        if (headersOffset + (ulong)headerCount * ProgramHeaderBytes > (ulong)file.Length)
            throw Error(ElfError.Truncated, $"program headers end beyond the file of {file.Length} bytes");
        List<ProgramSegment> segments = [];
        long loadedBytes = 0;
        for (int i = 0; i < headerCount; i++)
        {
            ReadOnlySpan<byte> header = file.Slice((int)headersOffset + i * ProgramHeaderBytes, ProgramHeaderBytes);
            uint type = Word(header, 0);
            if (type is SegmentDynamic or SegmentInterpreter)
                throw Error(ElfError.Dynamic, $"program header {i}: the file needs a dynamic linker; link with -static -no-pie");
            // Many headers may name the same bytes of a small file; the limit is checked before they are copied.
            if (type == SegmentLoad) loadedBytes += Word(header, 16);
            if (loadedBytes > MaximumLoadedBytes)
                throw Error(ElfError.TooLarge, $"bytes to load: expected at most {MaximumLoadedBytes}, got {loadedBytes} up to segment {i}");
            if (type == SegmentLoad && Word(header, 20) != 0) segments.Add(ReadSegment(file, header, i));
            else if (type == SegmentLoad && Word(header, 16) != 0)
                throw Error(ElfError.BadSegment, $"segment {i}: {Word(header, 16)} bytes in the file, 0 in memory");
        }
        return ProgramImage.FromSegments(entry, segments, ReadSymbols(file));
    }

    static void CheckHeader(ReadOnlySpan<byte> file)
    {
        if (file.Length < 4 || Word(file, 0) != 0x464C_457F) throw Error(ElfError.NotElf, "expected an ELF file, got other bytes");
        if (file.Length < HeaderBytes)
            throw Error(ElfError.Truncated, $"header: expected {HeaderBytes} bytes, got {file.Length}");
        if (file[4] != 1) throw Error(ElfError.Not32Bit, $"class: expected 1 (32-bit), got {file[4]}; build with -march=rv32im -mabi=ilp32");
        if (file[5] != 1) throw Error(ElfError.NotLittleEndian, $"byte order: expected 1 (little-endian), got {file[5]}");
        int type = Half(file, 16), machine = Half(file, 18);
        if (machine != RiscVMachine) throw Error(ElfError.NotRiscV, $"machine: expected {RiscVMachine} (RISC-V), got {machine}");
        if (type != ExecutableType) throw Error(ElfError.NotExecutable, $"type: expected {ExecutableType} (executable), got {type}");
        if (file[6] != 1 || Word(file, 20) != 1) throw Error(ElfError.BadHeader, $"version: expected 1, got {file[6]} and {Word(file, 20)}");
        if (Half(file, 40) != HeaderBytes) throw Error(ElfError.BadHeader, $"header size: expected {HeaderBytes}, got {Half(file, 40)}");
    }

    static ProgramSegment ReadSegment(ReadOnlySpan<byte> file, ReadOnlySpan<byte> header, int index)
    {
        uint offset = Word(header, 4), address = Word(header, 8), fileBytes = Word(header, 16), memoryBytes = Word(header, 20);
        uint flags = Word(header, 24), alignment = Word(header, 28);
        if (fileBytes > memoryBytes)
            throw Error(ElfError.BadSegment, $"segment {index}: {fileBytes} bytes in the file, only {memoryBytes} in memory");
        if (offset + (ulong)fileBytes > (ulong)file.Length)
            throw Error(ElfError.Truncated, $"segment {index} ends at byte {offset + (ulong)fileBytes} of a file of {file.Length}");
        bool isPowerOfTwo = (alignment & alignment - 1) == 0;
        if (!isPowerOfTwo || alignment > 1 && ((address ^ offset) & alignment - 1) != 0)
            throw Error(ElfError.BadSegment, $"segment {index}: address 0x{address:x8} and file offset 0x{offset:x} disagree modulo the alignment {alignment}");
        return new ProgramSegment(address, file.Slice((int)offset, (int)fileBytes).ToArray(), memoryBytes,
            (flags & FlagWrite) != 0, (flags & FlagExecute) != 0);
    }

    /// <summary>
    /// The content of a section that is not loaded, found by its name; null where there is none or the section headers are damaged. Nothing
    /// in such a section is bound by the image ID.
    /// </summary>
    public static byte[]? ReadNote(ReadOnlySpan<byte> file, string name)
    {
        if (file.Length < HeaderBytes) return null;
        uint sectionsOffset = Word(file, 32);
        int sectionSize = Half(file, 46), sectionCount = Half(file, 48), namesIndex = Half(file, 50);
        if (sectionSize != SectionHeaderBytes || sectionsOffset + (ulong)sectionCount * SectionHeaderBytes > (ulong)file.Length || namesIndex >= sectionCount) return null;
        if (!TryContent(file, file.Slice((int)sectionsOffset + namesIndex * SectionHeaderBytes, SectionHeaderBytes), out ReadOnlySpan<byte> names)) return null;
        byte[] wanted = [.. System.Text.Encoding.UTF8.GetBytes(name), 0];
        for (int i = 0; i < sectionCount; i++)
        {
            ReadOnlySpan<byte> section = file.Slice((int)sectionsOffset + i * SectionHeaderBytes, SectionHeaderBytes);
            uint nameOffset = Word(section, 0);
            if (Word(section, 4) != SectionProgramBits || nameOffset >= names.Length || !names[(int)nameOffset..].StartsWith(wanted)) continue;
            return TryContent(file, section, out ReadOnlySpan<byte> content) ? content.ToArray() : null;
        }
        return null;
    }

    // Symbols only make messages readable, so a damaged table is left out and never an error.
    static SymbolTable ReadSymbols(ReadOnlySpan<byte> file)
    {
        uint sectionsOffset = Word(file, 32);
        int sectionSize = Half(file, 46), sectionCount = Half(file, 48);
        if (sectionSize != SectionHeaderBytes || sectionsOffset + (ulong)sectionCount * SectionHeaderBytes > (ulong)file.Length)
            return SymbolTable.Empty;
        for (int i = 0; i < sectionCount; i++)
        {
            ReadOnlySpan<byte> section = file.Slice((int)sectionsOffset + i * SectionHeaderBytes, SectionHeaderBytes);
            if (Word(section, 4) != SectionSymbolTable || Word(section, 36) != SymbolBytes) continue;
            uint link = Word(section, 24);
            if (link >= sectionCount) return SymbolTable.Empty;
            ReadOnlySpan<byte> strings = file.Slice((int)(sectionsOffset + link * SectionHeaderBytes), SectionHeaderBytes);
            if (Word(strings, 4) != SectionStringTable) return SymbolTable.Empty;
            return TryContent(file, section, out ReadOnlySpan<byte> symbols) && TryContent(file, strings, out ReadOnlySpan<byte> names)
                ? SymbolTable.Parse(symbols, names)
                : SymbolTable.Empty;
        }
        return SymbolTable.Empty;
    }

    static bool TryContent(ReadOnlySpan<byte> file, ReadOnlySpan<byte> section, out ReadOnlySpan<byte> content)
    {
        uint offset = Word(section, 16), size = Word(section, 20);
        bool isInside = offset + (ulong)size <= (ulong)file.Length;
        content = isInside ? file.Slice((int)offset, (int)size) : default;
        return isInside;
    }

    static ElfException Error(ElfError error, string message) => new(error, $"ELF: {message}.");

    static uint Word(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    static int Half(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);
}
