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
/// Decides whether the rest of a machine, with every other row honest, would notice a forged row, or a run of them, on the buses. It notices
/// (i) a lookup of a message that the table does not hold, and (ii) a received message that nobody sent, or a sent one that nobody
/// receives any more: what the row receives is what other rows have put there. What the row SENDS to other rows proves nothing:
/// they go on with whatever it says, so a false result must be refused by the row's constraints and lookups alone. (A request for an access
/// is both: the word's content before the access is received, through the row that serves it.) Nor does a
/// changed multiplicity: a second forged row may take the surplus back. Only in lookup tables are multiplicities compared.
/// </summary>
public sealed class RowJudge(Chip chip, LookupOracle oracle, IReadOnlyList<RowReport> honestReports, bool comparesMultiplicities)
{
    readonly int _count = chip.Graph.Interactions.Count;
    readonly bool[] _receives = Directions(chip.Graph.Interactions.Count, honestReports, isReceive: true);
    readonly bool[] _sends = Directions(chip.Graph.Interactions.Count, honestReports, isReceive: false);

    /// <summary>The interaction takes messages off its bus.</summary>
    public bool Receives(int interaction) => _receives[interaction];

    /// <summary>Judges a forged row, or consecutive ones, in the place of the honest ones.</summary>
    /// <param name="honest">The rows as filled.</param>
    /// <param name="forged">The forged rows.</param>
    /// <param name="anyInputs">Other rows may be forged too and send what these receive: rule (ii) is off.</param>
    public Verdict Judge(RowReport honest, RowReport forged, bool anyInputs)
    {
        var unmatched = new SortedSet<int>();
        for (int j = 0; j < forged.Interactions.Count; j++)
        {
            RowInteraction mine = forged.Interactions[j], theirs = honest.Interactions[j];
            int index = j % _count;
            if (!_receives[index] && mine.IsActive && LookupOracle.IsLookup(mine.Bus) && !oracle.Holds(mine.Bus, mine.Message)) unmatched.Add(index);
            if (anyInputs) continue;
            bool isWrongCount = _receives[index] && comparesMultiplicities && mine.Multiplicity != theirs.Multiplicity;
            if (isWrongCount || IsUnmatched(mine, index, forged, honest) || IsUnmatched(theirs, index, honest, forged)) unmatched.Add(index);
        }
        return new Verdict(forged.FailedConstraints, unmatched, IsSameStatement(honest, forged), forged.IsInert);
    }

    // What one side takes from other rows, the other side must take too: there is one of each. Rows of a run may also serve each other.
    bool IsUnmatched(RowInteraction message, int index, RowReport mine, RowReport theirs)
    {
        if (!message.IsActive) return false;
        if (IsReceive(message, index)) return !IsReceived(theirs, message) && !(IsRun(mine) && IsSent(mine, message));
        return LookupOracle.IsRequest(message.Bus) && !theirs.Interactions.Exists(other => other.IsActive && LookupOracle.IsSameRequest(message, other));
    }

    bool IsReceived(RowReport report, RowInteraction message)
    {
        for (int j = 0; j < report.Interactions.Count; j++)
            if (report.Interactions[j].IsActive && IsReceive(report.Interactions[j], j % _count) && report.Interactions[j].SameMessage(message)) return true;
        return false;
    }

    bool IsSent(RowReport report, RowInteraction message)
    {
        for (int j = 0; j < report.Interactions.Count; j++)
            if (report.Interactions[j].IsActive && !IsReceive(report.Interactions[j], j % _count) && report.Interactions[j].SameMessage(message)) return true;
        return false;
    }

    bool IsRun(RowReport report) => report.Interactions.Count > _count;

    // An interaction that honest rows use in both directions is read by its sign.
    bool IsReceive(RowInteraction message, int index) => _receives[index] && (!_sends[index] || IsNegative(message.Multiplicity));

    bool IsSameStatement(RowReport honest, RowReport forged)
    {
        for (int j = 0; j < honest.Interactions.Count; j++)
        {
            RowInteraction a = honest.Interactions[j], b = forged.Interactions[j];
            if (IsNoClaim(a.Bus) || (!a.IsActive && !b.IsActive)) continue;
            if (a.Multiplicity != b.Multiplicity || !a.SameMessage(b)) return IsRun(honest) && Total(honest).SetEquals(Total(forged));
        }
        return true;
    }

    // What a run puts on the buses in all: messages between its own rows cancel.
    HashSet<(string, KoalaBear)> Total(RowReport report)
    {
        var total = new Dictionary<string, KoalaBear>();
        foreach (RowInteraction message in report.Interactions.Where(message => message.IsActive && !IsNoClaim(message.Bus)))
        {
            string key = $"{message.Bus.Name}({string.Join(',', message.Message)})";
            total[key] = total.GetValueOrDefault(key) + message.Multiplicity;
        }
        return [.. total.Where(entry => entry.Value != KoalaBear.Zero).Select(entry => (entry.Key, entry.Value))];
    }

    bool IsNoClaim(Bus bus) => LookupOracle.IsArithmetic(bus) && !comparesMultiplicities;

    static bool IsNegative(KoalaBear multiplicity) => multiplicity.ToCanonical() > KoalaBear.Modulus / 2;

    static bool[] Directions(int count, IReadOnlyList<RowReport> reports, bool isReceive)
    {
        var found = new bool[count];
        foreach (RowReport report in reports)
            for (int j = 0; j < count; j++)
                found[j] |= report.Interactions[j].IsActive && IsNegative(report.Interactions[j].Multiplicity) == isReceive;
        return found;
    }
}
