using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark.Tests.Samples;
using Zkml.Stark.Verifier;

namespace Zkml.Stark.Tests.Transcript;

/// <summary>SEC-4: every element of the statement and of the proof that is bound by Fiat–Shamir moves every later challenge, and no earlier one.</summary>
sealed class TranscriptCoverageTests
{
    /// <summary>The challenges in order, and how many were sampled before each part of the proof is observed.</summary>
    sealed class Log : ITranscriptObserver<KoalaBear>
    {
        public List<KoalaBear> Observed { get; } = [];

        public List<KoalaBear> Sampled { get; } = [];

        void ITranscriptObserver<KoalaBear>.Observed(KoalaBear value) => Observed.Add(value);

        void ITranscriptObserver<KoalaBear>.Sampled(KoalaBear value) => Sampled.Add(value);
    }

    static readonly SegmentLayout s_layout = SampleSegments.Layout;
    static readonly SegmentProof s_proof = SampleSegments.RandomProof(new Random(11), s_layout);

    static Log Run(SegmentProof proof, Func<SegmentContext<KoalaBear, KoalaBear5>, SegmentContext<KoalaBear, KoalaBear5>>? change = null)
    {
        SegmentContext<KoalaBear, KoalaBear5> context = SampleSegments.Context(new Random(12), proof);
        var log = new Log();
        var arithmetic = new TolerantArithmetic();
        SegmentVerifier.Run<TolerantArithmetic, KoalaBear, KoalaBear5>(ref arithmetic, s_layout, change?.Invoke(context) ?? context, proof, log);
        return log;
    }

    // γ, ζ: 5 samples each; batch grind 1; δ 5; per layer a grind 1 and β 5; query grind 1; one per query.
    const int BeforeGamma = 0, BeforeZeta = 5, BeforeBatchGrind = 10, BeforeFirstLayer = 16, BeforeSecondLayer = 22, BeforeFinal = 28, All = 33;

    [Test]
    public void Transcript_RandomProof_SamplesWhatTheDesignSays() => Assert.That(Run(s_proof).Sampled, Has.Count.EqualTo(All));

    static IEnumerable<TestCaseData> Parts()
    {
        yield return Case("permutation cap", BeforeGamma, BaseElements.Of(s_proof.PermutationCap).Length, (proof, i) => Bump(proof.PermutationCap, i));
        yield return Case("sums", BeforeGamma, BaseElements.Of(s_proof.Sums).Length, (proof, i) => Bump(proof.Sums, i));
        yield return Case("quotient cap", BeforeZeta, BaseElements.Of(s_proof.QuotientCap).Length, (proof, i) => Bump(proof.QuotientCap, i));
        yield return Case("openings", BeforeBatchGrind, BaseElements.Of(s_proof.Openings).Length, (proof, i) => Bump(proof.Openings, i));
        yield return Case("layer 0 cap", BeforeFirstLayer, BaseElements.Of(s_proof.Fri.LayerCaps[0]).Length, (proof, i) => Bump(proof.Fri.LayerCaps[0], i));
        yield return Case("layer 1 cap", BeforeSecondLayer, BaseElements.Of(s_proof.Fri.LayerCaps[1]).Length, (proof, i) => Bump(proof.Fri.LayerCaps[1], i));
        yield return Case("fold nonces", BeforeFirstLayer, 1, (proof, i) => proof.Fri.FoldNonces[i]++);
        yield return Case("final polynomial", BeforeFinal, BaseElements.Of(s_proof.Fri.FinalPolynomial).Length, (proof, i) => Bump(proof.Fri.FinalPolynomial, i));

        static TestCaseData Case(string name, int before, int count, Action<SegmentProof, int> change) => new TestCaseData(before, count, change).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Parts))]
    public void ProofElement_Changed_MovesEveryLaterChallenge(int before, int count, Action<SegmentProof, int> change)
    {
        Log original = Run(s_proof);
        for (int i = 0; i < count; i++)
        {
            SegmentProof changed = ProofCopy.Of(s_proof);
            change(changed, i);
            AssertMoved(original, Run(changed), before, $"element {i}");
        }
    }

    [Test]
    public void Nonces_Changed_MoveTheChallengesThatTheyProtect()
    {
        Log original = Run(s_proof);
        SegmentProof batch = ProofCopy.Of(s_proof, batchNonce: s_proof.Fri.BatchNonce + 1);
        AssertMoved(original, Run(batch), BeforeBatchGrind, "batch nonce");
        SegmentProof query = ProofCopy.Of(s_proof, queryNonce: s_proof.Fri.QueryNonce + 1);
        AssertMoved(original, Run(query), BeforeFinal, "query nonce");
    }

    [Test]
    public void Context_EachPart_MovesEveryChallenge()
    {
        Log original = Run(s_proof);
        for (int i = 0; i < Digest.Length; i++)
        {
            int element = i;
            AssertMoved(original, Run(s_proof, context =>
            {
                context.Global[element] += KoalaBear.One;
                return context;
            }), 0, $"G, element {i}");
        }
        AssertMoved(original, Run(s_proof, context => With(context, nonce: true)), 0, "nonce");
        AssertMoved(original, Run(s_proof, context => With(context, index: true)), 0, "segment index");
        AssertMoved(original, Run(s_proof, context => With(context, shapeClass: true)), 0, "class");
    }

    static SegmentContext<KoalaBear, KoalaBear5> With(SegmentContext<KoalaBear, KoalaBear5> c, bool nonce = false, bool index = false, bool shapeClass = false) => new()
    {
        Global = c.Global,
        Nonce = c.Nonce + KoalaBear.FromBool(nonce),
        SegmentIndex = c.SegmentIndex + KoalaBear.FromBool(index),
        ClassIndex = c.ClassIndex + KoalaBear.FromBool(shapeClass),
        Alpha = c.Alpha,
        Beta = c.Beta,
        MainCap = c.MainCap,
        PreprocessedRoots = c.PreprocessedRoots,
    };

    static void AssertMoved(Log original, Log changed, int before, string what)
    {
        for (int i = 0; i < All; i++)
        {
            if (i < before) Assert.That(changed.Sampled[i], Is.EqualTo(original.Sampled[i]), $"{what}: challenge {i} came before it");
            else Assert.That(changed.Sampled[i], Is.Not.EqualTo(original.Sampled[i]), $"{what}: challenge {i}");
        }
    }

    static void Bump(Digest[] digests, int element) => digests[element / Digest.Length][element % Digest.Length] += KoalaBear.One;

    static void Bump(KoalaBear5[] values, int element)
    {
        KoalaBear[] coefficients = BaseElements.Of([values[element / KoalaBear5.Degree]]).ToArray();
        coefficients[element % KoalaBear5.Degree] += KoalaBear.One;
        values[element / KoalaBear5.Degree] = KoalaBear5.FromCoefficients(coefficients);
    }
}
