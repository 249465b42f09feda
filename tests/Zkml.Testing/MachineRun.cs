using Zkml.Air;
using Zkml.Guest.Assembly;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Machine.Tables;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Records;
using Zkml.Vm.Execution;
using Zkml.Vm.Sessions;

namespace Zkml.Testing;

/// <summary>
/// A session of the whole machine, checked without a proof: every table of every segment filled from the executor's records, every
/// constraint on every row, every bus over all segments, with the verifier's own messages. Records and claim may be changed in between.
/// </summary>
public sealed class MachineRun
{
    static readonly MachineChip[] s_closing = Chips(isClosing: true), s_executing = Chips(isClosing: false);

    /// <summary>A recorded session.</summary>
    /// <param name="program">What the ROM, image and read-only tables hold.</param>
    /// <param name="segments">The records; the last one has the boundary.</param>
    /// <param name="result">What the guest left: the claim.</param>
    public MachineRun(ProgramTables program, IReadOnlyList<SegmentRecord> segments, ExecutionResult result)
    {
        Program = program;
        Segments = [.. segments];
        Claim = new MachineClaim(program.Entry / 4, result.ExitCode, [.. result.OutputDigest]);
    }

    /// <summary>The program's tables.</summary>
    public ProgramTables Program { get; set; }

    /// <summary>The records, to be changed by attacks.</summary>
    public List<SegmentRecord> Segments { get; }

    /// <summary>The only or the last record.</summary>
    public SegmentRecord Last => Segments[^1];

    /// <summary>What the verifier believes.</summary>
    public MachineClaim Claim { get; set; }

    /// <summary>Executes a guest honestly.</summary>
    public static MachineRun Of(ProgramImage program, ExecutionInput? input = null, EventCounts? capacities = null)
    {
        var executor = new Executor(program, input ?? new());
        List<SegmentRecord> segments = [];
        SegmentStatus status;
        do
        {
            segments.Add(new SegmentRecord());
            status = executor.RunSegment(segments[^1], capacities ?? EventCounts.Uniform(1 << 20));
        }
        while (status == SegmentStatus.Full);
        executor.FinishBoundary(segments[^1]);
        return new MachineRun(program.ToTables(), segments, executor.Result);
    }

    /// <inheritdoc cref="Of(ProgramImage, ExecutionInput?, EventCounts?)"/>
    public static MachineRun Of(AssembledProgram program, ExecutionInput? input = null, EventCounts? capacities = null) =>
        Of(ElfReader.Read(program.ToElf()), input, capacities);

    /// <summary>Executes a guest of a few instructions honestly; the label _start stands before them.</summary>
    public static MachineRun Of(Action<Assembler> body, ExecutionInput? input = null, EventCounts? capacities = null)
    {
        var assembler = new Assembler();
        assembler.Here("_start");
        body(assembler);
        return Of(assembler.Assemble(), input, capacities);
    }

    /// <summary>Fills and checks everything.</summary>
    /// <param name="cheat">Changes the event tables of a segment before its lookups are counted.</param>
    public MachineVerdict Check(Action<int, SegmentCheck>? cheat = null)
    {
        var verdict = new MachineVerdict();
        var lookups = new LookupCounts(Program);
        for (int i = 0; i < Segments.Count; i++)
        {
            using var check = new SegmentCheck();
            int index = i;
            lookups.StartSegment();
            check.Fill(Segments[i].IsClosing ? s_closing : s_executing, new TraceInput(Program, Segments[i], lookups), cheat is null ? null : segment => cheat(index, segment));
            check.Run(i);
            verdict.Add(i, check);
        }
        verdict.AddTerm(Buses.State, 1, [Claim.EntryPc4, 4]);
        verdict.AddTerm(Buses.Halt, -1, [Claim.ExitCode, .. Claim.OutputDigest.SelectMany(word => (uint[])[word & 0xFFFF, word >> 16])]);
        verdict.AddTerm(Buses.Order, 1, [BoundaryAir.InitialOrderKey]);
        verdict.AddTerm(Buses.Order, -1, [BoundaryAir.FinalOrderKey]);
        return verdict;
    }

    static MachineChip[] Chips(bool isClosing) => [.. ShapeClasses.All.First(shape => shape.IsClosing == isClosing).Tables.Select(table => table.Chip)];
}

/// <summary>What a verifier of a session believes: where the program starts, and how it ended.</summary>
/// <param name="EntryPc4">Entry point, byte address / 4.</param>
/// <param name="ExitCode">The exit code.</param>
/// <param name="OutputDigest">The eight words of the output digest.</param>
public sealed record MachineClaim(uint EntryPc4, uint ExitCode, uint[] OutputDigest);

/// <summary>The violated constraints and the messages left over in a whole session.</summary>
public sealed class MachineVerdict
{
    readonly Dictionary<(int Segment, Bus Bus, string Message), BusImbalance> _balance = [];

    /// <summary>The violated constraints, at most 20 a segment.</summary>
    public List<RowFailure> Failures { get; } = [];

    /// <summary>The messages that do not balance; those of local buses once for each segment.</summary>
    public IReadOnlyList<BusImbalance> Imbalances => [.. _balance.Values.Where(entry => entry.Count != 0)];

    /// <summary>Buses that do not balance, in the order of their tags.</summary>
    public Bus[] UnbalancedBuses => [.. Imbalances.Select(imbalance => imbalance.Bus).Distinct().OrderBy(bus => bus.Tag)];

    /// <summary>A proof of these traces would be accepted.</summary>
    public bool IsAccepted => Failures.Count == 0 && Imbalances.Count == 0;

    /// <summary>Everything that is wrong, one line each.</summary>
    public override string ToString() => IsAccepted ? "accepted" : string.Join('\n', [.. Failures.Select(failure => failure.ToString()), .. Imbalances.Select(imbalance => imbalance.ToString())]);

    internal void Add(int segment, SegmentCheck check)
    {
        Failures.AddRange(check.Failures);
        foreach (BusImbalance left in check.Imbalances) Add(left.Bus.IsLocal ? segment : -1, left.Bus, left.Message, left.Count);
    }

    internal void AddTerm(Bus bus, long count, uint[] message) => Add(-1, bus, message, count);

    void Add(int segment, Bus bus, uint[] message, long count)
    {
        (int, Bus, string) key = (segment, bus, string.Join(',', message));
        long sum = _balance.TryGetValue(key, out BusImbalance? before) ? before.Count : 0;
        _balance[key] = new BusImbalance(bus, message, sum + count);
    }
}
