using Zkml.Machine.Tests.Chips.Sha;
using Zkml.Records;

namespace Zkml.Machine.Tests;

/// <summary>Whole sessions that hash: honest ones balance, and each forged job leaves a bus unbalanced.</summary>
[TestFixture]
public sealed class ShaSessionTests
{
    const uint Data = 0x0002_0000, Digest = 0x0003_0000;

    [Test]
    public void Session_JobsOfEveryKind_Balance() => Assert.That(SessionJudge.Complaints(ShaGuestContract.Jobs(new HandMadeGuest()).Halt(0, Digest)), Is.Empty);

    [TestCase(3u, 2)]
    [TestCase(1u, 0)]
    public void Store_WhileBlocksRemain_LeavesTheTokenUnbalanced(uint count, int hashed)
    {
        HandMadeGuest guest = Guest(count);
        ShaBlockEvent[] blocks = guest.Record.ShaBlock.Items[..hashed].ToArray();
        guest.Record.ShaBlock.Clear();
        foreach (ShaBlockEvent block in blocks) guest.Record.ShaBlock.Add(block);
        ref ShaStoreEvent store = ref guest.Record.ShaStore.MutableItems[0];
        store.Clock -= 16 * (count - (uint)hashed);
        Assert.That(SessionJudge.Complaints(guest), Does.Contain("Sha"));
    }

    // Remaining goes from 0 to p - 1: the token would come back to 0 after p - 1 more blocks.
    [Test]
    public void Block_AtCountZero_LeavesTheTokenUnbalanced()
    {
        HandMadeGuest guest = Guest(1);
        guest.Record.ShaLoad.MutableItems[0].Count = 0;
        guest.Record.ShaBlock.MutableItems[0].Remaining = 0;
        guest.Record.ShaHead.MutableItems[0].A4.Value = 0;
        guest.Record.Jump.MutableItems[5].Result.Value = guest.Record.Jump.MutableItems[5].Step.Immediate = 0;
        Assert.That(SessionJudge.Complaints(guest), Does.Contain("Sha"));
    }

    // Two blocks of one clock could take each other's schedule words and results.
    [Test]
    public void Blocks_WithOneClock_LeaveTheTokenUnbalanced()
    {
        HandMadeGuest guest = Guest(2);
        guest.Record.ShaBlock.MutableItems[1].Clock = guest.Record.ShaBlock.Items[0].Clock;
        Assert.That(SessionJudge.Complaints(guest), Does.Contain("Sha"));
    }

    [Test]
    public void Block_WithWordOfAnotherBlock_LeavesMemoryUnbalanced()
    {
        HandMadeGuest guest = Guest(2);
        Span<ShaBlockEvent> blocks = guest.Record.ShaBlock.MutableItems;
        blocks[1].First[3].Value = blocks[0].First[3].Value;
        Assert.That(SessionJudge.Complaints(guest), Does.Contain("Memory"));
    }

    [Test]
    public void Block_WithAnotherResult_HasNoRow()
    {
        HandMadeGuest guest = Guest(1);
        guest.Record.ShaBlock.MutableItems[0].StateAfter[2] ^= 0x100;
        Assert.That(SessionJudge.Complaints(guest), Does.Contain("ShaRoundEnd").And.Contain("Sha"));
    }

    [TestCase(2u)]
    [TestCase(0x8001_0000u)]
    [TestCase(0xFFFCu)]
    public void Store_OutsideOfWordsThatMayBeWritten_IsRefused(uint address) =>
        Assert.That(SessionJudge.Complaints(Define(new HandMadeGuest()).Sha(address, Data, Data + 0x100, Data + 0x120, 1).Halt(0, Digest)), Is.Not.Empty);

    static HandMadeGuest Guest(uint count) => Define(new HandMadeGuest()).Sha(Data, Data + 0x40, Data + 0x100, Data + 0x120, count).Halt(0, Digest);

    static HandMadeGuest Define(HandMadeGuest guest)
    {
        for (uint i = 0; i < 256; i++) guest.Define(Data + 4 * i, 0x9E37_79B9 * (i + 1));
        return guest;
    }
}
