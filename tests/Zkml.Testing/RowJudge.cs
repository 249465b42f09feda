using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Testing;

/// <summary>What refuses a forged row.</summary>
/// <param name="Constraints">The constraints it violates.</param>
/// <param name="Interactions">The interactions that the rest of the machine cannot match.</param>
/// <param name="IsSameStatement">Its messages, lookups of mere arithmetic aside, are the honest row's: whatever else changed, nothing false is claimed.</param>
/// <param name="IsInert">It puts nothing on any bus.</param>
public sealed record Verdict(IReadOnlyList<int> Constraints, IReadOnlyCollection<int> Interactions, bool IsSameStatement, bool IsInert)
{
    /// <summary>Something refuses the row.</summary>
    public bool IsCaught => Constraints.Count > 0 || Interactions.Count > 0;

    /// <summary>This constraint is the only thing that refuses a row which claims something else than the honest one.</summary>
    public bool DependsOnConstraint(int constraint) => !IsSameStatement && Interactions.Count == 0 && Constraints.All(k => k == constraint) && IsCaught;

    /// <summary>This interaction is the only thing that refuses a row which claims something else than the honest one.</summary>
    public bool DependsOnInteraction(int interaction) => !IsSameStatement && Constraints.Count == 0 && Interactions.All(j => j == interaction) && IsCaught;
}

/// <summary>
/// Decides whether the rest of a machine, with every other row honest, would notice a forged row on the buses. It notices
/// (i) a lookup of a message that the table does not hold, and (ii) a received message that nobody sent, or a sent one that nobody
/// receives any more: what the row receives is what other rows have put there. What the row SENDS to other rows proves nothing:
/// they go on with whatever it says, so a false result must be refused by the row's constraints and lookups alone. Nor does a
/// changed multiplicity: a second forged row may take the surplus back. Only in lookup tables are multiplicities compared.
/// </summary>
public sealed class RowJudge(Chip chip, LookupOracle oracle, IReadOnlyList<RowReport> honestReports, bool comparesMultiplicities)
{
    readonly bool[] _receives = Directions(chip.Graph.Interactions.Count, honestReports);

    /// <summary>The interaction takes messages off its bus.</summary>
    public bool Receives(int interaction) => _receives[interaction];

    /// <summary>Judges a forged row in the place of an honest one.</summary>
    /// <param name="honest">The row as filled.</param>
    /// <param name="forged">The forged row.</param>
    /// <param name="anyInputs">Other rows may be forged too and send what this row receives: rule (ii) is off.</param>
    public Verdict Judge(RowReport honest, RowReport forged, bool anyInputs)
    {
        var unmatched = new SortedSet<int>();
        for (int j = 0; j < forged.Interactions.Count; j++)
        {
            RowInteraction mine = forged.Interactions[j], theirs = honest.Interactions[j];
            if (!_receives[j])
            {
                if (mine.IsActive && LookupOracle.IsLookup(mine.Bus) && !oracle.Holds(mine.Bus, mine.Message)) unmatched.Add(j);
                continue;
            }
            if (anyInputs) continue;
            bool isWrongCount = comparesMultiplicities && mine.Multiplicity != theirs.Multiplicity;
            if (isWrongCount || (mine.IsActive && !IsReceived(honest, mine)) || (theirs.IsActive && !IsReceived(forged, theirs))) unmatched.Add(j);
        }
        return new Verdict(forged.FailedConstraints, unmatched, IsSameStatement(honest, forged), forged.IsInert);
    }

    bool IsReceived(RowReport report, RowInteraction message)
    {
        for (int j = 0; j < _receives.Length; j++)
            if (_receives[j] && report.Interactions[j].IsActive && report.Interactions[j].SameMessage(message)) return true;
        return false;
    }

    bool IsSameStatement(RowReport honest, RowReport forged)
    {
        for (int j = 0; j < honest.Interactions.Count; j++)
        {
            RowInteraction a = honest.Interactions[j], b = forged.Interactions[j];
            if ((LookupOracle.IsArithmetic(a.Bus) && !comparesMultiplicities) || (!a.IsActive && !b.IsActive)) continue;
            if (a.Multiplicity != b.Multiplicity || !a.SameMessage(b)) return false;
        }
        return true;
    }

    static bool[] Directions(int count, IReadOnlyList<RowReport> reports)
    {
        var receives = new bool[count];
        foreach (RowReport report in reports)
            for (int j = 0; j < count; j++)
                receives[j] |= report.Interactions[j].Multiplicity.ToCanonical() > KoalaBear.Modulus / 2;
        return receives;
    }
}
