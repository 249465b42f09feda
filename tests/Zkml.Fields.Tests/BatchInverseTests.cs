namespace Zkml.Fields.Tests;

sealed class BatchInverseTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(1000)]
    public void InPlace_WithZeros_InvertsEachAndKeepsZeros(int count)
    {
        var random = new Random(31);
        KoalaBear[] values = RandomElements.Array(random, count), inverses = (KoalaBear[])values.Clone();
        KoalaBear5[] extensions = RandomElements.ExtensionArray(random, count);
        for (int i = 0; i < count; i += 7)
            extensions[i] = default;
        var extensionInverses = (KoalaBear5[])extensions.Clone();
        BatchInverse.InPlace(inverses);
        BatchInverse.InPlace(extensionInverses);
        for (int i = 0; i < count; i++)
        {
            Assert.That(inverses[i], Is.EqualTo(values[i].Inverse()));
            Assert.That(extensionInverses[i], Is.EqualTo(extensions[i].Inverse()));
        }
    }
}
