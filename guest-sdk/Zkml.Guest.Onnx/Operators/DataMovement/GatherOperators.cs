using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.DataMovement;

/// <summary>Gather: slices of an axis, chosen by indices; negative ones count from the end, others out of range stop the guest.</summary>
public sealed class GatherOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(2, 2);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        Shape data = context.ShapeOf(0), indices = context.ShapeOf(1);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), data.Rank);
        Indices.Check(context, 1, data[axis]);
        context.SetOutput(0, type, InferenceChecks.ShapeOf(Indices.Join(data.Dimensions[..axis], indices.Dimensions, data.Dimensions[(axis + 1)..])));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView data = context.Input(0), output = context.Output(0);
        Shape shape = data.Shape;
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), shape.Rank);
        Indices indices = new(context, 1, shape[axis]);
        int before = shape.CountOf(0, axis), after = shape.CountOf(axis + 1, shape.Rank), count = indices.Count;
        StridedLoop.Run(context, [before, count], [new([shape[axis] * after, 0]), new([0, 1]), new([count * after, after])], values =>
        {
            Expression position = context.Math.Once(values[0] + indices.Load(values[1]) * after), target = context.Math.Once(values[2]);
            StridedLoop.Copy(context, [after], new([1], data, position), output, [1], target);
        });
    }
}

/// <summary>GatherElements: each index replaces the coordinate of its own place along an axis.</summary>
public sealed class GatherElementsOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(2, 2);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        Shape data = context.ShapeOf(0), indices = context.ShapeOf(1);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), data.Rank);
        Indices.CheckAlong(context, 1, data, indices, axis);
        context.SetOutput(0, type, indices);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView data = context.Input(0).AsBits(), output = context.Output(0).AsBits();
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), data.Shape.Rank);
        Indices indices = new(context, 1, data.Shape[axis]);
        int[] strides = data.Shape.Strides();
        (int stride, strides[axis]) = (strides[axis], 0);
        StridedLoop.Run(context, output.Shape.Dimensions, [new(strides), StridedOperand.IndexOf(output.Shape)], values =>
            context.Store(output, values[1], context.Load(data, values[0] + indices.Load(values[1]) * stride)));
    }
}

/// <summary>GatherND: each tuple of indices names a slice of the data, after batch_dims axes that both share.</summary>
public sealed class GatherNDOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(2, 2);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        Shape data = context.ShapeOf(0), indices = context.ShapeOf(1);
        long batch = context.Attributes.Integer("batch_dims", 0);
        if (indices.Rank == 0 || data.Rank == 0) throw OnnxException.Malformed($"expected ranks of at least 1, got {data} and {indices}");
        if (batch < 0 || batch >= Math.Min(data.Rank, indices.Rank)) throw OnnxException.Malformed($"batch_dims: expected 0 to {Math.Min(data.Rank, indices.Rank) - 1}, got {batch}");
        int shared = (int)batch, length = indices[^1];
        if (length < 1 || length > data.Rank - shared) throw OnnxException.Malformed($"indices: expected tuples of 1 to {data.Rank - shared}, got {indices}");
        if (!data.Dimensions[..shared].SequenceEqual(indices.Dimensions[..shared])) throw OnnxException.Malformed($"expected {shared} equal leading extents, got {data} and {indices}");
        Indices.CheckTuples(context, 1, data.Dimensions.Slice(shared, length));
        context.SetOutput(0, type, InferenceChecks.ShapeOf(Indices.Join(indices.Dimensions[..^1], data.Dimensions[(shared + length)..], [])));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView data = context.Input(0), output = context.Output(0);
        Shape shape = data.Shape;
        int shared = context.Attributes.Int32("batch_dims", 0), length = context.Input(1).Shape[^1];
        Indices indices = new(context, 1, shape.Dimensions.Slice(shared, length));
        int[] strides = shape.Strides()[shared..];
        int batches = shape.CountOf(0, shared), tuples = indices.Shape.CountOf(shared, indices.Shape.Rank - 1), slice = shape.CountOf(shared + length, shape.Rank);
        StridedOperand[] operands = [new([shape.CountOf(shared, shape.Rank), 0]), new([tuples * length, length]), new([tuples * slice, slice])];
        StridedLoop.Run(context, [batches, tuples], operands, values =>
        {
            Expression position = context.Math.Once(values[0] + indices.LoadTuple(values[1], strides)), target = context.Math.Once(values[2]);
            StridedLoop.Copy(context, [slice], new([1], data, position), output, [1], target);
        });
    }
}
