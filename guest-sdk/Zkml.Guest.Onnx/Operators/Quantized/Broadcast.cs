using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>Loops over a shape with several operands that broadcast to it.</summary>
static class Broadcast
{
    const int Unrolled = 4;

    /// <summary>Elements of an operand between neighbours along each axis of the result; 0 where it broadcasts.</summary>
    public static int[] Strides(Shape operand, Shape result)
    {
        int[] own = operand.Strides(), strides = new int[result.Rank];
        for (int i = 1; i <= operand.Rank; i++)
            strides[^i] = operand[^i] == 1 ? 0 : own[^i];
        return strides;
    }

    /// <summary>
    /// Runs <paramref name="body"/> for each element of <paramref name="result"/>, with the index of the result and of each operand. Axes that all operands walk
    /// alike are merged into one loop.
    /// </summary>
    public static void Loop(FunctionBuilder code, Shape result, IReadOnlyList<Shape> operands, Action<Expression, Expression[]> body)
    {
        if (result.Count == 0) return;
        List<(int Extent, int[] Strides)> axes = [];
        int[] own = result.Strides();
        int[][] strides = [own, .. operands.Select(operand => Strides(operand, result))];
        for (int axis = 0; axis < result.Rank; axis++)
        {
            if (result[axis] == 1) continue;
            int[] steps = [.. strides.Select(stride => stride[axis])];
            if (axes.Count > 0 && axes[^1].Strides.Zip(steps).All(pair => pair.First == pair.Second * result[axis]))
                axes[^1] = (axes[^1].Extent * result[axis], steps);
            else axes.Add((result[axis], steps));
        }
        Nest(0, [.. strides.Select(_ => (Expression)0)]);

        void Nest(int axis, Expression[] bases)
        {
            if (axis == axes.Count)
            {
                body(bases[0], bases[1..]);
                return;
            }
            (int extent, int[] steps) = axes[axis];
            bool unrolls = axis == axes.Count - 1 && extent % Unrolled == 0;
            code.For($"axis{axis}", 0, extent, first => Repeat(unrolls ? Unrolled : 1, offset =>
            {
                Expression[] next = [.. bases.Zip(steps, (start, step) => step == 0 ? start : start + (first * step) + (offset * step))];
                if (axis < axes.Count - 1) next = [.. next.Select(index => index is ConstantExpression ? index : code.Local($"base{axis}", index))];
                Nest(axis + 1, next);
            }), unrolls ? Unrolled : 1);
        }
    }

    static void Repeat(int count, Action<int> body)
    {
        for (int i = 0; i < count; i++) body(i);
    }
}
