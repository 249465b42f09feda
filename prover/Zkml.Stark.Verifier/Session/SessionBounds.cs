using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Stark.Verifier;

/// <summary>The integer bounds of a session on its padded public heights (OB-6), and the size that the LogUp error is computed for.</summary>
static class SessionBounds
{
    /// <summary>Room for what no table holds: the verifier's own messages, one or two a bus, and the clock's start at 4.</summary>
    const long Reserve = 8;

    /// <summary>Checks the bounds; every class index must be known.</summary>
    public static VerificationResult Check(SessionRules rules, IReadOnlyList<SegmentCommitment> segments)
    {
        long clock = 0, interactions = 0;
        var global = new Dictionary<Bus, BusWeight>();
        for (int i = 0; i < segments.Count; i++)
        {
            // A local bus has another tag in each segment, so its messages meet those of one segment only.
            var local = new Dictionary<Bus, BusWeight>();
            foreach (TableShape table in rules.FindClass(segments[i].ClassIndex)!.Shape.Tables)
            {
                ChipBounds bounds = rules.Bounds[table.Chip];
                clock += bounds.ClockAdvance << table.LogHeight;
                interactions += (long)table.Chip.LogUp.InteractionCount << table.LogHeight;
                foreach (BusWeight weight in bounds.Weights)
                    Add(weight.Bus.IsLocal ? local : global, weight, table.LogHeight);
            }
            if (FirstOver(local) is { } over) return BusRejection($"Segment {i}", over);
        }
        if (FirstOver(global) is { } overall) return BusRejection("Session", overall);
        if (clock + Reserve >= KoalaBear.Modulus)
            return new(RejectionReason.ClockBound, $"Session: expected clocks below {KoalaBear.Modulus}, got a bound of {clock}.");
        if (interactions > 1L << SessionRules.LogMaxInteractionRows)
            return new(RejectionReason.InteractionBound, $"Session: expected at most 2^{SessionRules.LogMaxInteractionRows} interactions, got {interactions}.");
        return VerificationResult.Accepted;
    }

    // At most 2^12 segments of a few dozen tables with weights below 2^20 and heights below 2^24: the sums stay far below 2^63.
    static void Add(Dictionary<Bus, BusWeight> sums, BusWeight weight, int logHeight)
    {
        sums.TryGetValue(weight.Bus, out BusWeight sum);
        sums[weight.Bus] = new(weight.Bus, sum.Sends + (weight.Sends << logHeight), sum.Receives + (weight.Receives << logHeight));
    }

    static BusWeight? FirstOver(Dictionary<Bus, BusWeight> sums)
    {
        foreach (BusWeight sum in sums.Values)
            if (Math.Max(sum.Sends, sum.Receives) + Reserve >= KoalaBear.Modulus) return sum;
        return null;
    }

    static VerificationResult BusRejection(string where, BusWeight sum) => new(RejectionReason.BusBound,
        $"{where}, bus {sum.Bus.Name}: expected fewer than {KoalaBear.Modulus} messages, got a bound of {Math.Max(sum.Sends, sum.Receives)}.");
}
