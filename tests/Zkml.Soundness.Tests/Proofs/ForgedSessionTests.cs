using Zkml.Fields;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Soundness.Tests.Faults;
using Zkml.Stark.Prover;
using Zkml.Stark.Verifier;
using Zkml.Testing;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Soundness.Tests.Proofs;

/// <summary>Attacks proved by the real prover and judged by the real verifier: each dies at the check meant for it.</summary>
public sealed class ForgedSessionTests
{
    [Test]
    public void HonestSession_OneSegment_IsAccepted() =>
        Assert.That(SessionForger.ProveAndVerify(MachineRun.Of(Programs.Halt("hello"u8))), Is.EqualTo(VerificationResult.Accepted));

    [Test]
    public void HonestSession_SeveralSegments_IsAccepted()
    {
        MachineRun run = MachineRun.Of(RandomPrograms.Make(5, bodyLength: 40, iterations: 2), capacities: EventCounts.Uniform(30));
        Assert.That(run.Segments, Has.Count.InRange(2, 4));
        using var forger = new SessionForger(run.Program);
        Assert.That(forger.Verify(run, forger.Prove(run)), Is.EqualTo(VerificationResult.Accepted));
    }

    static IEnumerable<TestCaseData> RecordAttacks()
    {
        yield return Case("wrong exit code", run => run.Claim = run.Claim with { ExitCode = 1 });
        yield return Case("wrong output", run => run.Claim = run.Claim with { OutputDigest = new uint[8] });
        yield return Case("no halt", run => run.Last.Halt.Clear());
        yield return Case("two halts", run => run.Last.Halt.Add(run.Last.Halt.Items[0]));
        yield return Case("image word claimed zero", run =>
        {
            ref BoundaryEntry entry = ref ImageEntry(run);
            (entry.IsImage, entry.InitialValue, entry.FinalValue) = (false, 0, 0);
        });
        yield return Case("image word left out", run =>
        {
            uint word = ImageEntry(run).Word;
            run.Last.Boundary.Set(run.Last.Boundary.Items.ToArray().Where(entry => entry.Word != word));
        });
        yield return Case("load of another value", run => run.Last.LoadWord.MutableItems[0].Memory.Value ^= 1);
        yield return Case("addition to another register", run => run.Last.AddImmediate.MutableItems[0].Step.Rd = (byte)S5);
        yield return Case("skipped instruction", run => run.Last.AddSub.Set(run.Last.AddSub.Items[1..].ToArray()));
        yield return Case("second clock", run => run.Last.AddSub.MutableItems[0].Step.Clock += 4);
        yield return Case("bump out of nothing", run => run.Last.Bump.Add(new BumpEvent { Space = MemorySpace.Register, Word = (uint)A0, PreviousTime = 5, Time = 6 }));

        static TestCaseData Case(string name, Action<MachineRun> attack) => new TestCaseData(attack).SetArgDisplayNames(name);
    }

    static ref BoundaryEntry ImageEntry(MachineRun run)
    {
        foreach (ref BoundaryEntry entry in run.Last.Boundary.MutableItems)
            if (entry.IsImage) return ref entry;
        throw new ArgumentException("No image.");
    }

