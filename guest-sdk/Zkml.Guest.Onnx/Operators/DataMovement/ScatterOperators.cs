using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.DataMovement;

/// <summary>An operator that copies its data and then writes updates over parts of it, alone or combined with what is there (reduction).</summary>
public abstract class ScatterOperator : Operator
{
    /// <inheritdoc/>
    public sealed override void Infer(InferenceContext context)
    {
        context.RequireInputs(3, 3);
        string reduction = ReductionOf(context.Attributes);
        if (reduction is not ("none" or "add" or "mul" or "max" or "min"))
            throw OnnxException.Malformed($"reduction: expected none, add, mul, max or min, got {reduction}");
        ElementType type = context.TypeOf(0, reduction == "none" ? ElementKinds.Any : ElementKinds.Number);
        context.RequireSameType(0, 2);
        Check(context, context.ShapeOf(0), context.ShapeOf(1), context.ShapeOf(2));
        context.SetOutput(0, type, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public sealed override void Lower(LoweringContext context)
    {
        TensorView data = context.Input(0), output = context.Output(0);
        StridedLoop.Copy(context, data.Shape.Dimensions, StridedOperand.Of(data), output, data.Shape.Strides());
        Update(context, output);
    }

    /// <summary>Checks the shapes.</summary>
    protected abstract void Check(InferenceContext context, Shape data, Shape indices, Shape updates);

    /// <summary>Writes the updates.</summary>
    protected abstract void Update(LoweringContext context, TensorView output);

    /// <summary>Writes one update at a place.</summary>
    protected static void Write(LoweringContext context, TensorView output, Expression index, TensorView updates, Expression updateIndex)
    {
        string reduction = ReductionOf(context.Attributes);
        if (reduction == "none")
        {
            context.Store(output.AsBits(), index, context.Load(updates.AsBits(), updateIndex));
            return;
        }
        index = context.Math.Once(index);
        Expression old = context.Load(output, index), update = context.Load(updates, updateIndex);
        context.Store(output, index, reduction switch
        {
            "add" => context.Math.Add(output.Type, old, update),
            "mul" => context.Math.Multiply(output.Type, old, update),
            "max" => context.Math.Max(output.Type, old, update),
            _ => context.Math.Min(output.Type, old, update),
        });
    }

    static string ReductionOf(NodeAttributes attributes) => attributes.Text("reduction", "none");
}

/// <summary>ScatterElements and Scatter: each index replaces the coordinate of its own place along an axis.</summary>
public sealed class ScatterElementsOperator : ScatterOperator
{
    /// <inheritdoc/>
    protected override void Check(InferenceContext context, Shape data, Shape indices, Shape updates)
    {
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), data.Rank);
        if (!indices.Equals(updates)) throw OnnxException.Malformed($"expected updates of shape {indices}, got {updates}");
        Indices.CheckAlong(context, 1, data, indices, axis);
    }

    /// <inheritdoc/>
    protected override void Update(LoweringContext context, TensorView output)
    {
        TensorView updates = context.Input(2);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), output.Shape.Rank);
        Indices indices = new(context, 1, output.Shape[axis]);
        int[] strides = output.Shape.Strides();
        (int stride, strides[axis]) = (strides[axis], 0);
        StridedLoop.Run(context, indices.Shape.Dimensions, [new(strides), StridedOperand.IndexOf(indices.Shape)], values =>
            Write(context, output, values[0] + indices.Load(values[1]) * stride, updates, values[1]));
    }
}

/// <summary>ScatterND: each tuple of indices names a slice of the data.</summary>
public sealed class ScatterNDOperator : ScatterOperator
{
    /// <inheritdoc/>
    protected override void Check(InferenceContext context, Shape data, Shape indices, Shape updates)
    {
        if (indices.Rank == 0 || indices[^1] < 1 || indices[^1] > data.Rank) throw OnnxException.Malformed($"indices: expected tuples of 1 to {data.Rank}, got {indices}");
        Shape expected = InferenceChecks.ShapeOf(Indices.Join(indices.Dimensions[..^1], data.Dimensions[indices[^1]..], []));
        if (!updates.Equals(expected)) throw OnnxException.Malformed($"expected updates of shape {expected}, got {updates}");
        Indices.CheckTuples(context, 1, data.Dimensions[..indices[^1]]);
    }

    /// <inheritdoc/>
    protected override void Update(LoweringContext context, TensorView output)
    {
        TensorView updates = context.Input(2);
        Shape shape = context.Input(1).Shape;
        int length = shape[^1], tuples = shape.CountOf(0, shape.Rank - 1), slice = output.Shape.CountOf(length, output.Shape.Rank);
        Indices indices = new(context, 1, output.Shape.Dimensions[..length]);
        int[] strides = output.Shape.Strides();
        StridedLoop.Run(context, [tuples], [new([length]), new([slice])], values =>
        {
            Expression position = context.Math.Once(indices.LoadTuple(values[0], strides)), source = context.Math.Once(values[1]);
            context.Code.For("k", 0, slice, k => Write(context, output, position + k, updates, source + k));
        });
    }
}
