namespace Zkml.Fields.Bn254;

/// <summary>The base field of BN254: q = 36t⁴ + 36t³ + 24t² + 6t + 1 with t = 4965661367192848881. The coordinates of G1.</summary>
public readonly struct FqModulus : IModulus
{
    public static ulong P0 => 0x3C208C16D87CFD47;

    public static ulong P1 => 0x97816A916871CA8D;

    public static ulong P2 => 0xB85045B68181585D;

    public static ulong P3 => 0x30644E72E131A029;

    public static ulong NegativeInverse => 0x87D20782E4866389;

    public static ulong R0 => 0xD35D438DC58F0D9D;

    public static ulong R1 => 0x0A78EB28F5C70B3D;

    public static ulong R2 => 0x666EA36F7879462C;

    public static ulong R3 => 0x0E0A77C19A07DF2F;

    public static ulong S0 => 0xF32CFC5B538AFA89;

    public static ulong S1 => 0xB5E71911D44501FB;

    public static ulong S2 => 0x47AB1EFF0A417FF6;

    public static ulong S3 => 0x06D89F71CAB8351F;

    public static ulong F0 => 0x17789A9F;

    public static ulong F1 => 0x05FFC3DC;

    public static ulong F2 => 0x0D6BDE42;

    public static ulong F3 => 0x1CF152E3;

    public static ulong F4 => 0x18EB055F;

    public static ulong F5 => 0x0ED815E2;

    public static ulong F6 => 0x016626D2;

    public static ulong F7 => 0x0B8BAB0F;

    public static ulong F8 => 0x0006D7C4;
}
