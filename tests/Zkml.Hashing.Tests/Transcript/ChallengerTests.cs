using Zkml.Fields;
using NativeTranscript = Zkml.Hashing.Challenger<Zkml.Fields.KoalaBear, Zkml.Hashing.Poseidon2>;

namespace Zkml.Hashing.Tests;

public class ChallengerTests
{
    static KoalaBear[] Elements(int count) => RandomElements.Next(new Random(count), count);

    static KoalaBear[] Samples(NativeTranscript challenger, int count)
    {
        KoalaBear[] samples = new KoalaBear[count];
        challenger.Sample(samples);
        return samples;
    }

    static NativeTranscript After(params KoalaBear[] observed)
    {
        NativeTranscript challenger = new();
        challenger.Observe(observed);
        return challenger;
    }

    // The definition written again with a separate buffer, as the transcript's note states it.
    static KoalaBear[] ReferenceSamples(KoalaBear[] observed, int count)
    {
        KoalaBear[] state = new KoalaBear[24];
        state[17] = KoalaBear.FromCanonical(2);
        foreach (KoalaBear[] block in observed.Chunk(16))
        {
            block.CopyTo(state, 0);
            state[16] += KoalaBear.FromCanonical((uint)block.Length);
            Poseidon2.Permute24(state);
        }
        bool isFresh = observed.Length > 0;
        List<KoalaBear> samples = [];
        while (samples.Count < count)
        {
            if (!isFresh)
            {
                state[16] += KoalaBear.FromCanonical(17);
                Poseidon2.Permute24(state);
            }
            samples.AddRange(state.Take(16));
            isFresh = false;
        }
        return [.. samples.Take(count)];
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(15)]
    [TestCase(16)]
    [TestCase(17)]
    [TestCase(40)]
    public void Sample_AfterAnyLength_EqualsTheDefinition(int length) =>
        Assert.That(Samples(After(Elements(length)), 35), Is.EqualTo(ReferenceSamples(Elements(length), 35)));

    [Test]
    public void Sample_AfterZerosOfDifferentCount_Differs()
    {
        HashSet<KoalaBear> first = [];
        for (int length = 0; length <= 40; length++)
            Assert.That(first.Add(After(new KoalaBear[length]).Sample()), Is.True, $"{length} zeros");
    }

    [Test]
    public void Sample_OneElementChanged_Differs()
    {
        KoalaBear[] original = Samples(After(Elements(40)), 8);
        for (int place = 0; place < 40; place++)
        {
            KoalaBear[] changed = Elements(40);
            changed[place] += KoalaBear.One;
            Assert.That(Samples(After(changed), 8), Is.Not.EqualTo(original), $"element {place}");
        }
    }

    [Test]
    public void Sample_OrderSwapped_Differs()
    {
        KoalaBear a = KoalaBear.FromCanonical(7), b = KoalaBear.FromCanonical(9);
        Assert.That(After(a, b).Sample(), Is.Not.EqualTo(After(b, a).Sample()));
    }

    [Test]
    public void Sample_BetweenDifferentSplits_GivesDistinctTranscripts()
    {
        KoalaBear[] e = Elements(3);
        KoalaBear[] FinalSamples(int split)
        {
            NativeTranscript challenger = new();
            challenger.Observe(e.AsSpan(0, split));
            challenger.Sample();
            challenger.Observe(e.AsSpan(split));
            return Samples(challenger, 4);
        }
        KoalaBear[][] all = [FinalSamples(0), FinalSamples(1), FinalSamples(2), FinalSamples(3), Samples(After(e), 4)];
        Assert.That(all.Select(samples => samples[0]), Is.Unique);
    }

