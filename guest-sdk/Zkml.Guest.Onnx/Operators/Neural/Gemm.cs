using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Y = alpha · A' · B' + beta · C: matrices, either transposed, C broadcast.</summary>
internal sealed class Gemm : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.SameType(0, 1, 2);
        Shape a = context.Ranked(0, 2, 2), b = context.Ranked(1, 2, 2);
        (int rows, int inner) = context.Attributes.Flag("transA") ? (a[1], a[0]) : (a[0], a[1]);
        (int other, int columns) = context.Attributes.Flag("transB") ? (b[1], b[0]) : (b[0], b[1]);
        Require(inner == other, $"expected the same inner extent in {a} and {b}, got {inner} and {other}");
        Shape y = ShapeOf(rows, columns);
        if (context.HasInput(2)) Require(y.Equals(Shape.Broadcast(context.ShapeOf(2), y)), $"input 2: {context.ShapeOf(2)} does not broadcast to {y}");
        context.SetOutput(0, context.Numeric(0), y);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView a = context.Input(0), b = context.Input(1), y = context.Output(0);
        bool isTransposedA = context.Attributes.Flag("transA"), isTransposedB = context.Attributes.Flag("transB");
        float alpha = context.Attributes.Float("alpha", 1), beta = context.Attributes.Float("beta", 1);
        int rows = y.Shape[0], columns = y.Shape[1], inner = a.Shape[isTransposedA ? 0 : 1];
        FunctionBuilder code = context.Code;
        code.For("row", 0, rows, row => code.For("column", 0, columns, column =>
        {
            Expression atRow = isTransposedA ? row : row * inner, atColumn = isTransposedB ? column * inner : column;
            Number sum = context.Constant(y.Type, 0).Variable("sum");
            code.For("k", 0, inner, k => sum.Assign(sum
                + context.At(a, atRow + k * (isTransposedA ? rows : 1)) * context.At(b, atColumn + k * (isTransposedB ? 1 : columns))));
            Number result = alpha == 1 ? sum : sum * Factor(context, y.Type, alpha);
            if (context.HasInput(2) && beta != 0)
            {
                Number bias = context.At(context.Input(2), BiasIndex(context.Input(2).Shape, row, column));
                result += beta == 1 ? bias : bias * Factor(context, y.Type, beta);
            }
            context.Put(y, row * columns + column, result);
        }));
    }

    static Number Factor(LoweringContext context, ElementType type, float factor) => context.Constant(type, factor);

    static Expression BiasIndex(Shape shape, Expression row, Expression column)
    {
        Expression index = shape.Rank >= 1 && shape[^1] > 1 ? column : 0;
        return shape.Rank == 2 && shape[0] > 1 ? index + row * shape[1] : index;
    }
}
