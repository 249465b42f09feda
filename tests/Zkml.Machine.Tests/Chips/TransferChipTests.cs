using Zkml.Air;
using Zkml.Fields;
using Zkml.Machine.Chips;
using Zkml.Machine.Tests.Chips.Sha;
using Zkml.Testing;

namespace Zkml.Machine.Tests.Chips;

[TestFixture]
public sealed class TransferChipTests : GuestChipContract
{
    protected override MachineChip Chip { get; } = new TransferChip();

    protected override Type ColumnStruct => typeof(TransferColumns<KoalaBear>);

    protected override (int Width, int Constraints, int Interactions) Shape => (9, 1, 4);

    protected override void Run(HandMadeGuest guest) =>
        ShaGuestContract.Jobs(guest.Set(10, 0xFFFF_1234).Input().Software(Data, [1, 2], 0xFFFF_1234, 5).Software(1, [], 0, 0xFFFF_FFFF).Input());

    protected override IEnumerable<int> MutatedRows(int rowCount) => Enumerable.Range(0, rowCount);

    protected override void AddAttacks(AttackList attacks)
    {
        base.AddAttacks(attacks);
        attacks.Add("a later time with the same previous one", 0, row =>
        {
            ref var c = ref Columns.View<TransferColumns<KoalaBear>, KoalaBear>(row);
            c.Time += KoalaBear.One;
            c.Access.Gap += KoalaBear.One;
        });
    }

    // 4 heads, 1 halt, 2 software calls and 2 inputs.
    [Test]
    public void Rows_OfEveryRequester_AreAllThere() => Assert.That(RowCount, Is.EqualTo(4 * 6 + 11 + 2 * 3 + 2 * 2));

    [Test]
    public void Rows_FilledFromTheMiddle_AreTheSame()
    {
        ChipSegment segment = CreateSegment();
        for (int first = 1; first < RowCount; first += 7)
        {
            var cells = new KoalaBear[Chip.Width];
            Chip.FillRows(Input(segment), first, new RowBlock(cells, Chip.Width, 1, Chip.Width));
            Assert.That(cells, Is.EqualTo(Table.Row(first).ToArray()), $"Row {first}.");
        }
    }
}
