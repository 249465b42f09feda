namespace Zkml.Program.Tests;

[TestFixture]
public sealed class ImageIdTests
{
    const string Digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";

    [TestCase(Digits)]
    [TestCase("0x" + Digits)]
    [TestCase("0X000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1EFF")]
    public void Parse_HexadecimalDigits_RoundTrips(string text)
    {
        ImageId id = ImageId.Parse(text);
        Assert.That(id.ToString(), Is.EqualTo(Digits));
        Assert.That(id.ToArray(), Is.EqualTo(Convert.FromHexString(Digits)));
        Assert.That(id, Is.EqualTo(new ImageId(Convert.FromHexString(Digits))));
        Assert.That(id.IsZero, Is.False);
    }

    [TestCase("")]
    [TestCase("0x")]
    [TestCase("00")]
    [TestCase(Digits + "0")]
    [TestCase(Digits + "00")]
    [TestCase(" 00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff")]
    [TestCase("g00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff")]
    [TestCase("+00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff")]
    public void TryParse_OtherText_IsFalse(string text)
    {
        Assert.That(ImageId.TryParse(text, out ImageId id), Is.False);
        Assert.That(id.IsZero, Is.True);
        Assert.That(() => ImageId.Parse(text), Throws.TypeOf<FormatException>());
    }

    [Test]
    public void Equals_EachByteChanged_Differs()
    {
        byte[] bytes = Convert.FromHexString(Digits);
        ImageId id = new(bytes);
        for (int i = 0; i < ImageId.ByteCount; i++)
        {
            byte[] changed = [.. bytes];
            changed[i] ^= 0x10;
            Assert.That(new ImageId(changed), Is.Not.EqualTo(id));
        }
    }

    [Test]
    public void Constructor_WrongLength_Throws() => Assert.That(() => new ImageId(new byte[31]), Throws.ArgumentException);
}
