using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class AddSubChipTests : AluChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<AddSubAir, AluEvent>(new());

    protected override Type ColumnStruct => typeof(AddSubColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (18, 6, 14);

    protected override Opcode[] Opcodes => [Opcode.Add, Opcode.Sub];

    protected override EventList<AluEvent> Events(SegmentRecord record) => record.AddSub;

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        AddCarryAttacks(attacks);
        // ADDI = 3 = 1·IsAdd + 2·IsSub; 0 + 0 = 0 is true of both operations.
        AddForeignOpcode(attacks, "selectors that are no bits spell another chip's opcode", -KoalaBear.One, KoalaBear.FromCanonical(2));
        AddForeignOpcode(attacks, "two selectors spell another chip's opcode", KoalaBear.One, KoalaBear.One);
    }

    void AddForeignOpcode(AttackList attacks, string name, KoalaBear isAdd, KoalaBear isSub) =>
        attacks.Add(name, RowOf(e => e.Left.Value == 0 && e.Right.Value == 0 && e.Step is { Rd: 5, Rs1: 6, Rs2: 7 }), row =>
        {
            ref var c = ref Columns.View<AddSubColumns<KoalaBear>, KoalaBear>(row);
            c.Pc4 = KoalaBear.FromCanonical(ForeignStep(Opcode.Addi, isImmediate: false).Pc4);
            (c.IsAdd, c.IsSub) = (isAdd, isSub);
        }, anyInputs: true);

    void AddCarryAttacks(AttackList attacks)
    {
        int add = RowOf(e => e.Step.Opcode == (byte)Opcode.Add && e.Left.Value == 0x100 && e.Right.Value == 1);
        int subtract = RowOf(e => e.Step.Opcode == (byte)Opcode.Sub && e.Left.Value == 0x7FFF_FFFF && e.Right.Value == 1);
        // 2^16 · 32512 = -1 mod p: a carry that is no bit moves 1 in one limb and 32512 in the other.
        attacks.Add("carry wrapped mod p", add, row => Change(row, 1, 32512));
        attacks.Add("borrow wrapped mod p", subtract, row => Change(row, -1, -32512));
        int carrying = RowOf(e => e.Step.Opcode == (byte)Opcode.Add && e.Left.Value == 0xFFFF && e.Right.Value == 1);
        attacks.Add("no carry out of the low limb", carrying, row => Change(row, 1 << 16, -1));
        int wrapping = RowOf(e => e.Step.Opcode == (byte)Opcode.Add && e.Left.Value == 0xFFFF_FFFF && e.Right.Value == 1);
        attacks.Add("no carry out of the high limb", wrapping, row => Change(row, 0, 1 << 16));
    }

    static void Change(Span<KoalaBear> row, int low, int high)
    {
        ref var c = ref Columns.View<AddSubColumns<KoalaBear>, KoalaBear>(row);
        c.Result.Lo += Signed(low);
        c.Result.Hi += Signed(high);
    }

    static KoalaBear Signed(int value) => value < 0 ? -KoalaBear.FromCanonical((uint)-value) : KoalaBear.FromCanonical((uint)value);
}
