using System.Numerics;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime.Tests;

/// <summary>Elementary functions against series in fixed point of 1,200 bits, and their special cases against the host.</summary>
[TestFixture]
sealed class ElementaryTests
{
    const double LargestError = 1;

    static readonly HighPrecision s_exact = new(1200);

    /// <summary>What a function is, and where its arguments come from: uniform in an interval, and magnitudes of every size up to its end.</summary>
    sealed record Case(Func<BigInteger, BigInteger> Exact, Func<double, double> Host, double From, double To)
    {
        public IEnumerable<double> Arguments(int count)
        {
            Random random = new(7);
            double largest = Math.Max(Math.Abs(From), Math.Abs(To));
            for (int i = 0; i < count; i++)
            {
                double x = i % 3 == 0
                    ? Math.ScaleB(1 + random.NextDouble(), (int)Math.Floor(Math.Log2(largest)) - random.Next(i % 2 == 0 ? 64 : 6)) * (random.Next(2) * 2 - 1)
                    : From + (To - From) * random.NextDouble();
                if (x >= From && x <= To && x != 0) yield return x;
            }
        }
    }

    static readonly Dictionary<FloatOperation, Case> s_cases = new()
    {
        [FloatOperation.Exp] = new(s_exact.Exp, Math.Exp, -708, 709.78),
        [FloatOperation.ExpMinus1] = new(x => s_exact.Exp(x) - s_exact.One, x => Math.Exp(x) - 1, -60, 709.78),
        [FloatOperation.Log] = new(s_exact.Log, Math.Log, 0, 3),
        [FloatOperation.Log1Plus] = new(x => s_exact.Log(s_exact.One + x), x => Math.Log(1 + x), -0.999999, 20),
        [FloatOperation.Sinh] = new(x => s_exact.Exp(x) - s_exact.Exp(-x) >> 1, Math.Sinh, -710, 710),
        [FloatOperation.Cosh] = new(x => s_exact.Exp(x) + s_exact.Exp(-x) >> 1, Math.Cosh, -710, 710),
        [FloatOperation.Tanh] = new(x => s_exact.Divide(s_exact.Exp(2 * x) - s_exact.One, s_exact.Exp(2 * x) + s_exact.One), Math.Tanh, -20, 20),
        [FloatOperation.Asinh] = new(x => x.Sign * s_exact.Log(BigInteger.Abs(x) + s_exact.SquareRoot(s_exact.Multiply(x, x) + s_exact.One)), Math.Asinh, -50, 50),
        [FloatOperation.Acosh] = new(x => s_exact.Log(x + s_exact.SquareRoot(s_exact.Multiply(x, x) - s_exact.One)), Math.Acosh, 1, 50),
        [FloatOperation.Sin] = new(s_exact.Sin, Math.Sin, -1e4, 1e4),
        [FloatOperation.Cos] = new(s_exact.Cos, Math.Cos, -1e4, 1e4),
        [FloatOperation.Tan] = new(x => s_exact.Divide(s_exact.Sin(x), s_exact.Cos(x)), Math.Tan, -30, 30),
        [FloatOperation.Atan] = new(s_exact.Atan, Math.Atan, -30, 30),
        [FloatOperation.Asin] = new(x => s_exact.Atan(s_exact.Divide(x, s_exact.SquareRoot(s_exact.One - s_exact.Multiply(x, x)))), Math.Asin, -1, 1),
        [FloatOperation.Acos] = new(x => s_exact.Pi / 2 - s_exact.Atan(s_exact.Divide(x, s_exact.SquareRoot(s_exact.One - s_exact.Multiply(x, x)))), Math.Acos, -1, 1),
        [FloatOperation.Erf] = new(s_exact.Erf, Erf, -7, 7),
        [FloatOperation.Atanh] = new(x => s_exact.Log(s_exact.Divide(s_exact.One + x, s_exact.One - x)) >> 1, Math.Atanh, -1, 1),
    };

    static IEnumerable<FloatOperation> Operations => s_cases.Keys;

    [TestCaseSource(nameof(Operations))]
    public void Binary64_Arguments_AreWithinOneUnit(FloatOperation operation) => CheckWide(operation, 600);

