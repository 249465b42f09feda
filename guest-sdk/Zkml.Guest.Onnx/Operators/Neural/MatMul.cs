using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Y = A · B over the last two axes, the others broadcast; a vector is a row on the left and a column on the right.</summary>
internal sealed class MatMul : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.SameType(0, 1);
        context.SetOutput(0, context.Numeric(0), OutputShape(context.Ranked(0, 1), context.Ranked(1, 1)));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView a = context.Input(0), b = context.Input(1), y = context.Output(0);
        Shape left = AsMatrix(a.Shape, isLeft: true), right = AsMatrix(b.Shape, isLeft: false);
        int rows = left[^2], inner = left[^1], columns = right[^1];
        int[] batch = BatchOf(left, right)!.Dimensions.ToArray();
        int[] leftStrides = BroadcastStrides(left, batch), rightStrides = BroadcastStrides(right, batch), strides = Nest.Strides(batch);
        Nest.Over(context.Code, batch, index => context.Code.For("row", 0, rows, row =>
        {
            FunctionBuilder code = context.Code;
            Local leftBase = code.Local("a", Nest.Offset(index, leftStrides) + row * inner);
            Local rightBase = code.Local("b", Nest.Offset(index, rightStrides));
            Local output = code.Local("y", (Nest.Offset(index, strides) * rows + row) * columns);
            code.For("column", 0, columns, column =>
            {
                Number sum = context.Constant(y.Type, 0).Variable("sum");
                code.For("k", 0, inner, k => sum.Assign(sum + context.At(a, leftBase + k) * context.At(b, rightBase + (k * columns + column))));
                context.Put(y, output + column, sum);
            });
        }));
    }

    /// <summary>The shape of A · B. Throws where they do not fit.</summary>
    public static Shape OutputShape(Shape a, Shape b)
    {
        Shape left = AsMatrix(a, isLeft: true), right = AsMatrix(b, isLeft: false);
        Require(left[^1] == right[^2], $"expected {a} and {b} to share the inner extent, got {left[^1]} and {right[^2]}");
        Shape batch = BatchOf(left, right) ?? throw OnnxException.Malformed($"{a} and {b} do not broadcast");
        List<long> extents = [.. batch.Dimensions.ToArray().Select(extent => (long)extent)];
        if (a.Rank > 1) extents.Add(left[^2]);
        if (b.Rank > 1) extents.Add(right[^1]);
        return ShapeOf([.. extents]);
    }

    static Shape AsMatrix(Shape shape, bool isLeft) => shape.Rank > 1 ? shape : isLeft ? new(1, shape[0]) : new(shape[0], 1);

    static Shape? BatchOf(Shape left, Shape right) => Shape.Broadcast(new(left.Dimensions[..^2]), new(right.Dimensions[..^2]));

    // Elements between matrices along each batch axis; 0 where the tensor is repeated.
    static int[] BroadcastStrides(Shape shape, int[] batch)
    {
        int[] own = shape.Strides(), strides = new int[batch.Length];
        int missing = batch.Length - (shape.Rank - 2);
        for (int i = missing; i < batch.Length; i++) strides[i] = shape[i - missing] == 1 ? 0 : own[i - missing];
        return strides;
    }
}
