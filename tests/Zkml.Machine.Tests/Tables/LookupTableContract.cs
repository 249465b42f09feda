using Zkml.Air;
using Zkml.Fields;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Tables;

/// <summary>The contract of the tables that depend on no program: every entry they offer is true, all are there, and only counts are witnesses.</summary>
public abstract class LookupTableContract : ChipContract
{
    static readonly ProgramTables s_noProgram = new() { Entry = 0, Rom = [], Image = [], ReadOnly = [] };

    /// <summary>Entries of the table.</summary>
    protected abstract int EntryCount { get; }

    /// <summary>Counts lookups so that every bus has some.</summary>
    protected abstract void Count(LookupCounts lookups);

    protected override ChipSegment CreateSegment() => new(s_noProgram, new SegmentRecord());

    protected override int Height(int rowCount) => rowCount;

    protected override IEnumerable<int> MutatedRows(int rowCount) => [0, 1, rowCount / 2, rowCount - 2, rowCount - 1];

    protected override TraceInput Input(ChipSegment segment)
    {
        var lookups = new LookupCounts(segment.Program);
        Count(lookups);
        return new(segment.Program, segment.Record, lookups);
    }

    [Test]
    public void Entries_All_AreTrueAndDistinct()
    {
        var oracle = new LookupOracle(s_noProgram);
        Assert.That(Chip.RowCount(Input(CreateSegment())), Is.EqualTo(EntryCount));
        for (int j = 0; j < Chip.Graph.Interactions.Count; j++)
        {
            var messages = new HashSet<string>();
            foreach (RowReport report in HonestReports)
            {
                RowInteraction entry = report.Interactions[j];
                if (!oracle.Holds(entry.Bus, entry.Message)) Assert.Fail($"False entry: {entry}.");
                messages.Add(string.Join(',', entry.Message));
            }
            Assert.That(messages, Has.Count.EqualTo(EntryCount), Chip.Graph.Interactions[j].Bus.Name);
        }
    }

    [Test]
    public void Rows_Filled_ReceiveEveryLookupThatWasCounted()
    {
        LookupCounts lookups = Input(CreateSegment()).Lookups;
        var received = new LookupCounts(s_noProgram);
        foreach (RowInteraction entry in HonestReports.SelectMany(report => report.Interactions))
            for (uint n = (-entry.Multiplicity).ToCanonical(); n > 0; n--) received.Count(entry.Bus, entry.Message);
        Assert.Multiple(() =>
        {
            Assert.That(received.U16, Is.EqualTo(lookups.U16));
            Assert.That(received.Byte, Is.EqualTo(lookups.Byte));
            Assert.That(received.Bitwise, Is.EqualTo(lookups.Bitwise));
            Assert.That(received.Power, Is.EqualTo(lookups.Power));
            Assert.That(received.ShaConstant, Is.EqualTo(lookups.ShaConstant));
        });
    }
}
