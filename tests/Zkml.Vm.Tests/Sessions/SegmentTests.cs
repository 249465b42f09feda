using Zkml.Guest.Assembly;
using Zkml.Program;
using Zkml.Records;
using Zkml.Testing;
using Zkml.Vm.Execution;
using Zkml.Vm.Sessions;
using static Zkml.Guest.Assembly.Register;

namespace Zkml.Vm.Tests.Sessions;

[TestFixture]
public sealed class SegmentTests
{
    // Every kind of row: host words, SHA-256 with several blocks, an untaken and a taken branch, all of it in under 200 rows.
    static readonly ProgramImage Everything = Guests.Make(assembler =>
    {
        Label buffer = assembler.NewLabel("buffer"), loop;
        assembler.La(A0, buffer).Li(A1, 5).Li(A3, 0).Li(A4, 20).Ecall(HostCall.Read);
        assembler.Ecall(EcallNumber.Input).Li(T1, 3).La(S0, buffer);
        loop = assembler.Here("loop");
        assembler.Lw(A2, 0, S0).Lbu(A3, 5, S0).Mul(A4, A2, A3).Divu(A5, A4, A3).Sw(A5, 64, S0).Sb(A4, 70, S0).Sub(A4, A4, T1).Slt(A5, A4, A2)
            .Xor(A6, A5, A2).Srl(A7, A6, T1).Auipc(T2, 1).Fence().Addi(T1, T1, -1).Bnez(T1, loop);
        assembler.Mv(A0, S0).Mv(A1, S0).Mv(A2, S0).Mv(A3, S0).Li(A4, 3).Ecall(EcallNumber.Sha);
        Label end = assembler.NewLabel();
        assembler.La(T1, end).Jalr(Ra, 0, T1).Ebreak().Mark(end).HaltWith([]).In(SectionKind.Bss).Mark(buffer).Space(512);
    });

    static readonly ExecutionInput Input = new() { StandardInput = Enumerable.Range(10, 20).Select(i => (byte)i).ToArray() };

    [Test]
    public void RunSegment_CutBeforeEveryRow_GivesTheSameEvents()
    {
        List<SessionRow> whole = SessionRows.Of(Guests.Record(Everything, Input).Segments);
        string[] expected = Text(whole);
        EventCounts before = default;
        HashSet<EventStream> cutStreams = [];
        for (int i = 0; i < whole.Count; i++)
        {
            EventStream stream = whole[i].Stream;
            EventCounts capacities = Guests.Unlimited;
            capacities[stream] = before[stream];
            before[stream]++;
            Executor executor = new(Everything, Input);
            SegmentRecord first = new(), second = new();
            if (i == 0)
            {
                Assert.That(() => executor.RunSegment(first, capacities), Throws.ArgumentException.With.Message.Contain(stream.ToString()));
                continue;
            }
            Assert.That(executor.RunSegment(first, capacities), Is.EqualTo(SegmentStatus.Full), whole[i].ToString());
            Assert.That(executor.FullStream, Is.EqualTo(stream));
            Assert.That(executor.RunSegment(second, Guests.Unlimited), Is.EqualTo(SegmentStatus.Halted));
            executor.FinishBoundary(second);
            Assert.That(SessionRows.Of(first), Has.Count.EqualTo(i));
            Assert.That(Text(SessionRows.Of([first, second])), Is.EqualTo(expected), whole[i].ToString());
            SessionChecker.Check(Everything, [first, second]);
            cutStreams.Add(stream);
        }
        Assert.That(cutStreams, Has.Count.EqualTo(22), "a cut before a row of every stream except bumps and the boundary");
    }

    [Test]
    public void RunSegment_OneRowPerStreamAndSegment_GivesTheSameEvents()
    {
        (List<SegmentRecord> segments, _) = Guests.Record(Everything, Input, EventCounts.Uniform(1));
        Assert.That(segments, Has.Count.GreaterThanOrEqualTo(30));
        Assert.That(Text(SessionRows.Of(segments)), Is.EqualTo(Text(SessionRows.Of(Guests.Record(Everything, Input).Segments))));
        foreach (SegmentRecord segment in segments)
        {
            EventCounts counts = EventCounts.Of(segment);
            foreach (EventStream stream in Enum.GetValues<EventStream>())
            {
                if (stream != EventStream.Boundary) Assert.That(counts[stream], Is.LessThanOrEqualTo(1));
            }
        }
    }

