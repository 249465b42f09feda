using Zkml.Air;
using Zkml.Fields;
using Zkml.Records;

namespace Zkml.Machine;

/// <summary>
/// How often each entry of each lookup table is looked up, counted by running the constraint texts of filled rows (InteractionCounter).
/// The local tables start afresh in each segment; fetches and read-only loads add up over the session.
/// </summary>
public sealed class LookupCounts(ProgramTables program)
{
    readonly WordIndex _rom = new([.. program.Rom.Select(step => step.Pc4)]);
    readonly WordIndex _readOnly = new(program.ReadOnlyBlocks);

    /// <summary>Range checks of x; [2^16].</summary>
    public uint[] U16 { get; } = new uint[1 << 16];

    /// <summary>Checks of the byte pair (a, b) at 256a + b; [2^16].</summary>
    public uint[] Byte { get; } = new uint[1 << 16];

    /// <summary>Conjunctions of (a, b) at 256a + b; [2^16].</summary>
    public uint[] Bitwise { get; } = new uint[1 << 16];

    /// <summary>Powers 2^n; [32].</summary>
    public uint[] Power { get; } = new uint[32];

    /// <summary>Rounds t of SHA-256; [64].</summary>
    public uint[] ShaConstant { get; } = new uint[64];

    /// <summary>Fetches of each ROM row, over all segments so far.</summary>
    public uint[] Fetch { get; } = new uint[program.Rom.Length];

    /// <summary>Loads of each read-only word, over all segments so far: word j of block i at 8i + j; [8 · blocks].</summary>
    public uint[] ReadOnly { get; } = new uint[ProgramTables.WordsPerReadOnlyBlock * program.ReadOnlyBlocks.Length];

    /// <summary>Forgets the local lookups, before the next segment.</summary>
    public void StartSegment()
    {
        Array.Clear(U16);
        Array.Clear(Byte);
        Array.Clear(Bitwise);
        Array.Clear(Power);
        Array.Clear(ShaConstant);
    }

    /// <summary>Adds what another thread counted, and clears it.</summary>
    public void Absorb(LookupCounts other)
    {
        Absorb(U16, other.U16);
        Absorb(Byte, other.Byte);
        Absorb(Bitwise, other.Bitwise);
        Absorb(Power, other.Power);
        Absorb(ShaConstant, other.ShaConstant);
        Absorb(Fetch, other.Fetch);
        Absorb(ReadOnly, other.ReadOnly);
    }

    /// <summary>
    /// Adds one lookup. A message that no table holds is dropped: the bus then does not balance and no proof comes out,
    /// which is what the soundness tests rely on.
    /// </summary>
    public void Count(Bus bus, scoped ReadOnlySpan<KoalaBear> message)
    {
        // By tag: the numbers are those of Buses, and a switch costs one jump where comparing records costs a call.
        switch (bus.Tag)
        {
            case BusTag.Fetch: Increment(Fetch, _rom.Find(message[0].ToCanonical())); break;
            case BusTag.ReadOnly: Increment(ReadOnly, ReadOnlyIndex(message[0].ToCanonical())); break;
            case BusTag.U16: Increment(U16, message[0].ToCanonical()); break;
            case BusTag.Byte: Increment(Byte, PairIndex(message)); break;
            case BusTag.Bitwise: Increment(Bitwise, PairIndex(message)); break;
            case BusTag.Power: Increment(Power, message[0].ToCanonical()); break;
            case BusTag.ShaConstant: Increment(ShaConstant, message[0].ToCanonical()); break;
        }
    }

    // Negative where no block holds the word: -1 stays negative when scaled and offset by less than a block.
    long ReadOnlyIndex(uint word)
    {
        uint offset = word % ProgramTables.WordsPerReadOnlyBlock;
        return ProgramTables.WordsPerReadOnlyBlock * (long)_readOnly.Find(word - offset) + offset;
    }

    static void Increment(uint[] table, long index)
    {
        if ((ulong)index < (ulong)table.Length) table[index]++;
    }

    static void Absorb(uint[] target, uint[] source)
    {
        for (int i = 0; i < source.Length; i++) target[i] += source[i];
        Array.Clear(source);
    }

    static long PairIndex(ReadOnlySpan<KoalaBear> message)
    {
        uint a = message[0].ToCanonical(), b = message[1].ToCanonical();
        return a < 256 && b < 256 ? a << 8 | b : -1;
    }
}

/// <summary>The sink that feeds <see cref="LookupCounts"/>.</summary>
public readonly struct LookupSink(LookupCounts counts) : IInteractionSink
{
    public void Take(Bus bus, KoalaBear multiplicity, scoped ReadOnlySpan<KoalaBear> message) => counts.Count(bus, message);
}

/// <summary>Finds a word address in an ascending list: by offset where the list is dense, by binary search otherwise.</summary>
sealed class WordIndex
{
    readonly uint[] _words;
    readonly int[]? _dense;

    public WordIndex(uint[] words)
    {
        _words = words;
        if (words.Length == 0) return;
        long span = (long)words[^1] - words[0] + 1;
        if (span > 8L * words.Length + 1024) return;
        _dense = new int[span];
        Array.Fill(_dense, -1);
        for (int i = 0; i < words.Length; i++) _dense[words[i] - words[0]] = i;
    }

    /// <summary>The index of the word, or -1.</summary>
    public int Find(uint word)
    {
        if (_dense is null) return Math.Max(-1, Array.BinarySearch(_words, word));
        long offset = (long)word - _words[0];
        return (ulong)offset < (ulong)_dense.Length ? _dense[offset] : -1;
    }
}
