using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips.Sha;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips.Sha;

[TestFixture]
public sealed class ShaHeadChipTests : ShaGuestContract
{
    protected override MachineChip Chip { get; } = new EventChip<ShaHeadAir, ShaHeadEvent>(default);

    protected override Type ColumnStruct => typeof(ShaHeadColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (12, 1, 13);

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        KoalaBear one = KoalaBear.One;
        attacks.Add("an out pointer that is no multiple of 4", 0, row => Columns.View<ShaHeadColumns<KoalaBear>, KoalaBear>(row).Out.Lo += one, anyInputs: true);
        attacks.Add("an in pointer that is no multiple of 4", 0, row => Columns.View<ShaHeadColumns<KoalaBear>, KoalaBear>(row).In.Lo += one, anyInputs: true);
        attacks.Add("a block pointer that is no multiple of 4", 0, row => Columns.View<ShaHeadColumns<KoalaBear>, KoalaBear>(row).Block1.Lo += one, anyInputs: true);
        attacks.Add("a second block pointer that is no multiple of 4", 0, row => Columns.View<ShaHeadColumns<KoalaBear>, KoalaBear>(row).Block2.Lo += one, anyInputs: true);
        attacks.AddRows("a later clock", Forge(record =>
        {
            foreach (ref ShaHeadEvent e in record.ShaHead.MutableItems) e.Step.Clock += 4;
        }), RowCount);
        attacks.AddRows("another count", Forge(record =>
        {
            foreach (ref ShaHeadEvent e in record.ShaHead.MutableItems) e.A4.Value++;
        }), RowCount);
        attacks.AddRows("another place", Forge(record =>
        {
            foreach (ref ShaHeadEvent e in record.ShaHead.MutableItems) e.Step.Pc4++;
        }), RowCount, anyInputs: true);
    }

    // The rows of a guest whose a4 has a high limb of 1 ask Transfer for a register that holds something else.
    [Test]
    public void Count_OfMoreThan16Bits_LeavesTheAccessUnbalanced()
    {
        var guest = new HandMadeGuest().Sha(Out, State, Block, Block, 0);
        guest.Record.Jump.MutableItems[^1].Result.Value = 0x1_0000;
        guest.Record.Jump.MutableItems[^1].Step.Immediate = 0x1_0000;
        guest.Record.ShaHead.MutableItems[0].A4.Value = 0x1_0000;
        Assert.That(SessionJudge.Complaints(guest.Halt(0, Digest)), Does.Contain("Access"));
    }
}
