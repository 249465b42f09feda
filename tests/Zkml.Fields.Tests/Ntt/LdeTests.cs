namespace Zkml.Fields.Tests;

sealed class LdeTests
{
    // Small sizes take the block-wise path (up to 2^11 rows), larger ones the two-pass path; odd and even sizes take other last steps.
    [Test, Pairwise]
    public void Extend_AnyShape_EqualsTheReference(
        [Values(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)] int logSize, [Values(1, 2, 16, 17, 33, 112, 200)] int width, [Values(0, 1, 2, 3)] int logBlowup,
        [Values(1, 3)] int threads, [Values] bool shifted) =>
        CheckAgainstReference(logSize, width, logBlowup, threads, shifted, columnStep: 7);

    [TestCase(16, 40, 1), TestCase(17, 5, 2), TestCase(18, 18, 0), Category("Slow")]
    public void Extend_LargeSizes_EqualsTheReference(int logSize, int width, int logBlowup) =>
        CheckAgainstReference(logSize, width, logBlowup, 2, shifted: true, columnStep: 13);

    [TestCase(20, 20, 1), TestCase(21, 3, 1), TestCase(22, 1, 2), Category("Slow")]
    public void Extend_LargestSizes_EqualsTheReference(int logSize, int width, int logBlowup) =>
        CheckAgainstReference(logSize, width, logBlowup, 2, shifted: false, columnStep: 19);

    [Test]
    public void Extend_NextRow_IsTheNextPointOfTheSameCoset()
    {
        // The column x ↦ x over H_N extends to the points themselves.
        const int logSize = 5, logBlowup = 2;
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix values = pool.Rent(1 << logSize, 1), output = pool.Rent(1 << (logSize + logBlowup), 1);
        for (int i = 0; i < values.Rows; i++)
            values.Row(i)[0] = Domains.Root(logSize).Power((ulong)i);
        Lde.Extend(values, KoalaBear.One, logBlowup, output, 1);
        for (int coset = 0; coset < 4; coset++)
            for (int i = 0; i < values.Rows; i++)
                Assert.That(
                    output.Row((coset << logSize) + i)[0],
                    Is.EqualTo(Domains.CosetShift(logSize + logBlowup) * Domains.Root(logSize + logBlowup).Power((ulong)((i << logBlowup) + coset))));
    }

    [Test]
    public void Extend_ThreadCounts_GiveEqualBytes()
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix values = Random(pool, 13, 21, 43), one = pool.Rent(1 << 14, 21), four = pool.Rent(1 << 14, 21);
        Lde.Extend(values, KoalaBear.One, 1, one, 1);
        Lde.Extend(values, KoalaBear.One, 1, four, 4);
        for (int row = 0; row < one.Rows; row++)
            Assert.That(one.PaddedRow(row).SequenceEqual(four.PaddedRow(row)), $"row {row}");
    }

    [Test]
    public void Extend_UnspecifiedOutput_KeepsTheInputAndZeroesThePadding()
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix values = Random(pool, 12, 3, 44), copy = Random(pool, 12, 3, 44), output = pool.RentUnspecified(1 << 13, 3);
        for (int row = 0; row < output.Rows; row++)
            output.PaddedRow(row).Fill(KoalaBear.One);
        Lde.Extend(values, KoalaBear.One, 1, output, 2);
        for (int row = 0; row < values.Rows; row++)
            Assert.That(values.PaddedRow(row).SequenceEqual(copy.PaddedRow(row)), $"row {row}");
        for (int row = 0; row < output.Rows; row++)
            Assert.That(output.PaddedRow(row)[3..].IndexOfAnyExcept(KoalaBear.Zero), Is.EqualTo(-1), $"row {row}");
    }

    [Test]
    public void Extend_WrongShapes_ThrowsWithTheNumbers()
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix six = pool.Rent(6, 2), four = pool.Rent(4, 2), eight = pool.Rent(8, 2), narrow = pool.Rent(8, 1);
        Assert.That(() => Lde.Extend(six, KoalaBear.One, 1, eight, 1), Throws.ArgumentException.With.Message.Contains("6 rows"));
        Assert.That(() => Lde.Extend(four, KoalaBear.One, 2, eight, 1), Throws.ArgumentException.With.Message.Contains("[8 × 2], expected [16 × 2]"));
        Assert.That(() => Lde.Extend(four, KoalaBear.One, 1, narrow, 1), Throws.ArgumentException.With.Message.Contains("[8 × 1]"));
        Assert.That(() => Lde.Extend(four, KoalaBear.One, 0, four, 1), Throws.ArgumentException.With.Message.Contains("one matrix"));
        Assert.That(() => Lde.Extend(four, KoalaBear.Zero, 1, eight, 1), Throws.ArgumentException.With.Message.Contains("shift"));
        Assert.That(() => Lde.Extend(four, KoalaBear.One, 23, eight, 1), Throws.ArgumentException.With.Message.Contains("2^24"));
        Assert.That(() => Lde.Extend(four, KoalaBear.One, -1, eight, 1), Throws.ArgumentException);
    }

    static void CheckAgainstReference(int logSize, int width, int logBlowup, int threads, bool shifted, int columnStep)
    {
        KoalaBear shift = shifted ? KoalaBear.FromCanonical(123_456_789) : KoalaBear.One;
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix values = Random(pool, logSize, width, 45), output = pool.RentUnspecified(1 << (logSize + logBlowup), width);
        Lde.Extend(values, shift, logBlowup, output, threads);
        var column = new KoalaBear[output.Rows];
        // The last column is always looked at, and every columnStep-th before it.
        for (int k = width - 1; k >= 0; k -= columnStep)
        {
            Array.Clear(column);
            for (int i = 0; i < values.Rows; i++)
                column[i] = values.Row(i)[k];
            Ntt.Interpolate(column.AsSpan(0, values.Rows), shift);
            Ntt.Evaluate<KoalaBear>(column, Domains.CosetShift(logSize + logBlowup));
            for (int row = 0; row < output.Rows; row++)
            {
                int coset = row >> logSize, i = row & (values.Rows - 1);
                if (output.Row(row)[k] != column[(i << logBlowup) + coset])
                    Assert.Fail($"column {k}, coset {coset}, row {i}: {output.Row(row)[k]}, expected {column[(i << logBlowup) + coset]}");
            }
        }
    }

    static FieldMatrix Random(FieldMatrixPool pool, int logSize, int width, int seed)
    {
        FieldMatrix matrix = pool.Rent(1 << logSize, width);
        var random = new Random(seed);
        for (int row = 0; row < matrix.Rows; row++)
            foreach (ref KoalaBear value in matrix.Row(row))
                value = RandomElements.Next(random);
        return matrix;
    }
}
