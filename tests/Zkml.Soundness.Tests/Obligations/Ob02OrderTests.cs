using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Machine.Gadgets;
using Zkml.Machine.Tables;
using Zkml.Records;
using Zkml.Testing;
using static Zkml.Guest.Assembly.Register;
using static Zkml.Soundness.Tests.Verdicts;

namespace Zkml.Soundness.Tests.Obligations;

/// <summary>OB-2: one boundary list per session, no word twice. The attacks give a word a second life, in which a store never happened.</summary>
public sealed class Ob02OrderTests
{
    const uint Word = 0x0030_0000 / 4;

    // A store of 7, then a load of the same word that reads 0 from the second life. Both entries stand in the boundary, one after the other.
    static MachineRun TwoLives(out int second)
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x300).Li(A2, 7).Sw(A2, 0, A1).Lw(A5, 0, A1).HaltWith([]));
        ref LoadEvent load = ref run.Last.LoadWord.MutableItems[0];
        uint loadTime = load.Step.Clock + SubTime.Memory, storeTime = run.Last.StoreWord.Items[0].Step.Clock + SubTime.Memory;
        load.Memory = default;
        load.Result.Value = 0;
        run.Entry(MemorySpace.Register, (uint)A5).FinalValue = 0;
        run.Entry(MemorySpace.Memory, Word).FinalTime = storeTime;
        List<BoundaryEntry> entries = [.. run.Last.Boundary.Items];
        second = entries.FindIndex(entry => entry.Space == MemorySpace.Memory && entry.Word == Word) + 1;
        entries.Insert(second, new BoundaryEntry { Space = MemorySpace.Memory, Word = Word, InitialTime = loadTime - 1, FinalTime = loadTime });
        run.Last.Boundary.Set(entries);
        return run;
    }

    [Test]
    public void SecondRowOfAWord_NeedsAKeyGapOfMinusOne()
    {
        MachineRun run = TwoLives(out int second);
        MachineVerdict verdict = run.Check((_, check) => check.Cells<BoundaryColumns<KoalaBear>>(RiscvMachine.Boundary, second).KeyGap = new() { Low = Element(-1) });
        verdict.AssertUnbalanced(Buses.U16);
    }

    [Test]
    public void SecondRowThatFollowsAnEarlierKey_BreaksTheChain()
    {
        MachineRun run = TwoLives(out int second);
        uint earlier = run.Last.Boundary.Items[second - 2].Word;
        run.Check((_, check) => Bounded.Fill(ref check.Cells<BoundaryColumns<KoalaBear>>(RiscvMachine.Boundary, second).KeyGap, Word - 1 - earlier, Bounded.Distance))
            .AssertUnbalanced(Buses.Order);
    }

    [Test]
    public void SecondRowOutsideOfTheChain_HasASelectorThatIsNoBit()
    {
        MachineRun run = TwoLives(out int second);
        // IsMemory + IsEnd = 0: the row has memory terms and no order terms. The row behind it must follow the first life again.
        MachineVerdict verdict = run.Check((_, check) =>
        {
            ref var cells = ref check.Cells<BoundaryColumns<KoalaBear>>(RiscvMachine.Boundary, second);
            cells.IsEnd = Element(-1);
            cells.KeyGap = default;
        });
        Assert.That(verdict.Failures.Select(failure => failure.Table), Has.All.EqualTo("Boundary").And.Not.Empty);
        Assert.That(verdict.Failures.Select(failure => failure.Failure.Label), Has.Some.Contains("IsEnd"));
    }

    [Test]
    public void SecondRowAsARegister_LeavesTheWordWithoutALife()
    {
        MachineRun run = TwoLives(out int second);
        run.Last.Boundary.MutableItems[second].Space = MemorySpace.Register;
        run.Last.Boundary.MutableItems[second].Word = Word;
        run.Check().AssertUnbalanced(Buses.Memory);
    }

    [Test]
    public void WordWithoutARow_HasNoBeginning()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x300).Lw(A5, 0, A1).HaltWith([]));
        run.Last.Boundary.Set(run.Last.Boundary.Items.ToArray().Where(entry => entry.Word != Word));
        run.Check().AssertUnbalanced(Buses.Memory);
    }

    [Test]
    public void ListWithoutItsClosingRow_IsNotTakenByTheVerifier()
    {
        MachineRun run = MachineRun.Of(Programs.Halt());
        int closing = run.Last.Boundary.Count;
        run.Check((_, check) => check.Main(RiscvMachine.Boundary)!.Row(closing).Clear()).AssertUnbalanced(Buses.Order);
    }

    // Two words above the closing row's key, linked in a circle of their own: the step back to the first exceeds every distance.
    [Test]
    public void RowsLinkedInACircle_NeedAKeyGapOutOfRange()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x300).Lw(A5, 0, A1).HaltWith([]));
        int index = run.Last.Boundary.Items.ToArray().ToList().FindIndex(entry => entry.Word == Word);
        // The row takes its own key as the previous one: it follows itself, and the list passes it by.
        MachineVerdict verdict = run.Check((_, check) =>
        {
            check.Cells<BoundaryColumns<KoalaBear>>(RiscvMachine.Boundary, index).KeyGap = new() { Low = Element(-1) };
            ref var next = ref check.Cells<BoundaryColumns<KoalaBear>>(RiscvMachine.Boundary, index + 1);
            uint previous = run.Last.Boundary.Items[index - 1].Word, key = index + 1 < run.Last.Boundary.Count ? run.Last.Boundary.Items[index + 1].Word : BoundaryAir.EndWord;
            Bounded.Fill(ref next.KeyGap, key - 1 - previous, Bounded.Distance);
        });
        verdict.AssertUnbalanced(Buses.U16);
    }
}
