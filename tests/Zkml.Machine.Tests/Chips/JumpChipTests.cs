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

    protected override (int Width, int Constraints, int Interactions) Shape => (13, 5, 6);

    protected override IReadOnlyDictionary<string, string> UnshownNeeds { get; } = new Dictionary<string, string>
    {
        ["isReal"] = "two kinds at once spell an opcode from 85 on, which no ROM row has; the multiplicity stays a bit without that argument",
    };

    protected override void Run(HandMadeGuest guest)
    {
        guest.Jump(Opcode.Jal, 1, 4 * (HandMadeGuest.FirstPc4 + 1), HandMadeGuest.FirstPc4 + 4).Jump(Opcode.Jal, 0, 77, HandMadeGuest.FirstPc4 + 9);
        guest.Jump(Opcode.Lui, 7, 0xFFFF_F000).Jump(Opcode.Auipc, 7, 0x1234_5FFC).Jump(Opcode.Lui, 0, 0x8000_0000).Jump(Opcode.Auipc, 0, 0);
        guest.Set(9, 5).Branch(Opcode.Beq, 0, 0, 2).JumpRegister(3, 9, 0x14000 + 0x2000 - 5);
        guest.Branch(Opcode.Bgeu, 0, 0, 2).JumpRegister(4, 0, 0x740);
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
        // The selectors spell 42·IsJal + 43·IsLui + 44·IsAuipc and add up to a bit; each has an opcode that it alone, as -1, opens.
        SegmentRecord record = CreateSegment().Record;
        Step fromZero = record.JumpRegister.Items[^1].Step, always = record.Branch.Items[^1].Step;
        attacks.Add("LUI as JAL + AUIPC - LUI", Lui, row => Spell(row, one, -one, one));
        attacks.Add("JALR from x0 as LUI + AUIPC - JAL", Lui, row => Spell(row, -one, one, one, fromZero), anyInputs: true);
        attacks.Add("BGEU of x0 and x0 as JAL + LUI - AUIPC", Lui, row => Spell(row, one, one, -one, always), anyInputs: true);
        attacks.Add("no instruction twice over", Lui, row => Spell(row, one, one, KoalaBear.Zero));
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

    static void Spell(Span<KoalaBear> row, KoalaBear isJal, KoalaBear isLui, KoalaBear isAuipc, Step? step = null)
    {
        ref var c = ref Columns.View<JumpColumns<KoalaBear>, KoalaBear>(row);
        (c.IsJal, c.IsLui, c.IsAuipc) = (isJal, isLui, isAuipc);
        if (step is { } other)
        {
            c.Pc4 = KoalaBear.FromCanonical(other.Pc4);
            c.Rd = KoalaBear.FromCanonical(other.Rd);
            c.Target = KoalaBear.FromCanonical(other.Auxiliary);
            c.Result.Lo = KoalaBear.FromCanonical(other.Immediate & 0xFFFF);
            c.Result.Hi = KoalaBear.FromCanonical(other.Immediate >> 16);
        }
        c.NextPc4 = c.Pc4 + isJal + isLui + isAuipc + isJal * (c.Target - c.Pc4 - KoalaBear.One);
    }
}
