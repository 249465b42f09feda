using System.Runtime.InteropServices;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// com.microsoft QLinearSoftmax: a table of exponentials by the distance to the largest code, summed in binary32 in order; before opset 13 (attribute
/// <c>opset</c>) over all axes from the given one on.
/// </summary>
sealed class QLinearSoftmax : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        ElementType type = QuantizationConstants.Require8Bits(context, 0);
        Shape shape = context.ShapeOf(0);
        Sizes(context.Attributes, shape);
        QuantizationConstants.Scale(context.Node, 1);
        QuantizationConstants.Scale(context.Node, 3);
        QuantizationConstants.ZeroPoint(context.Node, 4);
        context.SetOutput(0, type, shape);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        FunctionBuilder code = context.Code;
        (int outer, int extent, int inner) = Sizes(context.Attributes, input.Shape);
        if (input.Shape.Count == 0) return;
        float[] exponentials = FloatKernels.SoftmaxExponentials(QuantizationConstants.Scale(context.Node, 1), extent);
        float scale = MathF.Floor(1f / QuantizationConstants.Scale(context.Node, 3));
        LoopBuffer table = LoopBuffer.Constant($"{context.Node.Name}.exponentials", MemoryType.Int32, MemoryMarshal.AsBytes<float>(exponentials));
        int zeroPoint = QuantizationConstants.ZeroPoint(context.Node, 4), unsignedShift = context.Attributes.Flag(QLinearBinary.AsUnsigned) ? 128 : 0;
        int highest = QuantizationConstants.Maximum(input.Type) + unsignedShift;
        LoopBuffer scaled = LoopBuffer.Constant($"{context.Node.Name}.scaled", MemoryType.Int32, MemoryMarshal.AsBytes<float>(FloatKernels.SoftmaxNumerators(exponentials, scale, zeroPoint + unsignedShift)));
        code.For("outer", 0, outer, row => code.For("inner", 0, inner, column =>
        {
            Local start = code.Local("start", (row * (extent * inner)) + column);
            Local largest = code.Local("largest", Expression.Load(input.Buffer, start));
            code.For("i", 1, extent, i =>
            {
                Local value = code.Local("value", Expression.Load(input.Buffer, start + (i * inner)));
                code.If(value > largest, () => code.Assign(largest, value));
            });
            Local shift = code.Local("shift", 255 - largest), sum = code.Local("sum", (Expression)0);
            code.For("i", 0, extent, i => code.Assign(sum, ElementMath.Float(FloatOperation.Add, ElementType.Float32, sum, Expression.Load(table, shift + Expression.Load(input.Buffer, start + (i * inner))))));
            code.For("i", 0, extent, i =>
            {
                Expression quotient = ElementMath.Float(FloatOperation.Divide, ElementType.Float32, Expression.Load(scaled, shift + Expression.Load(input.Buffer, start + (i * inner))), sum);
                Local result = code.Local("result", Requantizer.Round(quotient) + (zeroPoint + unsignedShift));
                code.If(result > highest, () => code.Assign(result, highest));
                code.Store(output.Buffer, start + (i * inner), result - unsignedShift);
            });
        }));
    }

    static (int Outer, int Extent, int Inner) Sizes(NodeAttributes attributes, Shape shape)
    {
        int opset = attributes.Int32("opset", 13), axis = InferenceChecks.Axis(attributes.Integer("axis", opset < 13 ? 1 : -1), shape.Rank);
        return opset < 13
            ? (shape.CountOf(0, axis), shape.CountOf(axis, shape.Rank), 1)
            : (shape.CountOf(0, axis), shape[axis], shape.CountOf(axis + 1, shape.Rank));
    }
}