    [TestCaseSource(nameof(Operations)), Category("Slow")]
    public void Binary64_ManyArguments_AreWithinOneUnit(FloatOperation operation) => CheckWide(operation, 30_000);

    [TestCaseSource(nameof(Operations))]
    public void Binary32_Arguments_AreWithinOneUnit(FloatOperation operation)
    {
        Case tested = s_cases[operation];
        Func<int, int> guest = Interpreter.Compile<Func<int, int>>(SoftFloat.Get(operation, FloatWidth.Float32));
        double worst = 0, at = 0;
        foreach (double wide in tested.Arguments(600))
        {
            float x = (float)wide;
            BigInteger exact = tested.Exact(s_exact.Of(x));
            double error = Units(BitConverter.Int32BitsToSingle(guest(BitConverter.SingleToInt32Bits(x))), exact, 24, -149);
            if (error > worst) (worst, at) = (error, x);
        }
        TestContext.Out.WriteLine($"{operation} binary32: at most {worst:F3} units, at {at:R}");
        Assert.That(worst, Is.LessThan(LargestError));
    }

    [TestCaseSource(nameof(Operations))]
    public void SpecialArguments_EqualHost(FloatOperation operation)
    {
        Function wide = SoftFloat.Get(operation, FloatWidth.Float64), single = SoftFloat.Get(operation, FloatWidth.Float32);
        foreach (double x in (double[])[0.0, -0.0, 1, -1, double.PositiveInfinity, double.NegativeInfinity, double.NaN, double.Epsilon, -double.Epsilon, 1e-310, 1e300, -1e300, 1000, -1000, 2, -2])
        {
            double expected = operation is FloatOperation.ExpMinus1 or FloatOperation.Log1Plus && Math.Abs(x) < 1e-300 ? x : s_cases[operation].Host(x);
            double actual = BitConverter.Int64BitsToDouble(Interpreter.Call(wide, BitConverter.DoubleToInt64Bits(x)));
            AssertClose(actual, expected, 1e-15, $"binary64 {operation} {x:R}");
            float narrow = (float)x, expectedNarrow = operation is FloatOperation.ExpMinus1 or FloatOperation.Log1Plus && Math.Abs(narrow) < 1e-30 ? narrow : (float)s_cases[operation].Host(narrow);
            AssertClose(BitConverter.Int32BitsToSingle((int)Interpreter.Call(single, BitConverter.SingleToInt32Bits(narrow))), expectedNarrow, 4e-7, $"binary32 {operation} {narrow:R}");
        }
    }

    [TestCase(FloatOperation.Exp), TestCase(FloatOperation.Log), TestCase(FloatOperation.Tanh), TestCase(FloatOperation.Sin), TestCase(FloatOperation.Cos), TestCase(FloatOperation.Erf), TestCase(FloatOperation.ExpMinus1), TestCase(FloatOperation.Log1Plus)]
    public void Binary32_BitsOfAllSizes_AgreeWithBinary64(FloatOperation operation) => CheckFast(operation, 30_000);

    [TestCase(FloatOperation.Exp), TestCase(FloatOperation.Log), TestCase(FloatOperation.Tanh), TestCase(FloatOperation.Sin), TestCase(FloatOperation.Cos), TestCase(FloatOperation.Erf), TestCase(FloatOperation.ExpMinus1), TestCase(FloatOperation.Log1Plus)]
    [Category("Slow")]
    public void Binary32_ManyBitsOfAllSizes_AgreeWithBinary64(FloatOperation operation) => CheckFast(operation, 3_000_000);

