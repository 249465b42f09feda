using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class SoftwareChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<SoftwareAir, SoftwareEvent>(default);

    protected override Type ColumnStruct => typeof(SoftwareColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (12, 3, 12);

    protected override IReadOnlyDictionary<string, string> FreeCells => new Dictionary<string, string>
    {
        ["CountInverse"] = "without words there is nothing to invert",
    };

    protected override IReadOnlyDictionary<string, string> FreeOutputs => new Dictionary<string, string>
    {
        ["FirstAnswer.Lo"] = "the host's advice",
        ["FirstAnswer.Hi"] = "the host's advice",
        ["SecondAnswer.Lo"] = "the host's advice",
        ["SecondAnswer.Hi"] = "the host's advice",
    };

    protected override void Run(HandMadeGuest guest) => guest.Software(Data, [1, 2, 3], 0xFFFF_1234, 5).Software(0, [], 0, 0xFFFF_FFFF)
        .Software(0x1_0000, [9], 0x8000_0000, 0).Software(3, [], 7, 7).Software(Data + 0x100, new uint[300], 0, 0);

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        KoalaBear one = KoalaBear.One;
        attacks.Add("words left out", 0, row =>
        {
            ref var c = ref Columns.View<SoftwareColumns<KoalaBear>, KoalaBear>(row);
            (c.HasWords, c.CountInverse) = (KoalaBear.Zero, KoalaBear.Zero);
        });
        attacks.Add("words out of nothing", 1, row => Columns.View<SoftwareColumns<KoalaBear>, KoalaBear>(row).HasWords = one);
        attacks.Add("one token and a second one", 0, row =>
        {
            ref var c = ref Columns.View<SoftwareColumns<KoalaBear>, KoalaBear>(row);
            c.HasWords += one;
            c.CountInverse = c.HasWords * c.Count.Inverse();
        });
        attacks.Add("a pointer that is no multiple of 4", 0, row =>
            Columns.View<SoftwareColumns<KoalaBear>, KoalaBear>(row).Pointer.Lo += one, anyInputs: true);
        attacks.AddRows("a later clock with the same accesses", Forge(record =>
        {
            foreach (ref SoftwareEvent e in record.Software.MutableItems) e.Step.Clock += 4;
        }), RowCount);
        attacks.AddRows("another place", Forge(record =>
        {
            foreach (ref SoftwareEvent e in record.Software.MutableItems) e.Step.Pc4++;
        }), RowCount, anyInputs: true);
    }
}
