namespace Zkml.Fields.Bn254;

/// <summary>
/// The scalar field of BN254: r = 36t⁴ + 36t³ + 18t² + 6t + 1 with t = 4965661367192848881. The order of G1, G2 and GT; 2^28 divides r - 1.
/// </summary>
public readonly struct FrModulus : IModulus
{
    public static ulong P0 => 0x43E1F593F0000001;

    public static ulong P1 => 0x2833E84879B97091;

    public static ulong P2 => 0xB85045B68181585D;

    public static ulong P3 => 0x30644E72E131A029;

    public static ulong NegativeInverse => 0xC2E1F593EFFFFFFF;

    public static ulong R0 => 0xAC96341C4FFFFFFB;

    public static ulong R1 => 0x36FC76959F60CD29;

    public static ulong R2 => 0x666EA36F7879462E;

    public static ulong R3 => 0x0E0A77C19A07DF2F;

    public static ulong S0 => 0x1BB8E645AE216DA7;

    public static ulong S1 => 0x53FE3AB1E35C59E3;

    public static ulong S2 => 0x8C49833D53BB8085;

    public static ulong S3 => 0x0216D0B17F4E44A5;

    public static ulong F0 => 0x18F05361;

    public static ulong F1 => 0x012BB1FE;

    public static ulong F2 => 0x0F5D8135;

    public static ulong F3 => 0x1E6275F6;

    public static ulong F4 => 0x07E7A880;

    public static ulong F5 => 0x10C6BF1F;

    public static ulong F6 => 0x11F74A6C;

    public static ulong F7 => 0x06FDAECB;

    public static ulong F8 => 0x00183227;
}
