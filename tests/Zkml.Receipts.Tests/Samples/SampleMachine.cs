using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Machine;
using Zkml.Stark;
using Zkml.Stark.Prover;
using Zkml.Stark.Prover.Backends;

namespace Zkml.Receipts.Tests.Samples;

/// <summary>The counting machine with its prover: an executing class, a closing class, one program.</summary>
sealed class SampleMachine : IReceiptMachine
{
    const int LogCounter = 8, LogEnding = 3, LogRange = 9, CountsPerSegment = 100;

    public const int ExecutingClass = 0, ClosingClass = 1;

    static readonly Lazy<ProgramKey> s_program = new(() =>
    {
        using var pool = new FieldMatrixPool(idleLimitBytes: 0);
        using PreprocessedData range = CommitRange(new CpuBackend(pool, 1));
        return new ProgramKey(range.Root, 0, 3);
    });

    public static SampleMachine Instance { get; } = new();

    public static ProgramKey Program => s_program.Value;

    public Digest ParameterDigest(SecurityProfile profile) => Digest.OfStatement(StatementTags.Parameters, [KoalaBear.FromCanonical((uint)profile)]);

    public bool IsWellFormed(ProgramKey program) => program.SizeIndex == 0;

    public Digest ImageId(ProgramKey program)
    {
        Digest root = program.Root;
        return Digest.OfStatement(StatementTags.Image, [.. Digest.Elements(in root), KoalaBear.FromCanonical(program.EntryPc4)]);
    }

    public SessionRules Rules(SecurityProfile profile, ProgramKey program) => new(
        FriParameters.ForSegment(profile), ParameterDigest(profile), ImageId(program),
        [Class(program, isClosing: false), Class(program, isClosing: true), null], [new(SampleChips.Token, 1)], [],
        statement =>
        [
            new(SampleChips.Token, KoalaBear.One, [KoalaBear.FromCanonical(program.EntryPc4), KoalaBear.FromCanonical(4)]),
            new(SampleChips.End, -KoalaBear.One, [KoalaBear.FromCanonical(statement.ExitCode)]),
        ]);

    /// <summary>Proves a session that counts in every segment and ends with <paramref name="exitCode"/>.</summary>
    /// <param name="journal">The receipt's journal.</param>
    /// <param name="exitCode">The guest's exit code.</param>
    /// <param name="segmentCount">In [1, 5].</param>
    /// <param name="profile">The profile.</param>
    /// <param name="outputLimbs">What the guest halts with, where that is not the digest of its journal.</param>
    public Receipt Prove(
        byte[] journal, byte exitCode = 0, int segmentCount = 2, SecurityProfile profile = SecurityProfile.Test, ushort[]? outputLimbs = null)
    {
        SessionRules rules = Rules(profile, Program);
        using var pool = new FieldMatrixPool(idleLimitBytes: 0);
        var backend = new CpuBackend(pool, 1);
        using PreprocessedData range = CommitRange(backend);
        var prover = new SegmentProver(backend);
        var commitments = new MainCommitment[segmentCount];
        for (int i = 0; i < segmentCount; i++)
        {
            var traces = new SegmentTraces(rules.Layout(ClassOf(i, segmentCount)), pool);
            int first = i * CountsPerSegment;
            traces.Fill((table, firstRow, rows) => FillRows(table, firstRow, rows, first, exitCode), 1);
            commitments[i] = prover.CommitMain(rules.Layout(ClassOf(i, segmentCount)), traces);
        }
        // The header that is written fixes the statement that is proved.
        var header = new Receipt(this, profile, Program, exitCode, journal, new SessionProof(0, [])).Header;
        SessionStatement statement = ReceiptChecks.Statement(header, ImageId(Program));
        if (outputLimbs is not null) statement = statement with { OutputLimbs = outputLimbs };
        Digest[] leaves = [.. commitments.Select((main, i) => SessionChallenge.Leaf(i, ClassOf(i, segmentCount), [.. main.Cap]))];
        Digest global = SessionChallenge.Global(rules.ParameterDigest, statement, leaves);
        uint nonce = SessionChallenge.FindNonce(rules.Parameters, global, 1);
        Assert.That(SessionChallenge.TryDerive(rules.Parameters, global, nonce, out KoalaBear5 alpha, out KoalaBear5 beta), Is.True);
        SegmentEntry[] segments = [.. commitments.Select((main, i) => new SegmentEntry(ClassOf(i, segmentCount),
            prover.Prove(main, [range], new ProvingContext(global, nonce, i, ClassOf(i, segmentCount), alpha, beta))))];
        return new Receipt(this, profile, Program, exitCode, journal, new SessionProof(nonce, segments));
    }

    static int ClassOf(int segment, int segmentCount) => segment == segmentCount - 1 ? ClosingClass : ExecutingClass;

    static SegmentClass Class(ProgramKey program, bool isClosing)
    {
        List<Stark.TableShape> tables = [new(SampleChips.Counter, LogCounter)];
        if (isClosing) tables.Add(new(SampleChips.Ending, LogEnding));
        tables.Add(new(SampleChips.RangeTable, LogRange));
        return new SegmentClass(new SegmentShape { Tables = [.. tables], Preprocessed = [new(program.Root, [tables.Count - 1])] }, isClosing);
    }

    static PreprocessedData CommitRange(IProverBackend backend) => PreprocessedData.Commit(
        backend, [new(SampleChips.RangeTable, LogRange)], FriParameters.ForSegment(SecurityProfile.Test).LogBlowup, (_, firstRow, rows) =>
        {
            for (int i = 0; i < rows.Count; i++) rows[i][0] = KoalaBear.FromCanonical((uint)(firstRow + i));
        }, 1);

    /// <summary>The rows of a segment that starts after <paramref name="first"/> counts. Its token ends after all counts of the segment.</summary>
    static void FillRows(int table, int firstRow, RowBlock rows, int first, byte exitCode)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            Span<KoalaBear> row = rows[i];
            int index = firstRow + i;
            row.Clear();
            if (row.Length == 3 && index < CountsPerSegment) Write(row, 1, Value(first + index), Clock(first + index));
            else if (row.Length == 4 && index == 0) Write(row, 1, Value(first + CountsPerSegment), Clock(first + CountsPerSegment), exitCode);
            else if (row.Length == 1 && index >= Value(first) && index < Value(first + CountsPerSegment)) Write(row, 1);
        }

        static uint Value(int count) => 3 + (uint)count;

        static uint Clock(int count) => 4 + 4 * (uint)count;
    }

    static void Write(Span<KoalaBear> row, params ReadOnlySpan<uint> values)
    {
        for (int i = 0; i < values.Length; i++) row[i] = KoalaBear.FromCanonical(values[i]);
    }
}
