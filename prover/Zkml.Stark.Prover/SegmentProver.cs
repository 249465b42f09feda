using System.Diagnostics;
using System.Runtime.InteropServices;
using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Prover;

/// <summary>What a segment's proof takes from its session, once every segment's main cap is known.</summary>
/// <param name="Global">The session's statement G.</param>
/// <param name="Nonce">The session's nonce.</param>
/// <param name="SegmentIndex">The segment's place in the session.</param>
/// <param name="ClassIndex">The segment's shape class.</param>
/// <param name="Alpha">α.</param>
/// <param name="Beta">β.</param>
public sealed record ProvingContext(Digest Global, uint Nonce, int SegmentIndex, int ClassIndex, KoalaBear5 Alpha, KoalaBear5 Beta);

/// <summary>
/// Proves segments in two steps: commit the main traces, and, once the session's challenges are known, the rest. Follows docs/design/stark.md
/// and leaves all work on data to the backend. The caller verifies every proof before handing it out.
/// </summary>
/// <param name="backend">Does the work.</param>
/// <param name="statistics">When given, collects times and sizes.</param>
/// <param name="progress">When given, hears of each stage.</param>
public sealed class SegmentProver(IProverBackend backend, ProverStatistics? statistics = null, IProgress<ProverEvent>? progress = null)
{
    readonly ProverStatistics _statistics = statistics ?? new();

    /// <summary>Deviations for soundness tests.</summary>
    internal ProverTampering? Tampering { get; init; }

    /// <summary>
    /// Extends and commits the main traces. The commitment owns the traces from here on; if this throws they are the caller's still.
    /// </summary>
    public MainCommitment CommitMain(SegmentLayout layout, SegmentTraces traces, CancellationToken cancellation = default)
    {
        Tampering?.Main(traces.Matrices);
        return new(layout, traces, ExtendAndCommit(traces.Matrices, layout.Parameters.LogBlowup, 0, cancellation));
    }

    /// <summary>Proves a committed segment. Uses the commitment up and disposes it, whatever happens.</summary>
    /// <param name="main">The result of <see cref="CommitMain"/>.</param>
    /// <param name="preprocessed">One for each preprocessed tree of the shape, in its order.</param>
    /// <param name="context">What the session says.</param>
    /// <param name="cancellation">Stops the work with an OperationCanceledException.</param>
    /// <exception cref="ArgumentException">The preprocessed data do not belong to the segment's shape.</exception>
    public SegmentProof Prove(MainCommitment main, IReadOnlyList<PreprocessedData> preprocessed, ProvingContext context, CancellationToken cancellation = default)
    {
        using (main)
        {
            CheckPreprocessed(main.Layout, preprocessed);
            var run = new SegmentRun(this, main, preprocessed, context, cancellation);
            using (run)
            {
                SegmentProof proof = run.Prove();
                Count(main);
                return proof;
            }
        }
    }

    static void CheckPreprocessed(SegmentLayout layout, IReadOnlyList<PreprocessedData> preprocessed)
    {
        if (preprocessed.Count != layout.MainTree)
            throw new ArgumentException($"Preprocessed data: got {preprocessed.Count}, expected {layout.MainTree}.", nameof(preprocessed));
        for (int tree = 0; tree < preprocessed.Count; tree++)
        {
            PreprocessedData data = preprocessed[tree];
            if (data.LogBlowup != layout.Parameters.LogBlowup || data.Root != layout.Shape.Preprocessed[tree].Root
                || !data.Tables.SequenceEqual(layout.Trees[tree].Tables.Select(table => layout.Shape.Tables[table])))
                throw new ArgumentException($"Preprocessed data {tree}: tables, blowup or root are not those of the segment's shape.", nameof(preprocessed));
        }
    }

    Commitment ExtendAndCommit(TreeMatrices traces, int logBlowup, double fraction, CancellationToken cancellation)
    {
        progress?.Report(new(ProverStage.Extend, fraction));
        long start = Stopwatch.GetTimestamp();
        TreeMatrices extension = backend.Extend(traces, KoalaBear.One, logBlowup, cancellation);
        start = _statistics.Add(ProverStage.Extend, start);
        return Commit(extension, fraction, cancellation);
    }

    Commitment Commit(TreeMatrices extension, double fraction, CancellationToken cancellation)
    {
        progress?.Report(new(ProverStage.Hash, fraction));
        long start = Stopwatch.GetTimestamp();
        try
        {
            MerkleTree tree = backend.Commit(extension, cancellation);
            _statistics.Add(ProverStage.Hash, start);
            return new(extension, tree);
        }
        catch
        {
            extension.Dispose();
            throw;
        }
    }

