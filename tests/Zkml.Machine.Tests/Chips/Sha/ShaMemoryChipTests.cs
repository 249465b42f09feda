using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips.Sha;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips.Sha;

[TestFixture]
public sealed class ShaMemoryChipTests : ShaGuestContract
{
    protected override MachineChip Chip { get; } = new ShaMemoryChip();

    protected override Type ColumnStruct => typeof(ShaMemoryColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (11, 3, 6);

    int FirstStore => RowCount - 4 * ShaMemoryChip.RowsPerState;

    protected override IEnumerable<int> MutatedRows(int rowCount) => [0, 7, 16, 33, 40, 47, FirstStore, FirstStore + 9, rowCount - 1];

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        KoalaBear one = KoalaBear.One, radix = KoalaBear.FromCanonical(256);
        attacks.Add("a read served as a write", 0, row =>
        {
            Columns.View<ShaMemoryColumns<KoalaBear>, KoalaBear>(row).IsWrite = one;
            Change(row, 0, one);
        });
        attacks.Add("a read that changes the low limb", 0, row => Change(row, 1, one), anyInputs: true);
        attacks.Add("a read that changes the high limb", 0, row => Change(row, 2, one), anyInputs: true);
        for (int k = 0; k < 4; k += 2)
        {
            int first = k;
            // 256 more in the lower byte, 1 less in the higher: the same limb, but swapped another one.
            attacks.Add($"bytes {k} and {k + 1} that are none", 0, row =>
            {
                Change(row, first, radix);
                Change(row, first + 1, -one);
            }, anyInputs: true);
        }
    }

    static void Change(Span<KoalaBear> row, int index, KoalaBear difference) =>
        Columns.View<ShaMemoryColumns<KoalaBear>, KoalaBear>(row).After[index] += difference;
}