    // Those of binary64 are within a unit of theirs, so next to exact here.
    static void CheckFast(FloatOperation operation, int count)
    {
        Func<int, int> guest = Interpreter.Compile<Func<int, int>>(SoftFloat.Get(operation, FloatWidth.Float32));
        Func<long, long> wide = Interpreter.Compile<Func<long, long>>(SoftFloat.Get(operation, FloatWidth.Float64));
        double worst = 0;
        foreach (int bits in Operands.Single(count))
        {
            double x = BitConverter.Int32BitsToSingle(bits), exact = BitConverter.Int64BitsToDouble(wide(BitConverter.DoubleToInt64Bits(x)));
            float rounded = (float)exact, actual = BitConverter.Int32BitsToSingle(guest(bits));
            if (!float.IsFinite(rounded) || rounded == 0)
            {
                if (BitConverter.SingleToInt32Bits(actual) != (float.IsNaN(rounded) ? SoftFloat.Float32NaN : BitConverter.SingleToInt32Bits(rounded))) Assert.Fail($"{operation} {bits:X8}: expected {rounded:R}, got {actual:R}");
                continue;
            }
            double unit = Math.ScaleB(1, Math.Max(Math.ILogB(exact), -126) - 23), error = Math.Abs(actual - exact) / unit;
            if (!(error < LargestError)) Assert.Fail($"{operation} {bits:X8}: expected {exact:R}, got {actual:R}");
            worst = Math.Max(worst, error);
        }
        TestContext.Out.WriteLine($"{operation} binary32: at most {worst:F3} units");
    }

    [TestCase(1e22), TestCase(1e300), TestCase(double.MaxValue), TestCase(6381956970095103 * 2.8731029184112457e+223), TestCase(1.5707963267948966), TestCase(3.141592653589793), TestCase(-355.0)]
    public void Angle_HugeOrNextToQuarterTurn_IsReducedExactly(double x)
    {
        foreach (FloatOperation operation in (FloatOperation[])[FloatOperation.Sin, FloatOperation.Cos, FloatOperation.Tan])
        {
            long result = Interpreter.Call(SoftFloat.Get(operation, FloatWidth.Float64), BitConverter.DoubleToInt64Bits(x));
            Assert.That(Units(BitConverter.Int64BitsToDouble(result), s_cases[operation].Exact(s_exact.Of(x)), 53, -1074), Is.LessThan(LargestError), $"{operation}");
        }
    }

    [TestCase(FloatWidth.Float32)]
    [TestCase(FloatWidth.Float64)]
    public void Power_RandomArguments_AreWithinOneUnit(FloatWidth width)
    {
        Function power = SoftFloat.Get(FloatOperation.Power, width);
        bool isWide = width == FloatWidth.Float64;
        Random random = new(9);
        double worst = 0, limit = isWide ? 700 : 85;
        for (int i = 0; i < 600; i++)
        {
            double x = i % 4 == 0 ? 1 + (random.NextDouble() - 0.5) * Math.ScaleB(1, -random.Next(40)) : Math.Exp((random.NextDouble() - 0.5) * limit);
            double y = (random.NextDouble() - 0.5) * 2 * limit / Math.Max(1e-13, Math.Abs(Math.Log(x)));
            if (i % 5 == 0) y = random.Next(-8, 9);
            if (!isWide) (x, y) = ((float)x, (float)y);
            if (x == 1 || y == 0 || Math.Abs(y * Math.Log(x)) > limit) continue;
            BigInteger exact = s_exact.Exp(s_exact.Multiply(s_exact.Of(y), s_exact.Log(s_exact.Of(x))));
            double result = isWide
                ? BitConverter.Int64BitsToDouble(Interpreter.Call(power, BitConverter.DoubleToInt64Bits(x), BitConverter.DoubleToInt64Bits(y)))
                : BitConverter.Int32BitsToSingle((int)Interpreter.Call(power, BitConverter.SingleToInt32Bits((float)x), BitConverter.SingleToInt32Bits((float)y)));
            double error = Units(result, exact, isWide ? 53 : 24, isWide ? -1074 : -149);
            Assert.That(error, Is.LessThan(LargestError), $"{x:R}^{y:R} = {result:R}");
            worst = Math.Max(worst, error);
        }
        TestContext.Out.WriteLine($"Power {width}: at most {worst:F3} units");
    }

