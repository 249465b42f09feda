namespace Zkml.Hashing.Tests;

public class RowOrderTests
{
    [TestCase(0, 0)]
    [TestCase(1, 0)]
    [TestCase(1, 1)]
    [TestCase(5, 0)]
    [TestCase(5, 2)]
    [TestCase(5, 5)]
    [TestCase(10, 3)]
    public void Swap_EveryRow_IsTheReversedDomainIndexAndItsOwnInverse(int logHeight, int logCosets)
    {
        RowOrder order = RowOrder.CosetMajor(logCosets);
        int cosets = 1 << logCosets, rows = 1 << (logHeight - logCosets);
        for (int position = 0; position < 1 << logHeight; position++)
        {
            int domainIndex = cosets * (position % rows) + position / rows, expected = 0;
            for (int bit = 0; bit < logHeight; bit++)
                expected |= ((domainIndex >> bit) & 1) << (logHeight - 1 - bit);
            int leaf = order.Swap(position, logHeight);
            Assert.That(leaf, Is.EqualTo(expected), $"row {position}");
            Assert.That(order.Swap(leaf, logHeight), Is.EqualTo(position), $"row {position}");
        }
    }

    [TestCase(0u, 0, 0u)]
    [TestCase(1u, 31, 1u << 30)]
    [TestCase(0b0011u, 4, 0b1100u)]
    [TestCase(0x40000001u, 31, 0x40000001u)]
    public void ReverseBits_Value_IsReversed(uint value, int count, uint expected) => Assert.That(RowOrder.ReverseBits(value, count), Is.EqualTo(expected));

    [Test]
    public void Swap_BitReversed_IsTheIdentity() =>
        Assert.That(Enumerable.Range(0, 32).Select(position => RowOrder.BitReversed.Swap(position, 5)), Is.EqualTo(Enumerable.Range(0, 32)));

    [Test]
    public void Natural_Order_HasOneCoset() => Assert.That(RowOrder.Natural, Is.EqualTo(RowOrder.CosetMajor(0)).And.Not.EqualTo(RowOrder.BitReversed));

    [Test]
    public void CosetMajor_Negative_Throws() => Assert.That(() => RowOrder.CosetMajor(-1), Throws.InstanceOf<ArgumentOutOfRangeException>());
}
