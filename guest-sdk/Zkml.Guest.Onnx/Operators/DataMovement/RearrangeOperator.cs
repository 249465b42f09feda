using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.DataMovement;

/// <summary>How an output is read from its input: the output, taken as a tensor of some extents, walks the input from an offset in strides.</summary>
public sealed record Rearrangement(Shape Output, int[] Extents, int[] Strides, int Offset = 0);

/// <summary>An operator whose output elements are elements of one input, at a place that is affine in the output's coordinates.</summary>
public abstract class RearrangeOperator(int leastInputs, int mostInputs) : Operator
{
    /// <inheritdoc/>
    public sealed override void Infer(InferenceContext context)
    {
        context.RequireInputs(leastInputs, mostInputs);
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        context.SetOutput(0, type, Plan(context).Output);
    }

    /// <inheritdoc/>
    public sealed override void Lower(LoweringContext context)
    {
        Rearrangement plan = Plan(new(context.Node));
        StridedOperand source = new(plan.Strides, context.Input(0), plan.Offset);
        StridedLoop.Copy(context, plan.Extents, source, context.Output(0), new Shape(plan.Extents).Strides());
    }

    /// <summary>What the node does.</summary>
    protected abstract Rearrangement Plan(InferenceContext context);
}

/// <summary>Transpose: axes in another order, reversed by default.</summary>
public sealed class TransposeOperator() : RearrangeOperator(1, 1)
{
    /// <inheritdoc/>
    protected override Rearrangement Plan(InferenceContext context)
    {
        Shape shape = context.ShapeOf(0);
        long[] named = context.Attributes.Integers("perm") ?? [.. Enumerable.Range(0, shape.Rank).Reverse().Select(axis => (long)axis)];
        if (named.Length != shape.Rank || named.Any(axis => axis < 0)) throw OnnxException.Malformed($"perm: expected {shape.Rank} axes, got [{string.Join(", ", named)}]");
        int[] permutation = InferenceChecks.Axes(named, shape.Rank), strides = shape.Strides();
        int[] extents = [.. permutation.Select(axis => shape[axis])];
        return new(new(extents), extents, [.. permutation.Select(axis => strides[axis])]);
    }
}

/// <summary>Expand: broadcasts to a shape, both ways.</summary>
public sealed class ExpandOperator() : RearrangeOperator(2, 2)
{
    /// <inheritdoc/>
    protected override Rearrangement Plan(InferenceContext context)
    {
        Shape from = context.ShapeOf(0), to = InferenceChecks.Broadcast(from, InferenceChecks.ShapeOf(context.IntegersOf(1)));
        return new(to, to.Dimensions.ToArray(), StridedOperand.BroadcastStrides(from, to));
    }
}

/// <summary>Tile: repeats a tensor along each axis.</summary>
public sealed class TileOperator() : RearrangeOperator(2, 2)
{
    /// <inheritdoc/>
    protected override Rearrangement Plan(InferenceContext context)
    {
        Shape from = context.ShapeOf(0);
        long[] repeats = context.IntegersOf(1);
        if (repeats.Length != from.Rank) throw OnnxException.Malformed($"repeats: expected {from.Rank} numbers, got {repeats.Length}");
        Shape to = InferenceChecks.ShapeOf([.. repeats.Select((repeat, axis) => repeat < 0 ? -1 : Math.Min(repeat, int.MaxValue) * from[axis])]);
        int[] extents = new int[2 * from.Rank], strides = new int[2 * from.Rank], own = from.Strides();
        for (int axis = 0; axis < from.Rank; axis++)
        {
            // An empty axis may be repeated any number of times.
            extents[2 * axis] = to.Count == 0 ? 0 : (int)repeats[axis];
            (extents[2 * axis + 1], strides[2 * axis + 1]) = (from[axis], own[axis]);
        }
        return new(to, extents, strides);
    }
}

/// <summary>DepthToSpace: blocks of channels become squares of pixels; mode DCR or CRD says which part of the channel is the block.</summary>
public sealed class DepthToSpaceOperator() : RearrangeOperator(1, 1)
{
    /// <inheritdoc/>
    protected override Rearrangement Plan(InferenceContext context)
    {
        (Shape shape, int block) = Images(context);
        string mode = context.Attributes.Text("mode", "DCR");
        if (mode is not ("DCR" or "CRD")) throw OnnxException.Malformed($"mode: expected DCR or CRD, got {mode}");
        if (shape[1] % ((long)block * block) != 0) throw OnnxException.Malformed($"expected channels that {block}² divides, got {shape}");
        int channels = shape[1] / (block * block), plane = shape[2] * shape[3];
        int channel = mode == "DCR" ? plane : plane * block * block, part = mode == "DCR" ? plane * channels : plane;
        Shape to = InferenceChecks.ShapeOf(shape[0], channels, (long)shape[2] * block, (long)shape[3] * block);
        return new(to, [shape[0], channels, shape[2], block, shape[3], block], [plane * shape[1], channel, shape[3], part * block, 1, part]);
    }

