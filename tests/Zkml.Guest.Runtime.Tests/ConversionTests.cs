using System.Numerics;
using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime.Tests;

[TestFixture]
sealed class ConversionTests
{
    const int Count = 100_000;

    static readonly FloatOperation[] s_from = [FloatOperation.FromInt32, FloatOperation.FromUInt32, FloatOperation.FromInt64, FloatOperation.FromUInt64];

    static readonly FloatOperation[] s_to = [FloatOperation.ToInt32, FloatOperation.ToUInt32, FloatOperation.ToInt64, FloatOperation.ToUInt64];

    [TestCaseSource(nameof(s_from))]
    public void FromInteger_CornersAndRandom_EqualsHost(FloatOperation operation)
    {
        Function single = SoftFloat.Get(operation, FloatWidth.Float32), wide = SoftFloat.Get(operation, FloatWidth.Float64);
        foreach (long x in Integers())
        {
            (float expected, double expectedWide) = operation switch
            {
                FloatOperation.FromInt32 => ((float)(int)x, (double)(int)x),
                FloatOperation.FromUInt32 => ((uint)x, (uint)x),
                FloatOperation.FromInt64 => (x, x),
                _ => ((ulong)x, (ulong)x),
            };
            Assert.That(Interpreter.Call(single, x), Is.EqualTo(BitConverter.SingleToInt32Bits(expected)), $"{x:X}");
            Assert.That(Interpreter.Call(wide, x), Is.EqualTo(BitConverter.DoubleToInt64Bits(expectedWide)), $"{x:X}");
        }
    }

    [TestCaseSource(nameof(s_to))]
    public void ToInteger_CornersAndRandom_TruncatesAndSaturates(FloatOperation operation)
    {
        Function single = SoftFloat.Get(operation, FloatWidth.Float32), wide = SoftFloat.Get(operation, FloatWidth.Float64);
        foreach (int x in Operands.Single(Count / 4))
            Assert.That(Interpreter.Call(single, x), Is.EqualTo(Truncated(operation, BitConverter.Int32BitsToSingle(x))), $"{x:X8}");
        foreach (long x in Operands.Double(Count / 4))
            Assert.That(Interpreter.Call(wide, x), Is.EqualTo(Truncated(operation, BitConverter.Int64BitsToDouble(x))), $"{x:X16}");
    }

    [Test]
    public void ToOtherWidth_CornersAndRandom_EqualsHost()
    {
        Func<int, long> widen = Interpreter.Compile<Func<int, long>>(SoftFloat.Get(FloatOperation.ToOtherWidth, FloatWidth.Float32));
        foreach (int x in Operands.Single(Count))
        {
            double expected = BitConverter.Int32BitsToSingle(x);
            if (widen(x) != (double.IsNaN(expected) ? SoftFloat.Float64NaN : BitConverter.DoubleToInt64Bits(expected))) Assert.Fail($"{x:X8}: got {widen(x):X16}");
        }
        Func<long, int> narrow = Interpreter.Compile<Func<long, int>>(SoftFloat.Get(FloatOperation.ToOtherWidth, FloatWidth.Float64));
        foreach (long x in Operands.Double(Count).Concat(Operands.Single(Count).Select(widen).SelectMany(exact => (long[])[exact, exact + (1L << 28), exact + (1L << 28) - 1])))
        {
            float expected = (float)BitConverter.Int64BitsToDouble(x);
            if (narrow(x) != (float.IsNaN(expected) ? SoftFloat.Float32NaN : BitConverter.SingleToInt32Bits(expected))) Assert.Fail($"{x:X16}: got {narrow(x):X8}");
        }
    }

    [Test]
    public void Float16_AllValuesAndRandom_EqualsHost()
    {
        Func<int, int> widen = Interpreter.Compile<Func<int, int>>(SoftFloat.Widen(NarrowFormat.Float16));
        Func<int, int> narrow = Interpreter.Compile<Func<int, int>>(SoftFloat.Narrow(NarrowFormat.Float16));
        List<int> around = [];
        for (int bits = 0; bits < 65536; bits++)
        {
            float value = (float)BitConverter.UInt16BitsToHalf((ushort)bits);
            int expected = float.IsNaN(value) ? SoftFloat.Float32NaN : BitConverter.SingleToInt32Bits(value);
            if (widen(bits) != expected) Assert.Fail($"{bits:X4}: expected {expected:X8}, got {widen(bits):X8}");
            around.AddRange(expected, expected + 0xFFF, expected + 0x1000, expected + 0x1001);
        }
        foreach (int x in Operands.Single(Count).Concat(around))
        {
            Half expected = (Half)BitConverter.Int32BitsToSingle(x);
            if (narrow(x) != (Half.IsNaN(expected) ? 0x7E00 : BitConverter.HalfToUInt16Bits(expected))) Assert.Fail($"{x:X8}: got {narrow(x):X4}");
        }
    }

    static long Truncated<T>(FloatOperation operation, T value) where T : IFloatingPointIeee754<T> => operation switch
    {
        FloatOperation.ToInt32 => int.CreateSaturating(value),
        FloatOperation.ToUInt32 => (int)uint.CreateSaturating(value),
        FloatOperation.ToInt64 => long.CreateSaturating(value),
        _ => (long)ulong.CreateSaturating(value),
    };

    static IEnumerable<long> Integers()
    {
        foreach (long corner in (long[])[0, 1, -1, int.MinValue, int.MaxValue, uint.MaxValue, long.MinValue, long.MaxValue]) yield return corner;
        for (int bit = 0; bit < 64; bit++)
            for (int delta = -2; delta <= 2; delta++) yield return (1L << bit) + delta;
        Random random = new(5);
        for (int i = 0; i < Count / 2; i++) yield return random.NextInt64(long.MinValue, long.MaxValue) >> random.Next(64);
    }
}
