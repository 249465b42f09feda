using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime.Tests;

/// <summary>Arithmetic, comparisons and rounding, bit for bit against the host.</summary>
[TestFixture]
sealed class ArithmeticTests
{
    const int Count = 100_000;

    static readonly Dictionary<FloatOperation, (Func<float, float, float> Single, Func<double, double, double> Double)> s_binary = new()
    {
        [FloatOperation.Add] = ((x, y) => x + y, (x, y) => x + y),
        [FloatOperation.Subtract] = ((x, y) => x - y, (x, y) => x - y),
        [FloatOperation.Multiply] = ((x, y) => x * y, (x, y) => x * y),
        [FloatOperation.Divide] = ((x, y) => x / y, (x, y) => x / y),
        [FloatOperation.Remainder] = ((x, y) => x % y, (x, y) => x % y),
    };

    static readonly Dictionary<FloatOperation, (Func<float, float> Single, Func<double, double> Double)> s_unary = new()
    {
        [FloatOperation.SquareRoot] = (MathF.Sqrt, Math.Sqrt),
        [FloatOperation.RoundToEven] = (x => MathF.Round(x, MidpointRounding.ToEven), x => Math.Round(x, MidpointRounding.ToEven)),
        [FloatOperation.Floor] = (MathF.Floor, Math.Floor),
        [FloatOperation.Ceiling] = (MathF.Ceiling, Math.Ceiling),
        [FloatOperation.Truncate] = (MathF.Truncate, Math.Truncate),
    };

    static readonly Dictionary<FloatOperation, (Func<float, float, bool> Single, Func<double, double, bool> Double)> s_comparisons = new()
    {
        [FloatOperation.Equal] = ((x, y) => x == y, (x, y) => x == y),
        [FloatOperation.Less] = ((x, y) => x < y, (x, y) => x < y),
        [FloatOperation.LessOrEqual] = ((x, y) => x <= y, (x, y) => x <= y),
    };

    static IEnumerable<FloatOperation> Binary => s_binary.Keys;

    static IEnumerable<FloatOperation> Unary => s_unary.Keys;

    static IEnumerable<FloatOperation> Comparisons => s_comparisons.Keys;

    [TestCaseSource(nameof(Binary))]
    public void Binary32_CornersAndRandomPairs_EqualHost(FloatOperation operation)
    {
        Func<int, int, int> guest = Interpreter.Compile<Func<int, int, int>>(SoftFloat.Get(operation, FloatWidth.Float32));
        foreach ((int x, int y) in Operands.SinglePairs(Count))
        {
            int expected = Bits(s_binary[operation].Single(BitConverter.Int32BitsToSingle(x), BitConverter.Int32BitsToSingle(y)));
            int actual = guest(x, y);
            if (actual != expected) Assert.Fail($"{operation} {x:X8} {y:X8}: expected {expected:X8}, got {actual:X8}");
        }
    }

    [TestCaseSource(nameof(Binary))]
    public void Binary64_CornersAndRandomPairs_EqualHost(FloatOperation operation)
    {
        Func<long, long, long> guest = Interpreter.Compile<Func<long, long, long>>(SoftFloat.Get(operation, FloatWidth.Float64));
        foreach ((long x, long y) in Operands.DoublePairs(Count))
        {
            long expected = Bits(s_binary[operation].Double(BitConverter.Int64BitsToDouble(x), BitConverter.Int64BitsToDouble(y)));
            long actual = guest(x, y);
            if (actual != expected) Assert.Fail($"{operation} {x:X16} {y:X16}: expected {expected:X16}, got {actual:X16}");
        }
    }

    [TestCaseSource(nameof(Unary))]
    public void Unary32_CornersAndRandom_EqualHost(FloatOperation operation)
    {
        Func<int, int> guest = Interpreter.Compile<Func<int, int>>(SoftFloat.Get(operation, FloatWidth.Float32));
        foreach (int x in Operands.Single(Count))
        {
            int expected = Bits(s_unary[operation].Single(BitConverter.Int32BitsToSingle(x))), actual = guest(x);
            if (actual != expected) Assert.Fail($"{operation} {x:X8}: expected {expected:X8}, got {actual:X8}");
        }
    }

    [TestCaseSource(nameof(Unary))]
    public void Unary64_CornersAndRandom_EqualHost(FloatOperation operation)
    {
        Func<long, long> guest = Interpreter.Compile<Func<long, long>>(SoftFloat.Get(operation, FloatWidth.Float64));
        foreach (long x in Operands.Double(Count))
        {
            long expected = Bits(s_unary[operation].Double(BitConverter.Int64BitsToDouble(x))), actual = guest(x);
            if (actual != expected) Assert.Fail($"{operation} {x:X16}: expected {expected:X16}, got {actual:X16}");
        }
    }

    [TestCaseSource(nameof(Comparisons))]
    public void Comparison_CornersAndRandomPairs_EqualsHost(FloatOperation operation)
    {
        Func<int, int, int> narrow = Interpreter.Compile<Func<int, int, int>>(SoftFloat.Get(operation, FloatWidth.Float32));
        foreach ((int x, int y) in Operands.SinglePairs(Count))
            if (narrow(x, y) != (s_comparisons[operation].Single(BitConverter.Int32BitsToSingle(x), BitConverter.Int32BitsToSingle(y)) ? 1 : 0))
                Assert.Fail($"{operation} {x:X8} {y:X8}: got {narrow(x, y)}");
        Func<long, long, int> wide = Interpreter.Compile<Func<long, long, int>>(SoftFloat.Get(operation, FloatWidth.Float64));
        foreach ((long x, long y) in Operands.DoublePairs(Count))
            if (wide(x, y) != (s_comparisons[operation].Double(BitConverter.Int64BitsToDouble(x), BitConverter.Int64BitsToDouble(y)) ? 1 : 0))
                Assert.Fail($"{operation} {x:X16} {y:X16}: got {wide(x, y)}");
    }

    static int Bits(float value) => float.IsNaN(value) ? SoftFloat.Float32NaN : BitConverter.SingleToInt32Bits(value);

    static long Bits(double value) => double.IsNaN(value) ? SoftFloat.Float64NaN : BitConverter.DoubleToInt64Bits(value);
}
