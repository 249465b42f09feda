using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class LoadWordChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<LoadWordAir, LoadEvent>(default);

    protected override Type ColumnStruct => typeof(LoadWordColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (18, 3, 14);

    protected override IReadOnlyDictionary<string, string> FreeCells => new Dictionary<string, string>
    {
        ["Memory.Gap"] = "loads from the window access no memory",
    };

    protected override void Run(HandMadeGuest guest)
    {
        guest.Define(MemoryMap.ReadOnlyStart, 0xFEDC_BA98).Define(Data, 0x8765_4321).Define(Data + 4, 0xFFFF_0000);
        guest.Set(6, Data).Load(Opcode.Lw, 7, 6, 0).Load(Opcode.Lw, 6, 6, 4).Set(6, Data + 0xFFFC).Load(Opcode.Lw, 0, 6, 4).Load(Opcode.Lw, 7, 6, -0x7FC);
        guest.Set(8, MemoryMap.ReadOnlyStart + 16).Load(Opcode.Lw, 9, 8, -16).Load(Opcode.Lw, 9, 8, -16);
    }

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        // Address Data + 1 with the field's quarter of it, and with the aligned words around it.
        attacks.Add("misaligned address with a quarter mod p", 0, row =>
        {
            ref var c = ref Columns.View<LoadWordColumns<KoalaBear>, KoalaBear>(row);
            c.Address.Base.Value.Lo += KoalaBear.One;
            c.Address.Quarter += InverseOf4;
        }, anyInputs: true);
        attacks.Add("misaligned address rounded down", 0, row =>
            Columns.View<LoadWordColumns<KoalaBear>, KoalaBear>(row).Address.Base.Value.Lo += KoalaBear.One, anyInputs: true);
        attacks.Add("a quarter beyond the limb's", 0, row =>
            Columns.View<LoadWordColumns<KoalaBear>, KoalaBear>(row).Address.Quarter += KoalaBear.FromCanonical(1 << 15), anyInputs: true);
        attacks.Add("a claimed window load of a read-write word", 0, row =>
            Columns.View<LoadWordColumns<KoalaBear>, KoalaBear>(row).IsReadOnly = KoalaBear.One, anyInputs: true);
        attacks.Add("two window loads and a negative memory access", 4, row =>
            Columns.View<LoadWordColumns<KoalaBear>, KoalaBear>(row).IsReadOnly = KoalaBear.FromCanonical(2), anyInputs: true);
        attacks.AddRows("another word loaded", Forge(record =>
        {
            foreach (ref LoadEvent e in record.LoadWord.MutableItems) e.Result.Value = e.Memory.Value ^= 0x0001_0001;
        }), RowCount);
        attacks.AddRows("a later clock with the same accesses", Forge(record =>
        {
            foreach (ref LoadEvent e in record.LoadWord.MutableItems)
            {
                e.Step.Clock += 4;
                e.Base.Gap += 4;
                e.Result.Gap += 4;
                if (!e.IsReadOnly) e.Memory.Gap += 4;
            }
        }), RowCount);
        attacks.AddRows("another immediate", Forge(record =>
        {
            foreach (ref LoadEvent e in record.LoadWord.MutableItems) e.Step.Immediate += 4;
        }), RowCount, anyInputs: true);
        attacks.AddRows("another address", Forge(record =>
        {
            foreach (ref LoadEvent e in record.LoadWord.MutableItems) e.Base.Value += 8;
        }), RowCount);
    }
}