    [TestCase(20)]
    [TestCase(64)]
    [TestCase(1000)]
    [TestCase(int.MaxValue)]
    public void Plan_AnyCapacity_CountsTheRowsThatRecordingGives(int capacity)
    {
        for (int seed = 1; seed <= 5; seed++)
        {
            ProgramImage program = Guests.Load(RandomPrograms.Make(seed));
            EventCounts capacities = EventCounts.Uniform(capacity);
            SessionPlan plan = SegmentPlanner.Plan(program, new(), capacities);
            (List<SegmentRecord> segments, Executor executor) = Guests.Record(program, null, capacities);
            Assert.That(plan.Segments, Is.EqualTo(segments.Select(EventCounts.Of)));
            EventCounts totals = default;
            foreach (EventCounts counts in plan.Segments) totals.Add(counts);
            Assert.That(plan.Result.Counts, Is.EqualTo(totals));
            Assert.That(plan.Result.Cycles, Is.EqualTo(executor.Result.Cycles));
            Assert.That(executor.CountBoundary(), Is.EqualTo(segments[^1].Boundary.Count));
        }
    }

    [Test]
    public void Plan_TooManySegments_Throws()
    {
        ProgramImage program = Guests.Load(Programs.CountDown(5000));
        Assert.That(() => SegmentPlanner.Plan(program, new(), EventCounts.Uniform(1)), Throws.ArgumentException.With.Message.Contain("4096"));
    }

    [Test]
    public void RunSegment_SecondPass_RepeatsTheFirst()
    {
        ProgramImage program = Guests.Load(RandomPrograms.Make(3));
        EventCounts capacities = EventCounts.Uniform(50);
        Executor first = new(program, new()), second = new(program, new());
        SegmentRecord right = new();
        SegmentStatus status;
        do
        {
            SegmentRecord left = new();
            status = first.RunSegment(left, capacities);
            Assert.That(second.RunSegment(right, capacities), Is.EqualTo(status), "one record, used again");
            Assert.That(Text(SessionRows.Of(right)), Is.EqualTo(Text(SessionRows.Of(left))));
        }
        while (status == SegmentStatus.Full);
    }

    [Test]
    public void Executor_CallsInTheWrongOrder_AreRefused()
    {
        ProgramImage program = Guests.Load(Programs.CountDown(10));
        Executor running = new(program, new());
        running.Run();
        Assert.That(() => running.Run(), Throws.InvalidOperationException);
        Assert.That(() => running.FinishBoundary(new()), Throws.InvalidOperationException, "the fast path has no access times");

        Executor segmented = new(program, new());
        EventCounts capacities = EventCounts.Uniform(5);
        Assert.That(() => segmented.Result, Throws.InvalidOperationException);
        Assert.That(segmented.RunSegment(new(), capacities), Is.EqualTo(SegmentStatus.Full));
        Assert.That(() => segmented.FinishBoundary(new()), Throws.InvalidOperationException);
        Assert.That(() => segmented.Run(), Throws.InvalidOperationException);
        Assert.That(segmented.RunSegment(new(), Guests.Unlimited), Is.EqualTo(SegmentStatus.Halted));
        Assert.That(() => segmented.RunSegment(new(), Guests.Unlimited), Throws.InvalidOperationException);
    }

    [Test]
    public void Executor_Cancellation_StopsAnEndlessGuest()
    {
        ProgramImage program = Guests.Make(assembler => assembler.J(assembler.Here()));
        using CancellationTokenSource source = new(TimeSpan.FromMilliseconds(20));
        Assert.That(() => new Executor(program, new()).Run(source.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(() => SegmentPlanner.Plan(program, new(), Guests.Unlimited, source.Token), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public void Executor_InputOutOfRange_Throws()
    {
        ProgramImage program = Guests.Load(Programs.Halt());
        Assert.That(() => new Executor(program, new() { CycleLimit = 0 }), Throws.ArgumentException);
        Assert.That(() => new Executor(program, new() { CycleLimit = (1L << 27) + 1 }), Throws.ArgumentException);
        Assert.That(() => new Executor(program, new() { RandomSeed = new byte[31] }), Throws.ArgumentException);
        Assert.That(() => new Executor(program, new() { MemoryLimitBytes = -1 }), Throws.InstanceOf<ArgumentException>());
    }

    static string[] Text(IEnumerable<SessionRow> rows) => [.. rows.Select(row => row.ToString())];
}
