using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>
/// Cast and CastLike: the number in another element type. Attributes saturate (8-bit floats; default true) and round_mode (Float8E8M0: up,
/// down, nearest). Text is not supported.
/// </summary>
public sealed class CastOperator(bool isLike) : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(isLike ? 2 : 1, isLike ? 2 : 1);
        context.TypeOf(0, ElementKinds.Any);
        ElementType to = isLike ? context.TypeOf(1) : (ElementType)context.Attributes.Int32("to", 0);
        if (to == ElementType.String) throw new OnnxException(OnnxError.String, "a number is turned into text");
        if (!Enum.IsDefined(to) || to == ElementType.Undefined) throw OnnxException.Malformed($"attribute to: expected an element type, got {(int)to}");
        if (!to.IsNumeric) throw OnnxException.Unsupported($"a cast to {to}");
        if (context.Attributes.Text("round_mode", "up") is not ("up" or "down" or "nearest"))
            throw OnnxException.Malformed($"attribute round_mode: expected up, down or nearest, got {context.Attributes.Text("round_mode", "up")}");
        context.SetOutput(0, to, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        StridedOperand[] operands = [StridedOperand.Of(input), StridedOperand.IndexOf(output.Shape)];
        StridedLoop.Run(context, output.Shape.Dimensions, operands, values => Store(context, input.Type, values[0], output, values[1]));
    }

    static void Store(LoweringContext context, ElementType from, Expression value, TensorView output, Expression index)
    {
        ElementType to = output.Type;
        bool saturates = context.Attributes.Flag("saturate", true);
        Expression converted = ElementMath.Convert(from, to, value);
        bool isFloat8 = to is ElementType.Float8E4M3FN or ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2 or ElementType.Float8E5M2FNUZ;
        if (to == ElementType.Float8E8M0) context.Store(output.AsBits(), index, ToPowerOfTwo(context, converted, saturates));
        else if (isFloat8 && saturates) context.Math.StoreSaturating(output, index, converted);
        else context.Store(output, index, converted);
    }

    /// <summary>The biased exponent of the power of two that a binary32 rounds to; 255 is NaN. The sign is ignored.</summary>
    static Expression ToPowerOfTwo(LoweringContext context, Expression value, bool saturates)
    {
        Expression magnitude = context.Math.Once(value & 0x7FFFFFFF);
        int rounding = context.Attributes.Text("round_mode", "up") switch { "up" => 0x7FFFFF, "nearest" => 0x400000, _ => 0 };
        Expression exponent = context.Math.Once((magnitude + rounding) >>> 23);
        Expression isNaN = magnitude > 0x7F800000;
        if (!saturates) return Expression.Select(isNaN | (magnitude < 0x400000) | (exponent > 254), 255, exponent);
        return Expression.Select(isNaN, 255, Expression.Select(exponent > 254, 254, exponent));
    }
}

/// <summary>BitCast: the same bits as another element type of the same width.</summary>
public sealed class BitCastOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        ElementType from = context.TypeOf(0, ElementKinds.Any), to = (ElementType)context.Attributes.Int32("to", 0);
        if (to == ElementType.String) throw new OnnxException(OnnxError.String, "a number is turned into text");
        if (!Enum.IsDefined(to) || !to.IsNumeric) throw OnnxException.Malformed($"attribute to: expected a numeric element type, got {to}");
        // A bool is one byte in ONNX.
        if (Width(from) != Width(to)) throw OnnxException.Malformed($"attribute to: expected a type of {Width(from)} bits, got {to}");
        context.SetOutput(0, to, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView output = context.Output(0);
        StridedLoop.Copy(context, output.Shape.Dimensions, StridedOperand.Of(context.Input(0)), output, output.Shape.Strides());
    }

    static int Width(ElementType type) => type == ElementType.Bool ? 8 : type.Bits;
}
