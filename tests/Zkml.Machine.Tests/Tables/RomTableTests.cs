using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Tables;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Tables;

[TestFixture]
public sealed class RomTableTests : ChipContract
{
    protected override MachineChip Chip { get; } = new RomTable();

    protected override Type ColumnStruct => typeof(RomColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (1, 0, 1);

    protected override ChipSegment CreateSegment() => new(
        new ProgramTables
        {
            Entry = 0x1_0000,
            Rom =
            [
                new Step { Pc4 = 0x4000, Opcode = (byte)Opcode.Addi, Rd = 5, Rs1 = 6, Immediate = 0xFFFF_F800 },
                new Step { Pc4 = 0x4001, Opcode = (byte)Opcode.Jal, Rd = 32, Immediate = 0x1_0008, Auxiliary = 0x2FFF_FFFF },
                new Step { Pc4 = 0x4003, Opcode = (byte)Opcode.Ecall },
            ],
            Image = [], ReadOnly = [],
        },
        new SegmentRecord());

    protected override TraceInput Input(ChipSegment segment)
    {
        var lookups = new LookupCounts(segment.Program);
        foreach (uint pc4 in (uint[])[0x4000, 0x4001, 0x4001]) lookups.Count(Buses.Fetch, [KoalaBear.FromCanonical(pc4)]);
        return new TraceInput(segment.Program, segment.Record, lookups);
    }
}