    void Count(MainCommitment main)
    {
        _statistics.Segments++;
        _statistics.PeakBytes = Math.Max(_statistics.PeakBytes, backend.Pool.PeakBytes);
        for (int table = 0; table < main.Layout.Shape.Tables.Length; table++)
        {
            long width = main.Layout.Width(table, TracePhase.Main) + main.Layout.Width(table, TracePhase.Permutation);
            _statistics.CommittedCells += width * main.Traces.UsedRows[table];
            _statistics.PaddedCells += width << main.Layout.Shape.Tables[table].LogHeight;
        }
    }

    /// <summary>One proof under way.</summary>
    sealed class SegmentRun : IDisposable
    {
        // Shares of the proving time that lie behind when a stage begins, measured on wide tables at blowup 2.
        const double LogUpFraction = 0.42, PermutationFraction = 0.46, QuotientFraction = 0.62, QuotientCommitFraction = 0.73, OpenFraction = 0.8, FriFraction = 0.9;

        readonly SegmentProver _prover;
        readonly IProverBackend _backend;
        readonly SegmentLayout _layout;
        readonly MainCommitment _main;
        readonly LogUpChallenges _challenges;
        readonly CancellationToken _cancellation;
        readonly SegmentTranscript<KoalaBear, Poseidon2> _transcript;
        readonly List<TreeMatrices> _traces, _extensions;
        readonly List<MerkleTree> _trees;
        readonly Stack<IDisposable> _owned = new();

        public SegmentRun(SegmentProver prover, MainCommitment main, IReadOnlyList<PreprocessedData> preprocessed, ProvingContext context, CancellationToken cancellation)
        {
            _prover = prover;
            _backend = prover.Backend;
            _layout = main.Layout;
            _main = main;
            _challenges = new(context.Alpha, context.Beta, context.SegmentIndex);
            _cancellation = cancellation;
            Digest global = context.Global;
            _transcript = new(
                _layout.Parameters, Digest.Elements(in global), KoalaBear.FromCanonical(context.Nonce), KoalaBear.FromCanonical((uint)context.SegmentIndex),
                KoalaBear.FromCanonical((uint)context.ClassIndex));
            _traces = [.. preprocessed.Select(data => data.Traces), main.Traces.Matrices];
            _extensions = [.. preprocessed.Select(data => data.Extension), main.Commitment.Extension];
            _trees = [.. preprocessed.Select(data => data.Tree), main.Commitment.Tree];
        }

        public SegmentProof Prove()
        {
            KoalaBear5[] sums = CommitPermutation();
            Digest[] permutationCap = _layout.PermutationTree < 0 ? [] : [.. _trees[_layout.PermutationTree].Cap];
            KoalaBear5 gamma = _transcript.ObservePermutation<KoalaBear5>(Elements(permutationCap), Elements(sums));

            CommitQuotient(sums, gamma);
            Digest[] quotientCap = [.. _trees[_layout.QuotientTree].Cap];
            KoalaBear5 zeta = _transcript.ObserveQuotient<KoalaBear5>(Elements(quotientCap));

            long start = Begin(ProverStage.Open, OpenFraction);
            KoalaBear5[] openings = _backend.Open(_layout, _extensions, zeta, _cancellation);
            _prover.Tampering?.Openings(openings);
            _transcript.ObserveOpenings(Elements(openings));
            uint batchNonce = Grind(GrindSite.Batch);
            KoalaBear5 delta = _transcript.SampleDelta<KoalaBear5>();
            Codeword codeword = Own(_backend.Combine(_layout, _extensions, zeta, delta, openings, _cancellation));
            _prover._statistics.Add(ProverStage.Open, start);

            start = Begin(ProverStage.Fri, FriFraction);
            FriProof fri = ProveLowDegree(codeword, batchNonce);
            _prover._statistics.Add(ProverStage.Fri, start);
            _prover.Report(ProverStage.Fri, 1);
            return new()
            {
                MainCap = [.. _main.Cap],
                PermutationCap = permutationCap,
                QuotientCap = quotientCap,
                Sums = sums,
                Openings = openings,
                Fri = fri,
            };
        }

        KoalaBear5[] CommitPermutation()
        {
            if (_layout.PermutationTree < 0)
            {
                _main.Traces.Dispose();
                return [];
            }

            long start = Begin(ProverStage.LogUp, LogUpFraction);
            using TreeMatrices permutation =
                TreeMatrices.RentTraces(_backend.Pool, _layout.Trees[_layout.PermutationTree].Merkle, _layout.Parameters.LogBlowup);
            KoalaBear5[] sums = _backend.FillPermutation(_layout, _traces, _challenges, permutation, _cancellation);
            _main.Traces.Dispose();
            _prover.Tampering?.Permutation(permutation, sums);
            _prover._statistics.Add(ProverStage.LogUp, start);
            Add(_prover.ExtendAndCommit(permutation, _layout.Parameters.LogBlowup, PermutationFraction, _cancellation));
            return sums;
        }

