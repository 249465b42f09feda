using Zkml.Isa;
using Zkml.Machine.Tables;
using Zkml.Records;

namespace Zkml.Machine.Tests;

/// <summary>Whole sessions of memory, control flow and environment calls: honest ones balance, and each forged one has one complaint.</summary>
[TestFixture]
public sealed class SessionTests
{
    const uint Data = 0x0002_0000, Digest = 0x0003_0000, Window = MemoryMap.ReadOnlyStart;

    [Test]
    public void Session_EveryKindOfRow_Balances() => Assert.That(SessionJudge.Complaints(Guest(EveryKind)), Is.Empty);

    [TestCase(MemoryMap.ReadWriteStart)]
    [TestCase(MemoryMap.ReadOnlyStart - 4)]
    [TestCase(0x4000_0000u)]
    public void StoreAndLoad_AtEdgesOfReadWriteMemory_Balance(uint address) =>
        Assert.That(SessionJudge.Complaints(Guest(guest => StoreAndLoad(guest, address))), Is.Empty);

    // The boundary row of such a word has a key that is out of range, or not before the closing row's.
    [TestCase(0u)]
    [TestCase(MemoryMap.ReadWriteStart - 4)]
    [TestCase(MemoryMap.ReadOnlyStart)]
    [TestCase(MemoryMap.End - 4)]
    [TestCase(MemoryMap.End)]
    [TestCase(0xFFFF_FFFCu)]
    public void Store_OutsideOfReadWriteMemory_IsRefusedByTheBoundary(uint address) =>
        Assert.That(SessionJudge.Complaints(Guest(guest => guest.Set(6, address).Set(7, 9).Store(Opcode.Sw, 6, 7, 0))), Is.EqualTo(new[] { "U16" }));

    [TestCase(0u)]
    [TestCase(MemoryMap.ReadWriteStart - 4)]
    [TestCase(MemoryMap.End)]
    public void Load_OutsideOfMemory_IsRefusedByTheBoundary(uint address) =>
        Assert.That(SessionJudge.Complaints(Guest(guest => guest.Set(6, address).Load(Opcode.Lw, 7, 6, 0))), Is.EqualTo(new[] { "U16" }));

    [TestCase(Window + 0x40)]
    [TestCase(MemoryMap.End - 4)]
    public void Load_OfHoleInTheWindow_HasNoRowToAnswer(uint address) =>
        Assert.That(SessionJudge.Complaints(Guest(guest => guest.Define(Window, 1).Set(6, address).Load(Opcode.Lw, 7, 6, 0))), Is.EqualTo(new[] { "ReadOnly" }));

    [Test]
    public void Load_OfReadWriteWordClaimedReadOnly_HasNoRowToAnswer()
    {
        HandMadeGuest guest = Guest(guest => guest.Set(6, Data).Load(Opcode.Lw, 7, 6, 0));
        guest.Record.LoadWord.MutableItems[0].IsReadOnly = true;
        Assert.That(SessionJudge.Complaints(guest), Does.Contain("ReadOnly"));
    }

    [TestCase(Opcode.Lw, Data + 1, Data)]
    [TestCase(Opcode.Lw, Data + 2, Data)]
    [TestCase(Opcode.Lw, Data + 3, Data + 4)]
    [TestCase(Opcode.Lh, Data + 1, Data)]
    [TestCase(Opcode.Lhu, Data + 3, Data)]
    public void Load_Misaligned_HasNoRow(Opcode opcode, uint address, uint accessed) =>
        Assert.That(SessionJudge.Complaints(Guest(guest => guest.Set(6, address).Load(opcode, 7, 6, 0, accessed / 4))), Is.Not.Empty);

    // 4 · word = address mod p: what a row without limbs would accept for another place.
    [Test]
    public void Store_AtWordThatAliasesModP_IsRefused()
    {
        uint alias = (uint)((Data + 1 + 3UL * 2_130_706_433) / 4);
        Assert.That(4UL * alias % 2_130_706_433, Is.EqualTo(Data + 1));
        Assert.That(SessionJudge.Complaints(Guest(guest => guest.Set(6, Data + 1).Set(7, 9).Store(Opcode.Sw, 6, 7, 0, alias))), Is.Not.Empty);
    }

    [Test]
    public void ImageWord_ClaimedToStartAtZero_LeavesTheImageUnbalanced()
    {
        HandMadeGuest guest = Guest(guest => guest.Define(Data, 0x1234_5678).Set(6, Data));
        ref BoundaryEntry entry = ref BoundaryOf(guest, Data);
        (entry.InitialValue, entry.FinalValue, entry.IsImage) = (0, 0, false);
        Assert.That(SessionJudge.Complaints(guest), Is.EqualTo(new[] { "Image" }));
    }