    [Test]
    public void Sample_CountBeforeAnObservation_DoesNotMatterWithinOneOutputBlock()
    {
        NativeTranscript one = After(Elements(3)), many = After(Elements(3)), more = After(Elements(3));
        Samples(one, 1);
        Samples(many, 16);
        Samples(more, 17);
        foreach (NativeTranscript challenger in new[] { one, many, more })
            challenger.Observe(KoalaBear.One);
        KoalaBear afterOne = one.Sample();
        Assert.That(many.Sample(), Is.EqualTo(afterOne));
        Assert.That(more.Sample(), Is.Not.EqualTo(afterOne));
    }

    [Test]
    public void Observe_AfterSample_DiscardsOutputs()
    {
        NativeTranscript challenger = After(Elements(5)), twin = After(Elements(5));
        KoalaBear[] outputs = Samples(twin, 2);
        Assert.That(challenger.Sample(), Is.EqualTo(outputs[0]));
        challenger.Observe(KoalaBear.Zero);
        Assert.That(challenger.Sample(), Is.Not.EqualTo(outputs[1]));
    }

    [Test]
    public void Transcript_SixteenElements_DiffersFromStatementAndRowHash()
    {
        KoalaBear[] e = Elements(16);
        Digest row = Digest.OfRow(e), statement = Digest.OfStatement(DomainTags.FirstStatement, e);
        Assert.That(After(e).Sample(), Is.Not.EqualTo(row[0]));
        Assert.That(After(e).Sample(), Is.Not.EqualTo(statement[0]));
    }

    [Test]
    public void Fork_Continued_EqualsOriginalAndLeavesItAlone()
    {
        NativeTranscript original = After(Elements(21)), fork = original.Fork();
        fork.Observe(KoalaBear.One);
        fork.Sample();
        Assert.That(Samples(original.Fork(), 20), Is.EqualTo(Samples(After(Elements(21)), 20)));
        Assert.That(Samples(original, 20), Is.EqualTo(Samples(After(Elements(21)), 20)));
    }

    [Test]
    public void NativeObserve_DigestAndExtension_EqualTheirElements()
    {
        KoalaBear[] e = Elements(13);
        Digest digest = new(e.AsSpan(0, 8));
        NativeTranscript challenger = new();
        challenger.Observe(digest);
        challenger.Observe(KoalaBear5.FromCoefficients(e.AsSpan(8)));
        NativeTranscript plain = After(e);
        Assert.That(challenger.SampleExtension(), Is.EqualTo(KoalaBear5.FromCoefficients(Samples(plain, 5))));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(24)]
    public void SampleBits_Count_IsTheLowBitsOfOneSample(int count)
    {
        NativeTranscript challenger = After(Elements(4)), twin = After(Elements(4));
        Assert.That(challenger.SampleBits(count), Is.EqualTo(twin.Sample().ToCanonical() % (1u << count)));
        Assert.That(challenger.Sample(), Is.EqualTo(twin.Sample()));
    }

    [TestCase(-1)]
    [TestCase(25)]
    public void SampleBits_OutOfRange_Throws(int count) =>
        Assert.That(() => new NativeTranscript().SampleBits(count), Throws.InstanceOf<ArgumentOutOfRangeException>());

    sealed class Log : ITranscriptObserver<KoalaBear>
    {
        public List<(char Kind, KoalaBear Value)> Entries { get; } = [];

        public void Observed(KoalaBear value) => Entries.Add(('o', value));

        public void Sampled(KoalaBear value) => Entries.Add(('s', value));
    }

    [Test]
    public void Observer_SeesEveryElementInOrder_AndChangesNothing()
    {
        Log log = new();
        NativeTranscript challenger = new(log), plain = new();
        KoalaBear[] e = Elements(3);
        List<(char, KoalaBear)> expected = [];
        foreach (KoalaBear value in e)
        {
            challenger.Observe(value);
            plain.Observe(value);
            expected.Add(('o', value));
        }
        for (int i = 0; i < 20; i++)
            expected.Add(('s', plain.Sample()));
        for (int i = 0; i < 20; i++)
            challenger.Sample();
        challenger.Fork().Observe(KoalaBear.One);
        Assert.That(log.Entries, Is.EqualTo(expected));
    }
}
