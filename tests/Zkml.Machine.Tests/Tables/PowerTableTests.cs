using Zkml.Fields;
using Zkml.Machine.Tables;

namespace Zkml.Machine.Tests.Tables;

[TestFixture]
public sealed class PowerTableTests : LookupTableContract
{
    protected override MachineChip Chip { get; } = new PowerTable();

    // One column: the multiplicity.
    protected override Type ColumnStruct => typeof(KoalaBear);

    protected override (int Width, int Constraints, int Interactions) Shape => (1, 0, 1);

    protected override int EntryCount => 32;

    protected override void Count(LookupCounts lookups)
    {
        foreach (uint n in (uint[])[0, 8, 8, 31])
            lookups.Count(Buses.Power, [KoalaBear.FromCanonical(n), KoalaBear.FromCanonical((uint)((1UL << (int)n) % KoalaBear.Modulus))]);
    }
}
