namespace Zkml.Guest.Assembly;

/// <summary>The 32 integer registers by their names in the calling convention; the value is the register's index. Meant for <c>using static</c>.</summary>
public enum Register : byte
{
    /// <summary>x0: always 0.</summary>
    Zero = 0,

    /// <summary>x1: return address.</summary>
    Ra = 1,

    /// <summary>x2: stack pointer.</summary>
    Sp = 2,

    /// <summary>x3: global pointer.</summary>
    Gp = 3,

    /// <summary>x4: thread pointer.</summary>
    Tp = 4,

    /// <summary>x5: temporary; the number of an ECALL.</summary>
    T0 = 5,

    /// <summary>x6: temporary.</summary>
    T1 = 6,

    /// <summary>x7: temporary.</summary>
    T2 = 7,

    /// <summary>x8: saved by the callee.</summary>
    S0 = 8,

    /// <summary>x9: saved by the callee.</summary>
    S1 = 9,

    /// <summary>x10: argument and result.</summary>
    A0 = 10,

    /// <summary>x11: argument and result.</summary>
    A1 = 11,

    /// <summary>x12: argument.</summary>
    A2 = 12,

    /// <summary>x13: argument.</summary>
    A3 = 13,

    /// <summary>x14: argument.</summary>
    A4 = 14,

    /// <summary>x15: argument.</summary>
    A5 = 15,

    /// <summary>x16: argument.</summary>
    A6 = 16,

    /// <summary>x17: argument.</summary>
    A7 = 17,

    /// <summary>x18: saved by the callee.</summary>
    S2 = 18,

    /// <summary>x19: saved by the callee.</summary>
    S3 = 19,

    /// <summary>x20: saved by the callee.</summary>
    S4 = 20,

    /// <summary>x21: saved by the callee.</summary>
    S5 = 21,

    /// <summary>x22: saved by the callee.</summary>
    S6 = 22,

    /// <summary>x23: saved by the callee.</summary>
    S7 = 23,

    /// <summary>x24: saved by the callee.</summary>
    S8 = 24,

    /// <summary>x25: saved by the callee.</summary>
    S9 = 25,

    /// <summary>x26: saved by the callee.</summary>
    S10 = 26,

    /// <summary>x27: saved by the callee.</summary>
    S11 = 27,

    /// <summary>x28: temporary.</summary>
    T3 = 28,

    /// <summary>x29: temporary.</summary>
    T4 = 29,

    /// <summary>x30: temporary.</summary>
    T5 = 30,

    /// <summary>x31: temporary; the number of a host call.</summary>
    T6 = 31,
}
