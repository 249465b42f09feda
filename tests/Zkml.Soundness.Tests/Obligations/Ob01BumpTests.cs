using Zkml.Fields;
using Zkml.Machine;
using Zkml.Machine.Chips;
using Zkml.Machine.Gadgets;
using Zkml.Records;
using Zkml.Testing;
using static Zkml.Guest.Assembly.Register;
using static Zkml.Soundness.Tests.Verdicts;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>OB-1: bump rows never travel back. The attacks let a load read what is stored only later.</summary>
public sealed class Ob01BumpTests
{
    const uint Word = 0x0030_0000 / 4;

    // A load, then a store of 7 to the same word; forged so that the load takes 7 from a time just before its own.
    static (MachineRun Run, uint StoreTime, uint LoadTime) ReadTheFuture()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x300).Lw(A5, 0, A1).Li(A2, 7).Sw(A2, 0, A1).HaltWith([]));
        ref LoadEvent load = ref run.Last.LoadWord.MutableItems[0];
        ref StoreEvent store = ref run.Last.StoreWord.MutableItems[0];
        uint loadTime = load.Step.Clock + SubTime.Memory, storeTime = store.Step.Clock + SubTime.Memory;
        load.Memory = new ReadAccess { Value = 7 };
        load.Result.Value = 7;
        store.Memory.Gap = 0;
        ref BoundaryEntry word = ref run.Entry(MemorySpace.Memory, Word);
        (word.InitialTime, word.FinalValue, word.FinalTime) = (storeTime - 1, 7, loadTime);
        run.Entry(MemorySpace.Register, (uint)A5).FinalValue = 7;
        return (run, storeTime, loadTime);
    }

    static BumpEvent Bump(long from, long to) =>
        new() { Space = MemorySpace.Memory, Word = Word, Value = 7, PreviousTime = (uint)from, Time = (uint)to };

    [Test]
    public void NoBump_LeavesAHoleInTheHistory() => ReadTheFuture().Run.Check().AssertUnbalanced(Buses.Memory);

    [Test]
    public void BackwardBump_NeedsADistanceOutOfRange()
    {
        (MachineRun run, uint storeTime, uint loadTime) = ReadTheFuture();
        run.Last.Bump.Add(Bump(loadTime - 2, loadTime - 1));
        KoalaBear gap = Element((long)loadTime - 2 - storeTime);
        run.Check((_, check) => check.Cells<BumpColumns<KoalaBear>>(RiscvMachine.Bump, 0).Gap = new() { Low = gap }).AssertUnbalanced(Buses.U16);
        // Nor is there any other pair of digits that are both in range.
        for (uint high = 0; high < 1 << 16; high++)
            if ((gap - KoalaBear.FromCanonical(high << Bounded.Distance)).ToCanonical() < 1 << 16)
                Assert.Fail($"high digit {high} gives a low digit in range");
    }

    [Test]
    public void ChainOfBumpsThatWrapsTheField_NeedsATimeOutOfRange()
    {
        (MachineRun run, uint storeTime, uint loadTime) = ReadTheFuture();
        const long step = 1 << 29;
        for (int i = 0; i < 3; i++) run.Last.Bump.Add(Bump(storeTime + i * step, storeTime + (i + 1) * step));
        run.Last.Bump.Add(Bump(loadTime - 2, loadTime - 1));
        uint lastGap = (uint)(KoalaBear.Modulus + loadTime - 2 - (storeTime + 3 * step));
        Assert.That(lastGap, Is.LessThan(1u << 29), "the last step's distance is in range: only the third bump's time is not");
        MachineVerdict verdict = run.Check((_, check) => Bounded.Fill(ref check.Cells<BumpColumns<KoalaBear>>(RiscvMachine.Bump, 3).Gap, lastGap, Bounded.Distance));
        verdict.AssertUnbalanced(Buses.U16);
        Assert.That(verdict.Imbalances, Has.Count.EqualTo(1));
        Assert.That(verdict.Imbalances[0].Message[0], Is.GreaterThanOrEqualTo(1 << 16));
    }

    [Test]
    public void BumpThatChangesTheValue_HasNoColumnForIt()
    {
        (MachineRun run, uint storeTime, _) = ReadTheFuture();
        run.Last.Bump.Add(Bump(storeTime, storeTime + 5) with { Value = 8 });
        run.Check().AssertUnbalanced(Buses.Memory);
    }

    [Test]
    public void BumpTwice_OfOneMessage_IsNoFork()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x300).Sw(A1, 0, A1).HaltWith([]));
        uint time = run.Last.StoreWord.Items[0].Step.Clock + SubTime.Memory, value = run.Last.StoreWord.Items[0].Memory.Value;
        for (int i = 0; i < 2; i++) run.Last.Bump.Add(Bump(time, time + 9) with { Value = value });
        run.Entry(MemorySpace.Memory, Word).FinalTime = time + 9;
        run.Check().AssertUnbalanced(Buses.Memory);
    }

    [Test]
    public void MultiplicityOfABump_IsABit()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x300).Sw(A1, 0, A1).HaltWith([]));
        run.Last.Bump.Add(Bump(7, 8));
        MachineVerdict verdict = run.Check((_, check) => check.Cells<BumpColumns<KoalaBear>>(RiscvMachine.Bump, 0).IsReal = KoalaBear.FromCanonical(2));
        Assert.That(verdict.Failures.Select(failure => failure.Table), Has.All.EqualTo("Bump").And.Not.Empty);
    }
}
