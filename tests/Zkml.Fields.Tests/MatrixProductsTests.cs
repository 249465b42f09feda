namespace Zkml.Fields.Tests;

sealed class MatrixProductsTests
{
    [Test]
    public void WeightRows_AnyShape_EqualsTheDefinition([Values(1, 2, 7, 512, 513, 1500)] int count, [Values(1, 17, 40)] int width, [Values(1, 3)] int threads)
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix matrix = Random(pool, count + 3, width);
        KoalaBear5[] weights = RandomElements.ExtensionArray(new Random(51), count), result = RandomElements.ExtensionArray(new Random(52), width);
        MatrixProducts.WeightRows(weights, matrix, 2, result, threads);
        for (int j = 0; j < width; j++)
        {
            KoalaBear5 expected = default;
            for (int i = 0; i < count; i++)
                expected += weights[i] * matrix.Row(2 + i)[j];
            Assert.That(result[j], Is.EqualTo(expected), $"column {j}");
        }
    }

    [Test]
    public void WeightColumns_AnyShape_EqualsTheDefinition([Values(1, 600)] int count, [Values(1, 16, 17, 33, 112, 200)] int width, [Values(1, 3)] int threads)
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix matrix = Random(pool, count + 3, width);
        KoalaBear5[] weights = RandomElements.ExtensionArray(new Random(53), width), result = RandomElements.ExtensionArray(new Random(54), count);
        MatrixProducts.WeightColumns(matrix, 3, weights, result, threads);
        for (int i = 0; i < count; i++)
        {
            KoalaBear5 expected = default;
            for (int j = 0; j < width; j++)
                expected += weights[j] * matrix.Row(3 + i)[j];
            Assert.That(result[i], Is.EqualTo(expected), $"row {i}");
        }
    }

    [Test]
    public void Products_LargestWords_DoNotOverflow()
    {
        KoalaBear largest = KoalaBear.FromMontgomery(KoalaBear.Modulus - 1);
        KoalaBear5 weight = new(largest, largest, largest, largest, largest);
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix matrix = pool.Rent(300, 300);
        for (int row = 0; row < 300; row++)
            matrix.Row(row).Fill(largest);
        var weights = new KoalaBear5[300];
        Array.Fill(weights, weight);
        KoalaBear5[] byRows = new KoalaBear5[300], byColumns = new KoalaBear5[300];
        MatrixProducts.WeightRows(weights, matrix, 0, byRows, 1);
        MatrixProducts.WeightColumns(matrix, 0, weights, byColumns, 1);
        KoalaBear5 expected = weight * largest * KoalaBear.FromCanonical(300);
        Assert.That(byRows, Is.All.EqualTo(expected));
        Assert.That(byColumns, Is.All.EqualTo(expected));
    }

    [Test]
    public void Products_WrongShapes_Throw()
    {
        using var pool = new FieldMatrixPool(0);
        using FieldMatrix matrix = pool.Rent(4, 3);
        Assert.That(() => MatrixProducts.WeightRows(new KoalaBear5[4], matrix, 1, new KoalaBear5[3], 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => MatrixProducts.WeightRows(new KoalaBear5[4], matrix, 0, new KoalaBear5[4], 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => MatrixProducts.WeightColumns(matrix, -1, new KoalaBear5[3], new KoalaBear5[3], 1), Throws.TypeOf<ArgumentOutOfRangeException>());
        Assert.That(() => MatrixProducts.WeightColumns(matrix, 0, new KoalaBear5[4], new KoalaBear5[4], 1), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    static FieldMatrix Random(FieldMatrixPool pool, int rows, int width)
    {
        FieldMatrix matrix = pool.Rent(rows, width);
        var random = new Random(55);
        for (int row = 0; row < rows; row++)
            foreach (ref KoalaBear value in matrix.Row(row))
                value = RandomElements.Next(random);
        return matrix;
    }
}
