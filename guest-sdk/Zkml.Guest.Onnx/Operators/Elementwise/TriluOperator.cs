using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.Elementwise;

/// <summary>Trilu: the upper or lower triangle of each matrix, zero elsewhere; the diagonal is shifted by k, which may be a value of the guest.</summary>
public sealed class TriluOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, 2);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        if (context.ShapeOf(0).Rank < 2) throw OnnxException.Malformed($"input 0: expected a rank of at least 2, got {context.ShapeOf(0)}");
        if (context.HasInput(1) && (context.TypeOf(1) != ElementType.Int64 || context.ShapeOf(1).Count != 1))
            throw OnnxException.Malformed($"input 1: expected one Int64, got {context.TypeOf(1)}{context.ShapeOf(1)}");
        context.SetOutput(0, type, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0).AsBits(), output = context.Output(0).AsBits();
        bool isUpper = context.Attributes.Flag("upper", true);
        int rows = input.Shape[^2], columns = input.Shape[^1];
        if (input.Shape.Count == 0) return;
        Expression shift = context.Math.Once(Shift(context, rows, columns));
        Expression zero = ElementMath.Constant(output.Type, 0L);
        context.Code.For("matrix", 0, input.Shape.Count / (rows * columns), matrix => context.Code.For("row", 0, rows, row =>
        {
            // Columns below the border belong to the lower triangle; the diagonal itself belongs to both.
            Expression border = context.Math.Once(row + shift + (isUpper ? 0 : 1));
            Expression inside = context.Math.Once(Expression.Select(border < 0, 0, Expression.Select(border > columns, columns, border)));
            Expression start = context.Math.Once((matrix * rows + row) * columns);
            context.Code.For("column", 0, inside, column => Write(start + column, isLower: true));
            context.Code.For("column", inside, columns, column => Write(start + column, isLower: false));
        }));

        void Write(Expression index, bool isLower) => context.Store(output, index, isLower == isUpper ? zero : context.Load(input, index));
    }

    /// <summary>k, brought into the range where it makes a difference.</summary>
    static Expression Shift(LoweringContext context, int rows, int columns)
    {
        if (!context.HasInput(1)) return 0;
        if (context.ConstantOf(1) is { } constant) return (int)Math.Clamp(constant.IntegerAt(0), -rows - 1, columns + 1);
        Expression shift = context.Math.Once(context.Load(context.Input(1), 0));
        return Expression.Select(shift < -rows - 1L, -rows - 1, Expression.Select(shift > columns + 1L, columns + 1, shift.Low()));
    }
}