    [Test]
    public void Power_Binary32PairsOfAllSizes_AgreeWithBinary64()
    {
        Func<int, int, int> guest = Interpreter.Compile<Func<int, int, int>>(SoftFloat.Get(FloatOperation.Power, FloatWidth.Float32));
        foreach ((int x, int y) in Operands.SinglePairs(30_000))
        {
            double exact = Math.Pow(BitConverter.Int32BitsToSingle(x), BitConverter.Int32BitsToSingle(y));
            float expected = (float)exact, actual = BitConverter.Int32BitsToSingle(guest(x, y));
            // The host rounds to binary64 and then to binary32; the neighbours are right as well.
            bool isClose = float.IsFinite(expected) && expected != 0 ? Math.Abs(BitConverter.SingleToInt32Bits(actual) - BitConverter.SingleToInt32Bits(expected)) <= 1
                : float.IsNaN(expected) ? float.IsNaN(actual) : BitConverter.SingleToInt32Bits(actual) == BitConverter.SingleToInt32Bits(expected);
            if (!isClose) Assert.Fail($"{x:X8}^{y:X8}: expected {expected:R}, got {actual:R}");
        }
    }

    [Test]
    public void Power_SpecialArguments_EqualHost()
    {
        double[] values = [0.0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 2.5, -2.5, 1e300, -1e300, 1e-310, double.PositiveInfinity, double.NegativeInfinity, double.NaN, 4503599627370497, 9007199254740994, -4503599627370497.5];
        Function power = SoftFloat.Get(FloatOperation.Power, FloatWidth.Float64);
        foreach (double x in values)
            foreach (double y in values)
            {
                double actual = BitConverter.Int64BitsToDouble(Interpreter.Call(power, BitConverter.DoubleToInt64Bits(x), BitConverter.DoubleToInt64Bits(y)));
                AssertClose(actual, Math.Pow(x, y), 1e-14, $"{x:R}^{y:R}");
            }
    }

    static void CheckWide(FloatOperation operation, int count)
    {
        Case tested = s_cases[operation];
        Func<long, long> guest = Interpreter.Compile<Func<long, long>>(SoftFloat.Get(operation, FloatWidth.Float64));
        double worst = 0, at = 0;
        foreach (double x in tested.Arguments(count))
        {
            BigInteger exact = tested.Exact(s_exact.Of(x));
            double result = BitConverter.Int64BitsToDouble(guest(BitConverter.DoubleToInt64Bits(x))), error = Units(result, exact, 53, -1074);
            if (error > worst) (worst, at) = (error, x);
        }
        TestContext.Out.WriteLine($"{operation} binary64: at most {worst:F3} units, at {at:R}");
        Assert.That(worst, Is.LessThan(LargestError), $"at {at:R}");
    }

    /// <summary>The error of a result in units of the last place of the exact value.</summary>
    static double Units(double result, BigInteger exact, int precision, int least)
    {
        // An exact value of at least 2^128 or 2^1024 is an infinity.
        if (double.IsInfinity(result) && (result < 0) == (exact.Sign < 0) && BigInteger.Abs(exact) >> s_exact.Bits >= (BigInteger.One << (precision == 24 ? 128 : 1024)) - 1) return 0;
        if (!double.IsFinite(result)) return double.PositiveInfinity;
        int exponent = Math.Max((int)BigInteger.Abs(exact).GetBitLength() - s_exact.Bits - precision, least), shift = exponent + s_exact.Bits - 20;
        BigInteger error = BigInteger.Abs(s_exact.Of(result) - exact);
        return (double)(shift >= 0 ? error >> shift : error << -shift) / (1 << 20);
    }

    // The host has no error function; only special arguments are asked for.
    static double Erf(double x) => Math.Abs(x) is 1 or 2 ? Math.Sign(x) * (Math.Abs(x) == 1 ? 0.84270079294971487 : 0.99532226501895273)
        : double.IsNaN(x) ? x : Math.Abs(x) > 6 ? Math.Sign(x) : x * 2 / Math.Sqrt(Math.PI);

    static void AssertClose(double actual, double expected, double tolerance, string message)
    {
        if (double.IsNaN(expected)) Assert.That(actual, Is.NaN, message);
        else if (double.IsInfinity(expected) || expected == 0) Assert.That(BitConverter.DoubleToInt64Bits(actual), Is.EqualTo(BitConverter.DoubleToInt64Bits(expected)), message);
        else Assert.That(Math.Abs(actual / expected - 1), Is.LessThan(tolerance), message);
    }
}
