using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Tests.Elementwise;

/// <summary>Arithmetic by element type against the numbers of the host. What is tested here are integer operations on bit patterns: no soft-float.</summary>
[TestFixture]
sealed class ElementMathTests
{
    static readonly float[] s_floats =
    [
        0f, -0f, float.Epsilon, -float.Epsilon, 1.1754942e-38f, 1.17549435e-38f, -1.17549435e-38f, 0.5f, 1f, -1f, 1.0000001f, -1.0000001f, 6f, 3.4e38f,
        float.MaxValue, float.MinValue, float.PositiveInfinity, float.NegativeInfinity, float.NaN, BitConverter.UInt32BitsToSingle(0xFFC00000), BitConverter.UInt32BitsToSingle(0xFFFFFFFF),
        BitConverter.UInt32BitsToSingle(0x7F800001), BitConverter.UInt32BitsToSingle(0xFF800001),
    ];

    static readonly double[] s_doubles = [.. s_floats.Select(value => (double)value), double.Epsilon, -double.Epsilon, double.MaxValue, double.MinValue, BitConverter.UInt64BitsToDouble(0xFFF0000000000001)];

    [Test]
    public void Comparisons_OfFloat32WithConstants_AreIeee()
    {
        foreach (float constant in s_floats)
        {
            Func<int, int> less = Compile32((math, x) => math.Less(ElementType.Float32, x, Constant(constant)));
            Func<int, int> lessOrEqual = Compile32((math, x) => math.LessOrEqual(ElementType.Float32, x, Constant(constant)));
            Func<int, int> greater = Compile32((math, x) => math.Less(ElementType.Float32, Constant(constant), x));
            Func<int, int> greaterOrEqual = Compile32((math, x) => math.LessOrEqual(ElementType.Float32, Constant(constant), x));
            Func<int, int> equal = Compile32((math, x) => math.Equal(ElementType.Float32, x, Constant(constant)));
            foreach (float value in s_floats)
            {
                int bits = BitConverter.SingleToInt32Bits(value);
                Assert.That((less(bits), lessOrEqual(bits), greater(bits), greaterOrEqual(bits), equal(bits)),
                    Is.EqualTo((One(value < constant), One(value <= constant), One(value > constant), One(value >= constant), One(value == constant))), $"{value:R} and {constant:R}");
            }
        }
    }

    [Test]
    public void Comparisons_OfFloat64WithConstants_AreIeee()
    {
        foreach (double constant in s_doubles)
        {
            Expression bound = BitConverter.DoubleToInt64Bits(constant);
            Func<long, int> less = Compile64((math, x) => math.Less(ElementType.Float64, x, bound));
            Func<long, int> atLeast = Compile64((math, x) => math.LessOrEqual(ElementType.Float64, bound, x));
            Func<long, int> equal = Compile64((math, x) => math.Equal(ElementType.Float64, bound, x));
            foreach (double value in s_doubles)
            {
                long bits = BitConverter.DoubleToInt64Bits(value);
                Assert.That((less(bits), atLeast(bits), equal(bits)), Is.EqualTo((One(value < constant), One(value >= constant), One(value == constant))), $"{value:R} and {constant:R}");
            }
        }
    }

    [Test]
    public void Classes_OfFloats_AreIeee()
    {
        Func<int, int> isNaN = Compile32((_, x) => ElementMath.IsNaN(ElementType.Float32, x));
        Func<int, int> isInfinite = Compile32((math, x) => math.IsInfinite(ElementType.Float32, x));
        Func<int, int> isPositive = Compile32((math, x) => math.IsInfinite(ElementType.Float32, x, negative: false));
        Func<int, int> isZero = Compile32((_, x) => ElementMath.IsZero(ElementType.Float32, x));
        foreach (float value in s_floats)
        {
            int bits = BitConverter.SingleToInt32Bits(value);
            Assert.That((isNaN(bits), isInfinite(bits), isPositive(bits), isZero(bits)),
                Is.EqualTo((One(float.IsNaN(value)), One(float.IsInfinity(value)), One(float.IsPositiveInfinity(value)), One(value == 0))), $"{value:R}");
        }
    }