        void CommitQuotient(KoalaBear5[] sums, KoalaBear5 gamma)
        {
            long start = Begin(ProverStage.Quotient, QuotientFraction);
            using FieldMatrix quotient = _backend.EvaluateQuotient(_layout, _extensions, _challenges, sums, gamma, _cancellation);
            _prover.Tampering?.Quotient(quotient);
            start = _prover._statistics.Add(ProverStage.Quotient, start);
            TreeMatrices extension = _backend.ExtendQuotient(_layout, quotient, _cancellation);
            _prover._statistics.Add(ProverStage.Extend, start);
            Add(_prover.Commit(extension, QuotientCommitFraction, _cancellation));
        }

        FriProof ProveLowDegree(Codeword codeword, uint batchNonce)
        {
            int layerCount = _layout.Layers.Length;
            var layers = new MerkleTree[layerCount];
            var caps = new Digest[layerCount][];
            var foldNonces = new uint[layerCount];
            for (int layer = 0; layer < layerCount; layer++)
            {
                _prover.Tampering?.Layer(layer, codeword);
                layers[layer] = Own(_backend.CommitLayer(codeword, _layout.Layers[layer].LogCap, _cancellation));
                caps[layer] = [.. layers[layer].Cap];
                _transcript.ObserveLayer(Elements(caps[layer]));
                foldNonces[layer] = Grind(GrindSite.Fold);
                KoalaBear5 beta = _transcript.SampleFold<KoalaBear5>();
                codeword = Own(_backend.Fold(codeword, beta, layer + 1 == layerCount ? 0 : FriParameters.LogArity, _cancellation));
            }

            _prover.Tampering?.Layer(layerCount, codeword);
            KoalaBear5[] finalPolynomial = Interpolate(codeword);
            _prover.Tampering?.FinalPolynomial(finalPolynomial);
            _transcript.ObserveFinalPolynomial(Elements(finalPolynomial));
            uint queryNonce = Grind(GrindSite.Query);
            var queries = new QueryProof[_layout.Parameters.QueryCount];
            for (int query = 0; query < queries.Length; query++)
                queries[query] = Query(_transcript.SampleQuery().ToCanonical() & ((1u << _layout.LogDomain) - 1), layers);
            return new()
            {
                BatchNonce = batchNonce,
                LayerCaps = caps,
                FoldNonces = foldNonces,
                FinalPolynomial = finalPolynomial,
                QueryNonce = queryNonce,
                Queries = queries,
            };
        }

        /// <summary>The polynomial of degree below n/b whose values on the first of the b cosets in the codeword's domain are the codeword's.</summary>
        KoalaBear5[] Interpolate(Codeword codeword)
        {
            var values = new KoalaBear5[_layout.FinalLength];
            for (int i = 0; i < values.Length; i++)
                values[i] = codeword[i << _layout.Parameters.LogBlowup];
            Ntt.Interpolate<KoalaBear5>(values, Domains.CosetShift(codeword.LogSize));
            return values;
        }

        QueryProof Query(uint index, MerkleTree[] layers)
        {
            var trees = new TreeOpening[_trees.Count];
            for (int tree = 0; tree < trees.Length; tree++)
            {
                MerkleOpening opening = _trees[tree].Open(index >> (_layout.LogDomain - _trees[tree].Shape.LogHeight));
                trees[tree] = new() { Rows = opening.Rows, Path = opening.Path };
            }

            var openings = new LayerOpening[layers.Length];
            for (int layer = 0; layer < openings.Length; layer++, index >>= FriParameters.LogArity)
            {
                MerkleOpening opening = layers[layer].Open(index >> FriParameters.LogArity);
                int own = (int)(index & (FriParameters.Arity - 1));
                var values = MemoryMarshal.Cast<KoalaBear, KoalaBear5>(opening.Rows);
                openings[layer] = new() { Siblings = [.. values[..own], .. values[(own + 1)..]], Path = opening.Path };
            }

            return new() { Trees = trees, Layers = openings };
        }

        uint Grind(GrindSite site)
        {
            uint nonce = _backend.Grind(_transcript.Challenger, _layout.Parameters.GrindBits(site), _cancellation);
            _transcript.TryGrind(site, KoalaBear.FromCanonical(nonce), out _);
            return nonce;
        }

        long Begin(ProverStage stage, double fraction)
        {
            _cancellation.ThrowIfCancellationRequested();
            _prover.Report(stage, fraction);
            return Stopwatch.GetTimestamp();
        }

        void Add(Commitment commitment)
        {
            Own(commitment);
            _extensions.Add(commitment.Extension);
            _trees.Add(commitment.Tree);
        }

        T Own<T>(T resource) where T : IDisposable
        {
            _owned.Push(resource);
            return resource;
        }

        static ReadOnlySpan<KoalaBear> Elements<T>(T[] values) where T : unmanaged => MemoryMarshal.Cast<T, KoalaBear>(values);

        public void Dispose()
        {
            while (_owned.TryPop(out IDisposable? resource))
                resource.Dispose();
        }
    }

    IProverBackend Backend => backend;

    void Report(ProverStage stage, double fraction) => progress?.Report(new(stage, fraction));
}
