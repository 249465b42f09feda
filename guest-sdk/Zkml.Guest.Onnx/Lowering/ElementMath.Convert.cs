using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Lowering;

public sealed partial class ElementMath
{
    /// <summary>
    /// Changes the type of a value as Cast does. To bool: 1 unless zero. Float to integer: towards zero, through 32 bits for types below
    /// them, whose low bits stay; NaN gives 0. Integer to integer: the low bits. Integer to float: rounded to nearest even. To a narrow
    /// float: to binary32; the store rounds.
    /// </summary>
    public static Expression Convert(ElementType from, ElementType to, Expression value)
    {
        if (from == to) return value;
        if (to == ElementType.Bool) return IsZero(from, value).Not();
        return (from.IsFloat, to.IsFloat) switch
        {
            (true, true) => from.IsFloat64 == to.IsFloat64 ? value : Float(FloatOperation.ToOtherWidth, from, value),
            (true, false) => FromFloat(from, to, value),
            (false, true) => ToFloat(from, to, value),
            _ => Resize(from, to, value),
        };
    }

    /// <summary>As <see cref="Convert"/>, and a constant stays one, so that what depends on it can be decided at compile time.</summary>
    public static Expression FoldedConvert(ElementType from, ElementType to, Expression value)
    {
        if (value is not ConstantExpression { Value: var bits } || !to.IsFloat || from.IsFloat64 == to.IsFloat64 && from.IsFloat) return Convert(from, to, value);
        if (from.IsFloat64) return Constant(to, BitConverter.Int64BitsToDouble(bits));
        if (from.IsFloat) return Constant(to, (double)BitConverter.Int32BitsToSingle((int)bits));
        return Constant(to, from == ElementType.UInt64 ? (double)(ulong)bits : from == ElementType.UInt32 ? (uint)bits : bits);
    }

    static Expression FromFloat(ElementType from, ElementType to, Expression value)
    {
        FloatOperation operation = to switch
        {
            ElementType.Int64 => FloatOperation.ToInt64,
            ElementType.UInt64 => FloatOperation.ToUInt64,
            ElementType.UInt32 => FloatOperation.ToUInt32,
            _ => FloatOperation.ToInt32,
        };
        return Wrap(to, Float(operation, from, value));
    }

    static Expression ToFloat(ElementType from, ElementType to, Expression value)
    {
        FloatOperation operation = from switch
        {
            ElementType.Int64 => FloatOperation.FromInt64,
            ElementType.UInt64 => FloatOperation.FromUInt64,
            ElementType.UInt32 => FloatOperation.FromUInt32,
            _ => FloatOperation.FromInt32,
        };
        return Float(operation, to, value);
    }

    static Expression Resize(ElementType from, ElementType to, Expression value)
    {
        bool isWide = Register(from) == ScalarType.Int64;
        if (Register(to) == ScalarType.Int64)
        {
            if (isWide) return value;
            return from.IsSigned ? value.ToInt64() : value.ToUInt64();
        }
        // A type whose values all fit needs no wrapping.
        bool fits = !isWide && from.Bits < to.Bits && (from.IsSigned == to.IsSigned || to.IsSigned);
        Expression low = isWide ? value.Low() : value;
        return fits || (from.Bits == to.Bits && from.IsSigned == to.IsSigned) ? low : Wrap(to, low);
    }
}
