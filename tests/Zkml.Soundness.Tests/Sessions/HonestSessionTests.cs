using Zkml.Air;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Testing;
using Zkml.Vm.Execution;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Sessions;

/// <summary>Honest sessions satisfy every constraint and balance exactly: without this every attack would fail for free.</summary>
public sealed class HonestSessionTests
{
    static void AssertAccepted(MachineRun run)
    {
        MachineVerdict verdict = run.Check();
        Assert.That(verdict.IsAccepted, verdict.ToString());
    }

    [Test]
    public void Check_ExitCodeAndJournal_IsAccepted() => AssertAccepted(MachineRun.Of(Programs.Halt("hello"u8, 7)));

    [Test]
    public void Check_Loop_IsAccepted() => AssertAccepted(MachineRun.Of(Programs.CountDown(300)));

    [Test]
    public void Check_IntegerMix_IsAccepted() => AssertAccepted(MachineRun.Of(Programs.Mixed(1000)));

    [TestCase(1)]
    [TestCase(3)]
    public void Check_HashedInput_IsAccepted(int blocks) =>
        AssertAccepted(MachineRun.Of(Programs.CommitInput(blocks), new() { StandardInput = Enumerable.Range(0, 64 * blocks).Select(i => (byte)(i * 5 + 1)).ToArray() }));

    [Test]
    public void Check_RandomGuest_IsAccepted([Range(1, 8)] int seed) => AssertAccepted(MachineRun.Of(RandomPrograms.Make(seed, bodyLength: 60, iterations: 2)));

    [Test]
    public void Check_HelloGuest_IsAccepted() => AssertAccepted(MachineRun.Of(ElfReader.Read(GuestFile("01-hello-c")), new() { StandardInput = "Ada"u8.ToArray() }));

    [Test]
    [Category("Slow")]
    public void Check_DigitsGuest_IsAccepted() =>
        AssertAccepted(MachineRun.Of(ElfReader.Read(GuestFile("02-digits-c")), new() { StandardInput = Repository.Read("examples/02-digits-c/samples/3.pgm") }));

    [TestCase(1 << 20, 1, 1)]
    [TestCase(90, 2, 3)]
    [TestCase(10, 12, 20)]
    public void Check_SeveralSegments_AreAccepted(int capacity, int least, int most)
    {
        EventCounts capacities = EventCounts.Uniform(capacity);
        MachineRun run = MachineRun.Of(RandomPrograms.Make(5, bodyLength: 120, iterations: 3), capacities: capacities);
        Assert.That(run.Segments, Has.Count.InRange(least, most));
        AssertAccepted(run);
    }

    [Test]
    public void Check_SegmentCutInsideHashAndHostWords_IsAccepted()
    {
        EventCounts capacities = EventCounts.Uniform(1 << 20);
        capacities[EventStream.ShaBlock] = 1;
        capacities[EventStream.HostWord] = 5;
        MachineRun run = MachineRun.Of(Programs.CommitInput(2), new() { StandardInput = new byte[128] }, capacities);
        Assert.That(run.Segments, Has.Count.GreaterThan(8));
        AssertAccepted(run);
    }

    // 2^16 ticks and more between two accesses of a register and of a word: bumps, in one segment and across a cut.
    [TestCase(1 << 20, 1)]
    [TestCase(11_000, 3)]
    public void Check_WordsLeftAloneForLong_AreAcceptedWithBumps(int capacity, int segments)
    {
        MachineRun run = MachineRun.Of(assembler =>
        {
            assembler.Lui(A1, 0x300).Li(A2, 7).Sw(A2, 0, A1).Li(T1, 10_000);
            Label loop = assembler.Here();
            assembler.Addi(T1, T1, -1).Bnez(T1, loop).Lw(A3, 0, A1).Add(A3, A3, A2).HaltWith([]);
        }, capacities: WithBranches(capacity));
        Assert.That(run.Segments, Has.Count.EqualTo(segments));
        Assert.That(run.Segments.Sum(segment => segment.Bump.Count), Is.GreaterThanOrEqualTo(3), "a1, a2 and the word");
        AssertAccepted(run);

        static EventCounts WithBranches(int capacity)
        {
            EventCounts capacities = EventCounts.Uniform(1 << 20);
            capacities[EventStream.Branch] = capacity / 3 + 1;
            return capacities;
        }
    }

    [Test]
    [Category("Slow")]
    public void Check_ManyRandomGuests_AreAccepted([Range(100, 160)] int seed) => AssertAccepted(MachineRun.Of(RandomPrograms.Make(seed), capacities: EventCounts.Uniform(100)));

    [TestCase("exit code")]
    [TestCase("output")]
    [TestCase("entry")]
    public void Check_AnotherClaim_IsRejected(string part)
    {
        MachineRun run = MachineRun.Of(Programs.Halt("x"u8, 1));
        MachineClaim claim = run.Claim;
        run.Claim = part switch
        {
            "exit code" => claim with { ExitCode = 0 },
            "output" => claim with { OutputDigest = [.. claim.OutputDigest[..7], claim.OutputDigest[7] ^ 1] },
            _ => claim with { EntryPc4 = claim.EntryPc4 + 1 },
        };
        Assert.That(run.Check().UnbalancedBuses, Is.EqualTo((Bus[])[part == "entry" ? Buses.State : Buses.Halt]));
    }

    static byte[] GuestFile(string example) => Repository.Read($"examples/{example}/guest.elf");
}
