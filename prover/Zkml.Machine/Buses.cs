using System.Runtime.CompilerServices;
using Zkml.Air;

namespace Zkml.Machine;

/// <summary>A 32-bit word as two 16-bit limbs.</summary>
public struct Word<T> where T : unmanaged
{
    public T Lo;    // u16
    public T Hi;    // u16
}

/// <summary>Eight words.</summary>
[InlineArray(8)]
public struct Words8<T> where T : unmanaged { Word<T> _first; }

/// <summary>The control token: exactly one exists at any time (OB-7).</summary>
public struct StateMessage<T> where T : unmanaged { public T Pc4, Clock; }

/// <summary>A fully decoded instruction of the program ROM (D1).</summary>
public struct FetchMessage<T> where T : unmanaged { public T Pc4, Opcode, Rd, Rs1, Rs2; public Word<T> Immediate; public T Auxiliary; }

/// <summary>The content of a word of a space (MemorySpace) at the time of its last access.</summary>
public struct MemoryMessage<T> where T : unmanaged { public T Space, Word; public Word<T> Value; public T Time; }

/// <summary>A word of a preprocessed table: the read-only window or the image.</summary>
public struct TableWordMessage<T> where T : unmanaged { public T Word; public Word<T> Value; }

/// <summary>The key of the last boundary row (OB-2).</summary>
public struct OrderMessage<T> where T : unmanaged { public T Key; }

/// <summary>The token while the host writes words into guest memory (D5).</summary>
public struct HostMessage<T> where T : unmanaged { public T Pc4, Clock, Word, Remaining; }

/// <summary>How the session ended: the exit code, one byte, and the output digest.</summary>
public struct HaltMessage<T> where T : unmanaged { public T ExitCode; public Words8<T> Output; }

/// <summary>A range check: x in [0, 2^16).</summary>
public struct U16Message<T> where T : unmanaged { public T X; }

/// <summary>A range check of two bytes.</summary>
public struct ByteMessage<T> where T : unmanaged { public T A, B; }

/// <summary>and = a &amp; b on bytes, with a and b range-checked; a | b = a + b - and, a ^ b = a + b - 2·and.</summary>
public struct BitwiseMessage<T> where T : unmanaged { public T A, B, And; }

/// <summary>power = 2^n mod p, n in [0, 32); all 32 values are distinct.</summary>
public struct PowerMessage<T> where T : unmanaged { public T N, Power; }

/// <summary>The constant coordinate of each bus (OB-6, OB-16); the numbers never change.</summary>
public static class BusTag
{
    public const int State = 1;
    public const int Fetch = 2;
    public const int Memory = 3;
    public const int ReadOnly = 4;
    public const int Image = 5;
    public const int Order = 6;
    public const int Host = 7;
    public const int Sha = 8;
    public const int Halt = 9;
    public const int U16 = 10;
    public const int Byte = 11;
    public const int Bitwise = 12;
    public const int Power = 13;
    public const int Access = 14;
    public const int ShaAccess = 15;
    public const int ShaStart = 16;
    public const int ShaRoundStart = 17;
    public const int ShaRoundEnd = 18;
    public const int ShaSchedule = 19;
    public const int ShaConstant = 20;
}

/// <summary>Every bus of the machine. Messages are the structs above.</summary>
public static class Buses
{
    public static readonly Bus State = new(BusTag.State, "State", 2, IsLocal: false);
    public static readonly Bus Fetch = new(BusTag.Fetch, "Fetch", 8, IsLocal: false);
    public static readonly Bus Memory = new(BusTag.Memory, "Memory", 5, IsLocal: false);
    public static readonly Bus ReadOnly = new(BusTag.ReadOnly, "ReadOnly", 3, IsLocal: false);
    public static readonly Bus Image = new(BusTag.Image, "Image", 3, IsLocal: false);
    public static readonly Bus Order = new(BusTag.Order, "Order", 1, IsLocal: false);
    public static readonly Bus Host = new(BusTag.Host, "Host", 4, IsLocal: false);
    public static readonly Bus Sha = new(BusTag.Sha, "Sha", 22, IsLocal: false);     // pc4, clock, out, p1, p2, remaining, state[16]
    public static readonly Bus Halt = new(BusTag.Halt, "Halt", 17, IsLocal: false);   // exit code, output digest as 16 limbs
    public static readonly Bus U16 = new(BusTag.U16, "U16", 1, IsLocal: true);
    public static readonly Bus Byte = new(BusTag.Byte, "Byte", 2, IsLocal: true);
    public static readonly Bus Bitwise = new(BusTag.Bitwise, "Bitwise", 3, IsLocal: true);
    public static readonly Bus Power = new(BusTag.Power, "Power", 2, IsLocal: true);

    /// <summary>Asks the Transfer table for one access: space, word, before, after, time.</summary>
    public static readonly Bus Access = new(BusTag.Access, "Access", 7, IsLocal: true);

    /// <summary>Asks the ShaMemory table for one access to a big-endian word: isWrite, time, word, value.</summary>
    public static readonly Bus ShaAccess = new(BusTag.ShaAccess, "ShaAccess", 5, IsLocal: true);

    public static readonly Bus ShaStart = new(BusTag.ShaStart, "ShaStart", 7, IsLocal: false);
    public static readonly Bus ShaRoundStart = new(BusTag.ShaRoundStart, "ShaRoundStart", 19, IsLocal: true);
    public static readonly Bus ShaRoundEnd = new(BusTag.ShaRoundEnd, "ShaRoundEnd", 17, IsLocal: true);
    public static readonly Bus ShaSchedule = new(BusTag.ShaSchedule, "ShaSchedule", 5, IsLocal: true);
    public static readonly Bus ShaConstant = new(BusTag.ShaConstant, "ShaConstant", 8, IsLocal: true);

    /// <summary>The largest arity of a message: the number of powers of β.</summary>
    public const int MaxArity = 22;
}
