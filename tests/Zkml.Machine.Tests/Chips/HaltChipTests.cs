using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class HaltChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<HaltAir, HaltEvent>(default);

    protected override Type ColumnStruct => typeof(HaltColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (23, 1, 18);

    protected override int Height(int rowCount) => 2;

    protected override void Run(HandMadeGuest guest) { }

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        KoalaBear one = KoalaBear.One;
        attacks.Add("a type that is not 0", 0, row =>
            Columns.View<HaltColumns<KoalaBear>, KoalaBear>(row).ExitCode += KoalaBear.FromCanonical(256).Inverse(), anyInputs: true);
        attacks.Add("a digest pointer that is no multiple of 4", 0, row =>
            Columns.View<HaltColumns<KoalaBear>, KoalaBear>(row).Pointer.Lo += one, anyInputs: true);
        attacks.Add("a clock beyond the bound", 0, row =>
            Columns.View<HaltColumns<KoalaBear>, KoalaBear>(row).Clock.High += KoalaBear.FromCanonical(1 << 16), anyInputs: true);
        attacks.Add("a clock below 0", 0, row =>
            Columns.View<HaltColumns<KoalaBear>, KoalaBear>(row).Clock.Low = -KoalaBear.FromCanonical(1 << 20), anyInputs: true);
        attacks.AddRows("another output", Forge(record =>
        {
            foreach (ref HaltEvent e in record.Halt.MutableItems) e.Digest[7].Value ^= 0x0001_0001;
        }), RowCount);
        attacks.AddRows("a later clock with the same accesses", Forge(record =>
        {
            foreach (ref HaltEvent e in record.Halt.MutableItems) e.Step.Clock += 4;
        }), RowCount);
        attacks.AddRows("another place", Forge(record =>
        {
            foreach (ref HaltEvent e in record.Halt.MutableItems) e.Step.Pc4++;
        }), RowCount, anyInputs: true);
    }

    [Test]
    public void Session_EndsOnce()
    {
        Assert.That(Chip.Graph.Interactions.Count(interaction => interaction.Bus == Buses.State), Is.EqualTo(1), "HALT takes the token and gives none (OB-7).");
    }
}
