using Zkml.Air;

namespace Zkml.Machine;

/// <summary>A 32-bit word as two 16-bit limbs.</summary>
public struct Word<T> where T : unmanaged
{
    public T Lo;    // u16
    public T Hi;    // u16
}

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

/// <summary>A range check: x in [0, 2^16).</summary>
public struct U16Message<T> where T : unmanaged { public T X; }

/// <summary>A range check of two bytes.</summary>
public struct ByteMessage<T> where T : unmanaged { public T A, B; }

/// <summary>and = a &amp; b on bytes, with a and b range-checked; a | b = a + b - and, a ^ b = a + b - 2·and.</summary>
public struct BitwiseMessage<T> where T : unmanaged { public T A, B, And; }

/// <summary>power = 2^n mod p, n in [0, 32); all 32 values are distinct.</summary>
public struct PowerMessage<T> where T : unmanaged { public T N, Power; }

/// <summary>Every bus of the machine. Messages are the structs above; the numbers are tags (OB-6, OB-16) and never change.</summary>
public static class Buses
{
    public static readonly Bus State = new(1, "State", 2, IsLocal: false);
    public static readonly Bus Fetch = new(2, "Fetch", 8, IsLocal: false);
    public static readonly Bus Memory = new(3, "Memory", 5, IsLocal: false);
    public static readonly Bus ReadOnly = new(4, "ReadOnly", 3, IsLocal: false);
    public static readonly Bus Image = new(5, "Image", 3, IsLocal: false);
    public static readonly Bus Order = new(6, "Order", 1, IsLocal: false);
    public static readonly Bus Host = new(7, "Host", 4, IsLocal: false);
    public static readonly Bus Sha = new(8, "Sha", 22, IsLocal: false);     // pc4, clock, out, p1, p2, remaining, state[16]
    public static readonly Bus Halt = new(9, "Halt", 17, IsLocal: false);   // exit code, output digest as 16 limbs
    public static readonly Bus U16 = new(10, "U16", 1, IsLocal: true);
    public static readonly Bus Byte = new(11, "Byte", 2, IsLocal: true);
    public static readonly Bus Bitwise = new(12, "Bitwise", 3, IsLocal: true);
    public static readonly Bus Power = new(13, "Power", 2, IsLocal: true);

    /// <summary>The largest arity of a message: the number of powers of β.</summary>
    public const int MaxArity = 22;
}