    [Test]
    public void MinAndMax_OfFloats_PropagateNaN()
    {
        Func<int, int, int> max = Compile32((math, x, y) => math.Max(ElementType.Float32, x, y)), min = Compile32((math, x, y) => math.Min(ElementType.Float32, x, y));
        foreach (float left in s_floats)
        {
            Func<int, int> maxOfConstant = Compile32((math, x) => math.Max(ElementType.Float32, x, Constant(left)));
            Func<int, int> relu = Compile32((math, x) => math.Relu(ElementType.Float32, x));
            foreach (float right in s_floats)
            {
                int a = BitConverter.SingleToInt32Bits(left), b = BitConverter.SingleToInt32Bits(right);
                Assert.That(BitConverter.Int32BitsToSingle(max(a, b)), Is.EqualTo(Math.Max(left, right)), $"max {left:R} {right:R}");
                Assert.That(BitConverter.Int32BitsToSingle(min(a, b)), Is.EqualTo(Math.Min(left, right)), $"min {left:R} {right:R}");
                Assert.That(BitConverter.Int32BitsToSingle(maxOfConstant(b)), Is.EqualTo(Math.Max(left, right)), $"max {left:R} {right:R}");
                Assert.That(BitConverter.Int32BitsToSingle(relu(b)), Is.EqualTo(Math.Max(0, right)), $"relu {right:R}");
            }
        }
    }

    [Test]
    public void OrderKey_OfFloats_SortsAndComesBack()
    {
        Func<long, long> key = CompileWide((math, x) => math.OrderKey(ElementType.Float64, x, nanIsHighest: true));
        Func<long, long> back = CompileWide((math, x) => math.FromOrderKey(ElementType.Float64, math.OrderKey(ElementType.Float64, x, nanIsHighest: false)));
        foreach (double left in s_doubles)
        {
            foreach (double right in s_doubles)
            {
                long a = key(BitConverter.DoubleToInt64Bits(left)), b = key(BitConverter.DoubleToInt64Bits(right));
                int expected = double.IsNaN(left) ? double.IsNaN(right) ? 0 : 1 : double.IsNaN(right) ? -1 : left.CompareTo(right);
                Assert.That(a.CompareTo(b), Is.EqualTo(expected), $"{left:R} and {right:R}");
            }
            Assert.That(BitConverter.Int64BitsToDouble(back(BitConverter.DoubleToInt64Bits(left))), Is.EqualTo(left));
        }
    }

    [TestCase(ElementType.Int8, -128, 127)]
    [TestCase(ElementType.UInt8, 0, 255)]
    [TestCase(ElementType.Int16, short.MinValue, short.MaxValue)]
    [TestCase(ElementType.UInt16, 0, ushort.MaxValue)]
    [TestCase(ElementType.Int4, -8, 7)]
    [TestCase(ElementType.UInt2, 0, 3)]
    public void Integers_BelowAWord_Wrap(ElementType type, int least, int most)
    {
        Func<int, int, int> add = Compile32((math, x, y) => math.Add(type, x, y)), multiply = Compile32((math, x, y) => math.Multiply(type, x, y));
        Func<int, int, int> divide = Compile32((math, x, y) => math.Divide(type, x, y)), modulo = Compile32((math, x, y) => math.Modulo(type, x, y));
        int range = most - least + 1;
        int Wrap(long value) => (int)((value - least) % range + range) % range + least;
        foreach (int x in (int[])[least, least + 1, 0, 1, 2, 3, most - 1, most])
        {
            foreach (int y in (int[])[least, 1, 2, 3, most])
            {
                Assert.That(add(x, y), Is.EqualTo(Wrap(x + y)), $"{x} + {y}");
                Assert.That(multiply(x, y), Is.EqualTo(Wrap((long)x * y)), $"{x} * {y}");
                if (y == 0) continue;
                Assert.That(divide(x, y), Is.EqualTo(Wrap(x / y)), $"{x} / {y}");
                Assert.That(modulo(x, y), Is.EqualTo(x - y * (int)Math.Floor((double)x / y)), $"{x} mod {y}");
            }
        }
    }

