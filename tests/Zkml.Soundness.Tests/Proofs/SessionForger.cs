using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Machine;
using Zkml.Machine.Shapes;
using Zkml.Records;
using Zkml.Stark;
using Zkml.Stark.Prover;
using Zkml.Stark.Prover.Backends;
using Zkml.Stark.Verifier;
using Zkml.Testing;

namespace Zkml.Soundness.Tests.Proofs;

/// <summary>
/// A malicious prover: proves records as they are given, honest or not, for a statement that it is told, and never looks whether its proof verifies.
/// TEST profile.
/// </summary>
sealed class SessionForger : IDisposable
{
    static readonly CpuBackend s_backend = new(new FieldMatrixPool(1 << 28), 2);
    static readonly Lazy<PreprocessedData> s_fixed = new(() => Commit(PreprocessedRoot.FixedHeights, PreprocessedRoot.NoProgram));

    readonly ProgramTables _program;
    readonly ProgramSize _size;
    readonly PreprocessedData _programData;

    /// <summary>Commits to a program.</summary>
    public SessionForger(ProgramTables program)
    {
        _program = program;
        _size = ProgramSize.Of(program);
        _programData = Commit(PreprocessedRoot.ProgramHeights(_size), program);
        Key = new ProgramKey(_programData.Root, _size.Index, program.Entry / 4);
        Rules = RiscvSession.Rules(SecurityProfile.Test, Key);
    }

    /// <summary>What the image ID is the digest of.</summary>
    public ProgramKey Key { get; }

    /// <summary>What the verifier goes by.</summary>
    public SessionRules Rules { get; }

    /// <summary>The statement of a run's claim.</summary>
    public SessionStatement Statement(MachineRun run) =>
        new(Key.ImageId(), (byte)run.Claim.ExitCode, [.. run.Claim.OutputDigest.SelectMany(word => (ushort[])[(ushort)word, (ushort)(word >> 16)])]);

    /// <summary>Proves a run's records for its claim.</summary>
    /// <param name="run">The records and the claim.</param>
    /// <param name="tampering">Deviations in the last segment's proof.</param>
    /// <param name="indexOf">The index that a segment is proved for, where it is not its own.</param>
    /// <param name="cheat">Changes the last segment's filled traces.</param>
    /// <param name="statement">What is claimed, where it is not the run's claim.</param>
    public SessionProof Prove(
        MachineRun run, ProverTampering? tampering = null, Func<int, int>? indexOf = null, Action<ShapeClass, SegmentTraces>? cheat = null,
        SessionStatement? statement = null)
    {
        int count = run.Segments.Count;
        var mains = new MainCommitment[count];
        ShapeClass[] shapes = [.. run.Segments.Select(ClassOf)];
        var lookups = new LookupCounts(_program);
        for (int i = 0; i < count; i++) mains[i] = CommitMain(run.Segments[i], shapes[i], lookups, i == count - 1 ? tampering : null, i == count - 1 ? cheat : null);
        Digest[] leaves = [.. mains.Select((main, i) => SessionChallenge.Leaf(i, shapes[i].Index, [.. main.Cap]))];
        Digest global = SessionChallenge.Global(Rules.ParameterDigest, statement ?? Statement(run), leaves);
        uint nonce = SessionChallenge.FindNonce(Rules.Parameters, global, 1);
        Assert.That(SessionChallenge.TryDerive(Rules.Parameters, global, nonce, out KoalaBear5 alpha, out KoalaBear5 beta));
        var entries = new SegmentEntry[count];
        for (int i = 0; i < count; i++)
        {
            var prover = new SegmentProver(s_backend) { Tampering = i == count - 1 ? tampering : null };
            PreprocessedData[] preprocessed = shapes[i].IsClosing ? [s_fixed.Value, _programData] : [s_fixed.Value];
            var context = new ProvingContext(global, nonce, indexOf?.Invoke(i) ?? i, shapes[i].Index, alpha, beta);
            entries[i] = new SegmentEntry(shapes[i].Index, prover.Prove(mains[i], preprocessed, context));
        }
        return new SessionProof(nonce, entries);
    }

    /// <summary>The verifier's answer to a proof of a run's claim.</summary>
    public VerificationResult Verify(MachineRun run, SessionProof proof) => SessionVerifier.Check(Rules, Statement(run), proof);

    /// <summary>Proves a run with deviations and gives the verifier's answer.</summary>
    public static VerificationResult ProveAndVerify(MachineRun run, ProverTampering? tampering = null)
    {
        using var forger = new SessionForger(run.Program);
        return forger.Verify(run, forger.Prove(run, tampering));
    }

    public void Dispose() => _programData.Dispose();

    ShapeClass ClassOf(SegmentRecord record)
    {
        EventCounts counts = EventCounts.Of(record);
        // The table of a class has room for more halts than a planner would put there.
        counts[EventStream.Halt] = Math.Min(counts[EventStream.Halt], 1);
        return ShapeClasses.All.Where(shape => (record.IsClosing ? shape.Closes == _size : !shape.IsClosing) && shape.Fits(counts))
            .MinBy(shape => shape.MainCells + shape.PermutationCells)!;
    }

    MainCommitment CommitMain(SegmentRecord record, ShapeClass shape, LookupCounts lookups, ProverTampering? tampering, Action<ShapeClass, SegmentTraces>? cheat)
    {
        SegmentLayout layout = Rules.Layout(shape.Index);
        var traces = new SegmentTraces(layout, s_backend.Pool);
        var slots = new List<TableSlot>();
        for (int table = 0; table < shape.Tables.Count; table++)
        {
            (FieldMatrix? matrix, int column) = traces.Place(table);
            if (matrix is not null) slots.Add(new TableSlot(shape.Tables[table].Chip, matrix, column));
        }
        lookups.StartSegment();
        TraceBuilder.Fill(slots, new TraceInput(_program, record, lookups), 2);
        cheat?.Invoke(shape, traces);
        return new SegmentProver(s_backend) { Tampering = tampering }.CommitMain(layout, traces);
    }

    static PreprocessedData Commit(IReadOnlyList<TableHeight> tables, ProgramTables program) => PreprocessedData.Commit(
        s_backend, [.. tables.Select(table => new Zkml.Stark.TableShape(table.Chip, table.LogHeight))], PreprocessedRoot.LogBlowup,
        (table, firstRow, rows) => tables[table].Chip.FillPreprocessed(program, firstRow, rows), 2);
}
