using Zkml.Fields;
using Zkml.Machine.Tables;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Tables;

[TestFixture]
public sealed class ReadOnlyTableTests : ChipContract
{
    protected override MachineChip Chip { get; } = new ReadOnlyTable();

    protected override Type ColumnStruct => typeof(ReadOnlyColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (8, 0, 8);

    protected override ChipSegment CreateSegment() => new(
        new ProgramTables
        {
            Entry = 0x1_0000, Rom = [], Image = [],
            ReadOnly = [.. Enumerable.Range(0, 16).Select(i => new InitialWord(0x2000_4000 + (uint)i, 0x9E37_79B9 * (uint)i)), new(0x2FFF_FFFF, 0xFFFF_FFFF)],
        },
        new SegmentRecord());

    protected override TraceInput Input(ChipSegment segment)
    {
        var lookups = new LookupCounts(segment.Program);
        foreach (InitialWord word in segment.Program.ReadOnly)
            for (uint n = 0; n <= word.Word % 3; n++) lookups.Count(Buses.ReadOnly, [KoalaBear.FromCanonical(word.Word)]);
        return new TraceInput(segment.Program, segment.Record, lookups);
    }
}
