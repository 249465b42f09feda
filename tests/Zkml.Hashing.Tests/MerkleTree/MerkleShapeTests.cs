namespace Zkml.Hashing.Tests;

public class MerkleShapeTests
{
    [Test]
    public void Shape_MixedHeights_GroupsByFallingHeightInListOrder()
    {
        MerkleShape shape = new([new(3, 4), new(5, 2), new(3, 7), new(5, 1)], logCap: 1);
        Assert.That(shape.Groups.Select(group => (group.LogHeight, group.Width)), Is.EqualTo(new[] { (5, 3), (3, 11) }));
        Assert.That(shape.Groups.Select(group => group.Tables.ToArray()), Is.EqualTo(new[] { new[] { 1, 3 }, new[] { 0, 2 } }));
        Assert.That(Enumerable.Range(0, 4).Select(shape.OffsetOf), Is.EqualTo(new[] { 3, 0, 7, 2 }));
        Assert.That((shape.LogHeight, shape.PathLength, shape.CapLength, shape.RowLength, shape.TableCount), Is.EqualTo((5, 4, 2, 14, 4)));
    }

    [TestCase(-1, 1, 0)]
    [TestCase(31, 1, 0)]
    [TestCase(4, 0, 0)]
    [TestCase(4, -1, 0)]
    [TestCase(4, 1, 5)]
    [TestCase(4, 1, -1)]
    public void Shape_OutOfRange_Throws(int logHeight, int width, int logCap) =>
        Assert.That(() => new MerkleShape([new(logHeight, width)], logCap), Throws.ArgumentException);

    [Test]
    public void Shape_NoTablesOrTooManyElements_Throws()
    {
        Assert.That(() => new MerkleShape([], 0), Throws.ArgumentException);
        Assert.That(() => new MerkleShape([new(4, int.MaxValue), new(3, 1)], 0), Throws.ArgumentException);
    }
}
