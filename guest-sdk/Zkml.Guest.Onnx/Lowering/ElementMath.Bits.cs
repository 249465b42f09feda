using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Lowering;

public sealed partial class ElementMath
{
    /// <summary>Bitwise complement; logical for bool.</summary>
    public static Expression Not(ElementType type, Expression value) => type == ElementType.Bool ? value.Not() : Wrap(type, ~value);

    /// <summary>x · 2^count; 0 where the count reaches the width. Unsigned integers.</summary>
    public Expression ShiftLeft(ElementType type, Expression value, Expression count) => Shift(type, count, n => Wrap(type, value << n));

    /// <summary>x / 2^count; 0 where the count reaches the width. Unsigned integers.</summary>
    public Expression ShiftRight(ElementType type, Expression value, Expression count) => Shift(type, count, n => value >>> n);

    Expression Shift(ElementType type, Expression count, Func<Expression, Expression> shift)
    {
        count = Once(count);
        Expression low = count.Type == ScalarType.Int64 ? count.Low() : count;
        return Expression.Select(count.IsBelow(Constant(type, (long)type.Bits)), shift(low), Constant(type, 0L));
    }
}
