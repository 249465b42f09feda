using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>
/// Round constants and internal diagonal of Poseidon2 [GKS23] over KoalaBear with the S-box x³, for one width.
/// The constants come from the Grain generator at start; the diagonals are those of Plonky3.
/// </summary>
public sealed class Poseidon2Constants
{
    /// <summary>External rounds before, and again after, the internal rounds.</summary>
    public const int HalfExternalRounds = 4;

    const int FieldBits = 31;

    // Numerators over powers of two: entry i stands for Numerator · 2^-Shift.
    static readonly (int Numerator, int Shift)[] s_diagonal16 =
    [
        (-2, 0), (1, 0), (2, 0), (1, 1), (3, 0), (4, 0), (-1, 1), (-3, 0), (-4, 0),
        (1, 8), (1, 3), (1, 24), (-1, 8), (-1, 3), (-1, 4), (-1, 24),
    ];

    static readonly (int Numerator, int Shift)[] s_diagonal24 =
    [
        (-2, 0), (1, 0), (2, 0), (1, 1), (3, 0), (4, 0), (-1, 1), (-3, 0), (-4, 0),
        (1, 8), (1, 2), (1, 3), (1, 4), (1, 5), (1, 6), (1, 24),
        (-1, 8), (-1, 3), (-1, 4), (-1, 5), (-1, 6), (-1, 7), (-1, 9), (-1, 24),
    ];

    readonly KoalaBear[] _external;
    readonly KoalaBear[] _internal;
    readonly KoalaBear[] _diagonal;

    Poseidon2Constants((int Numerator, int Shift)[] diagonal, int internalRounds)
    {
        Width = diagonal.Length;
        _diagonal = Array.ConvertAll(diagonal, entry => FromFraction(entry.Numerator, entry.Shift));
        _external = new KoalaBear[2 * HalfExternalRounds * Width];
        _internal = new KoalaBear[internalRounds];
        GrainLfsr grain = new(FieldBits, Width, 2 * HalfExternalRounds, internalRounds);
        Fill(ref grain, _external.AsSpan(0, HalfExternalRounds * Width));
        Fill(ref grain, _internal);
        Fill(ref grain, _external.AsSpan(HalfExternalRounds * Width));
    }

    /// <summary>Width 16: 4 + 20 + 4 rounds.</summary>
    public static Poseidon2Constants Width16 { get; } = new(s_diagonal16, internalRounds: 20);

    /// <summary>Width 24: 4 + 23 + 4 rounds.</summary>
    public static Poseidon2Constants Width24 { get; } = new(s_diagonal24, internalRounds: 23);

    /// <summary>Cells of the state.</summary>
    public int Width { get; }

    /// <summary>Constants of the external rounds, [8 × width]: four rounds before the internal ones, four after.</summary>
    public ReadOnlySpan<KoalaBear> External => _external;

    /// <summary>Constants of the internal rounds, one each, added to cell 0.</summary>
    public ReadOnlySpan<KoalaBear> Internal => _internal;

    /// <summary>The diagonal d of the internal matrix J + diag(d), J all ones; [width].</summary>
    public ReadOnlySpan<KoalaBear> Diagonal => _diagonal;

    static void Fill(ref GrainLfsr grain, Span<KoalaBear> target)
    {
        foreach (ref KoalaBear constant in target)
            constant = KoalaBear.FromCanonical(grain.NextBelow(FieldBits, KoalaBear.Modulus));
    }

    static KoalaBear FromFraction(int numerator, int shift)
    {
        KoalaBear magnitude = KoalaBear.FromCanonical((uint)Math.Abs(numerator)) * KoalaBear.FromCanonical(2).Inverse().Power((ulong)shift);
        return numerator < 0 ? -magnitude : magnitude;
    }
}
