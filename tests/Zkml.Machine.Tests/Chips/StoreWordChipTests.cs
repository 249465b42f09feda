using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class StoreWordChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<StoreWordAir, StoreEvent>(default);

    protected override Type ColumnStruct => typeof(StoreWordColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (17, 2, 13);

    protected override void Run(HandMadeGuest guest)
    {
        guest.Set(6, Data).Set(7, 0xDEAD_BEEF).Store(Opcode.Sw, 6, 7, 0).Store(Opcode.Sw, 6, 6, 4).Store(Opcode.Sw, 6, 0, 0).Store(Opcode.Sw, 6, 7, -4);
        guest.Set(6, Data + 0xFFFC).Store(Opcode.Sw, 6, 7, 4).Store(Opcode.Sw, 6, 7, 0x7FC);
    }

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        attacks.Add("misaligned address with a quarter mod p", 0, row =>
        {
            ref var c = ref Columns.View<StoreWordColumns<KoalaBear>, KoalaBear>(row);
            c.Address.Base.Value.Lo += KoalaBear.One;
            c.Address.Quarter += InverseOf4;
        }, anyInputs: true);
        attacks.Add("misaligned address rounded down", 0, row =>
            Columns.View<StoreWordColumns<KoalaBear>, KoalaBear>(row).Address.Base.Value.Lo += KoalaBear.One, anyInputs: true);
        attacks.Add("another address with the same quarter", 0, row =>
            Columns.View<StoreWordColumns<KoalaBear>, KoalaBear>(row).Address.Base.Value.Lo += KoalaBear.FromCanonical(4), anyInputs: true);
        attacks.AddRows("a later clock with the same accesses", Forge(record =>
        {
            foreach (ref StoreEvent e in record.StoreWord.MutableItems)
            {
                e.Step.Clock += 4;
                e.Base.Gap += 4;
                e.Memory.Gap += 4;
                if (e.Step.Rs1 != e.Step.Rs2) e.Source.Gap += 4;
            }
        }), RowCount);
        attacks.AddRows("another immediate", Forge(record =>
        {
            foreach (ref StoreEvent e in record.StoreWord.MutableItems) e.Step.Immediate += 4;
        }), RowCount, anyInputs: true);
        attacks.AddRows("another address", Forge(record =>
        {
            foreach (ref StoreEvent e in record.StoreWord.MutableItems) e.Base.Value += 8;
        }), RowCount);
        attacks.AddRows("another value", Forge(record =>
        {
            foreach (ref StoreEvent e in record.StoreWord.MutableItems) e.Source.Value ^= 0x0001_0001;
        }), RowCount);
    }
}
