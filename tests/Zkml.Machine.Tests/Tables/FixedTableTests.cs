using Zkml.Fields;
using Zkml.Machine.Tables;

namespace Zkml.Machine.Tests.Tables;

[TestFixture]
public sealed class FixedTableTests : LookupTableContract
{
    protected override MachineChip Chip { get; } = new FixedTable();

    protected override Type ColumnStruct => typeof(FixedColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (3, 0, 3);

    protected override int EntryCount => 1 << 16;

    protected override void Count(LookupCounts lookups)
    {
        foreach (uint x in (uint[])[0, 0, 1, 255, 256, 0x1234, 0x8000, 0xFFFF]) lookups.Count(Buses.U16, [KoalaBear.FromCanonical(x)]);
        foreach ((uint a, uint b) in ((uint, uint)[])[(0, 0), (0, 255), (255, 0), (170, 85), (170, 85), (255, 255)])
        {
            lookups.Count(Buses.Byte, [KoalaBear.FromCanonical(a), KoalaBear.FromCanonical(b)]);
            lookups.Count(Buses.Bitwise, [KoalaBear.FromCanonical(a), KoalaBear.FromCanonical(b), KoalaBear.FromCanonical(a & b)]);
        }
    }
}
