using System.Numerics;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime.Tests;

/// <summary>Elementary functions against series in fixed point of 1,200 bits, and their special cases against the host.</summary>
[TestFixture]
sealed class ElementaryTests
{
    const double LargestError = 2;

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
        [FloatOperation.Atanh] = new(x => s_exact.Log(s_exact.Divide(s_exact.One + x, s_exact.One - x)) >> 1, Math.Atanh, -1, 1),
    };

    static IEnumerable<FloatOperation> Operations => s_cases.Keys;

    [TestCaseSource(nameof(Operations))]
    public void Binary64_Arguments_AreWithinTwoUnits(FloatOperation operation) => CheckWide(operation, 600);

    [TestCaseSource(nameof(Operations)), Category("Slow")]
    public void Binary64_ManyArguments_AreWithinTwoUnits(FloatOperation operation) => CheckWide(operation, 30_000);

    [TestCaseSource(nameof(Operations))]
    public void Binary32_Arguments_AreWithinTwoUnits(FloatOperation operation)
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

    static void AssertClose(double actual, double expected, double tolerance, string message)
    {
        if (double.IsNaN(expected)) Assert.That(actual, Is.NaN, message);
        else if (double.IsInfinity(expected) || expected == 0) Assert.That(BitConverter.DoubleToInt64Bits(actual), Is.EqualTo(BitConverter.DoubleToInt64Bits(expected)), message);
        else Assert.That(Math.Abs(actual / expected - 1), Is.LessThan(tolerance), message);
    }
}
