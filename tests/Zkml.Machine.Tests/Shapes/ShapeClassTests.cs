using Zkml.Machine.Chips;
using Zkml.Machine.Shapes;
using Zkml.Records;

namespace Zkml.Machine.Tests.Shapes;

[TestFixture]
public sealed class ShapeClassTests
{
    [TestCaseSource(typeof(ShapeClasses), nameof(ShapeClasses.All))]
    public void Class_FullStreams_FitIntoSharedTables(ShapeClass shape)
    {
        foreach ((MachineChip chip, int rows) in RiscvMachine.DerivedRows(shape.Capacities))
            Assert.That(rows, Is.LessThanOrEqualTo(chip.Capacity(Height(shape, chip))), chip.Name);
    }

    // Transfer is high enough that its requesters' own tables decide when a segment is full.
    [TestCaseSource(typeof(ShapeClasses), nameof(ShapeClasses.All))]
    public void Class_Transfer_HoldsAllThatItsRequestersMayAskFor(ShapeClass shape)
    {
        Assert.Multiple(() =>
        {
            Assert.That(shape.Capacities[EventStream.Halt], Is.EqualTo(shape.IsClosing ? 1 : 0));
            foreach (MachineChip chip in (MachineChip[])[RiscvMachine.ShaHead, RiscvMachine.Input, RiscvMachine.Software])
            {
                EventStream stream = RiscvMachine.StreamChips.Single(entry => entry.Chip == chip).Stream;
                Assert.That(shape.Capacities[stream], Is.EqualTo(chip.Capacity(Height(shape, chip))), chip.Name);
            }
        });
    }

    [TestCase(5)]
    [TestCase(6)]
    [TestCase(7)]
    public void RowCapacities_LowTransfer_AreSharedWithinIt(int logTransfer)
    {
        TableHeight[] tables =
        [
            new(RiscvMachine.Halt, 5), new(RiscvMachine.ShaHead, 5), new(RiscvMachine.Input, 5), new(RiscvMachine.Software, 5), new(RiscvMachine.Transfer, logTransfer),
        ];

        EventCounts capacities = RiscvMachine.RowCapacities(tables);

        Assert.That(capacities[EventStream.Halt], Is.EqualTo(1));
        Assert.That(TransferChip.Requesters.Sum(requester => requester.Rows * capacities[requester.Stream]), Is.InRange(1, (1 << logTransfer) - 1));
    }

    static int Height(ShapeClass shape, MachineChip chip) => shape.Tables.Single(table => table.Chip == chip).LogHeight;
}
