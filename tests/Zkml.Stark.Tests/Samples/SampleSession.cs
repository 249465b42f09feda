using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Machine;
using Zkml.Stark.Prover;
using Zkml.Stark.Prover.Backends;

namespace Zkml.Stark.Tests.Samples;

/// <summary>
/// A session of the sample machine, proved once for all tests: the counter goes from 0 to the exit code over two segments, the second of which
/// closes the session and has every kind of table.
/// </summary>
sealed class SampleSession
{
    const int LogTable = 8, FirstCount = 100, SecondCount = 120;
    static readonly Lazy<SampleSession> s_shared = new(() => new SampleSession(SampleSegments.Parameters));

    readonly PreprocessedData _table, _fixed;
    readonly CpuBackend _backend = new(new FieldMatrixPool(1 << 28), 1);
    readonly FriParameters _parameters;

    public SampleSession(FriParameters parameters)
    {
        _parameters = parameters;
        _table = PreprocessedData.Commit(_backend, [new(SampleChips.Table, LogTable)], parameters.LogBlowup, FillTable, 1);
        _fixed = PreprocessedData.Commit(_backend, [new(SampleChips.Fixed, 3)], parameters.LogBlowup, FillFixed, 1);
        Rules = MakeRules();
        Proof = Prove(Rules, Statement, null);
    }

    public static SampleSession Shared => s_shared.Value;

    public SessionRules Rules { get; }

    public SessionProof Proof { get; }

    public SessionStatement Statement { get; } = new(default, FirstCount + SecondCount, [.. Enumerable.Range(0, 16).Select(i => (ushort)(i * 31))]);

    /// <summary>Proves the session, with deviations in the second segment.</summary>
    public SessionProof Prove(SessionRules rules, SessionStatement statement, ProverTampering? tampering)
    {
        MainCommitment[] mains = [Commit(rules, 0, 0, null), Commit(rules, 1, FirstCount, tampering)];
        Digest[] leaves = [.. mains.Select((main, i) => SessionChallenge.Leaf(i, i, [.. main.Cap]))];
        Digest global = SessionChallenge.Global(rules.ParameterDigest, statement, leaves);
        uint nonce = SessionChallenge.FindNonce(_parameters, global, 1);
        Assert.That(SessionChallenge.TryDerive(_parameters, global, nonce, out KoalaBear5 alpha, out KoalaBear5 beta));
        SegmentEntry[] segments = new SegmentEntry[mains.Length];
        for (int i = 0; i < mains.Length; i++)
        {
            var prover = new SegmentProver(_backend) { Tampering = i == 1 ? tampering : null };
            PreprocessedData[] preprocessed = i == 0 ? [_table] : [_table, _fixed];
            segments[i] = new(i, prover.Prove(mains[i], preprocessed, new ProvingContext(global, nonce, i, i, alpha, beta)));
        }
        return new SessionProof(nonce, segments);
    }

    MainCommitment Commit(SessionRules rules, int segment, int start, ProverTampering? tampering)
    {
        SegmentLayout layout = rules.Layout(segment);
        int count = segment == 0 ? FirstCount : SecondCount;
        var traces = new SegmentTraces(layout, _backend.Pool);
        traces.Fill((table, firstRow, rows) =>
        {
            for (int i = 0; i < rows.Count; i++)
            {
                Span<KoalaBear> row = rows[i];
                row.Clear();
                int index = firstRow + i;
                switch (table)
                {
                    case 0 when index < count:
                        row[0] = KoalaBear.One;
                        row[1] = Element(start + index);
                        row[2] = Element(4 * (1 + start + index));
                        break;
                    case 1:
                        row[0] = KoalaBear.FromBool(index >= start && index < start + count);
                        break;
                    case 3:
                        row[index % 2] = Element(index + 5);
                        break;
                }
            }
        }, 1);
        return new SegmentProver(_backend) { Tampering = tampering }.CommitMain(layout, traces);
    }

    SessionRules MakeRules() => new(_parameters, SampleSegments.Digests(new Random(5), 1)[0], default,
        [
            new SegmentClass(new SegmentShape { Tables = [new(SampleChips.Counter, 7), new(SampleChips.Table, LogTable)], Preprocessed = [new(_table.Root, [1])] }, false),
            new SegmentClass(new SegmentShape { Tables = SampleSegments.Shape.Tables, Preprocessed = [new(_table.Root, [1]), new(_fixed.Root, [2])] }, true),
            null,
        ],
        [new TokenBus(SampleChips.Token, 1)], [], Terms);

    /// <summary>The verifier starts the token at (0, 4) and takes it at (exit code, 4 + 4·exit code).</summary>
    static IReadOnlyList<SessionTerm> Terms(SessionStatement statement) =>
    [
        new(SampleChips.Token, KoalaBear.One, [KoalaBear.Zero, Element(4)]),
        new(SampleChips.Token, -KoalaBear.One, [Element(statement.ExitCode), Element(4 + 4 * statement.ExitCode)]),
    ];

    static void FillTable(int table, int firstRow, RowBlock rows)
    {
        for (int i = 0; i < rows.Count; i++) rows[i][0] = Element(firstRow + i);
    }

    static void FillFixed(int table, int firstRow, RowBlock rows)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            rows[i][0] = KoalaBear.FromBool(firstRow + i < 5);
            rows[i][1] = Element(77 * (firstRow + i));
        }
    }

    static KoalaBear Element(int value) => KoalaBear.FromCanonical((uint)value);
}
