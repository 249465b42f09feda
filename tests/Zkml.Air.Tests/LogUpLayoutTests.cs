using Zkml.Air;
using Zkml.Fields;

namespace Zkml.Air.Tests;

public sealed class LogUpLayoutTests
{
    [TestCase(0, 0, 0, false, 0)]
    [TestCase(1, 0, 1, false, 3)]
    [TestCase(2, 0, 1, true, 5)]
    [TestCase(3, 1, 2, false, 4)]
    [TestCase(4, 1, 2, true, 6)]
    [TestCase(14, 6, 7, true, 11)]
    public void Layout_InteractionCount_GivesColumnsAndConstraints(int interactions, int pairs, int columns, bool inert, int constraints)
    {
        var layout = new LogUpLayout(interactions);

        Assert.Multiple(() =>
        {
            Assert.That(layout.PairColumnCount, Is.EqualTo(pairs));
            Assert.That(layout.ColumnCount, Is.EqualTo(columns));
            Assert.That(layout.Width, Is.EqualTo(columns * KoalaBear5.Degree));
            Assert.That(layout.LastRowIsInert, Is.EqualTo(inert));
            Assert.That(layout.ConstraintCount, Is.EqualTo(constraints));
        });
    }

    [Test]
    public void TagInSegment_LocalBus_DiffersBySegmentAndNeverMeetsAnotherBus()
    {
        var local = new Bus(12, "Local", 1, IsLocal: true);
        var global = new Bus(3, "Global", 1, IsLocal: false);

        Assert.That(local.TagInSegment(0), Is.EqualTo(12u));
        Assert.That(local.TagInSegment(5), Is.EqualTo(12u + (5u << 8)));
        Assert.That(global.TagInSegment(5), Is.EqualTo(3u));
        Assert.That(local.TagInSegment(4095) % 256, Is.EqualTo(12u));
        Assert.That(local.TagInSegment(4095), Is.LessThan(KoalaBear.Modulus));
    }
}
