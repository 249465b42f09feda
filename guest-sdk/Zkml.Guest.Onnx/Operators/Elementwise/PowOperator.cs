using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>
/// Pow: x^y in the type of x; y may have another type. Two integers: exact, modulo the width. An integer to a float: through binary64,
/// towards zero.
/// </summary>
public sealed class PowOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(2, 2);
        ElementType type = context.TypeOf(0, ElementKinds.Number);
        context.TypeOf(1, ElementKinds.Number);
        context.SetOutput(0, type, context.BroadcastOf(0, 1));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView value = context.Input(0), exponent = context.Input(1);
        StridedLoop.Map(context, context.Output(0), [value, exponent], values => Power(context.Math, value.Type, values[0], exponent.Type, values[1]));
    }

    static Expression Power(ElementMath math, ElementType type, Expression value, ElementType exponentType, Expression exponent)
    {
        if (type.IsFloat) return math.Power(type, value, ElementMath.FoldedConvert(exponentType, type, exponent));
        if (exponentType.IsInteger) return math.IntegerPower(type, value, exponentType, exponent);
        // A whole constant, as exporters write it, keeps integers exact.
        if (exponent is ConstantExpression constant && WholeNumber(exponentType, constant.Value) is { } whole)
            return math.IntegerPower(type, value, ElementType.Int64, whole);
        Expression wide = ElementMath.Convert(type, ElementType.Float64, value);
        Expression power = math.Power(ElementType.Float64, wide, ElementMath.FoldedConvert(exponentType, ElementType.Float64, exponent));
        return ElementMath.Convert(ElementType.Float64, type, power);
    }

    static long? WholeNumber(ElementType type, long bits)
    {
        double value = type.IsFloat64 ? BitConverter.Int64BitsToDouble(bits) : BitConverter.Int32BitsToSingle((int)bits);
        return Math.Abs(value) < 1 << 24 && double.IsInteger(value) ? (long)value : null;
    }
}