    [Test]
    public void PlainWord_ClaimedToStartAtAnotherValue_IsRefused()
    {
        HandMadeGuest guest = Guest(guest => guest.Set(6, Data).Load(Opcode.Lw, 7, 6, 0));
        guest.Record.LoadWord.MutableItems[0].Memory.Value = 5;
        guest.Record.LoadWord.MutableItems[0].Result.Value = 5;
        BoundaryEntry register = BoundaryOf(guest, MemorySpace.Register, 7);
        BoundaryOf(guest, MemorySpace.Register, 7) = register with { FinalValue = 5 };
        ref BoundaryEntry entry = ref BoundaryOf(guest, Data);
        (entry.InitialValue, entry.FinalValue) = (5, 5);
        Assert.That(SessionJudge.Complaints(guest), Is.EqualTo(new[] { "Boundary: c.InitialValue.Lo" }));
    }

    // A second beginning of the same word would let a load see 0 after a store.
    [Test]
    public void Boundary_TwoRowsForOneWord_BreaksTheOrder()
    {
        HandMadeGuest guest = Guest(guest => StoreAndLoad(guest, Data));
        Assert.That(SessionJudge.Complaints(guest), Is.Empty);
        ref LoadEvent load = ref guest.Record.LoadWord.MutableItems[0];
        uint time = load.Step.Clock + SubTime.Memory;
        load.Memory = new() { Value = 0, Gap = 0 };
        load.Result.Value = 0;
        BoundaryEntry register = BoundaryOf(guest, MemorySpace.Register, 8);
        BoundaryOf(guest, MemorySpace.Register, 8) = register with { FinalValue = 0 };
        ref BoundaryEntry entry = ref BoundaryOf(guest, Data);
        entry.FinalTime = guest.Record.StoreWord.Items[0].Step.Clock + SubTime.Memory;
        BoundaryEntry second = entry with { FinalValue = 0, InitialTime = time - 1, FinalTime = time };
        Insert(guest, second);
        Assert.That(SessionJudge.Complaints(guest), Is.EqualTo(new[] { "U16" }));
    }

    [Test]
    public void Boundary_WordLeftOut_LeavesMemoryUnbalanced()
    {
        HandMadeGuest guest = Guest(guest => StoreAndLoad(guest, Data));
        BoundaryEntry[] rest = [.. guest.Record.Boundary.Items.ToArray().Where(entry => entry.Word != Data / 4)];
        guest.Record.Boundary.Clear();
        foreach (BoundaryEntry entry in rest) guest.Record.Boundary.Add(entry);
        Assert.That(SessionJudge.Complaints(guest), Is.EqualTo(new[] { "Memory" }));
    }

    // Bumps forward all the way around p bring a word's last access back to before its first.
    [TestCase(1)]
    [TestCase(4)]
    public void Bump_WrappedAroundTheField_IsRefusedByItsRanges(int links)
    {
        HandMadeGuest guest = Guest(guest =>
        {
            guest.Set(6, Data).Set(7, 9).Store(Opcode.Sw, 6, 7, 0);
            long start = guest.Clock, target = 2_130_706_433L + start - 40;
            for (int i = 1; i <= links; i++) guest.Bump(MemorySpace.Memory, Data / 4, (uint)((start + (target - start) * i / links) % 2_130_706_433));
        });
        Assert.That(SessionJudge.Complaints(guest), Is.EqualTo(new[] { "U16" }));
    }

    [TestCase(1u)]
    [TestCase(0x10000u)]
    [TestCase(0x1FFFFFFFu)]
    public void Bump_Forward_Balances(uint distance)
    {
        HandMadeGuest guest = Guest(guest => guest.Set(6, Data).Set(7, 9).Store(Opcode.Sw, 6, 7, 0).Bump(MemorySpace.Memory, Data / 4, guest.Clock + distance));
        Assert.That(SessionJudge.Complaints(guest), Is.Empty);
    }

    [TestCase(2)]
    [TestCase(4)]
    public void Software_HostWritesAnotherNumberOfWords_LeavesTheHostTokenUnbalanced(int written)
    {
        HandMadeGuest guest = Guest(guest => guest.Software(Data, [1, 2, 3], 0, 0, written));
        string[] complaints = SessionJudge.Complaints(guest);
        Assert.That(complaints, Does.Contain("State").And.Contain("Host").Or.Contain("HostWord: c.Remaining - one"));
    }

    [Test]
    public void Software_LastWordClaimedEarly_IsRefused()
    {
        HandMadeGuest guest = Guest(guest => guest.Software(Data, [1, 2, 3], 0, 0, written: 2));
        guest.Record.HostWord.MutableItems[1].Remaining = 1;
        Assert.That(SessionJudge.Complaints(guest), Is.EqualTo(new[] { "Host" }));
    }

    [TestCase(Window)]
    [TestCase(MemoryMap.ReadWriteStart - 4)]
    public void HostWord_OutsideOfReadWriteMemory_IsRefusedByTheBoundary(uint address) =>
        Assert.That(SessionJudge.Complaints(Guest(guest => guest.Software(address, [1], 0, 0))), Is.EqualTo(new[] { "U16" }));

