using System.Diagnostics;
using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Program;
using Zkml.Records;
using Zkml.Stark;
using Zkml.Stark.Prover;
using Zkml.Stark.Prover.Backends;
using Zkml.Stark.Verifier;
using Zkml.Vm.Execution;
using Zkml.Vm.Sessions;

namespace Zkml.Sdk;

/// <summary>Where a session's proof stands.</summary>
/// <param name="Segment">The segment under way, from 0.</param>
/// <param name="SegmentCount">Segments of the session.</param>
/// <param name="Activity">What is being done: execute, commit, prove, verify.</param>
/// <param name="Fraction">Share of the whole session's work that is done, in [0, 1].</param>
public readonly record struct SessionProgress(int Segment, int SegmentCount, string Activity, double Fraction);

/// <summary>
/// Proves sessions of one program: plans, commits every segment's main trace, derives the shared challenge and proves every segment, replaying the execution
/// for the second pass (ADR 0005). Keeps the program's commitments between sessions. Not thread-safe.
/// </summary>
public sealed class SessionProver : IDisposable
{
    // The main commitment's share of a segment's proving time; a replayed segment pays it twice.
    const double CommitShare = 0.38;

    readonly ProgramImage _program;
    readonly ProgramTables _tables;
    readonly FieldMatrixPool _pool;
    readonly CpuBackend _backend;
    readonly int _threads;
    readonly PreprocessedData _fixed, _programData;
    readonly SegmentRecord _record = new();

    /// <summary>Commits to the program's tables.</summary>
    /// <param name="program">The guest.</param>
    /// <param name="threads">Most threads at work.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <exception cref="ArgumentException">The program is too large to be proved.</exception>
    public SessionProver(ProgramImage program, int threads, CancellationToken cancellation = default)
    {
        _program = program;
        _tables = program.ToTables();
        _threads = threads;
        // Buffers of finished stages are kept for the next ones: fresh memory costs a page fault for each 4 KiB.
        _pool = new FieldMatrixPool(idleLimitBytes: long.MaxValue);
        _backend = new CpuBackend(_pool, threads);
        ProgramSize size = ProgramSize.Of(_tables);
        _fixed = CommitTables(PreprocessedRoot.FixedHeights, cancellation);
        _programData = CommitTables(PreprocessedRoot.ProgramHeights(size), cancellation);
        Key = new ProgramKey(_programData.Root, size.Index, _tables.Entry / 4);
    }

    /// <summary>What the image ID is the digest of.</summary>
    public ProgramKey Key { get; }

    /// <summary>Times and sizes of everything proved so far.</summary>
    public ProverStatistics Statistics { get; } = new();

    /// <summary>Time spent in executing and filling traces.</summary>
    public TimeSpan TraceTime { get; private set; }

    /// <summary>Proves a planned session and verifies the proof before returning it.</summary>
    /// <param name="plan">The plan, made for the same program and input.</param>
    /// <param name="input">The guest's input.</param>
    /// <param name="profile">The security profile.</param>
    /// <param name="progress">Hears of each step.</param>
    /// <param name="cancellation">Stops the work with an OperationCanceledException.</param>
    /// <exception cref="InvalidOperationException">The proof does not verify: a fault of this machine or of this program.</exception>
    public (SessionStatement Statement, SessionProof Proof) Prove(
        ProvingPlan plan, ExecutionInput input, SecurityProfile profile, IProgress<SessionProgress>? progress = null, CancellationToken cancellation = default)
    {
        SessionRules rules = RiscvSession.Rules(profile, Key);
        var statement = new SessionStatement(Key.ImageId(), plan.Result.ExitCode, OutputLimbs(plan.Result.OutputDigest));
        var stages = new StageProgress(progress, plan.Segments.Count);
        var prover = new SegmentProver(_backend, Statistics, stages);

        (Digest[] leaves, MainCommitment? kept) = CommitAll(plan, rules, input, prover, stages, cancellation);
        Digest global = SessionChallenge.Global(rules.ParameterDigest, statement, leaves);
        uint nonce = SessionChallenge.FindNonce(rules.Parameters, global, _threads, cancellation);
        if (!SessionChallenge.TryDerive(rules.Parameters, global, nonce, out KoalaBear5 alpha, out KoalaBear5 beta))
            throw new InvalidOperationException("Session: the nonce that was found does not hold.");

        // The same segments again, and their proofs.
        var entries = new SegmentEntry[plan.Segments.Count];
        var run = new SegmentRun(this, plan, rules, input);
        for (int i = 0; i < entries.Length; i++)
        {
            ShapeClass shape = plan.Segments[i].Class;
            stages.Begin(i, "prove", isSecondPass: kept is null);
            MainCommitment main = kept ?? run.Next(prover, cancellation);
            PreprocessedData[] preprocessed = shape.IsClosing ? [_fixed, _programData] : [_fixed];
            SegmentProof proof = prover.Prove(main, preprocessed, new ProvingContext(global, nonce, i, shape.Index, alpha, beta), cancellation);
            entries[i] = new SegmentEntry(shape.Index, proof);
        }

        progress?.Report(new(entries.Length - 1, entries.Length, "verify", 1));
        var session = new SessionProof(nonce, entries);
        VerificationResult result = SessionVerifier.Verify(rules, statement, session);
        if (!result.IsAccepted) throw new InvalidOperationException($"The finished proof does not verify and is not handed out: {result}");
        return (statement, session);
    }

