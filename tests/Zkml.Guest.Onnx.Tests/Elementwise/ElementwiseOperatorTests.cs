using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Tests.Elementwise;

/// <summary>Forms of elementwise operators that the official node tests leave out.</summary>
[TestFixture]
sealed class ElementwiseOperatorTests
{
    [Test]
    public void Clip_BeforeOpset11_TakesAttributes()
    {
        Tensor clipped = new OperatorRunner("Clip", 7).With("min", -1f).With("max", 2f).Run(Floats(-3, -1, 0, 2, 5, float.NaN))[0];
        Assert.That(clipped.As<float>().ToArray(), Is.EqualTo((float[])[-1, -1, 0, 2, 2, float.NaN]));
    }

    [Test]
    public void Clip_WhereTheBoundsCross_GivesTheUpperOne()
    {
        Tensor clipped = new OperatorRunner("Clip", 13).Run(Integers(-5, 0, 9), Scalar(4), Scalar(2))[0];
        Assert.That(clipped.As<int>().ToArray(), Is.EqualTo((int[])[2, 2, 2]));
    }

    [Test]
    public void Dropout_InOpset7_HasAMaskOfItsOwnType()
    {
        Tensor[] outputs = new OperatorRunner("Dropout", 7).Outputs(2).Run(Floats(1, 2));
        Assert.That(outputs[0].As<float>().ToArray(), Is.EqualTo((float[])[1, 2]));
        Assert.That(outputs[1].As<float>().ToArray(), Is.EqualTo((float[])[1, 1]));
    }

    [Test]
    public void Dropout_Training_IsRefused()
    {
        Tensor yes = Tensor.Of(ElementType.Bool, Shape.Scalar, true), half = Tensor.Of(ElementType.Float32, Shape.Scalar, 0.5f);
        Assert.That(new OperatorRunner("Dropout", 13).Known(1, 2).Fails(Floats(1), half, yes), Is.EqualTo(OnnxError.Training));
        Assert.That(new OperatorRunner("Dropout", 13).Known(1).Fails(Floats(1), half, yes), Is.EqualTo(OnnxError.DynamicShape));
    }

    [Test]
    public void BitShift_ByTheWidth_IsZero()
    {
        Tensor value = Tensor.Of<byte>(ElementType.UInt8, new(3), 0xFF, 0xFF, 0xFF), count = Tensor.Of<byte>(ElementType.UInt8, new(3), 7, 8, 255);
        Assert.That(new OperatorRunner("BitShift", 11).With("direction", "LEFT").Run(value, count)[0].Data.ToArray(), Is.EqualTo((byte[])[0x80, 0, 0]));
        Assert.That(new OperatorRunner("BitShift", 11).With("direction", "RIGHT").Run(value, count)[0].Data.ToArray(), Is.EqualTo((byte[])[1, 0, 0]));
    }

    [Test]
    public void CumSum_ExclusiveAndReverse_SumsWhatFollows()
    {
        Tensor sums = new OperatorRunner("CumSum", 14).With("exclusive", 1L).With("reverse", 1L).Known(1).Run(Integers(1, 2, 3, 4), Scalar(-1))[0];
        Assert.That(sums.As<int>().ToArray(), Is.EqualTo((int[])[9, 7, 4, 0]));
    }

    [TestCase(-9L, 0)]
    [TestCase(0L, 3)]
    [TestCase(1L, 5)]
    [TestCase(9L, 6)]
    [TestCase(long.MaxValue, 6)]
    [TestCase(long.MinValue, 0)]
    public void Trilu_WithAShiftOfTheGuest_KeepsTheLowerTriangle(long shift, int kept)
    {
        Tensor lower = new OperatorRunner("Trilu", 14).With("upper", 0L).Run(Tensor.Of<int>(ElementType.Int32, new(2, 3), 1, 1, 1, 1, 1, 1), Tensor.Of(ElementType.Int64, Shape.Scalar, shift))[0];
        Assert.That(lower.ToIntegers().Sum(), Is.EqualTo(kept));
    }

    [Test]
    public void Range_OfIntegers_CountsUpAndDown()
    {
        Tensor range = new OperatorRunner("Range", 11).Known(0, 1, 2).Run(Scalar(10), Scalar(3), Scalar(-3))[0];
        Assert.That(range.As<int>().ToArray(), Is.EqualTo((int[])[10, 7, 4]));
        Assert.That(new OperatorRunner("Range", 11).Known(0, 1, 2).Fails(Scalar(0), Scalar(int.MaxValue), Scalar(1)), Is.EqualTo(OnnxError.Limit));
        Assert.That(new OperatorRunner("Range", 11).Known(0, 1, 2).Fails(Scalar(0), Scalar(1), Scalar(0)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Range", 11).Fails(Scalar(0), Scalar(1), Scalar(1)), Is.EqualTo(OnnxError.DynamicShape));
    }

    [Test]
    public void EyeLike_WithFarDiagonals_IsZero()
    {
        Tensor matrix = Tensor.Of<int>(ElementType.Int32, new(2, 3), 0, 0, 0, 0, 0, 0);
        Assert.That(new OperatorRunner("EyeLike", 9).With("k", 1L).Run(matrix)[0].ToIntegers(), Is.EqualTo((long[])[0, 1, 0, 0, 0, 1]));
        Assert.That(new OperatorRunner("EyeLike", 9).With("k", long.MaxValue).Run(matrix)[0].ToIntegers().Sum(), Is.Zero);
        Assert.That(new OperatorRunner("EyeLike", 9).With("k", long.MinValue).Run(matrix)[0].ToIntegers().Sum(), Is.Zero);
    }

    [Test]
    public void ConstantOfShape_OfAHugeShape_IsRefused()
    {
        Tensor shape = Tensor.Of<long>(ElementType.Int64, new(2), 1L << 20, 1L << 10);
        Assert.That(new OperatorRunner("ConstantOfShape", 9).Known(0).Fails(shape), Is.EqualTo(OnnxError.Limit));
        Assert.That(new OperatorRunner("ConstantOfShape", 9).Known(0).Fails(Tensor.Of<long>(ElementType.Int64, new(1), -1L)), Is.EqualTo(OnnxError.Malformed));
    }

    [Test]
    public void Types_OfTheWrongKind_AreRefused()
    {
        Assert.That(new OperatorRunner("Add", 14).Fails(Floats(1), Integers(1)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Exp", 13).Fails(Integers(1)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("And", 7).Fails(Integers(1), Integers(1)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Cast", 13).With("to", (long)ElementType.String).Fails(Integers(1)), Is.EqualTo(OnnxError.String));
        Assert.That(new OperatorRunner("Cast", 13).With("to", 99L).Fails(Integers(1)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("BitCast", 25).With("to", (long)ElementType.Int64).Fails(Integers(1)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Add", 14).Fails(Floats(1, 2), Floats(1, 2, 3)), Is.EqualTo(OnnxError.Malformed));
        Assert.That(new OperatorRunner("Add", 14).Fails(Floats(1, 2)), Is.EqualTo(OnnxError.Malformed));
    }

    static Tensor Floats(params float[] values) => Tensor.Of<float>(ElementType.Float32, new(values.Length), values);

    static Tensor Integers(params int[] values) => Tensor.Of<int>(ElementType.Int32, new(values.Length), values);

    static Tensor Scalar(int value) => Tensor.Of(ElementType.Int32, Shape.Scalar, value);
}
