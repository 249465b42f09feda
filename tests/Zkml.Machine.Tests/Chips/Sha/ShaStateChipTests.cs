using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips.Sha;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips.Sha;

[TestFixture]
public sealed class ShaStateChipTests : ShaGuestContract
{
    // Four loads, then four stores.
    const int InPlaceLoad = InPlaceJob, InPlaceStore = 4 + InPlaceJob;

    protected override MachineChip Chip { get; } = new ShaStateChip();

    protected override Type ColumnStruct => typeof(ShaStateColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (25, 5, 11);

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        KoalaBear one = KoalaBear.One;
        attacks.Add("a load that is a store too", InPlaceLoad, row => Columns.View<ShaStateColumns<KoalaBear>, KoalaBear>(row).IsStore = one, anyInputs: true);
        attacks.Add("a store out of nothing", InPlaceLoad, row => Columns.View<ShaStateColumns<KoalaBear>, KoalaBear>(row).IsStore = -one, anyInputs: true);
        attacks.Add("a load taken back", InPlaceStore, row => Columns.View<ShaStateColumns<KoalaBear>, KoalaBear>(row).IsLoad = -one, anyInputs: true);
        attacks.Add("a store while a block remains", InPlaceStore, row => Columns.View<ShaStateColumns<KoalaBear>, KoalaBear>(row).Remaining = one, anyInputs: true);
        attacks.Add("a store elsewhere", InPlaceStore, row => Columns.View<ShaStateColumns<KoalaBear>, KoalaBear>(row).Address += one, anyInputs: true);
        attacks.AddRows("another state", Forge(record =>
        {
            foreach (ref ShaLoadEvent e in record.ShaLoad.MutableItems) e.State[7].Value ^= 1;
            foreach (ref ShaStoreEvent e in record.ShaStore.MutableItems) e.State[0].Value ^= 1 << 24;
        }), RowCount);
        attacks.AddRows("a later clock", Forge(record =>
        {
            foreach (ref ShaLoadEvent e in record.ShaLoad.MutableItems) e.Clock += 4;
            foreach (ref ShaStoreEvent e in record.ShaStore.MutableItems) e.Clock += 4;
        }), RowCount);
    }
}
