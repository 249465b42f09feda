using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Lowering;

public sealed partial class ElementMath
{
    /// <summary>1 if x = y: Int32, the register form of a bool. NaN equals nothing; −0 = +0.</summary>
    public Expression Equal(ElementType type, Expression left, Expression right)
    {
        if (!type.IsFloat) return left.Is(right);
        if (left is ConstantExpression) (left, right) = (right, left);
        if (right is not ConstantExpression { Value: var bits }) return Float(FloatOperation.Equal, type, left, right);
        if (IsNaNBits(type, bits)) return 0;
        return (bits & ~SignMask(type).Value) == 0 ? IsZero(type, left) : left.Is(right);
    }

    /// <summary>1 if x &lt; y; 0 if not or if one is NaN.</summary>
    public Expression Less(ElementType type, Expression left, Expression right)
    {
        if (!type.IsFloat) return type.IsSigned ? left < right : left.IsBelow(right);
        if (right is ConstantExpression above) return IsBelowConstant(type, left, above.Value, orEqual: false);
        if (left is ConstantExpression below) return IsAboveConstant(type, right, below.Value, orEqual: false);
        return Float(FloatOperation.Less, type, left, right);
    }

    /// <summary>1 if x ≤ y; 0 if not or if one is NaN.</summary>
    public Expression LessOrEqual(ElementType type, Expression left, Expression right)
    {
        if (!type.IsFloat) return type.IsSigned ? left <= right : left.IsAtMost(right);
        if (right is ConstantExpression above) return IsBelowConstant(type, left, above.Value, orEqual: true);
        if (left is ConstantExpression below) return IsAboveConstant(type, right, below.Value, orEqual: true);
        return Float(FloatOperation.LessOrEqual, type, left, right);
    }

    /// <summary>1 if a float is NaN.</summary>
    public static Expression IsNaN(ElementType type, Expression value) =>
        (Infinity(type) << 1).IsBelow(value << 1);

    /// <summary>1 if a float is infinite and of an accepted sign.</summary>
    public Expression IsInfinite(ElementType type, Expression value, bool positive = true, bool negative = true) => (positive, negative) switch
    {
        (true, true) => (value << 1).Is(Infinity(type) << 1),
        (true, false) => value.Is(Infinity(type)),
        (false, true) => value.Is(NegativeInfinity(type)),
        _ => 0,
    };

    /// <summary>1 if a value is zero; a float of either sign.</summary>
    public static Expression IsZero(ElementType type, Expression value) => type.IsFloat ? (value << 1).Not() : value.Not();

    /// <summary>Bit pattern of +∞.</summary>
    public static Expression Infinity(ElementType type) => Fold.Constant(Register(type), type.IsFloat64 ? 0x7FF0000000000000 : 0x7F800000);

    /// <summary>The least value of a type, −∞ for floats: where a maximum starts.</summary>
    public static Expression Lowest(ElementType type)
    {
        if (type.IsFloat) return NegativeInfinity(type);
        return Fold.Constant(Register(type), type.IsSigned ? -1L << (type.Bits - 1) : 0);
    }

    /// <summary>The greatest value of a type, +∞ for floats: where a minimum starts.</summary>
    public static Expression Highest(ElementType type)
    {
        if (type.IsFloat) return Infinity(type);
        return Fold.Constant(Register(type), type.IsSigned ? (1L << (type.Bits - 1)) - 1 : type.Bits == 64 ? -1 : (1L << type.Bits) - 1);
    }

    /// <summary>
    /// An integer whose signed order is the order of the values; −0 and +0 have one key, and every NaN ranks highest or lowest. The value is
    /// evaluated once.
    /// </summary>
    public Expression OrderKey(ElementType type, Expression value, bool nanIsHighest)
    {
        if (!type.IsFloat) return type is ElementType.UInt32 or ElementType.UInt64 ? value ^ TopBit(type) : value;
        value = Once(value);
        ConstantExpression lowest = TopBit(type);
        Expression key = Expression.Select(value < 0, lowest - value, value);
        return Expression.Select(IsNaN(type, value), Fold.Constant(value.Type, nanIsHighest ? ~lowest.Value : lowest.Value), key);
    }

    /// <summary>The value of a key of <see cref="OrderKey"/>.</summary>
    public Expression FromOrderKey(ElementType type, Expression key)
    {
        if (!type.IsFloat) return type is ElementType.UInt32 or ElementType.UInt64 ? key ^ TopBit(type) : key;
        key = Once(key);
        // The lowest key would become +0; it stands for a NaN.
        Expression value = Expression.Select(key < 0, TopBit(type) - key, key);
        return Expression.Select(key.Is(TopBit(type)), Fold.Constant(key.Type, -1), value);
    }

    static ConstantExpression TopBit(ElementType type) =>
        Fold.Constant(Register(type), Register(type) == ScalarType.Int64 ? long.MinValue : int.MinValue);

    static bool IsNaNBits(ElementType type, long bits) =>
        type.IsFloat64 ? double.IsNaN(BitConverter.Int64BitsToDouble(bits)) : float.IsNaN(BitConverter.Int32BitsToSingle((int)bits));

    /// <summary>
    /// x &lt; c without a call. As unsigned bit patterns the positive numbers ascend from 0 to +∞, the negative ones descend in value from −0
    /// to −∞, and NaNs lie above each; so the numbers below c are one or two intervals of patterns.
    /// </summary>
    Expression IsBelowConstant(ElementType type, Expression value, long bits, bool orEqual)
    {
        if (IsNaNBits(type, bits)) return 0;
        long sign = SignMask(type).Value, infinity = ((ConstantExpression)Infinity(type)).Value, magnitude = bits & ~sign;
        value = Once(value);
        if (magnitude == 0) return orEqual ? InRange(value, sign, sign | infinity) | value.Not() : InRange(value, sign | 1, sign | infinity);
        if (bits < 0) return InRange(value, sign | (magnitude + (orEqual ? 0 : 1)), sign | infinity);
        return InRange(value, 0, magnitude - (orEqual ? 0 : 1)) | InRange(value, sign, sign | infinity);
    }

    /// <summary>x &gt; c without a call.</summary>
    Expression IsAboveConstant(ElementType type, Expression value, long bits, bool orEqual) =>
        // x > c exactly if −x < −c.
        IsBelowConstant(type, Negate(type, value), bits ^ SignMask(type).Value, orEqual);

    /// <summary>1 if first ≤ bits ≤ last as unsigned patterns, which do not reach all ones; 0 where the interval is empty.</summary>
    static Expression InRange(Expression value, long first, long last)
    {
        if (unchecked((ulong)last < (ulong)first)) return 0;
        // From the lowest signed pattern on, one signed comparison does.
        if (first == (value.Type == ScalarType.Int64 ? long.MinValue : int.MinValue)) return value < Fold.Constant(value.Type, last + 1);
        return (value - Fold.Constant(value.Type, first)).IsBelow(Fold.Constant(value.Type, unchecked(last - first + 1)));
    }
}
