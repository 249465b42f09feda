using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips;
using Zkml.Records;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class JumpRegisterChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new EventChip<JumpRegisterAir, JumpRegisterEvent>(default);

    protected override Type ColumnStruct => typeof(JumpRegisterColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (16, 3, 10);

    protected override void Run(HandMadeGuest guest)
    {
        const uint Next = 4 * HandMadeGuest.FirstPc4;
        guest.Set(6, Next + 0x40).JumpRegister(1, 6, 0).JumpRegister(6, 6, 0x41).Set(6, Next + 0x1_0000).JumpRegister(0, 6, -1 - 0x7F0 + 0x6);
        guest.Set(6, Next + 0x1_FFF1).JumpRegister(1, 6, 0x7FF).Set(0, 3).Set(6, Next + 0x4_0000).JumpRegister(7, 6, -0x800);
    }

    [Test]
    public void Rows_Valid_GoOnAtTheSumWithoutItsLowBit() => Assert.Multiple(() =>
    {
        JumpRegisterEvent[] events = CreateSegment().Record.JumpRegister.Items.ToArray();
        for (int i = 0; i < events.Length; i++)
        {
            JumpRegisterEvent e = events[i];
            RowInteraction sent = HonestReports[i].Interactions.Single(x => x.Bus == Buses.State && x.Multiplicity == KoalaBear.One);
            Assert.That(4 * sent.Message[0].ToCanonical(), Is.EqualTo(e.Base.Value + e.Step.Immediate & ~1u));
            KoalaBear[] link = [.. new[] { MemorySpace.Register, e.Step.Rd, (e.Step.Pc4 + 1) * 4 & 0xFFFF, (e.Step.Pc4 + 1) * 4 >> 16, e.Step.Clock + SubTime.Rd }.Select(KoalaBear.FromCanonical)];
            Assert.That(HonestReports[i].Interactions.Any(x => x.Bus == Buses.Memory && x.Message.AsSpan().SequenceEqual(link)));
        }
    });

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        KoalaBear two = KoalaBear.FromCanonical(2);
        attacks.Add("bit 1 of the target", 0, row =>
        {
            ref var c = ref Columns.View<JumpRegisterColumns<KoalaBear>, KoalaBear>(row);
            c.Address.Base.Value.Lo += two;
            c.LowBit = two;
        }, anyInputs: true);
        attacks.Add("bit 1 of the target with a quarter mod p", 0, row =>
        {
            ref var c = ref Columns.View<JumpRegisterColumns<KoalaBear>, KoalaBear>(row);
            c.Address.Base.Value.Lo += two;
            c.Address.Quarter += two * InverseOf4;
        }, anyInputs: true);
        attacks.Add("another sum with the same quarter", 0, row =>
            Columns.View<JumpRegisterColumns<KoalaBear>, KoalaBear>(row).Address.Base.Value.Lo += KoalaBear.FromCanonical(4), anyInputs: true);
        attacks.AddRows("another base", Forge(record =>
        {
            foreach (ref JumpRegisterEvent e in record.JumpRegister.MutableItems) e.Base.Value += 8;
        }), RowCount);
        attacks.AddRows("another immediate", Forge(record =>
        {
            foreach (ref JumpRegisterEvent e in record.JumpRegister.MutableItems) e.Step.Immediate += 4;
        }), RowCount, anyInputs: true);
        attacks.AddRows("a later clock with the same accesses", Forge(record =>
        {
            foreach (ref JumpRegisterEvent e in record.JumpRegister.MutableItems)
            {
                e.Step.Clock += 4;
                e.Base.Gap += 4;
                e.Result.Gap += 4;
            }
        }), RowCount);
    }
}
