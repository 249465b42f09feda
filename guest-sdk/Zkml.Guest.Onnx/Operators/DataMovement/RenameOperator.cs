using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.DataMovement;

/// <summary>An operator that gives a tensor another shape and leaves its elements in their order.</summary>
public abstract class RenameOperator : Operator
{
    /// <inheritdoc/>
    public sealed override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, 2);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        Shape from = context.ShapeOf(0), to = ShapeOf(context, from);
        if (from.Count != to.Count) throw OnnxException.Malformed($"expected a shape of {from.Count} elements for {from}, got {to}");
        context.SetOutput(0, type, to);
    }

    /// <inheritdoc/>
    public sealed override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        StridedLoop.Copy(context, input.Shape.Dimensions, StridedOperand.Of(input), output, input.Shape.Strides());
    }

    /// <summary>The shape of the output; its count is checked by the caller.</summary>
    protected abstract Shape ShapeOf(InferenceContext context, Shape from);

    /// <summary>Axes as an attribute, or as an input that is known at compile time; null where there is neither.</summary>
    protected static long[]? AxesOf(InferenceContext context) =>
        context.HasInput(1) ? context.IntegersOf(1) : context.Attributes.Integers("axes");
}

/// <summary>Reshape: 0 keeps an extent (unless allowzero), −1 is what is left.</summary>
public sealed class ReshapeOperator : RenameOperator
{
    /// <inheritdoc/>
    protected override Shape ShapeOf(InferenceContext context, Shape from)
    {
        long[] wanted = [.. context.IntegersOf(1)];
        bool allowsZero = context.Attributes.Flag("allowzero");
        int free = -1;
        long known = 1;
        for (int i = 0; i < wanted.Length; i++)
        {
            if (wanted[i] == 0 && !allowsZero)
                wanted[i] = i < from.Rank ? from[i] : throw OnnxException.Malformed($"shape: extent {i} is kept, but the input has rank {from.Rank}");
            if (wanted[i] < -1 || (wanted[i] == -1 && free >= 0)) throw OnnxException.Malformed($"shape: expected extents and at most one -1, got [{string.Join(", ", wanted)}]");
            if (wanted[i] == -1) free = i;
            else known = Math.Min(known * Math.Min(wanted[i], int.MaxValue), int.MaxValue);
        }
        if (free >= 0)
        {
            if (known == 0 || from.Count % known != 0) throw OnnxException.Malformed($"shape: {from} does not divide into [{string.Join(", ", wanted)}]");
            wanted[free] = from.Count / known;
        }
        return InferenceChecks.ShapeOf(wanted);
    }
}

/// <summary>Flatten: a matrix; the axes before the given one are rows.</summary>
public sealed class FlattenOperator : RenameOperator
{
    /// <inheritdoc/>
    protected override Shape ShapeOf(InferenceContext context, Shape from)
    {
        long axis = context.Attributes.Integer("axis", 1);
        if (axis < -from.Rank || axis > from.Rank) throw OnnxException.Malformed($"axis: expected {-from.Rank} to {from.Rank}, got {axis}");
        int split = (int)(axis < 0 ? axis + from.Rank : axis);
        return new(from.CountOf(0, split), from.CountOf(split, from.Rank));
    }
}

/// <summary>Squeeze: drops axes of extent 1, all of them where none are named.</summary>
public sealed class SqueezeOperator : RenameOperator
{
    /// <inheritdoc/>
    protected override Shape ShapeOf(InferenceContext context, Shape from)
    {
        int[]? axes = AxesOf(context) is { } named ? InferenceChecks.Axes(named, from.Rank) : null;
        List<int> extents = [];
        for (int axis = 0; axis < from.Rank; axis++)
        {
            bool isDropped = axes?.Contains(axis) ?? from[axis] == 1;
            if (isDropped && from[axis] != 1) throw OnnxException.Malformed($"axis {axis}: expected an extent of 1, got {from}");
            if (!isDropped) extents.Add(from[axis]);
        }
        return new([.. extents]);
    }
}

/// <summary>Unsqueeze: inserts axes of extent 1 at the given places of the output.</summary>
public sealed class UnsqueezeOperator : RenameOperator
{
    /// <inheritdoc/>
    protected override Shape ShapeOf(InferenceContext context, Shape from)
    {
        long[] named = AxesOf(context) ?? throw OnnxException.Malformed("axes are missing");
        if (named.Length > 64) throw new OnnxException(OnnxError.Limit, $"{named.Length} axes");
        int[] axes = InferenceChecks.Axes(named, from.Rank + named.Length), extents = new int[from.Rank + named.Length];
        for (int axis = 0, next = 0; axis < extents.Length; axis++) extents[axis] = axes.Contains(axis) ? 1 : from[next++];
        return new(extents);
    }
}