    /// <summary>A batch of images and the block size of an operator between depth and space.</summary>
    internal static (Shape Shape, int Block) Images(InferenceContext context)
    {
        Shape shape = context.ShapeOf(0);
        int block = context.Attributes.Int32("blocksize", 0);
        if (shape.Rank != 4) throw OnnxException.Malformed($"input 0: expected rank 4, got {shape}");
        // Above the largest square below 2^31 no tensor fits.
        if (block is < 1 or > 46340) throw OnnxException.Malformed($"blocksize: expected 1 to 46340, got {block}");
        return (shape, block);
    }
}

/// <summary>SpaceToDepth: squares of pixels become blocks of channels.</summary>
public sealed class SpaceToDepthOperator() : RearrangeOperator(1, 1)
{
    /// <inheritdoc/>
    protected override Rearrangement Plan(InferenceContext context)
    {
        (Shape shape, int block) = DepthToSpaceOperator.Images(context);
        if (shape[2] % block != 0 || shape[3] % block != 0) throw OnnxException.Malformed($"expected extents that {block} divides, got {shape}");
        int height = shape[2] / block, width = shape[3] / block, row = shape[3], plane = shape[2] * shape[3];
        Shape to = InferenceChecks.ShapeOf(shape[0], (long)shape[1] * block * block, height, width);
        return new(to, [shape[0], block, block, shape[1], height, width], [plane * shape[1], row, 1, plane, row * block, block]);
    }
}

/// <summary>Slice: elements from start to end (not reached) in steps along some axes. Before opset 10 attributes say so, since then inputs known at compile time.</summary>
public sealed class SliceOperator() : RearrangeOperator(1, 5)
{
    /// <inheritdoc/>
    protected override Rearrangement Plan(InferenceContext context)
    {
        Shape shape = context.ShapeOf(0);
        (long[] starts, long[] ends, long[]? named, long[]? stepped) = Ranges(context);
        int[] axes = InferenceChecks.Axes(named ?? [.. Enumerable.Range(0, starts.Length).Select(axis => (long)axis)], shape.Rank);
        long[] steps = stepped ?? [.. axes.Select(_ => 1L)];
        if (ends.Length != starts.Length || axes.Length != starts.Length || steps.Length != starts.Length)
            throw OnnxException.Malformed($"expected as many ends, axes and steps as starts ({starts.Length}), got {ends.Length}, {axes.Length}, {steps.Length}");
        int[] extents = shape.Dimensions.ToArray(), strides = shape.Strides();
        int offset = 0;
        for (int i = 0; i < axes.Length; i++)
        {
            int axis = axes[i], extent = shape[axis];
            if (steps[i] == 0) throw OnnxException.Malformed("a step is 0");
            long step = Math.Clamp(steps[i], -int.MaxValue, int.MaxValue);
            // Going down, the end may lie before the first element.
            long low = step > 0 ? 0 : -1, high = step > 0 ? extent : extent - 1;
            long start = Math.Clamp(starts[i] < 0 ? starts[i] + extent : starts[i], low, high);
            long end = Math.Clamp(ends[i] < 0 ? ends[i] + extent : ends[i], low, high);
            long count = step > 0 ? (end - start + step - 1) / step : (start - end - step - 1) / -step;
            extents[axis] = (int)Math.Max(count, 0);
            if (extents[axis] == 0) continue;
            offset += (int)start * strides[axis];
            // One element needs no stride; a long step could overflow it.
            strides[axis] = extents[axis] == 1 ? 0 : (int)step * strides[axis];
        }
        return new(new(extents), extents, strides, offset);
    }

    static (long[] Starts, long[] Ends, long[]? Axes, long[]? Steps) Ranges(InferenceContext context)
    {
        if (context.Version >= 10)
            return (context.IntegersOf(1), context.IntegersOf(2), context.HasInput(3) ? context.IntegersOf(3) : null, context.HasInput(4) ? context.IntegersOf(4) : null);
        NodeAttributes attributes = context.Attributes;
        return (Required("starts"), Required("ends"), attributes.Integers("axes"), null);

        long[] Required(string name) => attributes.Integers(name) ?? throw OnnxException.Malformed($"attribute {name} is missing");
    }
}
