using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Stark.Soundness;

/// <summary>The numbers of a proof that its soundness depends on.</summary>
/// <param name="LogHeight">log2 of N, the largest height.</param>
/// <param name="LogBlowup">log2 of 1/ρ.</param>
/// <param name="ConstraintCount">Constraints folded with powers of γ.</param>
/// <param name="BatchCount">Functions batched with powers of δ.</param>
/// <param name="Degree">Largest degree of a constraint.</param>
/// <param name="PointCount">Points at which a column is opened.</param>
/// <param name="InteractionRows">Σ interactions · height over all tables and all segments of the largest session.</param>
/// <param name="MaxArity">Elements of the longest message.</param>
/// <param name="FoldDegrees">log2 of the arity of each FRI layer.</param>
public sealed record SoundnessInput(
    int LogHeight, int LogBlowup, int ConstraintCount, int BatchCount, int Degree, int PointCount, double InteractionRows, int MaxArity, int[] FoldDegrees)
{
    /// <summary>The numbers of a segment's layout, in a session as large as the machine allows.</summary>
    public static SoundnessInput Of(SegmentLayout layout) => new(
        layout.LogHeight,
        layout.Parameters.LogBlowup,
        layout.Shape.ConstraintCount,
        layout.OpeningCount,
        layout.Shape.Tables.Max(table => table.Chip.Graph.Degree),
        PointCount: 2,
        InteractionRows: 1L << SessionRules.LogMaxInteractionRows,
        MaxArity: layout.Shape.Tables.Max(table => LargestArity(table.Chip)),
        FoldDegrees: [.. layout.Layers.Select(_ => FriParameters.LogArity)]);

    static int LargestArity(Chip chip) => chip.Graph.Interactions.Count == 0 ? 0 : chip.Graph.Interactions.Max(interaction => interaction.Bus.Arity);
}

/// <summary>
/// Provable soundness, round by round (the level is the minimum over the rounds), with the published bounds:
/// [BCHKS25] eprint 2025/2055 Theorem 1.3 and 4.2 for proximity gaps, [Hab22] for DEEP-ALI, [soundcalc] for the combination.
/// </summary>
public static class SoundnessCalculator
{
    /// <summary>The Johnson multiplicities that are tried; each is proven, so the best may be quoted.</summary>
    public static IReadOnlyList<int> JohnsonMultiplicities { get; } = [2, 3, 5, 10];

    static readonly double s_logField = KoalaBear5.Degree * Math.Log2(KoalaBear.Modulus);

    /// <summary>The report of a segment shape.</summary>
    public static SoundnessReport Report(string name, SegmentLayout layout)
    {
        SoundnessInput input = SoundnessInput.Of(layout);
        List<RegimeReport> regimes = [Evaluate(input, layout.Parameters, ProximityRegime.UniqueDecoding, 0)];
        RegimeReport? best = null;
        foreach (int multiplicity in JohnsonMultiplicities)
        {
            if (Distance(input.LogBlowup, ProximityRegime.Johnson, multiplicity) <= 0) continue;
            RegimeReport report = Evaluate(input, layout.Parameters, ProximityRegime.Johnson, multiplicity);
            if (best is null || report.Bits > best.Bits) best = report;
        }
        if (best is not null) regimes.Add(best);
        return new SoundnessReport(name, regimes, Math.Log2(SessionRules.MaxSegmentCount));
    }

    /// <summary>Every round in one regime.</summary>
    public static RegimeReport Evaluate(SoundnessInput input, FriParameters parameters, ProximityRegime regime, int multiplicity)
    {
        double rows = Math.Pow(2, input.LogHeight), domain = rows * (1 << input.LogBlowup), list = Math.Log2(ListSize(input.LogBlowup, regime, multiplicity));
        List<SoundnessRound> rounds =
        [
            // Σ over all interactions of the degree of their common denominator: each message has W + 1 random terms, and one more for its own pole.
            Round("LogUp (α, β)", s_logField - Math.Log2(input.InteractionRows * (input.MaxArity + 2)), parameters.LogUpGrindBits),
            Round("constraints (γ)", s_logField - Math.Log2(input.ConstraintCount) - list, 0),
            Round("DEEP (ζ)", LogDifference(rows + domain) - Math.Log2(input.Degree * (rows + input.PointCount - 1) + rows - 1) - list, 0),
            Round("batching (δ)", LineError(input.LogHeight, input.LogBlowup, regime, multiplicity) - Math.Log2(input.BatchCount - 1), parameters.BatchGrindBits),
        ];
        int logHeight = input.LogHeight;
        for (int layer = 0; layer < input.FoldDegrees.Length; layer++)
        {
            // A fold by 2^k is a combination of 2^k words with powers of β_l, over the domain that it leads to.
            logHeight -= input.FoldDegrees[layer];
            double error = LineError(logHeight, input.LogBlowup, regime, multiplicity) - Math.Log2((1 << input.FoldDegrees[layer]) - 1);
            rounds.Add(Round($"fold {layer} (β)", error, parameters.FoldGrindBits));
        }
        rounds.Add(Round("queries", -Math.Log2(1 - Distance(input.LogBlowup, regime, multiplicity)) * parameters.QueryCount, parameters.QueryGrindBits));
        return new RegimeReport(regime, multiplicity, rounds);
    }

    /// <summary>The fewest queries that prove <paramref name="bits"/> with a grind.</summary>
    public static int QueriesFor(double bits, int grindBits, int logBlowup, ProximityRegime regime, int multiplicity) =>
        (int)Math.Ceiling((bits - grindBits) / -Math.Log2(1 - Distance(logBlowup, regime, multiplicity)));

    static SoundnessRound Round(string name, double bits, int grindBits) => new(name, bits + grindBits, grindBits);

    // log2(|K| - points): the points where ζ may not lie are a vanishing share, but are counted.
    static double LogDifference(double points) => s_logField + Math.Log2(1 - points * Math.Pow(2, -s_logField));

    /// <summary>θ, the relative distance up to which a word counts as close.</summary>
    static double Distance(int logBlowup, ProximityRegime regime, int multiplicity)
    {
        double rate = Math.Pow(2, -logBlowup), root = Math.Sqrt(rate);
        return regime == ProximityRegime.UniqueDecoding ? (1 - rate) / 2 : 1 - root - root / (2 * multiplicity);
    }

    static double ListSize(int logBlowup, ProximityRegime regime, int multiplicity) =>
        regime == ProximityRegime.UniqueDecoding ? 1 : (multiplicity + 0.5) / Math.Sqrt(Math.Pow(2, -logBlowup));

    /// <summary>-log2 of the share of bad challenges on a line of words of degree bound 2^logHeight.</summary>
    static double LineError(int logHeight, int logBlowup, ProximityRegime regime, int multiplicity)
    {
        double rate = Math.Pow(2, -logBlowup), domain = Math.Pow(2, logHeight + logBlowup), distance = Distance(logBlowup, regime, multiplicity);
        if (regime == ProximityRegime.UniqueDecoding) return s_logField - Math.Log2(distance * domain + 1);
        double half = multiplicity + 0.5;
        double bad = (2 * Math.Pow(half, 5) + 3 * half * distance * rate) * domain / (3 * Math.Pow(rate, 1.5)) + half / Math.Sqrt(rate);
        return s_logField - Math.Log2(bad);
    }
}
