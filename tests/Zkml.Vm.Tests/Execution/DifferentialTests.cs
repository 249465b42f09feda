using Zkml.Guest.Assembly;
using Zkml.Isa;
using Zkml.Program;
using Zkml.Records;
using Zkml.Testing;
using Zkml.Vm.Execution;

namespace Zkml.Vm.Tests.Execution;

[TestFixture]
public sealed class DifferentialTests
{
    [Test]
    public void Executor_RandomPrograms_AgreeWithTheReferenceMachine([Range(1, 40)] int seed) => CheckAgainstReference(seed);

    [Test]
    [Category("Slow")]
    public void Executor_ManyRandomPrograms_AgreeWithTheReferenceMachine()
    {
        for (int seed = 1000; seed < 3000; seed++) CheckAgainstReference(seed);
    }

    static void CheckAgainstReference(int seed)
    {
        AssembledProgram source = RandomPrograms.Make(seed);
        ProgramImage program = Guests.Load(source);
        (List<SegmentRecord> segments, Executor executor) = Guests.Record(program);
        SegmentRecord record = segments.Single();

        // What the host and the SHA ecall wrote is an input of the reference: both are tested on their own.
        List<SessionRow> rows = SessionRows.Of(record);
        IEnumerable<uint> words = rows.Where(row => row.Stream is EventStream.HostWord or EventStream.ShaStore)
            .SelectMany(row => row.Accesses.Select(access => access.Value));
        IEnumerable<(uint, uint)> replies = rows.Where(row => row.Stream == EventStream.Software).Select(row => (row.Accesses[1].Value, row.Accesses[2].Value));
        ReferenceMachine reference = new(source, replies, words);
        reference.Run();

        Assert.That(executor.Result.Instructions, Is.EqualTo(reference.Instructions));
        Assert.That(reference.ExitCode, Is.Zero);
        foreach (BoundaryEntry entry in record.Boundary.Items)
        {
            if (entry is { Space: MemorySpace.Register, Word: < 32 })
                Assert.That(entry.FinalValue, Is.EqualTo(reference.Registers[entry.Word]), $"x{entry.Word}, seed {seed}");
            if (entry.Space == MemorySpace.Memory)
                Assert.That(entry.FinalValue, Is.EqualTo(reference.Word(4 * entry.Word)), $"word {4 * entry.Word:x8}, seed {seed}");
        }
    }

    [Test]
    public void Executor_RandomPrograms_GiveProvableSessions([Range(101, 120)] int seed)
    {
        ProgramImage program = Guests.Load(RandomPrograms.Make(seed, bodyLength: 120, iterations: 4));
        SessionChecker.Check(program, Guests.Record(program).Segments);
        SessionChecker.Check(program, Guests.Record(program, capacities: EventCounts.Uniform(20 + seed)).Segments);
    }

    [Test]
    public void Executor_RandomPrograms_FastPathGivesTheSameResult([Range(201, 220)] int seed)
    {
        ProgramImage program = Guests.Load(RandomPrograms.Make(seed));
        ExecutionResult fast = Guests.Run(program), timed = Guests.Record(program).Executor.Result;
        Assert.That(fast.Instructions, Is.EqualTo(timed.Instructions));
        Assert.That(fast.InstructionMix, Is.EqualTo(timed.InstructionMix));
        Assert.That(fast.Cycles, Is.EqualTo(timed.Cycles));
        Assert.That(fast.StandardOutput, Is.EqualTo(timed.StandardOutput));
        EventCounts counts = timed.Counts;
        counts[EventStream.Bump] = 0;
        Assert.That(fast.Counts, Is.EqualTo(counts));
    }

    [Test]
    public void RandomPrograms_TwentySeeds_ExerciseEveryInstructionAndStream()
    {
        EventCounts total = default;
        long[] mix = new long[(int)Opcode.Ecall + 1];
        for (int seed = 201; seed <= 220; seed++)
        {
            ExecutionResult result = Guests.Run(Guests.Load(RandomPrograms.Make(seed)));
            total.Add(result.Counts);
            for (int i = 1; i < mix.Length; i++) mix[i] += result.InstructionMix[i];
        }
        foreach (EventStream stream in Enum.GetValues<EventStream>())
        {
            if (stream is not (EventStream.Bump or EventStream.Boundary)) Assert.That(total[stream], Is.Positive, stream.ToString());
        }
        Assert.That(mix[1..], Is.All.Positive);
    }

    [Test]
    public void Executor_SameProgramAndInput_GivesTheSameEvents()
    {
        ProgramImage program = Guests.Load(RandomPrograms.Make(7));
        ExecutionInput input = new() { RandomSeed = Enumerable.Range(0, 32).Select(i => (byte)i).ToArray() };
        string[] first = Text(program, input), second = Text(program, input);
        Assert.That(second, Is.EqualTo(first));
        Assert.That(Text(program, new()), Is.Not.EqualTo(first), "the seed reaches the guest");

        static string[] Text(ProgramImage program, ExecutionInput input) =>
            [.. SessionRows.Of(Guests.Record(program, input).Segments).Select(row => row.ToString())];
    }
}
