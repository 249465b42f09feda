using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Tests.Elementwise;

namespace Zkml.Guest.Onnx.Tests.Neural;

/// <summary>Matrix products and Einstein sums in several types.</summary>
[TestFixture]
sealed class ProductTests
{
    [Test]
    public void MatMul_Int32Broadcast_IsExact()
    {
        Random random = new(1);
        Tensor a = random.Integers(-50000, 50000, 2, 1, 3, 4), b = random.Integers(-50000, 50000, 5, 4, 2);
        Tensor y = new OperatorRunner("MatMul", 13).Run(a, b)[0];
        Assert.That(y.Shape, Is.EqualTo(new Shape(2, 5, 3, 2)));
        for (int i = 0; i < y.Shape.Count; i++)
        {
            int column = i % 2, row = i / 2 % 3, right = i / 6 % 5, left = i / 30, sum = 0;
            for (int k = 0; k < 4; k++) sum = unchecked(sum + (int)a.IntegerAt((left * 3 + row) * 4 + k) * (int)b.IntegerAt((right * 4 + k) * 2 + column));
            Assert.That(y.IntegerAt(i), Is.EqualTo(sum), $"element {i}");
        }
    }

    [Test]
    public void MatMul_Vectors_LoseTheirAxis()
    {
        Random random = new(2);
        Tensor vector = random.Doubles(4), matrix = random.Doubles(4, 3);
        Assert.That(new OperatorRunner("MatMul", 13).Run(vector, vector)[0].Shape, Is.EqualTo(Shape.Scalar));
        Tensor y = new OperatorRunner("MatMul", 13).Run(vector, matrix)[0];
        Assert.That(y.Shape, Is.EqualTo(new Shape(3)));
        for (int i = 0; i < 3; i++)
            Assert.That(y.NumberAt(i), Is.EqualTo(Enumerable.Range(0, 4).Sum(k => vector.NumberAt(k) * matrix.NumberAt(3 * k + i))).Within(1e-15));
    }

    [Test]
    public void Gemm_TransposedIntegersWithColumnBias_IsExact()
    {
        Random random = new(3);
        Tensor a = random.Integers(-9, 9, 4, 2), b = random.Integers(-9, 9, 3, 4), c = random.Integers(-9, 9, 2, 1);
        Tensor y = new OperatorRunner("Gemm", 13).With("transA", 1L).With("transB", 1L).With("alpha", 2f).With("beta", 3f).Run(a, b, c)[0];
        for (int row = 0; row < 2; row++)
            for (int column = 0; column < 3; column++)
                Assert.That(y.IntegerAt(3 * row + column),
                    Is.EqualTo(2 * Enumerable.Range(0, 4).Sum(k => a.IntegerAt(2 * k + row) * b.IntegerAt(4 * column + k)) + 3 * c.IntegerAt(row)));
    }

    [Test]
    public void Einsum_EllipsisAndThreeOperands_IsTheSum()
    {
        Random random = new(4);
        Tensor a = random.Integers(-9, 9, 2, 3, 4), b = random.Integers(-9, 9, 1, 4, 2), c = random.Integers(-9, 9, 2);
        Tensor y = new OperatorRunner("Einsum", 12).With("equation", "...ij, ...jk, k -> ...ki").Run(a, b, c)[0];
        Assert.That(y.Shape, Is.EqualTo(new Shape(2, 2, 3)));
        for (int n = 0; n < 2; n++)
            for (int k = 0; k < 2; k++)
                for (int i = 0; i < 3; i++)
                    Assert.That(y.IntegerAt((2 * n + k) * 3 + i), Is.EqualTo(Enumerable.Range(0, 4).Sum(j => a.IntegerAt((3 * n + i) * 4 + j) * b.IntegerAt(2 * j + k) * c.IntegerAt(k))));
    }

    [TestCase("ii", 1, TestName = "Einsum_ImplicitTrace_IsTheSumOfTheDiagonal")]
    [TestCase("ii->i", 3, TestName = "Einsum_Diagonal_IsTheDiagonal")]
    public void Einsum_RepeatedLetter_WalksTheDiagonal(string equation, int count)
    {
        Tensor x = new Random(5).Integers(-9, 9, 3, 3);
        long[] diagonal = [x.IntegerAt(0), x.IntegerAt(4), x.IntegerAt(8)];
        Assert.That(new OperatorRunner("Einsum", 12).With("equation", equation).Run(x)[0].ToIntegers(), Is.EqualTo(count == 1 ? [diagonal.Sum()] : diagonal));
    }

    [TestCase("ij,jk->il")]
    [TestCase("ij->ii")]
    [TestCase("ijk,jk")]
    [TestCase("i1,jk")]
    [TestCase("ij,jk->ik->k")]
    [TestCase("")]
    [TestCase("......,jk")]
    public void Einsum_EquationThatDoesNotFit_IsMalformed(string equation)
    {
        Tensor x = new Random(6).Floats(2, 2);
        Assert.That(new OperatorRunner("Einsum", 12).With("equation", equation).Fails(x, x), Is.EqualTo(OnnxError.Malformed));
    }

    [Test]
    public void Products_InnerExtentsDiffer_AreMalformed()
    {
        Tensor a = new Random(7).Floats(2, 3), b = new Random(7).Floats(2, 3);
        Assert.That(new OperatorRunner("MatMul", 13).Fails(a, b), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Gemm", 13).Fails(a, b), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("MatMul", 13).Fails(a, new Random(7).Doubles(3, 2)), Is.EqualTo(OnnxError.Malformed));
    }
}
