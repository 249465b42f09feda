using Zkml.Cli.Input;

namespace Zkml.Cli.Tests.Input;

[TestFixture]
sealed class ByteSizeTests
{
    [TestCase("1048576", 1L << 20)]
    [TestCase("2GiB", 2L << 30)]
    [TestCase("2g", 2L << 30)]
    [TestCase("1.5 MiB", 3L << 19)]
    [TestCase("512M", 512L << 20)]
    public void Parse_SizeWithUnit_IsBytes(string text, long expected)
    {
        Assert.That(ByteSize.TryParse(text, out long bytes), Is.True);
        Assert.That(bytes, Is.EqualTo(expected));
    }

    [TestCase("")]
    [TestCase("GiB")]
    [TestCase("-1")]
    [TestCase("0")]
    [TestCase("1e9")]
    [TestCase("2XiB")]
    [TestCase("9999999TiB")]
    public void Parse_NoSize_Fails(string text) => Assert.That(ByteSize.TryParse(text, out _), Is.False);

    [TestCase(512, "512 B")]
    [TestCase(1536, "1.5 KiB")]
    [TestCase(2L << 30, "2.0 GiB")]
    public void Format_Bytes_PicksTheUnit(long bytes, string expected) => Assert.That(ByteSize.Format(bytes), Is.EqualTo(expected));
}
