using Zkml.Fields;

namespace Zkml.Hashing.Tests;

public class DigestTests
{
    static Digest Sample => new(RandomElements.Next(new Random(5), Digest.Length));

    [Test]
    public void TryFromBytes_OfToBytes_GivesTheSameDigest()
    {
        Assert.That(Digest.TryFromBytes(Sample.ToBytes(), out Digest read), Is.True);
        Assert.That(read, Is.EqualTo(Sample));
    }

    [Test]
    public void ToBytes_FirstElementOne_IsLittleEndian()
    {
        Digest digest = default;
        digest[0] = KoalaBear.One;
        digest[7] = KoalaBear.FromCanonical(0x01020304);
        byte[] bytes = digest.ToBytes();
        Assert.That(bytes[..4], Is.EqualTo(new byte[] { 1, 0, 0, 0 }));
        Assert.That(bytes[28..], Is.EqualTo(new byte[] { 4, 3, 2, 1 }));
    }

    [TestCase(0)]
    [TestCase(31)]
    [TestCase(33)]
    public void TryFromBytes_WrongLength_IsRefused(int length) => Assert.That(Digest.TryFromBytes(new byte[length], out _), Is.False);

    [TestCase(0x7F000001u)]
    [TestCase(0xFFFFFFFFu)]
    public void TryFromBytes_WordNotBelowModulus_IsRefusedAtEveryPlace(uint word)
    {
        for (int place = 0; place < Digest.Length; place++)
        {
            byte[] bytes = Sample.ToBytes();
            BitConverter.TryWriteBytes(bytes.AsSpan(4 * place), word);
            Assert.That(Digest.TryFromBytes(bytes, out _), Is.False, $"word {place}");
        }
    }

    [Test]
    public void TryParse_OfToString_GivesTheSameDigest()
    {
        Assert.That(Digest.TryParse(Sample.ToString(), out Digest lower), Is.True);
        Assert.That(Digest.TryParse(Sample.ToString().ToUpperInvariant(), out Digest upper), Is.True);
        Assert.That(lower, Is.EqualTo(Sample));
        Assert.That(upper, Is.EqualTo(Sample));
    }

    [TestCase(null)]
    [TestCase("")]
    [TestCase("00")]
    [TestCase("zz00000000000000000000000000000000000000000000000000000000000000")]
    [TestCase("0100007f00000000000000000000000000000000000000000000000000000000")]
    public void TryParse_Malformed_IsRefused(string? hex) => Assert.That(Digest.TryParse(hex, out _), Is.False);

    [Test]
    public void Equals_OneElementChanged_IsFalse()
    {
        for (int place = 0; place < Digest.Length; place++)
        {
            Digest changed = Sample;
            changed[place] += KoalaBear.One;
            Assert.That(changed == Sample, Is.False, $"element {place}");
            Assert.That(changed != Sample, Is.True, $"element {place}");
        }
    }
}
