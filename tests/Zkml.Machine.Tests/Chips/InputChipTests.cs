using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class InputChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<InputAir, InputEvent>(default);

    protected override Type ColumnStruct => typeof(InputColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (5, 1, 5);

    protected override void Run(HandMadeGuest guest) => guest.Set(10, 0xFFFF_1234).Input().Input();

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        attacks.AddRows("a later clock with the same accesses", Forge(record =>
        {
            foreach (ref InputEvent e in record.Input.MutableItems) e.Step.Clock += 4;
        }), RowCount);
        attacks.AddRows("another place", Forge(record =>
        {
            foreach (ref InputEvent e in record.Input.MutableItems) e.Step.Pc4++;
        }), RowCount, anyInputs: true);
    }
}
