namespace Zkml.Stark;

/// <summary>The security profiles. The number is written into receipts and never changes meaning.</summary>
public enum SecurityProfile : byte
{
    /// <summary>For tests only: few queries, no grinding, no security. Refused by verify unless asked for by name.</summary>
    Test = 1,

    /// <summary>At least 100 proven bits.</summary>
    P100 = 2,

    /// <summary>At least 128 proven bits, digest ceiling aside.</summary>
    P128 = 3,
}

/// <summary>Every parameter of a segment proof. The verifier takes them from the profile, none from the proof (SEC-2).</summary>
/// <param name="LogBlowup">log2 of the LDE blowup.</param>
/// <param name="QueryCount">FRI queries.</param>
/// <param name="LogUpGrindBits">Grinding before (α, β), once per session.</param>
/// <param name="BatchGrindBits">Grinding before δ.</param>
/// <param name="FoldGrindBits">Grinding before each β_l.</param>
/// <param name="QueryGrindBits">Grinding before the queries.</param>
/// <param name="LogCap">log2 of the largest Merkle cap.</param>
public sealed record FriParameters(int LogBlowup, int QueryCount, int LogUpGrindBits, int BatchGrindBits, int FoldGrindBits, int QueryGrindBits, int LogCap)
{
    /// <summary>log2 of the folding arity; arity 8 everywhere.</summary>
    public const int LogArity = 3;

    /// <summary>Folding goes on while the degree bound exceeds 2^7.</summary>
    public const int MaxLogFinalDegree = 7;

    /// <summary>The segment parameters of a profile (proof-system.md §1).</summary>
    public static FriParameters ForSegment(SecurityProfile profile) => profile switch
    {
        SecurityProfile.P100 => new(LogBlowup: 1, QueryCount: 193, LogUpGrindBits: 0, BatchGrindBits: 0, FoldGrindBits: 0, QueryGrindBits: 20, LogCap: 6),
        SecurityProfile.P128 => new(LogBlowup: 1, QueryCount: 261, LogUpGrindBits: 16, BatchGrindBits: 6, FoldGrindBits: 0, QueryGrindBits: 20, LogCap: 6),
        SecurityProfile.Test => new(LogBlowup: 1, QueryCount: 4, LogUpGrindBits: 2, BatchGrindBits: 1, FoldGrindBits: 1, QueryGrindBits: 2, LogCap: 2),
        _ => throw new ArgumentOutOfRangeException(nameof(profile), profile, "Unknown security profile."),
    };

    /// <summary>Number of folded layers for a largest height of 2^<paramref name="logHeight"/>.</summary>
    public static int LayerCount(int logHeight) => logHeight <= MaxLogFinalDegree ? 0 : (logHeight - MaxLogFinalDegree + LogArity - 1) / LogArity;

    /// <summary>log2 of the final polynomial's length.</summary>
    public static int LogFinalDegree(int logHeight) => logHeight - LogArity * LayerCount(logHeight);
}
