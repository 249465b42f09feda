namespace Zkml.Guest.Loops.Tests;

[TestFixture]
sealed class FoldTests
{
    [TestCase(BinaryOperation.DivideSigned, 7L, 0L, -1L)]
    [TestCase(BinaryOperation.DivideSigned, (long)int.MinValue, -1L, (long)int.MinValue)]
    [TestCase(BinaryOperation.DivideSigned, -7L, 2L, -3L)]
    [TestCase(BinaryOperation.DivideUnsigned, -1L, 2L, 0x7FFF_FFFFL)]
    [TestCase(BinaryOperation.RemainderSigned, -7L, 2L, -1L)]
    [TestCase(BinaryOperation.RemainderSigned, (long)int.MinValue, -1L, 0L)]
    [TestCase(BinaryOperation.RemainderUnsigned, -1L, 0L, -1L)]
    [TestCase(BinaryOperation.MultiplyHighSigned, -1L, 1L, -1L)]
    [TestCase(BinaryOperation.MultiplyHighUnsigned, -1L, 2L, 1L)]
    [TestCase(BinaryOperation.ShiftRightLogical, -1L, 33L, 0x7FFF_FFFFL)]
    [TestCase(BinaryOperation.LessUnsigned, 1L, -1L, 1L)]
    public void Evaluate_CornerOf32Bits_FollowsRiscV(BinaryOperation operation, long left, long right, long expected) =>
        Assert.That(Fold.Evaluate(operation, ScalarType.Int32, left, right), Is.EqualTo(expected));

    [TestCase(BinaryOperation.DivideSigned, long.MinValue, -1L, long.MinValue)]
    [TestCase(BinaryOperation.DivideUnsigned, 5L, 0L, -1L)]
    [TestCase(BinaryOperation.RemainderSigned, long.MinValue, -1L, 0L)]
    [TestCase(BinaryOperation.ShiftRightArithmetic, -4L, 65L, -2L)]
    public void Evaluate_CornerOf64Bits_FollowsRiscV(BinaryOperation operation, long left, long right, long expected) =>
        Assert.That(Fold.Evaluate(operation, ScalarType.Int64, left, right), Is.EqualTo(expected));

    [Test]
    public void Add_ConstantAfterConstant_IsOneConstant()
    {
        Local x = new FunctionBuilder("f").Local("x", ScalarType.Int32);
        var sum = (BinaryExpression)(4 + (x + 3) - 2);
        Assert.That(sum.Left, Is.SameAs(x));
        Assert.That(((ConstantExpression)sum.Right).Value, Is.EqualTo(5));
    }

    [Test]
    public void Binary_LiteralBesideInt64_TakesItsWidth() =>
        Assert.That((new FunctionBuilder("f").Local("x", ScalarType.Int64) * 3).Type, Is.EqualTo(ScalarType.Int64));

    [Test]
    public void Build_PathWithoutResult_Throws()
    {
        FunctionBuilder f = new("f", ScalarType.Int32);
        Local x = f.Parameter(ScalarType.Int32, "x");
        f.If(x, () => f.Return(1));
        Assert.That(f.Build, Throws.InvalidOperationException);
    }
}