    // Every row satisfies its constraints; only the session's sum tells.
    [TestCaseSource(nameof(RecordAttacks))]
    [Reaches(RejectionReason.SessionSum)]
    public void ConsistentRowsThatDoNotFit_FailTheSum(Action<MachineRun> attack)
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Lui(A1, 0x300).Lw(A5, 0, A1).Add(A6, A5, A1).Add(A6, A6, A6).HaltWith([]));
        attack(run);
        VerificationResult result = SessionForger.ProveAndVerify(run);
        Assert.That(result.Reason, Is.EqualTo(RejectionReason.SessionSum), result.ToString());
    }

    [TestCase(FaultKind.Result, 3, 1u)]
    [TestCase(FaultKind.Result, 20, 0x8000_0000u)]
    [TestCase(FaultKind.Load, 2, 0x100u)]
    [TestCase(FaultKind.Store, 1, 1u)]
    [TestCase(FaultKind.Skip, 12, 0u)]
    [TestCase(FaultKind.Address, 1, 4u)]
    [TestCase(FaultKind.ExitCode, 0, 0x100u)]
    public void DishonestExecution_Proved_IsRejected(object kind, int position, uint change)
    {
        var fault = new Fault((FaultKind)kind, position, change);
        MachineRun? run = FaultyRun.Execute(ElfReader.Read(Programs.Mixed(300).ToElf()), new(), EventCounts.Uniform(1 << 20), ref fault);
        Assert.That(run, Is.Not.Null);
        Assert.That(fault.IsTold);
        VerificationResult result = SessionForger.ProveAndVerify(run!);
        Assert.That(result.Reason, Is.AnyOf(RejectionReason.SessionSum, RejectionReason.ConstraintIdentity), result.ToString());
    }

    [Test]
    [Reaches(RejectionReason.ConstraintIdentity)]
    public void RowThatViolatesAConstraint_FailsTheIdentity()
    {
        MachineRun run = MachineRun.Of(assembler => assembler.Li(A2, 5).Add(A5, A2, A2).HaltWith([]));
        run.Last.AddSub.MutableItems[0].Result.Value = 11;
        run.Entry(MemorySpace.Register, (uint)A5).FinalValue = 11;
        VerificationResult result = SessionForger.ProveAndVerify(run);
        Assert.That(result.Reason, Is.EqualTo(RejectionReason.ConstraintIdentity), result.ToString());
    }

    // A session's segments are bound to their places: proofs made for each other's index.
    [Test]
    public void SegmentsProvedForAnotherPlace_AreRejected()
    {
        MachineRun run = MachineRun.Of(RandomPrograms.Make(5, bodyLength: 40, iterations: 2), capacities: EventCounts.Uniform(30));
        using var forger = new SessionForger(run.Program);
        int count = run.Segments.Count;
        VerificationResult result = forger.Verify(run, forger.Prove(run, indexOf: i => (i + 1) % count));
        Assert.That(result.Reason, Is.EqualTo(RejectionReason.ConstraintIdentity), result.ToString());
    }

    // Records of two sessions of one program under one challenge: what one leaves in memory, the other does not find.
    [Test]
    public void SegmentOfAnotherSession_IsRejected()
    {
        static MachineRun Run(byte first) => MachineRun.Of(
            Programs.CommitInput(1), new() { StandardInput = new byte[] { first }.Concat(new byte[63]).ToArray() }, Capacities());

        static EventCounts Capacities()
        {
            EventCounts capacities = EventCounts.Uniform(1 << 10);
            capacities[EventStream.ShaBlock] = 1;
            return capacities;
        }

        MachineRun run = Run(1), other = Run(2);
        run.Segments[0] = other.Segments[0];
        VerificationResult result = SessionForger.ProveAndVerify(run);
        Assert.That(result.Reason, Is.EqualTo(RejectionReason.SessionSum), result.ToString());
    }

    [Test]
    public void ProofOfOneProgram_ForAnother_IsRejected()
    {
        MachineRun run = MachineRun.Of(Programs.Halt("a"u8)), other = MachineRun.Of(Programs.Halt("b"u8));
        using var forger = new SessionForger(run.Program);
        using var victim = new SessionForger(other.Program);
        var proof = forger.Prove(run);
        Assert.That(forger.Verify(run, proof).IsAccepted);
        Assert.That(victim.Verify(run, proof).IsAccepted, Is.False);
        Assert.That(victim.Verify(other, proof).IsAccepted, Is.False);
        // The victim's image ID with the forger's tree: the statement moves G.
        Assert.That(SessionVerifier.Check(forger.Rules, victim.Statement(run), proof).IsAccepted, Is.False);
    }
}
