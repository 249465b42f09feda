using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>CumSum and CumProd: sums or products of the elements up to each one along an axis that is known at compile time.</summary>
public sealed class CumulativeOperator(bool isProduct) : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(2, 2);
        ElementType type = context.TypeOf(0, ElementKinds.Number);
        InferenceChecks.Axis(context.IntegerOf(1), context.ShapeOf(0).Rank);
        context.SetOutput(0, type, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        int axis = InferenceChecks.Axis(context.ConstantOf(1)!.IntegerAt(0), input.Shape.Rank);
        int length = input.Shape[axis], stride = input.Shape.Strides()[axis];
        bool isExclusive = context.Attributes.Flag("exclusive"), isReverse = context.Attributes.Flag("reverse");
        int[] lines = input.Shape.Dimensions.ToArray();
        lines[axis] = Math.Min(length, 1);
        StridedLoop.Run(context, lines, [StridedOperand.IndexOf(input.Shape)], values =>
        {
            Expression first = isReverse ? values[0] + (length - 1) * stride : values[0];
            Local total = context.Code.Local("total", ElementMath.Constant(input.Type, isProduct ? 1L : 0));
            Expression start = context.Math.Once(first);
            context.Code.For("k", 0, length, k =>
            {
                Expression index = isReverse ? start - k * stride : start + k * stride;
                if (isExclusive)
                {
                    // Read before the store: in and out may be views of one place in the same order.
                    Expression element = context.Math.Once(context.Load(input, index));
                    context.Store(output, index, total);
                    context.Code.Assign(total, Combine(context, input.Type, total, element));
                }
                else
                {
                    context.Code.Assign(total, Combine(context, input.Type, total, context.Load(input, index)));
                    context.Store(output, index, total);
                }
            });
        });
    }

    Expression Combine(LoweringContext context, ElementType type, Expression total, Expression element) =>
        isProduct ? context.Math.Multiply(type, total, element) : context.Math.Add(type, total, element);
}
