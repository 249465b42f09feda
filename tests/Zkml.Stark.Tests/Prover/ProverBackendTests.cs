using System.Runtime.InteropServices;
using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark.Prover;
using Zkml.Stark.Prover.Backends;

namespace Zkml.Stark.Tests.Prover;

/// <summary>Each operation of the processor's backend against the same operation from its definition, on toy segments of every kind of height.</summary>
public sealed class ProverBackendTests
{
    static readonly FriParameters s_parameters = FriParameters.ForSegment(SecurityProfile.Test);

    static IEnumerable<TestCaseData> Shapes()
    {
        foreach (int logBlowup in new[] { 1, 2 })
        {
            yield return new(logBlowup, new[] { 8, 6, 4, 3, 5 });
            yield return new(logBlowup, new[] { 3, 2, 1, 0, 3 });
            yield return new(logBlowup, new[] { 1, 5, 9, 4, 9 });
        }
    }

    [TestCaseSource(nameof(Shapes))]
    public void Operations_ToySegment_EqualTheirDefinitions(int logBlowup, int[] logHeights)
    {
        using var segment = new ToySegment(s_parameters with { LogBlowup = logBlowup }, logHeights);
        var reference = new ReferenceBackend(segment.Pool);
        SegmentLayout layout = segment.Layout;
        using SegmentTraces main = segment.Traces();
        List<TreeMatrices> traces = [.. segment.Preprocessed.Select(data => data.Traces), main.Matrices];
        var random = new Random(7);
        KoalaBear5 gamma = Extension(random), zeta = Extension(random), delta = Extension(random), beta = Extension(random);
        var challenges = new LogUpChallenges(segment.Context.Alpha, segment.Context.Beta, 5);

        using TreeMatrices permutation = TreeMatrices.RentTraces(segment.Pool, layout.Trees[layout.PermutationTree].Merkle, logBlowup);
        using TreeMatrices expectedPermutation = TreeMatrices.RentTraces(segment.Pool, layout.Trees[layout.PermutationTree].Merkle, logBlowup);
        KoalaBear5[] sums = segment.Backend.FillPermutation(layout, traces, challenges, permutation, default);
        Assert.That(sums, Is.EqualTo(reference.FillPermutation(layout, traces, challenges, expectedPermutation, default)));
        AssertEqual(permutation, expectedPermutation);

        List<TreeMatrices> extensions = [];
        foreach (TreeMatrices trace in new[] { traces[0], traces[1], traces[2], permutation })
        {
            TreeMatrices extension = segment.Backend.Extend(trace, KoalaBear.One, logBlowup, default);
            using TreeMatrices expected = reference.Extend(trace, KoalaBear.One, logBlowup, default);
            AssertEqual(extension, expected);
            extensions.Add(extension);
        }

        using FieldMatrix quotient = segment.Backend.EvaluateQuotient(layout, extensions, challenges, sums, gamma, default);
        using (FieldMatrix expected = reference.EvaluateQuotient(layout, extensions, challenges, sums, gamma, default))
            AssertEqual(quotient, expected);
        extensions.Add(segment.Backend.ExtendQuotient(layout, quotient, default));
        using (TreeMatrices expected = reference.ExtendQuotient(layout, quotient, default))
            AssertEqual(extensions[^1], expected);

        KoalaBear5[] openings = segment.Backend.Open(layout, extensions, zeta, default);
        Assert.That(openings, Is.EqualTo(reference.Open(layout, extensions, zeta, default)));
        using Codeword codeword = segment.Backend.Combine(layout, extensions, zeta, delta, openings, default);
        using (Codeword expected = reference.Combine(layout, extensions, zeta, delta, openings, default))
            AssertEqual(codeword.Matrix, expected.Matrix);
        if (codeword.LogLeaf > 0)
        {
            using Codeword folded = segment.Backend.Fold(codeword, beta, 0, default), expected = reference.Fold(codeword, beta, 0, default);
            AssertEqual(folded.Matrix, expected.Matrix);
        }

        extensions.ForEach(extension => extension.Dispose());
    }

    [Test]
    public void Fold_RandomCodeword_EqualsItsDefinition()
    {
        using var pool = new FieldMatrixPool(1 << 24);
        var random = new Random(3);
        using var codeword = new Codeword(pool, 11, 3);
        for (int i = 0; i < 1 << 11; i++)
            codeword[i] = Extension(random);
        KoalaBear5 beta = Extension(random);
        foreach (int logLeaf in new[] { 0, 3 })
        {
            using Codeword folded = new CpuBackend(pool, 2).Fold(codeword, beta, logLeaf, default), expected = new ReferenceBackend(pool).Fold(codeword, beta, logLeaf, default);
            AssertEqual(folded.Matrix, expected.Matrix);
        }
    }

    [Test]
    public void Prove_AnyBackendAndThreadCount_GivesTheSameProof()
    {
        using var segment = new ToySegment(s_parameters, [8, 12, 4, 3, 5]);
        byte[] expected = Bytes(segment.Prove(new SegmentProver(new CpuBackend(segment.Pool, 1))));
        Assert.That(Bytes(segment.Prove(new SegmentProver(new CpuBackend(segment.Pool, 3)))), Is.EqualTo(expected), "three threads");
        using var small = new ToySegment(s_parameters, [8, 5, 4, 3, 5]);
        Assert.That(Bytes(small.Prove()), Is.EqualTo(Bytes(small.Prove(new SegmentProver(new ReferenceBackend(small.Pool))))), "reference");
    }

    static KoalaBear5 Extension(Random random) => KoalaBear5.FromCoefficients(ToySegment.Elements(random, 5));

    static byte[] Bytes(SegmentProof proof)
    {
        var bytes = new List<byte>();
        Add(proof.MainCap);
        Add(proof.PermutationCap);
        Add(proof.QuotientCap);
        Add(proof.Sums);
        Add(proof.Openings);
        foreach (Digest[] cap in proof.Fri.LayerCaps)
            Add(cap);
        Add(proof.Fri.FoldNonces);
        Add(proof.Fri.FinalPolynomial);
        Add(new[] { proof.Fri.BatchNonce, proof.Fri.QueryNonce });
        foreach (QueryProof query in proof.Fri.Queries)
        {
            foreach (TreeOpening tree in query.Trees)
            {
                Add(tree.Rows);
                Add(tree.Path);
            }

            foreach (LayerOpening layer in query.Layers)
            {
                Add(layer.Siblings);
                Add(layer.Path);
            }
        }

        return [.. bytes];

        void Add<T>(T[] values) where T : unmanaged => bytes.AddRange(MemoryMarshal.AsBytes<T>(values));
    }

    static void AssertEqual(TreeMatrices actual, TreeMatrices expected)
    {
        for (int group = 0; group < expected.Matrices.Count; group++)
            AssertEqual(actual.Matrices[group], expected.Matrices[group]);
    }

    static void AssertEqual(FieldMatrix actual, FieldMatrix expected)
    {
        Assert.That((actual.Rows, actual.Width), Is.EqualTo((expected.Rows, expected.Width)));
        for (int row = 0; row < expected.Rows; row++)
            if (!actual.Row(row).SequenceEqual(expected.Row(row)))
                Assert.Fail($"Row {row} of [{expected.Rows} × {expected.Width}]: {string.Join(' ', actual.Row(row).ToArray())}, expected {string.Join(' ', expected.Row(row).ToArray())}.");
    }
}
