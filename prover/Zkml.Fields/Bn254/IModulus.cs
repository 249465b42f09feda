namespace Zkml.Fields.Bn254;

/// <summary>
/// A prime p below 2^254 with its Montgomery constants for R = 2^256. Four 64-bit limbs each, least significant first.
/// Implemented by empty structs, so that the compiler folds every limb into the code.
/// </summary>
public interface IModulus
{
    /// <summary>Limbs of p. The top limb is below 2^62: a product then needs no fifth accumulator limb, and a sum no carry out.</summary>
    static abstract ulong P0 { get; }

    static abstract ulong P1 { get; }

    static abstract ulong P2 { get; }

    static abstract ulong P3 { get; }

    /// <summary>-p^-1 mod 2^64.</summary>
    static abstract ulong NegativeInverse { get; }

    /// <summary>Limbs of R mod p, the Montgomery form of 1.</summary>
    static abstract ulong R0 { get; }

    static abstract ulong R1 { get; }

    static abstract ulong R2 { get; }

    static abstract ulong R3 { get; }

    /// <summary>Limbs of R² mod p, which brings an integer into Montgomery form.</summary>
    static abstract ulong S0 { get; }

    static abstract ulong S1 { get; }

    static abstract ulong S2 { get; }

    static abstract ulong S3 { get; }

    /// <summary>
    /// 29-bit limbs of (n·p + 1)/2^29 with n = -p^-1 mod 2^29, least significant first: m·n·p + m is m times this number, shifted by one limb. It is
    /// below p/2 + 1.
    /// </summary>
    static abstract ulong F0 { get; }

    static abstract ulong F1 { get; }

    static abstract ulong F2 { get; }

    static abstract ulong F3 { get; }

    static abstract ulong F4 { get; }

    static abstract ulong F5 { get; }

    static abstract ulong F6 { get; }

    static abstract ulong F7 { get; }

    static abstract ulong F8 { get; }
}
