using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// Normalises over all axes from one on, then scales and shifts: LayerNormalization (by mean and deviation; both are optional outputs) and
/// RMSNormalization (by the root of the mean square).
/// </summary>
internal sealed class LayerNormalization(bool isRootMeanSquare) : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 1);
        int axis = Axis(context.Attributes.Integer("axis", -1), x.Rank);
        Require(x.CountOf(axis, x.Rank) > 0, $"input 0: expected elements along the normalised axes, got {x}");
        context.Input(1);
        for (int i = 1; i <= 2; i++)
        {
            if (!context.HasInput(i)) continue;
            Require(context.Float(i).IsFloat64 == context.Float(0).IsFloat64, $"input {i}: {context.TypeOf(i)} does not go with {context.TypeOf(0)}");
            Require(x.Equals(Shape.Broadcast(x, context.ShapeOf(i))), $"input {i}: {context.ShapeOf(i)} does not broadcast to {x}");
        }
        context.SetOutput(0, isRootMeanSquare ? context.TypeOf(1) : context.Float(0), x);
        if (isRootMeanSquare) return;
        long[] reduced = [.. x.Dimensions.ToArray().Select((extent, i) => i < axis ? (long)extent : 1)];
        ElementType stash = context.TypeOf(0) == ElementType.Float64 ? ElementType.Float64 : context.Attributes.Int32("stash_type", 1) == 1 ? ElementType.Float32 : context.TypeOf(0);
        context.SetOutput(1, stash, ShapeOf(reduced));
        context.SetOutput(2, stash, ShapeOf(reduced));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        int axis = Axis(context.Attributes.Integer("axis", -1), x.Shape.Rank), count = x.Shape.CountOf(axis, x.Shape.Rank);
        int[] outer = x.Shape.Dimensions[..axis].ToArray(), inner = x.Shape.Dimensions[axis..].ToArray();
        int[] scaleStrides = Strides(context.Input(1).Shape, x.Shape), biasStrides = context.HasInput(2) ? Strides(context.Input(2).Shape, x.Shape) : [];
        FunctionBuilder code = context.Code;
        Nest.Over(code, outer, row =>
        {
            Local index = code.Local("row", Nest.Offset(row, Nest.Strides(outer)));
            Local first = code.Local("first", index * count);
            Number mean = isRootMeanSquare ? context.Constant(x.Type, 0) : Statistics.Mean(context, x.Type, count, OverRow);
            Number variance = isRootMeanSquare ? MeanSquare() : Statistics.Variance(context, x.Type, count, mean, OverRow);
            Number inverse = Statistics.InverseDeviation(variance, context.Attributes.Float("epsilon", 1e-5f));
            if (context.HasOutput(1)) context.Put(context.Output(1), index, mean);
            if (context.HasOutput(2)) context.Put(context.Output(2), index, inverse);
            Nest.Over(code, inner, column =>
            {
                Expression[] position = [.. row, .. column];
                Local element = code.Local("element", first + Nest.Offset(column, Nest.Strides(inner)));
                Number value = context.At(x, element);
                Number result = (isRootMeanSquare ? value : value - mean) * inverse * context.At(context.Input(1), Nest.Offset(position, scaleStrides)).To(x.Type);
                if (context.HasInput(2)) result += context.At(context.Input(2), Nest.Offset(position, biasStrides)).To(x.Type);
                context.Put(y, element, result.To(y.Type));
            });

            void OverRow(Action<Number> body) => code.For("i", 0, count, i => body(context.At(x, first + i)));

            Number MeanSquare()
            {
                Number sum = Statistics.Sum(context, x.Type, OverRow, element =>
                {
                    Number kept = element.Keep("kept");
                    return kept * kept;
                });
                return sum / sum.Of(count);
            }
        });
    }

    // Strides of a tensor that broadcasts to a shape.
    static int[] Strides(Shape shape, Shape to)
    {
        int[] own = shape.Strides(), strides = new int[to.Rank];
        for (int i = 1; i <= shape.Rank; i++) strides[^i] = shape[^i] == 1 ? 0 : own[^i];
        return strides;
    }
}
