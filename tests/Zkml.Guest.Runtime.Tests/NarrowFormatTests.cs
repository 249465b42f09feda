using Zkml.Guest.Loops;

namespace Zkml.Guest.Runtime.Tests;

/// <summary>Narrow formats against their definition: all codes, and rounding as a search for the nearest one.</summary>
[TestFixture]
sealed class NarrowFormatTests
{
    static readonly NarrowFormat[] s_signed =
    [
        NarrowFormat.Float16, NarrowFormat.BFloat16, NarrowFormat.Float8E4M3FN, NarrowFormat.Float8E4M3FNUZ, NarrowFormat.Float8E5M2, NarrowFormat.Float8E5M2FNUZ, NarrowFormat.Float4E2M1,
    ];

    [TestCaseSource(nameof(s_signed))]
    public void Widen_EveryCode_IsItsDefinition(NarrowFormat format)
    {
        Func<int, int> widen = Interpreter.Compile<Func<int, int>>(SoftFloat.Widen(format));
        (int bits, _, _) = Layout(format);
        for (int code = 0; code < 1 << bits; code++)
        {
            float expected = Value(format, code), actual = BitConverter.Int32BitsToSingle(widen(code));
            if (BitConverter.SingleToInt32Bits(actual) != (float.IsNaN(expected) ? SoftFloat.Float32NaN : BitConverter.SingleToInt32Bits(expected)))
                Assert.Fail($"{format} {code:X}: expected {expected:R}, got {actual:R}");
        }
    }

    [TestCaseSource(nameof(s_signed))]
    public void Narrow_CodesTiesAndNeighbours_RoundToNearestEven(NarrowFormat format)
    {
        Func<int, int> narrow = Interpreter.Compile<Func<int, int>>(SoftFloat.Narrow(format)), saturate = Interpreter.Compile<Func<int, int>>(SoftFloat.Narrow(format, saturates: true));
        (int bits, _, _) = Layout(format);
        int signBit = 1 << bits - 1, largest = Enumerable.Range(0, signBit).Last(code => float.IsFinite(Value(format, code)));
        for (int code = 0; code < largest; code++)
        {
            float low = Value(format, code), high = Value(format, code + 1);
            int middle = BitConverter.SingleToInt32Bits((float)(((double)low + high) / 2));
            Check(BitConverter.SingleToInt32Bits(low), code);
            Check(middle, code + (code & 1));
            // Two neighbours of the format have no binary32 between them only where the format is as fine as binary32: subnormals of bfloat16.
            Check(middle - 1, code);
            Check(middle + 1, code + 1);
        }
        void Check(int magnitude, int code)
        {
            bool hasNegativeZero = format is not (NarrowFormat.Float8E4M3FNUZ or NarrowFormat.Float8E5M2FNUZ);
            int negative = code == 0 && !hasNegativeZero ? 0 : code | signBit;
            foreach (Func<int, int> rounding in (Func<int, int>[])[narrow, saturate])
            {
                if (rounding(magnitude) != code) Assert.Fail($"{format} {magnitude:X8}: expected {code:X}, got {rounding(magnitude):X}");
                if (rounding(magnitude | int.MinValue) != negative) Assert.Fail($"{format} -{magnitude:X8}: expected {negative:X}, got {rounding(magnitude | int.MinValue):X}");
            }
        }
    }

    [TestCaseSource(nameof(s_signed))]
    public void Narrow_BeyondTheRange_GivesTheLargestOrInfinityOrNaN(NarrowFormat format)
    {
        (int bits, _, _) = Layout(format);
        Function widen = SoftFloat.Widen(format);
        int largest = Enumerable.Range(0, 1 << bits - 1).Last(code => float.IsFinite(Value(format, code)));
        float beyond = Value(format, largest) * 1.5f;
        foreach (float x in (float[])[beyond, float.MaxValue, float.PositiveInfinity, -beyond, float.NegativeInfinity])
        {
            int word = BitConverter.SingleToInt32Bits(x), saturated = (int)Interpreter.Call(SoftFloat.Narrow(format, saturates: true), word);
            Assert.That(Value(format, saturated), Is.EqualTo(float.CopySign(Value(format, largest), x)), $"{x:R}");
            float plain = BitConverter.Int32BitsToSingle((int)Interpreter.Call(widen, Interpreter.Call(SoftFloat.Narrow(format), word)));
            float expected = format switch
            {
                NarrowFormat.Float16 or NarrowFormat.BFloat16 or NarrowFormat.Float8E5M2 => float.CopySign(float.PositiveInfinity, x),
                NarrowFormat.Float4E2M1 => float.CopySign(6, x),
                _ => float.NaN,
            };
            Assert.That(plain, Is.EqualTo(expected), $"{x:R}");
        }
    }

    [Test]
    public void Powers_EveryCode_WidensAndRoundsBack()
    {
        Function widen = SoftFloat.Widen(NarrowFormat.Float8E8M0), narrow = SoftFloat.Narrow(NarrowFormat.Float8E8M0);
        for (int code = 0; code < 0xFF; code++)
        {
            int word = (int)Interpreter.Call(widen, code);
            Assert.That(BitConverter.Int32BitsToSingle(word), Is.EqualTo((float)Math.ScaleB(1, code - 127)));
            Assert.That(Interpreter.Call(narrow, word), Is.EqualTo(code));
        }
        Assert.That(Interpreter.Call(widen, 0xFF), Is.EqualTo(SoftFloat.Float32NaN));
        Assert.That(Interpreter.Call(narrow, SoftFloat.Float32NaN), Is.EqualTo(0xFF));
    }

    static (int Bits, int FractionBits, int Bias) Layout(NarrowFormat format) => format switch
    {
        NarrowFormat.Float16 => (16, 10, 15),
        NarrowFormat.BFloat16 => (16, 7, 127),
        NarrowFormat.Float8E4M3FN => (8, 3, 7),
        NarrowFormat.Float8E4M3FNUZ => (8, 3, 8),
        NarrowFormat.Float8E5M2 => (8, 2, 15),
        NarrowFormat.Float8E5M2FNUZ => (8, 2, 16),
        _ => (4, 1, 1),
    };

    /// <summary>The definition: sign · 2^(exponent − bias) · (1 + fraction), and the codes that are no numbers.</summary>
    static float Value(NarrowFormat format, int code)
    {
        (int bits, int fractionBits, int bias) = Layout(format);
        int magnitude = code & (1 << bits - 1) - 1, exponent = magnitude >> fractionBits, fraction = magnitude & (1 << fractionBits) - 1;
        bool isNegative = code >> bits - 1 != 0, isTop = exponent == (1 << bits - 1 - fractionBits) - 1;
        switch (format)
        {
            case NarrowFormat.Float16 or NarrowFormat.BFloat16 or NarrowFormat.Float8E5M2 when isTop:
                return fraction != 0 ? float.NaN : isNegative ? float.NegativeInfinity : float.PositiveInfinity;
            case NarrowFormat.Float8E4M3FN when magnitude == 0x7F:
            case NarrowFormat.Float8E4M3FNUZ or NarrowFormat.Float8E5M2FNUZ when code == 0x80:
                return float.NaN;
        }
        double value = Math.ScaleB(exponent == 0 ? fraction : fraction | 1 << fractionBits, Math.Max(exponent, 1) - bias - fractionBits);
        return (float)(isNegative ? -value : value);
    }
}
