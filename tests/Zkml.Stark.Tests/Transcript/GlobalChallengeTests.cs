using Zkml.Fields;
using Zkml.Hashing;
using Zkml.Stark.Tests.Samples;

namespace Zkml.Stark.Tests.Transcript;

sealed class GlobalChallengeTests
{
    static readonly SessionStatement s_statement = new(default, 3, [.. Enumerable.Range(0, 16).Select(i => (ushort)(i * 4099))]);

    [TestCase(1)]
    [TestCase(2)]
    [TestCase(3)]
    [TestCase(5)]
    [TestCase(8)]
    [TestCase(13)]
    public void Global_LeafCount_IsTheLeftBalancedTree(int count)
    {
        Digest[] leaves = SampleSegments.Digests(new Random(count), count);
        Digest parameters = leaves[0];
        List<KoalaBear> statement = [.. Digest.Elements(in parameters).ToArray(), .. new KoalaBear[8], KoalaBear.FromCanonical(3)];
        statement.AddRange(s_statement.OutputLimbs.Select(limb => KoalaBear.FromCanonical(limb)));
        statement.Add(KoalaBear.FromCanonical((uint)count));
        statement.AddRange(BaseElements.Of([NaiveRoot(leaves)]).ToArray());
        Assert.That(SessionChallenge.Global(parameters, s_statement, leaves), Is.EqualTo(Digest.OfStatement(18, statement.ToArray())));
    }

    // Splits at the largest power of two below n, in the words of the definition.
    static Digest NaiveRoot(Digest[] leaves)
    {
        if (leaves.Length == 1) return leaves[0];
        int split = 1;
        while (2 * split < leaves.Length) split *= 2;
        KoalaBear[] node = [.. BaseElements.Of([NaiveRoot(leaves[..split]), NaiveRoot(leaves[split..])]).ToArray(), KoalaBear.FromCanonical((uint)leaves.Length)];
        return Digest.OfStatement(17, node);
    }

    [Test]
    public void Leaf_EachInput_ChangesTheDigest()
    {
        Digest[] cap = SampleSegments.Digests(new Random(1), 4);
        Digest leaf = SessionChallenge.Leaf(2, 5, cap);
        Assert.That(SessionChallenge.Leaf(3, 5, cap), Is.Not.EqualTo(leaf));
        Assert.That(SessionChallenge.Leaf(2, 6, cap), Is.Not.EqualTo(leaf));
        Assert.That(SessionChallenge.Leaf(2, 5, cap.AsSpan(1)), Is.Not.EqualTo(leaf));
        cap[3][7] += KoalaBear.One;
        Assert.That(SessionChallenge.Leaf(2, 5, cap), Is.Not.EqualTo(leaf));
    }

    [Test]
    public void Global_EachInput_ChangesTheDigest()
    {
        Digest[] leaves = SampleSegments.Digests(new Random(2), 3);
        Digest global = SessionChallenge.Global(default, s_statement, leaves);
        ushort[] limbs = [.. s_statement.OutputLimbs];
        limbs[15] ^= 1;
        Assert.That(SessionChallenge.Global(leaves[0], s_statement, leaves), Is.Not.EqualTo(global));
        Assert.That(SessionChallenge.Global(default, s_statement with { ImageId = leaves[0] }, leaves), Is.Not.EqualTo(global));
        Assert.That(SessionChallenge.Global(default, s_statement with { ExitCode = 4 }, leaves), Is.Not.EqualTo(global));
        Assert.That(SessionChallenge.Global(default, s_statement with { OutputLimbs = limbs }, leaves), Is.Not.EqualTo(global));
        Assert.That(SessionChallenge.Global(default, s_statement, leaves.AsSpan(1)), Is.Not.EqualTo(global));
        Assert.That(SessionChallenge.Global(default, s_statement, [leaves[1], leaves[0], leaves[2]]), Is.Not.EqualTo(global));
    }

    [Test]
    public void TryDerive_FoundNonce_GivesChallengesAndOthersFail()
    {
        FriParameters parameters = SampleSegments.Parameters with { LogUpGrindBits = 6 };
        Digest global = SampleSegments.Digests(new Random(3), 1)[0];
        uint nonce = SessionChallenge.FindNonce(parameters, global, threads: 1);
        Assert.That(SessionChallenge.TryDerive(parameters, global, nonce, out KoalaBear5 alpha, out KoalaBear5 beta), Is.True);
        Assert.That(alpha, Is.Not.EqualTo(beta));
        for (uint smaller = 0; smaller < nonce; smaller++)
            Assert.That(SessionChallenge.TryDerive(parameters, global, smaller, out _, out _), Is.False);
        Assert.That(SessionChallenge.TryDerive(parameters with { LogUpGrindBits = 0 }, global, 0, out KoalaBear5 other, out _), Is.True);
        Assert.That(other, Is.Not.EqualTo(alpha));
        Assert.That(SessionChallenge.TryDerive(parameters with { LogUpGrindBits = 0 }, global, 1, out _, out _), Is.False);
    }
}
