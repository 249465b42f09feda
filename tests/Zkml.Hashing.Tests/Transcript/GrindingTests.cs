using Zkml.Fields;
using NativeTranscript = Zkml.Hashing.Challenger<Zkml.Fields.KoalaBear, Zkml.Hashing.Poseidon2>;

namespace Zkml.Hashing.Tests;

public class GrindingTests
{
    static NativeTranscript After(int observed)
    {
        NativeTranscript challenger = new();
        challenger.Observe(RandomElements.Next(new Random(observed), observed));
        return challenger;
    }

    // 15 pending elements: the nonce fills the block. 16 and 32: it starts a new one.
    [TestCase(0, 1)]
    [TestCase(3, 1)]
    [TestCase(15, 2)]
    [TestCase(16, 3)]
    [TestCase(31, 2)]
    [TestCase(37, 8)]
    public void Find_EightBits_EqualsNaiveSearch(int observed, int threads)
    {
        uint expected = 0;
        while (!Grinding.Check(After(observed).Fork(), expected, 8))
            expected++;
        Assert.That(Grinding.Find(After(observed), 8, threads), Is.EqualTo(expected));
    }

    [Test]
    public void Find_AfterASample_EqualsNaiveSearch()
    {
        NativeTranscript challenger = After(5);
        challenger.Sample();
        uint expected = 0;
        while (!Grinding.Check(challenger.Fork(), expected, 8))
            expected++;
        Assert.That(Grinding.Find(challenger, 8, 2), Is.EqualTo(expected));
    }

    [Test]
    public void Find_SixteenBits_IsTheSameForAnyThreadCountAndPasses()
    {
        uint nonce = Grinding.Find(After(9), 16, 1);
        Assert.That(Grinding.Find(After(9), 16, 4), Is.EqualTo(nonce));
        Assert.That(Grinding.Check(After(9), nonce, 16), Is.True);
    }

    [Test]
    public void Find_LeavesTheChallengerAlone()
    {
        NativeTranscript challenger = After(9);
        Grinding.Find(challenger, 4, 1);
        Assert.That(challenger.Sample(), Is.EqualTo(After(9).Sample()));
    }

    [Test]
    public void Check_ObservesTheNonceAndSamplesOnce()
    {
        NativeTranscript challenger = After(9), twin = After(9);
        Grinding.Check(challenger, 77, 3);
        twin.Observe(KoalaBear.FromCanonical(77));
        twin.Sample();
        Assert.That(challenger.Sample(), Is.EqualTo(twin.Sample()));
    }

    [Test]
    public void Check_ZeroBits_AcceptsOnlyNonceZeroAndTouchesNothing()
    {
        NativeTranscript challenger = After(9);
        Assert.That(Grinding.Check(challenger, 0, 0), Is.True);
        Assert.That(Grinding.Check(challenger, 1, 0), Is.False);
        Assert.That(Grinding.Find(challenger, 0, 1), Is.Zero);
        Assert.That(challenger.Sample(), Is.EqualTo(After(9).Sample()));
    }

    [TestCase(1u << 30)]
    [TestCase(KoalaBear.Modulus)]
    [TestCase(uint.MaxValue)]
    public void Check_NonceOutOfRange_IsRefused(uint nonce)
    {
        uint aliased = nonce % KoalaBear.Modulus;
        Assert.That(Grinding.Check(After(1), nonce, 1), Is.False);
        Assert.That(Grinding.Check(After(2), nonce, 1), Is.False);
        Assert.That(Grinding.Check(After(3), nonce, 1), Is.False, $"would alias {aliased}");
    }

    [TestCase(-1)]
    [TestCase(25)]
    public void Check_BitsOutOfRange_Throws(int bits) => Assert.That(() => Grinding.Check(After(1), 0, bits), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Check_RandomNonces_PassAboutOneInEight()
    {
        int passed = Enumerable.Range(0, 2000).Count(nonce => Grinding.Check(After(4), (uint)nonce, 3));
        Assert.That(passed, Is.InRange(180, 330));
    }
}
