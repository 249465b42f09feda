namespace Zkml.Fields.Tests;

sealed unsafe class FieldMatrixTests
{
    [TestCase(1, 16)]
    [TestCase(16, 16)]
    [TestCase(17, 32)]
    [TestCase(112, 112)]
    [TestCase(200, 208)]
    public void Rent_AnyWidth_PadsRowsToWholeVectors(int width, int stride)
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix matrix = pool.Rent(5, width);
        Assert.That((matrix.Rows, matrix.Width, matrix.Stride), Is.EqualTo((5, width, stride)));
        Assert.That((long)matrix.Pointer % 64, Is.Zero);
        Assert.That((long)matrix.RowPointer(4) - (long)matrix.Pointer, Is.EqualTo(4L * stride * sizeof(KoalaBear)));
        Assert.That(matrix.Row(4).Length, Is.EqualTo(width));
        Assert.That(matrix.PaddedRow(4).Length, Is.EqualTo(stride));
    }

    [Test]
    public void Rent_ReusedBuffer_HasZeroPadding()
    {
        using var pool = new FieldMatrixPool(1 << 20);
        FieldMatrix first = pool.RentUnspecified(8, 19);
        long address = (long)first.Pointer;
        for (int row = 0; row < 8; row++)
            first.PaddedRow(row).Fill(KoalaBear.One);
        first.Dispose();
        using FieldMatrix second = pool.Rent(8, 19);
        Assert.That((long)second.Pointer, Is.EqualTo(address), "the buffer is reused");
        for (int row = 0; row < 8; row++)
            Assert.That(second.PaddedRow(row)[19..].ToArray(), Is.All.EqualTo(KoalaBear.Zero));
    }

    [Test]
    public void Row_OutsideTheMatrix_Throws()
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix matrix = pool.Rent(5, 3);
        Assert.That(() => { _ = matrix.Row(5); }, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => { _ = matrix.Row(-1); }, Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => pool.Rent(0, 3), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => pool.Rent(3, 0), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Dispose_Twice_ReturnsOnceAndEndsUse()
    {
        using var pool = new FieldMatrixPool(1 << 20);
        FieldMatrix matrix = pool.Rent(5, 3);
        matrix.Dispose();
        matrix.Dispose();
        Assert.That(pool.LiveBytes, Is.Zero);
        Assert.That(() => { _ = matrix.Row(0); }, Throws.TypeOf<ObjectDisposedException>());
    }

    [Test]
    public void Pool_RentReturnTrim_CountsLiveIdleAndPeak()
    {
        using var pool = new FieldMatrixPool(100 << 20);
        FieldMatrix a = pool.Rent(1 << 16, 16), b = pool.Rent(1 << 17, 16); // 4 and 8 MiB
        Assert.That((pool.LiveBytes, pool.IdleBytes, pool.PeakBytes), Is.EqualTo((12L << 20, 0L, 12L << 20)));
        a.Dispose();
        Assert.That((pool.LiveBytes, pool.IdleBytes, pool.PeakBytes), Is.EqualTo((8L << 20, 4L << 20, 12L << 20)));
        b.Dispose();
        using (pool.Rent(1 << 17, 15))
            Assert.That((pool.LiveBytes, pool.IdleBytes, pool.PeakBytes), Is.EqualTo((8L << 20, 4L << 20, 12L << 20)), "reused");
        pool.Trim();
        Assert.That((pool.LiveBytes, pool.IdleBytes, pool.PeakBytes), Is.EqualTo((0L, 0L, 12L << 20)));
    }

    [Test]
    public void Pool_ReturnsAboveTheLimit_KeepsTheNewest()
    {
        using var pool = new FieldMatrixPool(8 << 20);
        FieldMatrix a = pool.Rent(1 << 16, 16), b = pool.Rent(1 << 16, 16), c = pool.Rent(1 << 16, 16), large = pool.Rent(1 << 18, 16);
        long addressOfC = (long)c.Pointer;
        a.Dispose();
        b.Dispose();
        c.Dispose();
        Assert.That(pool.IdleBytes, Is.EqualTo(8L << 20));
        large.Dispose();
        Assert.That(pool.IdleBytes, Is.EqualTo(8L << 20), "a buffer above the limit is not kept");
        using FieldMatrix first = pool.Rent(1 << 16, 16), second = pool.Rent(1 << 16, 16);
        Assert.That(new[] { (long)first.Pointer, (long)second.Pointer }, Does.Contain(addressOfC));
    }

    [Test]
    public void Clear_AnyThreadCount_ZeroesEverything([Values(1, 3)] int threads)
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix matrix = pool.RentUnspecified(200_000, 20);
        for (int row = 0; row < matrix.Rows; row++)
            matrix.PaddedRow(row).Fill(KoalaBear.One);
        matrix.Clear(threads);
        for (int row = 0; row < matrix.Rows; row++)
            Assert.That(matrix.PaddedRow(row).IndexOfAnyExcept(KoalaBear.Zero), Is.EqualTo(-1));
    }
}
