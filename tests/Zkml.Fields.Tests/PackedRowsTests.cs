namespace Zkml.Fields.Tests;

sealed class PackedRowsTests
{
    [Test]
    public void Load_EveryRow_HoldsTheRowsOfTheCosetInTheLanes([Values(0, 2, 4, 6)] int logCosetSize, [Values(1, 16, 37)] int width)
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix matrix = pool.Rent(2 << logCosetSize, width);
        for (int row = 0; row < matrix.Rows; row++)
            for (int column = 0; column < width; column++)
                matrix.Row(row)[column] = KoalaBear.FromCanonical((uint)(row * 1000 + column));
        var columns = new PackedKoalaBear[matrix.Stride];
        int size = 1 << logCosetSize;
        for (int row = 0; row < matrix.Rows; row++)
        {
            PackedRows.Load(matrix, row, logCosetSize, columns);
            for (int column = 0; column < matrix.Stride; column++)
                for (int lane = 0; lane < PackedKoalaBear.Lanes; lane++)
                    if (columns[column][lane] != matrix.PaddedRow(row / size * size + (row + lane) % size)[column])
                        Assert.Fail($"row {row}, column {column}, lane {lane}: {columns[column][lane]}");
        }
    }

    [Test]
    public void Load_OutsideTheMatrix_Throws()
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix matrix = pool.Rent(12, 3);
        var columns = new PackedKoalaBear[16];
        Assert.That(() => PackedRows.Load(matrix, 12, 2, columns), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => PackedRows.Load(matrix, 9, 3, columns), Throws.TypeOf<ArgumentOutOfRangeException>(), "the second coset of eight is cut short");
        Assert.That(() => PackedRows.Load(matrix, 0, 31, columns), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => PackedRows.Load(matrix, 0, -1, columns), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => PackedRows.Load(matrix, 0, 2, new PackedKoalaBear[3]), Throws.TypeOf<ArgumentOutOfRangeException>());
    }
}