    [TestCase(1u)]
    [TestCase(0x302u)]
    [TestCase(0x1_0000u)]
    [TestCase(0x100_0000u)]
    public void Halt_StatusThatIsNoExitCodeOfTypeZero_IsRefused(uint status) =>
        Assert.That(SessionJudge.Complaints(new HandMadeGuest().Halt(status, Digest)), Is.Not.Empty);

    [Test]
    public void Halt_ClaimedWithAnotherExitCode_LeavesTheClaimUnbalanced()
    {
        var guest = new HandMadeGuest().Halt(0x700, Digest);
        guest.Claim[0] = 0;
        Assert.That(SessionJudge.Complaints(guest), Is.EqualTo(new[] { "Halt" }));
    }

    [Test]
    public void Halt_ClockBeyondTheBound_IsRefused()
    {
        var guest = new HandMadeGuest { Clock = (1 << 30) + (1 << 16) }.Halt(0, Digest);
        Assert.That(SessionJudge.Complaints(guest), Does.Contain("U16"));
    }

    [Test]
    public void Ecall_NumberWithoutChip_IsRefused()
    {
        HandMadeGuest guest = Guest(guest => guest.Input());
        guest.Record.Jump.MutableItems[0].Result.Value = 7;
        guest.Record.Jump.MutableItems[0].Step.Immediate = 7;
        Assert.That(SessionJudge.Complaints(guest), Does.Contain("Memory"));
    }

    static HandMadeGuest Guest(Action<HandMadeGuest> body)
    {
        var guest = new HandMadeGuest();
        for (uint j = 0; j < 8; j++) guest.Define(Digest + 4 * j, 0x1111_1111 * j);
        body(guest);
        return guest.Halt(0, Digest);
    }

    static void StoreAndLoad(HandMadeGuest guest, uint address) =>
        guest.Set(6, address).Set(7, 0xDEAD_BEEF).Store(Opcode.Sw, 6, 7, 0).Load(Opcode.Lw, 8, 6, 0);

    static void EveryKind(HandMadeGuest guest)
    {
        guest.Define(Data, 0x8765_4321).Define(Window, 0xFEDC_BA98).Define(Window + 12, 7).Define(Window + 0x100, 8).Define(MemoryMap.End - 4, 5);
        guest.Set(6, Data).Load(Opcode.Lw, 7, 6, 0).Store(Opcode.Sw, 6, 7, 4);
        foreach (Opcode opcode in (Opcode[])[Opcode.Lb, Opcode.Lbu, Opcode.Lh, Opcode.Lhu])
            guest.Load(opcode, 8, 6, 2).Load(opcode, 0, 6, 0);
        guest.Store(Opcode.Sb, 6, 7, 9).Store(Opcode.Sh, 6, 7, 14).Load(Opcode.Lw, 9, 6, 8);
        guest.Set(10, Window).Load(Opcode.Lw, 11, 10, 0).Load(Opcode.Lb, 11, 10, 3).Load(Opcode.Lw, 11, 10, 12).Load(Opcode.Lw, 11, 10, 0x100).Load(Opcode.Lw, 12, 10, 4);
        guest.Set(10, MemoryMap.End).Load(Opcode.Lw, 11, 10, -4);
        guest.Branch(Opcode.Beq, 6, 6, 2).Branch(Opcode.Blt, 7, 6, 3).Branch(Opcode.Bltu, 7, 6, 3);
        guest.Jump(Opcode.Jal, 1, 4 * (HandMadeGuest.FirstPc4 + 100), HandMadeGuest.FirstPc4 + 120).Jump(Opcode.Auipc, 2, 77);
        guest.Set(3, 4 * (HandMadeGuest.FirstPc4 + 200)).JumpRegister(4, 3, -3).JumpRegister(0, 3, 81);
        guest.Input().Software(Data + 0x100, [1, 0xFFFF_FFFF, 3], 12, 0xFFFF_0000).Software(0, [], 0, 0);
        guest.Bump(MemorySpace.Memory, Data / 4, guest.Clock + 70000).Bump(MemorySpace.Register, 7, guest.Clock);
    }

    static ref BoundaryEntry BoundaryOf(HandMadeGuest guest, uint address) => ref BoundaryOf(guest, MemorySpace.Memory, address / 4);

    static ref BoundaryEntry BoundaryOf(HandMadeGuest guest, uint space, uint word)
    {
        Span<BoundaryEntry> entries = guest.Record.Boundary.MutableItems;
        for (int i = 0; i < entries.Length; i++)
            if (entries[i].Space == space && entries[i].Word == word) return ref entries[i];
        throw new ArgumentException($"No boundary entry of word {word}.");
    }

    static void Insert(HandMadeGuest guest, BoundaryEntry entry)
    {
        guest.Record.Boundary.Add(entry);
        guest.Record.Boundary.MutableItems.Sort((a, b) => (a.Space, a.Word, a.InitialTime).CompareTo((b.Space, b.Word, b.InitialTime)));
    }
}
