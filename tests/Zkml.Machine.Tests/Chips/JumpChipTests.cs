using Zkml.Air;
using Zkml.Fields;
using Zkml.Isa;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class JumpChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<JumpAir, JumpEvent>(default);

    protected override Type ColumnStruct => typeof(JumpColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (13, 4, 6);

    protected override void Run(HandMadeGuest guest)
    {
        guest.Jump(Opcode.Jal, 1, 4 * (HandMadeGuest.FirstPc4 + 1), HandMadeGuest.FirstPc4 + 4).Jump(Opcode.Jal, 0, 77, HandMadeGuest.FirstPc4 + 9);
        guest.Jump(Opcode.Lui, 7, 0xFFFF_F000).Jump(Opcode.Auipc, 7, 0x1234_5FFC).Jump(Opcode.Lui, 0, 0x8000_0000).Jump(Opcode.Auipc, 0, 0);
        guest.Set(9, 5).Branch(Opcode.Beq, 0, 0, 2).JumpRegister(3, 9, 0x14000 + 0x2000 - 5);
    }

    [Test]
    public void Rows_Valid_GoOnWhereTheInstructionSays() => Assert.Multiple(() =>
    {
        JumpEvent[] events = CreateSegment().Record.Jump.Items.ToArray();
        for (int i = 0; i < events.Length; i++)
        {
            Step step = events[i].Step;
            RowInteraction sent = HonestReports[i].Interactions.Single(x => x.Bus == Buses.State && x.Multiplicity == KoalaBear.One);
            Assert.That(sent.Message[0].ToCanonical(), Is.EqualTo(step.Opcode == (byte)Opcode.Jal ? step.Auxiliary : step.Pc4 + 1));
        }
    });

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        KoalaBear one = KoalaBear.One;
        const int Jal = 0, Lui = 2;
        // The selectors spell 42·IsJal + 43·IsLui + 44·IsAuipc.
        attacks.Add("LUI as a fraction of JAL", Lui, row =>
        {
            ref var c = ref Columns.View<JumpColumns<KoalaBear>, KoalaBear>(row);
            c.IsJal = KoalaBear.FromCanonical(43) * KoalaBear.FromCanonical(42).Inverse();
            c.IsLui = KoalaBear.Zero;
            c.NextPc4 = c.Pc4 - c.IsJal * c.Pc4;
        });
        attacks.Add("LUI as a fraction of AUIPC", Lui, row =>
        {
            ref var c = ref Columns.View<JumpColumns<KoalaBear>, KoalaBear>(row);
            c.IsAuipc = KoalaBear.FromCanonical(43) * KoalaBear.FromCanonical(44).Inverse();
            c.IsLui = KoalaBear.Zero;
            c.NextPc4 = c.Pc4 + c.IsAuipc;
        });
        attacks.Add("JAL as a fraction of LUI", Jal, row =>
        {
            ref var c = ref Columns.View<JumpColumns<KoalaBear>, KoalaBear>(row);
            c.IsLui = KoalaBear.FromCanonical(42) * KoalaBear.FromCanonical(43).Inverse();
            c.IsJal = KoalaBear.Zero;
            c.NextPc4 = c.Pc4 + c.IsLui;
        });
        attacks.Add("JAL without its jump", Jal, row =>
        {
            ref var c = ref Columns.View<JumpColumns<KoalaBear>, KoalaBear>(row);
            c.NextPc4 = c.Pc4 + one;
        });
        attacks.AddRows("another result", Forge(record =>
        {
            foreach (ref JumpEvent e in record.Jump.MutableItems) e.Result.Value ^= 0x0001_0001;
        }), RowCount);
        attacks.AddRows("a later clock with the same accesses", Forge(record =>
        {
            foreach (ref JumpEvent e in record.Jump.MutableItems)
            {
                e.Step.Clock += 4;
                e.Result.Gap += 4;
            }
        }), RowCount);
    }
}
