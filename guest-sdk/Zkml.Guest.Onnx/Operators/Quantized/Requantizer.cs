using System.Runtime.InteropServices;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// Brings accumulators to 8 bits by ONNX Runtime's rule, in integers: one high product with the scale as a fixed-point number decides all
/// values but those next to a half, which go through binary32 arithmetic in a function of their own.
/// </summary>
sealed class Requantizer
{
    // Two roundings of a value below 2^8, twice.
    const double RoundingMargin = 1.0 / (1 << 15);

    readonly int _minimum;
    readonly int _maximum;
    readonly int _zeroPoint;
    readonly int _shiftUp;
    readonly int _fraction;
    readonly int _margin;
    readonly int[] _multipliers;
    readonly LoopBuffer? _multiplierTable;

    /// <summary>
    /// Scales (one, or one for each channel), the zero point and the range of the result, and the largest magnitude of an accumulator.
    /// <paramref name="margin"/>: how far the rule's own roundings may carry a result away from accumulator · scale, apart from two of them.
    /// </summary>
    public Requantizer(string name, float[] scales, int zeroPoint, int minimum, int maximum, long largest, double margin = 0)
    {
        (_zeroPoint, _minimum, _maximum) = (zeroPoint, minimum, maximum);
        // The accumulator is shifted to 31 bits, so that the high word of the product keeps about 30.
        int bits = 1;
        while (1L << bits <= largest) bits++;
        _shiftUp = Math.Max(0, 31 - bits);
        // Beyond 30 bits of fraction every result is below a half, and a smaller fraction says so too.
        _fraction = Math.Min(30, _shiftUp - 25 - scales.Max(Exponent));
        _margin = (int)Math.Min(int.MaxValue / 4, Math.Ceiling(Math.ScaleB(RoundingMargin + margin, Math.Max(_fraction, 0)))) + 4;
        _multipliers = [.. scales.Select(Multiplier)];
        if (scales.Length > 1) _multiplierTable = LoopBuffer.Constant($"{name}.multipliers", MemoryType.Int32, MemoryMarshal.AsBytes<int>(_multipliers));
    }

    /// <summary>The requantiser of accumulators whose exact rule is float32(acc) · scale, clamped, rounded, plus the zero point.</summary>
    public static Func<FunctionBuilder, Expression, Expression, Expression> OfProducts(string name, float[] scales, int zeroPoint, int minimum, int maximum, long largest)
    {
        Requantizer requantizer = new(name, scales, zeroPoint, minimum, maximum, largest);
        Function exact = BuildExact($"{name}.exact", zeroPoint, minimum, maximum, roundsSum: false);
        LoopBuffer? table = scales.Length == 1 ? null : LoopBuffer.Constant($"{name}.scales", MemoryType.Int32, MemoryMarshal.AsBytes<float>(scales));
        return (code, accumulator, channel) => requantizer.Append(code, accumulator, channel,
            () => Expression.Call(exact, accumulator, table == null ? BitConverter.SingleToInt32Bits(scales[0]) : Expression.Load(table, channel)));
    }

    /// <summary>The result for one accumulator (a local) of a channel; <paramref name="exact"/> is the rule itself, for values next to a half.</summary>
    public Expression Append(FunctionBuilder code, Expression accumulator, Expression channel, Func<Expression> exact)
    {
        if (_fraction < 1 || 4L * _margin > 1L << _fraction) return code.Local("quantized", exact());
        Expression multiplier = _multiplierTable == null ? _multipliers[0] : Expression.Load(_multiplierTable, channel);
        int half = 1 << (_fraction - 1), below = 32 - _fraction;
        Local scaled = code.Local("scaled", (accumulator << _shiftUp).MultiplyHigh(multiplier) + (half + _margin));
        Local result = code.Local("quantized", (scaled >> _fraction) + (_zeroPoint - _minimum));
        code.If((scaled << below).IsBelow(Expression.Bits((uint)(2 * _margin) << below)),
            () => code.Assign(result, exact()),
            () =>
            {
                code.If(Expression.Bits((uint)(_maximum - _minimum)).IsBelow(result), () =>
                    code.Assign(result, Expression.Select(result < 0, 0, _maximum - _minimum)));
                if (_minimum != 0) code.Assign(result, result + _minimum);
            });
        return result;
    }

    /// <summary>
    /// A function of an accumulator and the bits of a scale: the rule in binary32. <paramref name="roundsSum"/>: the zero point is added before
    /// rounding, as QLinearMul does.
    /// </summary>
    public static Function BuildExact(string name, int zeroPoint, int minimum, int maximum, bool roundsSum)
    {
        FunctionBuilder code = new(name, ScalarType.Int32);
        Local accumulator = code.Parameter(ScalarType.Int32, "accumulator"), scale = code.Parameter(ScalarType.Int32, "scale");
        Expression scaled = ElementMath.Float(FloatOperation.Multiply, ElementType.Float32,
            Expression.Call(SoftFloat.Get(FloatOperation.FromInt32, FloatWidth.Float32), accumulator), scale);
        if (roundsSum && zeroPoint != 0) scaled = ElementMath.Float(FloatOperation.Add, ElementType.Float32, scaled, BitConverter.SingleToInt32Bits(zeroPoint));
        ReturnRounded(code, scaled, roundsSum ? 0 : zeroPoint, minimum, maximum);
        return code.Build();
    }

    /// <summary>Returns a binary32 value rounded to nearest even, plus an offset, clamped.</summary>
    public static void ReturnRounded(FunctionBuilder code, Expression value, int offset, int minimum, int maximum)
    {
        Local rounded = code.Local("rounded", Round(value));
        code.If(rounded < minimum - offset, () => code.Return(minimum));
        code.If(rounded > maximum - offset, () => code.Return(maximum));
        code.Return(rounded + offset);
    }

    /// <summary>A binary32 value rounded to the nearest Int32, ties to even; saturates.</summary>
    public static Expression Round(Expression value) =>
        ElementMath.Float(FloatOperation.ToInt32, ElementType.Float32, ElementMath.Float(FloatOperation.RoundToEven, ElementType.Float32, value));

    static int Exponent(float scale) => Math.Max((BitConverter.SingleToInt32Bits(scale) >> 23) - 150, -149);

    // scale · 2^(fraction − shift + 32), rounded down: at most 31 bits for the largest scale.
    int Multiplier(float scale) => (int)Math.Min(int.MaxValue, Math.ScaleB((double)scale, _fraction - _shiftUp + 32));
}

/// <summary>The accumulator brought to 8 bits.</summary>
sealed class RequantizeEpilogue(LoopBuffer output, Func<FunctionBuilder, Expression, Expression, Expression> requantize) : ProductEpilogue
{
    /// <inheritdoc/>
    public override void Store(FunctionBuilder code, Expression accumulator, Expression channel, Expression index) =>
        code.Store(output, index, requantize(code, accumulator, channel));
}
