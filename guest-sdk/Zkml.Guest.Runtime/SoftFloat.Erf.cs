using System.Numerics;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime;

/// <summary>The error function in binary64.</summary>
public static partial class SoftFloat
{
    const int ErfDegree = 14;

    const int FirstErfInterval = 2;

    const int LastErfInterval = 23;

    /// <summary>For each interval of width 1/4 in [1/2, 6) a polynomial of the position in it, [0, 1): coefficients with 62 fraction bits, highest first.</summary>
    static LoopBuffer ErfIntervals => Table("f64.erfIntervals", MemoryType.Int64,
        () => [.. Enumerable.Range(FirstErfInterval, LastErfInterval - FirstErfInterval + 1).SelectMany(ErfInterval).SelectMany(BitConverter.GetBytes)]);

    static IEnumerable<long> ErfInterval(int interval)
    {
        // Terms of the series grow to e^36 and cancel; the build precision leaves 150 bits.
        BigInteger[] coefficients = High.Fit(u => High.Erf((High.One * interval + u) / 4), 0, 1, ErfDegree);
        return coefficients.Reverse().Select(coefficient => Fixed(coefficient, 62));
    }

    static Function BuildErf(string name)
    {
        FloatFormat format = FloatFormat.Float64;
        FunctionBuilder f = new(name, ScalarType.Int64);
        Local x = f.Parameter(ScalarType.Int64, "x");
        f.If(format.IsNaN(x), () => f.Return(format.NaN));
        f.If((x << 1).Is(0), () => f.Return(x));
        f.If((BitConverter.DoubleToInt64Bits(6) - 1) < format.Magnitude(x), () => f.Return(x & format.Sign | BitConverter.DoubleToInt64Bits(1)));
        Extended argument = Unpacked(f, x);
        f.If(argument.Exponent < -1, () =>
        {
            Function quotient = Polynomial("f64.erfQuotient", ScalarType.Int64, z => Quotient(High.Erf, z), 0.2501, 14, 62);
            f.Return(Packed(Multiply(f, argument, Normalized(f, 1, Expression.Call(quotient, SquareOf(f, argument)))), x));
        });
        Local place = ToFixed(f, argument, 61), first = f.Local("first", ((place >>> 59).Low() - FirstErfInterval) * (ErfDegree + 1)), position = f.Local("position", place << 5);
        Local sum = f.Local("sum", Expression.Load(ErfIntervals, first));
        f.For("i", 1, ErfDegree + 1, i =>
            // The product of a signed sum and an unsigned position.
            f.Assign(sum, MultiplyHigh64(sum, position) - (sum >> 63 & position) + Expression.Load(ErfIntervals, first + i)));
        f.Return(Packed(Normalized(f, 1, sum), x));
        return f.Build();
    }
}
