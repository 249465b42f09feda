using System.Runtime.CompilerServices;

namespace Zkml.Records;

/// <summary>Eight word reads.</summary>
[InlineArray(8)]
public struct ReadAccesses8 { ReadAccess _first; }

/// <summary>Eight word writes.</summary>
[InlineArray(8)]
public struct WriteAccesses8 { WriteAccess _first; }

/// <summary>Eight words.</summary>
[InlineArray(8)]
public struct Words8 { uint _first; }

/// <summary>ECALL 0, HALT (D7): t0 at +0, a0 at +1, a1 at +2, the 8 words of the output digest at +3…+10. No successor.</summary>
public struct HaltEvent
{
    public Step Step;
    public ReadAccess T0, A0, A1;
    public ReadAccesses8 Digest;
}

/// <summary>ECALL 1, INPUT: t0 at +0; a0 at +1 receives the index and sends 0 (OB-14). Clock advances by 4.</summary>
public struct InputEvent
{
    public Step Step;
    public ReadAccess T0;
    public WriteAccess A0;
}

/// <summary>
/// ECALL 2, SOFTWARE (D5), head row: t0 at +0; a0 at +1 receives the pointer and sends host advice; a1 at +2 receives the number of
/// words n &lt; 2^16 and sends advice. Clock advances by 4. n = 0 goes on at pc4 + 1, else host-word rows follow.
/// </summary>
public struct SoftwareEvent
{
    public Step Step;
    public ReadAccess T0;
    public WriteAccess A0, A1;
}

/// <summary>One word that the host writes into guest memory (D5): at clock + 2; the clock advances by 4.</summary>
public struct HostWordEvent
{
    public uint Pc4, Clock, Word;
    public uint Remaining;      // words still to write, this one included; 1 on the last
    public WriteAccess Memory;
}

/// <summary>ECALL 3, SHA (D6), head row: t0, a0…a4 at +0…+5; clock advances by 8.</summary>
public struct ShaHeadEvent
{
    public Step Step;
    public ReadAccess T0, A0, A1, A2, A3, A4; // number, out pointer, in pointer, block pointers p1 and p2, block count < 2^16
}

/// <summary>SHA: the 8 state words loaded from a1 at +0…+7; clock advances by 8.</summary>
public struct ShaLoadEvent
{
    public uint Pc4, Clock;
    public uint OutWord, InWord, Block1Word, Block2Word; // word addresses
    public uint Count;                                   // blocks
    public ReadAccesses8 State;                          // as in memory: little-endian words of the digest's bytes
}

/// <summary>SHA: one compression. 8 words from p1 at +0…+7, 8 from p2 at +8…+15; clock advances by 16; both pointers by 16 words.</summary>
public struct ShaBlockEvent
{
    public uint Pc4, Clock;
    public uint OutWord, Block1Word, Block2Word;
    public uint Remaining;      // blocks still to hash, this one included
    public Words8 StateBefore;  // memory form, as in ShaLoadEvent
    public Words8 StateAfter;
    public ReadAccesses8 First, Second;
}

/// <summary>SHA: the 8 state words stored at a0, +0…+7; clock advances by 8; goes on at pc4 + 1.</summary>
public struct ShaStoreEvent
{
    public uint Pc4, Clock, OutWord;
    public uint Block1Word, Block2Word; // past the last block
    public WriteAccesses8 State;
}