    [Test]
    public void IntegerPower_OfAllSigns_IsExactOrTruncated()
    {
        Func<int, int, int> power = Compile32((math, x, n) => math.IntegerPower(ElementType.Int32, x, ElementType.Int32, n));
        foreach (int x in (int[])[-3, -2, -1, 1, 2, 3, 7])
        {
            for (int n = -4; n < 9; n++)
            {
                int expected = n >= 0 ? (int)Math.Pow(x, n) : Math.Abs(x) == 1 ? (n % 2 == 0 ? 1 : x) : 0;
                Assert.That(power(x, n), Is.EqualTo(expected), $"{x}^{n}");
            }
        }
        Assert.That(power(3, 40), Is.EqualTo(unchecked((int)12157665459056928801UL)));
    }

    [Test]
    public void Convert_BetweenIntegers_KeepsTheLowBits()
    {
        ElementType[] types =
        [
            ElementType.Int8, ElementType.UInt8, ElementType.Int16, ElementType.UInt16, ElementType.Int32, ElementType.UInt32, ElementType.Int64, ElementType.UInt64,
            ElementType.Int4, ElementType.UInt4, ElementType.Int2, ElementType.UInt2,
        ];
        long[] samples = [0, 1, -1, 127, 128, 255, 256, -128, -129, 32768, 65535, 0x12345678, int.MinValue, uint.MaxValue, 0x123456789ABCDEF0, long.MinValue];
        foreach (ElementType from in types)
        {
            foreach (ElementType to in types)
            {
                Function function = Conversion(from, to);
                foreach (long sample in samples)
                {
                    long value = Register(from, sample), expected = Register(to, Number(from, value));
                    Assert.That(Interpreter.Call(function, value), Is.EqualTo(expected), $"{from} {value} to {to}");
                }
            }
            foreach (long sample in samples)
                Assert.That(Interpreter.Call(Conversion(from, ElementType.Bool), Register(from, sample)), Is.EqualTo(One(Number(from, Register(from, sample)) != 0)));
        }
    }

    static Function Conversion(ElementType from, ElementType to)
    {
        FunctionBuilder code = new("convert", ElementMath.Register(to));
        code.Return(ElementMath.Convert(from, to, code.Parameter(ElementMath.Register(from), "x")));
        return code.Build();
    }

    // The register form of a number's low bits, sign-extended to 64 bits as the interpreter shows it.
    static long Register(ElementType type, long number)
    {
        int unused = 64 - type.Bits;
        long value = type.IsSigned ? number << unused >> unused : (long)((ulong)number << unused >> unused);
        return type == ElementType.UInt32 ? (int)value : value;
    }

    static long Number(ElementType type, long register) => type == ElementType.UInt32 ? (uint)register : register;

    static Expression Constant(float value) => BitConverter.SingleToInt32Bits(value);

    static int One(bool condition) => condition ? 1 : 0;

    static Func<int, int> Compile32(Func<ElementMath, Expression, Expression> body) => Compile<Func<int, int>>(ScalarType.Int32, ScalarType.Int32, (math, x) => body(math, x[0]), 1);

    static Func<int, int, int> Compile32(Func<ElementMath, Expression, Expression, Expression> body) =>
        Compile<Func<int, int, int>>(ScalarType.Int32, ScalarType.Int32, (math, x) => body(math, x[0], x[1]), 2);

    static Func<long, int> Compile64(Func<ElementMath, Expression, Expression> body) => Compile<Func<long, int>>(ScalarType.Int64, ScalarType.Int32, (math, x) => body(math, x[0]), 1);

    static Func<long, long> CompileWide(Func<ElementMath, Expression, Expression> body) => Compile<Func<long, long>>(ScalarType.Int64, ScalarType.Int64, (math, x) => body(math, x[0]), 1);

    static TDelegate Compile<TDelegate>(ScalarType parameter, ScalarType result, Func<ElementMath, Expression[], Expression> body, int count) where TDelegate : Delegate
    {
        FunctionBuilder code = new("test", result);
        Expression[] parameters = [.. Enumerable.Range(0, count).Select(i => code.Parameter(parameter, $"x{i}"))];
        code.Return(body(new(code), parameters));
        return Interpreter.Compile<TDelegate>(code.Build());
    }
}
