using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class HostWordChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<HostWordAir, HostWordEvent>(default);

    protected override Type ColumnStruct => typeof(HostWordColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (11, 3, 8);

    protected override IReadOnlyDictionary<string, string> FreeOutputs => new Dictionary<string, string>
    {
        ["IsLast"] = "a chain that passes the last word by never ends: the token leaves the Host bus at Remaining = 1 alone, p rows later",
        ["Value.Lo"] = "the host's word",
        ["Value.Hi"] = "the host's word",
    };

    protected override void Run(HandMadeGuest guest) => guest.Software(Data, [1, 0xFFFF_0000, 3], 0, 5).Software(0x1_0000, [9], 0, 0);

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        KoalaBear one = KoalaBear.One;
        attacks.Add("the last word claimed early", 0, row => Columns.View<HostWordColumns<KoalaBear>, KoalaBear>(row).IsLast = one);
        attacks.Add("two tokens out of one", 2, row => Columns.View<HostWordColumns<KoalaBear>, KoalaBear>(row).IsLast = KoalaBear.FromCanonical(2));
        attacks.AddRows("a later clock with the same access", Forge(record =>
        {
            foreach (ref HostWordEvent e in record.HostWord.MutableItems)
            {
                e.Clock += 4;
                e.Memory.Gap += 4;
            }
        }), RowCount);
    }
}
