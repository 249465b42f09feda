using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Lowering;

/// <summary>
/// Arithmetic by element type. Register form of a value: integers of up to 32 bits sign- or zero-extended in an Int32 (UInt32 by its bits),
/// 64-bit ones in an Int64, bool as 0 or 1, Float64 by its bits in an Int64, every other float as the bits of a binary32 in an Int32 (narrow
/// floats are rounded when stored). Integers wrap at their width. Operands are evaluated once: locals are made where a value is used twice.
/// </summary>
public sealed partial class ElementMath(FunctionBuilder code)
{
    /// <summary>The width of the register form.</summary>
    public static ScalarType Register(ElementType type) => type.Memory.Scalar;

    /// <summary>The soft-float width of a float type.</summary>
    public static FloatWidth Width(ElementType type) => type.IsFloat64 ? FloatWidth.Float64 : FloatWidth.Float32;

    /// <summary>A number as a constant of a type: rounded for floats, wrapped for integers.</summary>
    public static Expression Constant(ElementType type, double value) => type switch
    {
        ElementType.Float64 => BitConverter.DoubleToInt64Bits(value),
        _ when type.IsFloat => BitConverter.SingleToInt32Bits((float)value),
        _ => Fold.Constant(Register(type), unchecked((long)value)),
    };

    /// <summary>An integer as a constant of a type.</summary>
    public static Expression Constant(ElementType type, long value) =>
        type.IsFloat ? Constant(type, (double)value) : Fold.Constant(Register(type), value);

    /// <summary>Element <paramref name="index"/> in register form.</summary>
    public Expression Load(TensorView view, Expression index)
    {
        Expression bits = Expression.Load(view.Buffer, index);
        return view.Type.Narrow is { } format ? Expression.Call(SoftFloat.Widen(format), bits) : bits;
    }

    /// <summary>Stores a value in register form.</summary>
    public void Store(TensorView view, Expression index, Expression value) =>
        code.Store(view.Buffer, index, ToBits(view.Type, value));

    /// <summary>The bits that <see cref="Store"/> writes, in the register form of an integer.</summary>
    public Expression ToBits(ElementType type, Expression value) => type.Narrow is { } format ? Expression.Call(SoftFloat.Narrow(format), value) : value;

    /// <summary>Stores a value in register form; beyond the range of a narrow float its largest finite value.</summary>
    public void StoreSaturating(TensorView view, Expression index, Expression value) =>
        code.Store(view.Buffer, index, view.Type.Narrow is { } format ? Expression.Call(SoftFloat.Narrow(format, saturates: true), value) : value);

    /// <summary>The only element of a constant, known at compile time; null for formats that the guest itself has to widen.</summary>
    public static Expression? ConstantOf(TensorView scalar)
    {
        Tensor tensor = new(scalar.Type, Shape.Scalar, scalar.Buffer.Data);
        return scalar.Type switch
        {
            ElementType.UInt64 or ElementType.Float64 => tensor.As<long>()[0],
            ElementType.UInt32 or ElementType.Float32 => tensor.As<int>()[0],
            ElementType.Float16 or ElementType.BFloat16 => Constant(ElementType.Float32, tensor.NumberAt(0)),
            _ when scalar.Type.IsFloat => null,
            _ => Constant(scalar.Type, tensor.IntegerAt(0)),
        };
    }

    /// <summary>x + y.</summary>
    public Expression Add(ElementType type, Expression left, Expression right) =>
        type.IsFloat ? Float(FloatOperation.Add, type, left, right) : Wrap(type, left + right);

    /// <summary>x − y.</summary>
    public Expression Subtract(ElementType type, Expression left, Expression right) =>
        type.IsFloat ? Float(FloatOperation.Subtract, type, left, right) : Wrap(type, left - right);

    /// <summary>x · y.</summary>
    public Expression Multiply(ElementType type, Expression left, Expression right) =>
        type.IsFloat ? Float(FloatOperation.Multiply, type, left, right) : Wrap(type, left * right);

    /// <summary>A function of the soft-float library in the width of a type.</summary>
    public static Expression Float(FloatOperation operation, ElementType type, params ReadOnlySpan<Expression> arguments) =>
        Expression.Call(SoftFloat.Get(operation, Width(type)), arguments);

    /// <summary>Brings the low bits of an integer back into register form.</summary>
    public static Expression Wrap(ElementType type, Expression value)
    {
        if (type == ElementType.Bool) return value & 1;
        int unused = (type.Memory.Scalar == ScalarType.Int64 ? 64 : 32) - type.Bits;
        if (unused == 0) return value;
        return type.IsSigned ? (value << unused) >> unused : value & ((1 << type.Bits) - 1);
    }
}
