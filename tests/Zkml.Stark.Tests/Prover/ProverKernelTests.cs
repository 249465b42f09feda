using Zkml.Fields;
using Zkml.Stark.Prover.Backends;

namespace Zkml.Stark.Tests.Prover;

/// <summary>The vector kernels against their readable forms.</summary>
public sealed unsafe class ProverKernelTests
{
    FieldMatrixPool _pool = null!;

    [SetUp]
    public void SetUp() => _pool = new FieldMatrixPool(1 << 24);

    [TearDown]
    public void TearDown() => _pool.Dispose();

    [TestCase(32, 0)]
    [TestCase(32, 29)]
    [TestCase(4, 3)]
    public void RowTile_RowsOfAMatrix_AreTransposedCyclically(int rows, int first)
    {
        using FieldMatrix matrix = RandomMatrix(rows, 37), tile = _pool.Rent(1, 16 * 32), back = _pool.Rent(16, 37);
        KoalaBear** addresses = stackalloc KoalaBear*[RowTile.Rows];
        RowTile.Address(matrix.Pointer, matrix.Stride, rows - 1, first, addresses);
        RowTile.Load(addresses, 16, 2, (PackedKoalaBear*)tile.Pointer);
        using FieldMatrix expected = _pool.Rent(1, 16 * 32);
        for (int strip = 0; strip < 2; strip++)
            RowTile.LoadStripReference(addresses, 16 + 16 * strip, expected.Pointer + 256 * strip);
        Assert.That(tile.Row(0).SequenceEqual(expected.Row(0)), Is.True);
        Assert.That(tile.Pointer[16 * 3 + 5], Is.EqualTo(matrix.Row((first + 5) % rows)[19]));

        RowTile.Store((PackedKoalaBear*)tile.Pointer, 2, back.Pointer, back.Stride);
        for (int lane = 0; lane < RowTile.Rows; lane++)
            Assert.That(back.Row(lane)[..21].SequenceEqual(matrix.Row((first + lane) % rows)[16..]), Is.True, $"lane {lane}");
    }

    [Test]
    public void ColumnView_TableInsideAMatrix_GivesItsColumnsOnly()
    {
        using FieldMatrix matrix = RandomMatrix(32, 60), tile = _pool.Rent(1, 16 * 64);
        var view = ColumnView.Of(matrix, 0, 13, 25);
        Assert.That(view.Strips, Is.EqualTo(3));
        ReadOnlySpan<PackedKoalaBear> columns = view.Load(7, 31, (PackedKoalaBear*)tile.Pointer);
        for (int column = 0; column < 25; column++)
            for (int lane = 0; lane < 16; lane++)
                Assert.That(columns[column][lane], Is.EqualTo(matrix.Row(7 + lane)[13 + column]));
        tile.Row(0).Clear();
        columns = view.LoadFrom(20, 20, 31, (PackedKoalaBear*)tile.Pointer);
        for (int column = 20; column < 25; column++)
            for (int lane = 0; lane < 16; lane++)
                Assert.That(columns[column][lane], Is.EqualTo(matrix.Row((20 + lane) % 32)[13 + column]));
    }

    [Test]
    public void PackedInverse_RandomValues_AreInverses()
    {
        using FieldMatrix matrix = RandomMatrix(2, 16 * 5 * 9);
        var values = (PackedKoalaBear5*)matrix.RowPointer(0);
        var original = new Span<PackedKoalaBear5>(values, 9).ToArray();
        PackedInverse.InPlace(values, 9, (PackedKoalaBear5*)matrix.RowPointer(1));
        for (int i = 0; i < 9; i++)
            for (int lane = 0; lane < 16; lane++)
                Assert.That(values[i][lane], Is.EqualTo(original[i][lane].Inverse()));

        var bases = (PackedKoalaBear*)matrix.RowPointer(0);
        var originalBases = new Span<PackedKoalaBear>(bases, 9).ToArray();
        PackedInverse.InPlace(bases, 9, (PackedKoalaBear*)matrix.RowPointer(1));
        for (int i = 0; i < 9; i++)
            for (int lane = 0; lane < 16; lane++)
                Assert.That(bases[i][lane], Is.EqualTo(originalBases[i][lane].Inverse()));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(33)]
    public void WideProducts_RandomAndLargestValues_EqualTheReadableForm(int count)
    {
        using FieldMatrix cells = RandomMatrix(40, 16), weights = RandomMatrix(1, 5 * 48);
        // The largest words take the sums to their bound.
        KoalaBear largest = KoalaBear.FromMontgomery(KoalaBear.Modulus - 1);
        for (int row = 0; row < 20; row++)
            cells.Row(row).Fill(largest);
        weights.Row(0)[..100].Fill(largest);
        var columns = (PackedKoalaBear*)cells.Pointer;
        Assert.That(
            WideProducts.CombineColumns(columns, weights.Pointer, count), Is.EqualTo(WideProducts.CombineColumnsReference(columns, weights.Pointer, count)));
        Assert.That(
            WideProducts.CombineRows(cells.Pointer, cells.Stride, weights.Pointer, 48, count),
            Is.EqualTo(WideProducts.CombineRowsReference(cells.Pointer, cells.Stride, weights.Pointer, 48, count)));
    }

    [Test]
    public void Arena_MoreThanItHolds_Throws()
    {
        using FieldMatrix memory = Arena.Rent(_pool, 1, 4);
        Assert.That(() =>
        {
            Arena arena = Arena.Of(memory, 0);
            arena.Take<PackedKoalaBear>(4);
            arena.Take<PackedKoalaBear>(1);
        }, Throws.InvalidOperationException);
    }

    FieldMatrix RandomMatrix(int rows, int width)
    {
        var random = new Random(11);
        FieldMatrix matrix = _pool.Rent(rows, width);
        for (int row = 0; row < rows; row++)
            ToySegment.Elements(random, width).CopyTo(matrix.Row(row));
        return matrix;
    }
}
