using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Lowering;

public sealed partial class ElementMath
{
    /// <summary>A value that may be used several times: itself if it is a constant or a local, else a new local that holds it.</summary>
    public Expression Once(Expression value) => value is ConstantExpression or Local ? value : code.Local("value", value);

    /// <summary>x / y. Integers: towards zero; x/0 is −1, or all ones where unsigned.</summary>
    public Expression Divide(ElementType type, Expression left, Expression right)
    {
        // A product with the inverse of a power of two is the same number, and cheaper.
        if (type.IsFloat && right is ConstantExpression { Value: var bits } && InverseOfPowerOfTwo(type, bits) is { } inverse) return Multiply(type, left, inverse);
        if (type.IsFloat) return Float(FloatOperation.Divide, type, left, right);
        return type.IsSigned ? Wrap(type, left / right) : Wrap(type, left.DivideUnsigned(right));
    }

    /// <summary>C's remainder: the sign of x. Integers: x % 0 is x.</summary>
    public Expression Remainder(ElementType type, Expression left, Expression right)
    {
        if (type.IsFloat) return Float(FloatOperation.Remainder, type, left, right);
        return type.IsSigned ? left % right : left.RemainderUnsigned(right);
    }

    /// <summary>The remainder with the sign of y, as Python and NumPy define it. Integers: x mod 0 is x.</summary>
    public Expression Modulo(ElementType type, Expression left, Expression right)
    {
        if (type.IsInteger && !type.IsSigned) return Remainder(type, left, right);
        Expression divisor = Once(right), remainder = Once(Remainder(type, left, divisor));
        // The quotient was rounded towards zero; where the signs differ the floor is one lower.
        Expression isOpposite = type.IsFloat
            ? IsZero(type, remainder).Not() & SignBit(remainder ^ divisor)
            : remainder.IsNot(0) & ((remainder ^ divisor) < 0);
        return Expression.Select(isOpposite, Add(type, remainder, divisor), remainder);
    }

    /// <summary>−x.</summary>
    public static Expression Negate(ElementType type, Expression value) =>
        type.IsFloat ? value ^ SignMask(type) : Wrap(type, -value);

    /// <summary>|x|; the lowest integer stays itself.</summary>
    public Expression Abs(ElementType type, Expression value)
    {
        if (type.IsFloat) return value & ~SignMask(type);
        if (!type.IsSigned) return value;
        value = Once(value);
        return Wrap(type, Expression.Select(value < 0, -value, value));
    }

    /// <summary>−1, 0 or 1; NaN stays NaN, a zero stays itself.</summary>
    public Expression Sign(ElementType type, Expression value)
    {
        value = Once(value);
        if (type.IsFloat)
        {
            Expression one = Constant(type, 1) | (value & SignMask(type));
            return Expression.Select(IsZero(type, value) | IsNaN(type, value), value, one);
        }
        Expression isNonZero = value.IsNot(0);
        Expression sign = type.IsSigned ? Expression.Select(value < 0, -1, isNonZero) : isNonZero;
        return type.Memory.Scalar == ScalarType.Int64 ? sign.ToInt64() : sign;
    }

    /// <summary>1 / x; floats.</summary>
    public Expression Reciprocal(ElementType type, Expression value) => Divide(type, Constant(type, 1), value);

    /// <summary>The smaller; NaN if one is NaN.</summary>
    public Expression Min(ElementType type, Expression left, Expression right) => Extreme(type, left, right, isMax: false);

    /// <summary>The larger; NaN if one is NaN.</summary>
    public Expression Max(ElementType type, Expression left, Expression right) => Extreme(type, left, right, isMax: true);

    /// <summary>max(x, 0); NaN stays NaN.</summary>
    public Expression Relu(ElementType type, Expression value)
    {
        if (!type.IsFloat) return Max(type, value, Constant(type, 0));
        value = Once(value);
        // Negative numbers, −0 and −∞ included, are the signed bit patterns up to that of −∞; NaNs with a sign lie above.
        Expression isNegative = value < Fold.Constant(Register(type), NegativeInfinity(type).Value + 1);
        return type.IsFloat64 ? Expression.Select(isNegative, 0L, value) : value & (isNegative - 1);
    }

    /// <summary>min(max(x, low), high); an absent bound is null. NaN stays NaN.</summary>
    public Expression Clamp(ElementType type, Expression value, Expression? low, Expression? high)
    {
        if (low != null) value = low is ConstantExpression { Value: 0 } ? Relu(type, value) : Max(type, value, low);
        return high == null ? value : Min(type, value, high);
    }

    /// <summary>Bit pattern of −0.</summary>
    static ConstantExpression SignMask(ElementType type) => Fold.Constant(Register(type), type.IsFloat64 ? long.MinValue : int.MinValue);

    /// <summary>Bit pattern of −∞.</summary>
    static ConstantExpression NegativeInfinity(ElementType type) =>
        Fold.Constant(Register(type), type.IsFloat64 ? unchecked((long)0xFFF0000000000000) : unchecked((int)0xFF800000));

    static Expression? InverseOfPowerOfTwo(ElementType type, long bits)
    {
        double value = type.IsFloat64 ? BitConverter.Int64BitsToDouble(bits) : BitConverter.Int32BitsToSingle((int)bits), inverse = 1 / value;
        bool isPower = (BitConverter.DoubleToInt64Bits(value) & 0xFFFFFFFFFFFFF) == 0 && double.IsNormal(value) && double.IsNormal(inverse);
        return isPower && (type.IsFloat64 || float.IsNormal((float)inverse)) ? Constant(type, inverse) : null;
    }

    /// <summary>1 if the top bit is set.</summary>
    static Expression SignBit(Expression bits) => bits < 0;

    Expression Extreme(ElementType type, Expression left, Expression right, bool isMax)
    {
        if (left is ConstantExpression && right is not ConstantExpression) (left, right) = (right, left);
        (left, right) = (Once(left), Once(right));
        if (type.IsFloat && right is ConstantExpression { Value: var bits })
        {
            // A NaN on the left fails the comparison, and so stays.
            if (IsNaNBits(type, bits)) return right;
            return Expression.Select(isMax ? Less(type, left, right) : Less(type, right, left), right, left);
        }
        Expression leftKey = OrderKey(type, left, isMax), rightKey = OrderKey(type, right, isMax);
        return Expression.Select(isMax ? leftKey < rightKey : rightKey < leftKey, right, left);
    }
}
