using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class BumpChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<BumpAir, BumpEvent>(default);

    protected override Type ColumnStruct => typeof(BumpColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (9, 1, 6);

    protected override void Run(HandMadeGuest guest)
    {
        guest.Define(Data, 0xFFFF_0001).Set(6, Data).Load(Opcode.Lw, 7, 6, 0);
        guest.Bump(MemorySpace.Memory, Data / 4, guest.Clock).Bump(MemorySpace.Register, 6, guest.Clock + 0x12345);
        guest.Clock += 1 << 29;
        guest.Bump(MemorySpace.Register, 7, guest.Clock - 12).Bump(MemorySpace.Memory, Data / 4, 1 << 29);
        for (uint register = 0; register <= RomRow.SinkRegister; register++) guest.Bump(MemorySpace.Register, register, guest.Clock - 1);
    }

    // What a row may claim: a step forward of a word that someone holds. So word, space and value follow from the message received.
    protected override void AddAttacks(AttackList attacks)
    {
        attacks.Add("a bump into the past", 0, row =>
            Columns.View<BumpColumns<KoalaBear>, KoalaBear>(row).Gap.Low = -KoalaBear.FromCanonical(5), anyInputs: true);
        attacks.Add("a gap of half the field", 0, row =>
            Columns.View<BumpColumns<KoalaBear>, KoalaBear>(row).Gap.High = KoalaBear.FromCanonical(1 << 17), anyInputs: true);
        attacks.Add("a time beyond the bound", 0, row =>
            Columns.View<BumpColumns<KoalaBear>, KoalaBear>(row).Time.High += KoalaBear.FromCanonical(1 << 16), anyInputs: true);
        attacks.Add("a time below 0", 0, row =>
            Columns.View<BumpColumns<KoalaBear>, KoalaBear>(row).Time.Low = -KoalaBear.FromCanonical(1 << 20), anyInputs: true);
        attacks.AddRows("another value passed on", Forge(record =>
        {
            foreach (ref BumpEvent e in record.Bump.MutableItems) e.Value ^= 0x0001_0001;
        }), RowCount);
    }
}