    /// <summary>The first pass: the leaf of every segment. A single segment keeps its commitment, several are made again in the second pass.</summary>
    (Digest[] Leaves, MainCommitment? Kept) CommitAll(
        ProvingPlan plan, SessionRules rules, ExecutionInput input, SegmentProver prover, StageProgress stages, CancellationToken cancellation)
    {
        var leaves = new Digest[plan.Segments.Count];
        var run = new SegmentRun(this, plan, rules, input);
        for (int i = 0; i < leaves.Length; i++)
        {
            stages.Begin(i, "commit", isSecondPass: false);
            MainCommitment commitment = run.Next(prover, cancellation);
            leaves[i] = SessionChallenge.Leaf(i, plan.Segments[i].Class.Index, [.. commitment.Cap]);
            if (leaves.Length == 1) return (leaves, commitment);
            commitment.Dispose();
        }
        return (leaves, null);
    }

    /// <summary>The 16 limbs of an output digest given as eight little-endian words.</summary>
    public static ushort[] OutputLimbs(IReadOnlyList<uint> words) => [.. words.SelectMany(word => (ushort[])[(ushort)word, (ushort)(word >> 16)])];

    public void Dispose()
    {
        _fixed.Dispose();
        _programData.Dispose();
        _pool.Dispose();
    }

    PreprocessedData CommitTables(IReadOnlyList<TableHeight> tables, CancellationToken cancellation) =>
        PreprocessedData.Commit(
            _backend, [.. tables.Select(table => new Stark.TableShape(table.Chip, table.LogHeight))], PreprocessedRoot.LogBlowup,
            (table, firstRow, rows) => tables[table].Chip.FillPreprocessed(_tables, firstRow, rows), _threads, cancellation);

    /// <summary>Turns the stages of one segment into the share of the whole session that is done.</summary>
    sealed class StageProgress(IProgress<SessionProgress>? sink, int count) : IProgress<ProverEvent>
    {
        SessionProgress _last;
        double _start, _span;

        public void Begin(int segment, string activity, bool isSecondPass)
        {
            // With one segment both passes share one scale, the stages' own; with several, the first pass is the commit share of each.
            double whole = count == 1 ? 1 : 1 + CommitShare;
            _start = (isSecondPass ? CommitShare + (double)segment / count : count == 1 ? 0 : CommitShare * segment / count) / whole;
            _span = (isSecondPass || count == 1 ? 1.0 : CommitShare) / count / whole;
            _last = new(segment, count, activity, Math.Max(_last.Fraction, _start));
            sink?.Report(_last);
        }

        public void Report(ProverEvent value)
        {
            _last = _last with { Fraction = Math.Max(_last.Fraction, _start + _span * value.Fraction) };
            sink?.Report(_last);
        }
    }

    /// <summary>One pass over the session: executes, fills and commits segment after segment.</summary>
    sealed class SegmentRun(SessionProver owner, ProvingPlan plan, SessionRules rules, ExecutionInput input)
    {
        readonly Executor _executor = new(owner._program, input);
        readonly LookupCounts _lookups = new(owner._tables);
        int _next;

        public MainCommitment Next(SegmentProver prover, CancellationToken cancellation)
        {
            long start = Stopwatch.GetTimestamp();
            PlannedSegment planned = plan.Segments[_next++];
            SegmentRecord record = owner._record;
            SegmentStatus status = _executor.RunSegment(record, planned.Capacities, cancellation);
            if (status == SegmentStatus.Halted) _executor.FinishBoundary(record);
            if (EventCounts.Of(record) != planned.Counts)
                throw new InvalidOperationException($"Segment {record.Index}: the execution differs from the planned one; the input must not change while it is proved.");

            _lookups.StartSegment();
            SegmentLayout layout = rules.Layout(planned.Class.Index);
            var traces = new SegmentTraces(layout, owner._pool);
            var trace = new TraceInput(owner._tables, record, _lookups);
            TraceBuilder.Fill([.. Slots(planned.Class, traces, trace)], trace, owner._threads, cancellation);
            owner.TraceTime += Stopwatch.GetElapsedTime(start);
            return prover.CommitMain(layout, traces, cancellation);
        }

        static IEnumerable<TableSlot> Slots(ShapeClass shape, SegmentTraces traces, TraceInput input)
        {
            for (int table = 0; table < shape.Tables.Count; table++)
            {
                MachineChip chip = shape.Tables[table].Chip;
                (FieldMatrix? matrix, int column) = traces.Place(table);
                traces.UsedRows[table] = Math.Max(chip.RowCount(input), chip.PreprocessedRowCount(input.Program));
                if (matrix is not null) yield return new TableSlot(chip, matrix, column);
            }
        }
    }
}
