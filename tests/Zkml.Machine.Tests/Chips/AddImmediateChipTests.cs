using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class AddImmediateChipTests : AluChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<AddImmediateAir, AluEvent>(new());

    protected override Type ColumnStruct => typeof(AddImmediateColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (15, 3, 11);

    protected override Opcode[] Opcodes => [Opcode.Addi];

    protected override EventList<AluEvent> Events(SegmentRecord record) => record.AddImmediate;

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        attacks.AddRows("another immediate", Forge(e => { e.Step.Immediate ^= 0xFFFF_0801; e.Right.Value = e.Step.Immediate; return e; }), ForgedRowCount);
        int carrying = RowOf(e => e.Left.Value == 0xFFFF && e.Right.Value == 5), small = RowOf(e => e.Left.Value == 0x100 && e.Right.Value == 5);
        int wrapping = RowOf(e => e.Left.Value == 0xFFFF_FFFE && e.Right.Value == 5);
        attacks.Add("no carry out of the low limb", carrying, row =>
        {
            ref var c = ref Columns.View<AddImmediateColumns<KoalaBear>, KoalaBear>(row);
            (c.Result.Lo, c.Result.Hi) = (KoalaBear.FromCanonical(0x1_0004), KoalaBear.Zero);
        });
        attacks.Add("no carry out of the high limb", wrapping, row =>
            Columns.View<AddImmediateColumns<KoalaBear>, KoalaBear>(row).Result.Hi = KoalaBear.FromCanonical(0x1_0000));
        // 2^16 · 32512 = -1 mod p: a carry that is no bit adds 1 to one limb and 32512 to the other.
        attacks.Add("carry wrapped mod p", small, row =>
        {
            ref var c = ref Columns.View<AddImmediateColumns<KoalaBear>, KoalaBear>(row);
            c.Result.Lo += KoalaBear.One;
            c.Result.Hi += KoalaBear.FromCanonical(32512);
        });
    }
}
