using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.DataMovement;

/// <summary>Concat: tensors one after the other along an axis.</summary>
public sealed class ConcatOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, int.MaxValue);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        Shape first = context.ShapeOf(0);
        if (!context.Attributes.Has("axis")) throw OnnxException.Malformed("attribute axis is missing");
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), first.Rank);
        long total = 0;
        for (int i = 0; i < context.InputCount; i++)
        {
            Shape shape = context.ShapeOf(i);
            context.RequireSameType(0, i);
            bool fits = shape.Rank == first.Rank;
            for (int k = 0; fits && k < first.Rank; k++) fits = k == axis || shape[k] == first[k];
            if (!fits) throw OnnxException.Malformed($"input {i}: expected the shape {first} but for axis {axis}, got {shape}");
            total += shape[axis];
        }
        long[] extents = [.. first.Dimensions.ToArray().Select(extent => (long)extent)];
        extents[axis] = total;
        context.SetOutput(0, type, InferenceChecks.ShapeOf(extents));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView output = context.Output(0);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), output.Shape.Rank), offset = 0;
        int[] strides = output.Shape.Strides();
        for (int i = 0; i < context.InputCount; i++)
        {
            TensorView input = context.Input(i);
            StridedLoop.Copy(context, input.Shape.Dimensions, StridedOperand.Of(input), output, strides, offset);
            offset += input.Shape[axis] * strides[axis];
        }
    }
}

/// <summary>Split: pieces along an axis; their lengths come from an attribute, an input known at compile time, or are equal.</summary>
public sealed class SplitOperator : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, 2);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        Shape shape = context.ShapeOf(0);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), shape.Rank);
        long[] lengths = Lengths(context, shape[axis]);
        if (lengths.Length != context.OutputCount || lengths.Any(length => length < 0 || length > shape[axis]) || lengths.Sum() != shape[axis])
            throw OnnxException.Malformed($"expected {context.OutputCount} lengths that add up to {shape[axis]}, got [{string.Join(", ", lengths)}]");
        int[] extents = shape.Dimensions.ToArray();
        for (int i = 0; i < lengths.Length; i++)
        {
            extents[axis] = (int)lengths[i];
            context.SetOutput(i, type, new(extents));
        }
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0);
        int axis = InferenceChecks.Axis(context.Attributes.Integer("axis", 0), input.Shape.Rank), offset = 0;
        int[] strides = input.Shape.Strides();
        long[] lengths = Lengths(new(context.Node), input.Shape[axis]);
        for (int i = 0; i < context.OutputCount; i++)
        {
            if (context.HasOutput(i))
            {
                TensorView output = context.Output(i);
                StridedLoop.Copy(context, output.Shape.Dimensions, new(strides, input, offset), output, output.Shape.Strides());
            }
            offset += (int)lengths[i] * strides[axis];
        }
    }

    static long[] Lengths(InferenceContext context, int extent)
    {
        long[]? given = context.HasInput(1) ? context.IntegersOf(1) : context.Attributes.Integers("split");
        if (given != null) return given;
        int count = context.OutputCount;
        if (context.Attributes.Integer("num_outputs", count) != count) throw OnnxException.Malformed($"num_outputs: expected {count}, got {context.Attributes.Integer("num_outputs", count)}");
        if (context.Version < 18 && extent % count != 0) throw OnnxException.Malformed($"an extent of {extent} does not divide into {count} parts");
        // The last piece is the shorter one.
        long length = (extent + (long)count - 1) / count;
        return [.. Enumerable.Range(0, count).Select(i => Math.Clamp(extent - i * length, 0, length))];
    }
}
