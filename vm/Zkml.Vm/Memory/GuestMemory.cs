using System.Runtime.CompilerServices;
using Zkml.Isa;
using Zkml.Program;
using Zkml.Records;

namespace Zkml.Vm.Memory;

/// <summary>
/// Sparse memory of 2^30 words in pages of 4096. A read-write page of a timed memory holds three planes: values, times of the last
/// access (0: never), times before the first access. A page of the read-only window holds two: values, and 1 where the program defines
/// some word of the aligned block of 8.
/// </summary>
internal sealed class GuestMemory
{
    public const int LogPageWords = 12, PageWords = 1 << LogPageWords, PageBytes = 4 * PageWords;
    const int PageCount = 1 << (30 - LogPageWords);

    readonly uint[]?[] _pages = new uint[PageCount][];
    readonly bool _isTimed;
    readonly long _maximumPages;
    long _allocatedPages;

    /// <summary>Lays out the image. Throws <see cref="ArgumentException"/> if it does not fit the limit.</summary>
    public GuestMemory(ProgramImage program, bool isTimed, long limitBytes)
    {
        _isTimed = isTimed;
        _maximumPages = limitBytes / PageBytes;
        foreach (ProgramRegion region in program.Image) Load(region, isTimed ? 3 : 1, false);
        foreach (ProgramRegion region in program.ReadOnly) Load(region, 2, true);
    }

    /// <summary>Bytes of guest memory in allocated pages.</summary>
    public long AllocatedBytes => _allocatedPages * PageBytes;

    /// <summary>The page of a word in read-write memory, or null where nothing was written and nothing timed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint[]? PageOf(uint word) => _pages[word >> LogPageWords];

    /// <summary>The page of a word in read-write memory, made if there is none; null if the memory limit forbids it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint[]? TouchPage(uint word) => _pages[word >> LogPageWords] ?? AllocatePage(word >> LogPageWords, _isTimed ? 3 : 1);

    /// <summary>The value of a word in read-write memory, without an access.</summary>
    public uint Peek(uint word) => PageOf(word) is { } page ? page[word & (PageWords - 1)] : 0;

    /// <summary>The value of a word of the read-only window; false in a hole.</summary>
    public bool TryReadWindow(uint word, out uint value)
    {
        uint[]? page = PageOf(word);
        int index = (int)(word & (PageWords - 1));
        bool isDefined = page is not null && page[PageWords + index] != 0;
        value = isDefined ? page![index] : 0;
        return isDefined;
    }

    /// <summary>
    /// Copies bytes out for the host, without an access. Returns the number of bytes copied: fewer than asked for where the next byte
    /// is one that the guest could not load.
    /// </summary>
    public int CopyOut(uint address, Span<byte> destination)
    {
        for (int i = 0; i < destination.Length; i++)
        {
            uint place = address + (uint)i, value;
            // The sum may wrap; address 0 is illegal, so it stops there.
            if (MemoryMap.IsReadWrite(place)) value = Peek(place / 4);
            else if (!MemoryMap.IsReadOnly(place) || !TryReadWindow(place / 4, out value)) return i;
            destination[i] = (byte)(value >> (int)(place & 3) * 8);
        }
        return destination.Length;
    }

    void Load(ProgramRegion region, int planes, bool isWindow)
    {
        ReadOnlySpan<uint> words = region.Words.Span;
        uint word = region.StartWord;
        while (words.Length > 0)
        {
            int index = (int)(word & (PageWords - 1)), count = Math.Min(words.Length, PageWords - index);
            uint[] page = _pages[word >> LogPageWords] ?? AllocatePage(word >> LogPageWords, planes)
                ?? throw new ArgumentException($"Program image: more than the memory limit of {_maximumPages * PageBytes} bytes.");
            words[..count].CopyTo(page.AsSpan(index));
            if (isWindow) DefineBlocks(page.AsSpan(PageWords, PageWords), index, count);
            words = words[count..];
            word += (uint)count;
        }
    }

    // The proof knows the window by aligned blocks: it answers a load of any word of a block that holds some defined word, with 0 where the
    // program leaves it out. So does execution, or a proof could go on where the guest stops.
    static void DefineBlocks(Span<uint> defined, int index, int count)
    {
        const int block = ProgramTables.WordsPerReadOnlyBlock;
        int start = index / block * block, end = (index + count + block - 1) / block * block;
        defined[start..end].Fill(1);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    uint[]? AllocatePage(uint pageIndex, int planes)
    {
        if (_allocatedPages >= _maximumPages) return null;
        _allocatedPages++;
        return _pages[pageIndex] = new uint[planes * PageWords];
    }
}
