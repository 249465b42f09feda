namespace Zkml.Stark;

/// <summary>The security profiles. The number is written into receipts and never changes meaning.</summary>
public enum SecurityProfile : byte
{
    /// <summary>For tests only: few queries, no grinding worth the name, no security. Refused by verify unless asked for by name.</summary>
    Test = 1,

    /// <summary>At least 100 proven bits.</summary>
    P100 = 2,

    /// <summary>At least 128 proven bits, digest ceiling aside.</summary>
    P128 = 3,
}

/// <summary>The challenges that a proof of work protects.</summary>
public enum GrindSite
{
    /// <summary>Before (α, β), once per session.</summary>
    LogUp,

    /// <summary>Before δ.</summary>
    Batch,

    /// <summary>Before each β_l.</summary>
    Fold,

    /// <summary>Before the query indices.</summary>
    Query,
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

    /// <summary>Values in a leaf of a FRI layer.</summary>
    public const int Arity = 1 << LogArity;

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

    /// <summary>Bits of the proof of work at a site; 0 where there is none.</summary>
    public int GrindBits(GrindSite site) => site switch
    {
        GrindSite.LogUp => LogUpGrindBits,
        GrindSite.Batch => BatchGrindBits,
        GrindSite.Fold => FoldGrindBits,
        GrindSite.Query => QueryGrindBits,
        _ => throw new ArgumentOutOfRangeException(nameof(site), site, "Unknown grind site."),
    };

    /// <summary>Number of folded layers for a largest height of 2^<paramref name="logHeight"/>.</summary>
    public static int LayerCount(int logHeight) => logHeight <= MaxLogFinalDegree ? 0 : (logHeight - MaxLogFinalDegree + LogArity - 1) / LogArity;

    /// <summary>log2 of the final polynomial's length.</summary>
    public static int LogFinalDegree(int logHeight) => logHeight - LogArity * LayerCount(logHeight);
}
