using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Reduction;

/// <summary>ArgMax and ArgMin: the index of the largest or smallest element along an axis; of equal ones the first, or the last if asked.</summary>
public sealed class ArgumentOperator(bool isMax) : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        context.TypeOf(0, ElementKinds.Number);
        Shape shape = context.ShapeOf(0);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), shape.Rank);
        if (shape[axis] == 0) throw OnnxException.Malformed($"axis {axis} of {shape} has no elements");
        context.SetOutput(0, ElementType.Int64, ReduceOperator.Reduced(shape, [axis], context.Attributes.Flag("keepdims", true)));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), input.Shape.Rank);
        int[] lines = input.Shape.Dimensions.ToArray();
        (int length, lines[axis]) = (lines[axis], 1);
        StridedLoop.Run(context, lines, [StridedOperand.IndexOf(input.Shape), StridedOperand.IndexOf(new(lines))], values =>
            context.Store(output, values[1], Find(context, input, values[0], length, input.Shape.Strides()[axis], isMax, context.Attributes.Flag("select_last_index")).ToInt64()));
    }

    /// <summary>The position, Int32, of the extreme element of a line that has at least one.</summary>
    internal static Expression Find(LoweringContext context, TensorView input, Expression start, int length, int stride, bool isMax, bool isLast)
    {
        ElementMath math = context.Math;
        start = math.Once(start);
        Local best = context.Code.Local("best", math.OrderKey(input.Type, context.Load(input, start), isMax));
        Local position = context.Code.Local("position", Fold.Constant(ScalarType.Int32, 0));
        context.Code.For("k", 1, length, k =>
        {
            Expression key = math.Once(math.OrderKey(input.Type, context.Load(input, start + k * stride), isMax));
            Expression isBetter = (isMax, isLast) switch
            {
                (true, false) => best < key,
                (true, true) => best <= key,
                (false, false) => key < best,
                (false, true) => key <= best,
            };
            context.Code.If(isBetter, () =>
            {
                context.Code.Assign(best, key);
                context.Code.Assign(position, k);
            });
        });
        return position;
    }
}

/// <summary>Hardmax: 1 at the first largest element along an axis, else 0. Before opset 13 all axes from the given one on are one.</summary>
public sealed class HardmaxOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        ElementType type = context.TypeOf(0, ElementKinds.Float);
        Shape shape = context.ShapeOf(0);
        InferenceChecks.Axis(AxisOf(context.Attributes, context.Version), shape.Rank);
        context.SetOutput(0, type, shape);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        Shape shape = input.Shape;
        int axis = InferenceChecks.Axis(AxisOf(context.Attributes, context.Version), shape.Rank), after = context.Version < 13 ? shape.Rank : axis + 1;
        int length = shape.CountOf(axis, after), stride = shape.CountOf(after, shape.Rank);
        if (shape.Count == 0) return;
        StridedLoop.Run(context, [shape.CountOf(0, axis), stride], [new([length * stride, 1])], values =>
        {
            Expression start = context.Math.Once(values[0]);
            context.Code.For("k", 0, length, k => context.Store(output, start + k * stride, ElementMath.Constant(output.Type, 0)));
            Expression position = ArgumentOperator.Find(context, input, start, length, stride, isMax: true, isLast: false);
            context.Store(output, start + position * stride, ElementMath.Constant(output.Type, 1));
        });
    }

    static long AxisOf(NodeAttributes attributes, int version) => attributes.Integer("axis", version < 13 ? 1 : -1);
}
