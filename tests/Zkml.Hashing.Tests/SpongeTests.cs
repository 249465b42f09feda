using Zkml.Fields;

namespace Zkml.Hashing.Tests;

public class SpongeTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(15)]
    [TestCase(16)]
    [TestCase(17)]
    [TestCase(32)]
    [TestCase(45)]
    public void OfRow_AnyLength_EqualsTheDefinition(int length)
    {
        KoalaBear[] row = RandomElements.Next(new Random(length), length), state = new KoalaBear[24];
        state[16] = KoalaBear.FromCanonical((uint)length);
        state[17] = KoalaBear.FromCanonical(1);
        foreach (KoalaBear[] block in row.Length == 0 ? [[]] : row.Chunk(16))
        {
            block.CopyTo(state, 0);
            Poseidon2.Permute24(state);
        }
        Assert.That(Digest.OfRow(row), Is.EqualTo(new Digest(state.AsSpan(0, 8))));
    }

    [Test]
    public void OfRow_TrailingZeros_ChangeTheDigest()
    {
        HashSet<Digest> digests = [];
        for (int length = 0; length <= 40; length++)
            Assert.That(digests.Add(Digest.OfRow(new KoalaBear[length])), Is.True, $"{length} zeros");
    }

    [Test]
    public void OfStatement_OtherTag_ChangesTheDigest()
    {
        KoalaBear[] elements = RandomElements.Next(new Random(1), 20);
        Assert.That(Digest.OfStatement(16, elements), Is.Not.EqualTo(Digest.OfStatement(17, elements)));
        Assert.That(Digest.OfStatement(16, elements), Is.Not.EqualTo(Digest.OfRow(elements)));
    }

    [TestCase(0u)]
    [TestCase(1u)]
    [TestCase(15u)]
    [TestCase(KoalaBear.Modulus)]
    [TestCase(KoalaBear.Modulus + 16)]
    public void OfStatement_ReservedTagOrNoElement_Throws(uint tag) =>
        Assert.That(() => Digest.OfStatement(tag, []), Throws.InstanceOf<ArgumentOutOfRangeException>());

    [Test]
    public void Compress_TwoDigests_IsThePermutationCutToEight()
    {
        KoalaBear[] state = RandomElements.Next(new Random(3), 16);
        Digest left = new(state.AsSpan(0, 8)), right = new(state.AsSpan(8));
        Poseidon2.Permute16(state);
        Assert.That(Digest.Compress(left, right), Is.EqualTo(new Digest(state.AsSpan(0, 8))));
        Assert.That(Digest.Compress(right, left), Is.Not.EqualTo(Digest.Compress(left, right)));
    }
}
