using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.DataMovement;

/// <summary>How many elements are put before and after an axis; negative numbers take elements away.</summary>
public readonly record struct Padding(int Before, int After);

/// <summary>Pads or crops a tensor: with a value, or with elements of the tensor itself (reflect, edge, wrap).</summary>
public abstract class PaddingOperator : Operator
{
    // Entries of one table of coordinates; no guest has use for more.
    const int MaximumTable = 1 << 24;

    /// <inheritdoc/>
    public sealed override void Infer(InferenceContext context)
    {
        ElementType type = context.TypeOf(0, ElementKinds.Any);
        Shape shape = context.ShapeOf(0);
        Padding[] pads = Pads(context);
        string mode = Mode(context.Attributes);
        if (mode is not ("constant" or "reflect" or "edge" or "wrap")) throw OnnxException.Malformed($"mode: expected constant, reflect, edge or wrap, got {mode}");
        long[] extents = new long[shape.Rank];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            extents[axis] = (long)shape[axis] + pads[axis].Before + pads[axis].After;
            if (shape[axis] == 0 && extents[axis] > 0 && mode != "constant") throw OnnxException.Malformed($"axis {axis} of {shape} has nothing to {mode}");
        }
        context.SetOutput(0, type, InferenceChecks.ShapeOf(extents));
    }

    /// <inheritdoc/>
    public sealed override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        Padding[] pads = Pads(new(context.Node));
        string mode = Mode(context.Attributes);
        if (mode == "constant") Surround(context, input, output, pads);
        else Repeat(context, input.AsBits(), output.AsBits(), [.. pads.Select((pad, axis) => Sources(input.Shape[axis], output.Shape[axis], pad, mode))]);
    }

    /// <summary>The padding of each axis.</summary>
    protected abstract Padding[] Pads(InferenceContext context);

    /// <summary>The value around the tensor, as bits in register form.</summary>
    protected abstract Expression Fill(LoweringContext context, TensorView output);

    static string Mode(NodeAttributes attributes) => attributes.Text("mode", "constant");

    void Surround(LoweringContext context, TensorView input, TensorView output, Padding[] pads)
    {
        int[] extents = new int[pads.Length], strides = input.Shape.Strides(), outputStrides = output.Shape.Strides();
        int from = 0, to = 0;
        for (int axis = 0; axis < pads.Length; axis++)
        {
            Padding pad = pads[axis];
            extents[axis] = Math.Max(input.Shape[axis] + Math.Min(pad.Before, 0) + Math.Min(pad.After, 0), 0);
            from += Math.Max(-pad.Before, 0) * strides[axis];
            to += Math.Max(pad.Before, 0) * outputStrides[axis];
        }
        if (!extents.AsSpan().SequenceEqual(output.Shape.Dimensions))
        {
            Expression fill = context.Math.Once(Fill(context, output));
            StridedLoop.Map(context, output.AsBits(), [], _ => fill);
        }
        StridedLoop.Copy(context, extents, new(strides, input, from), output, outputStrides, to);
    }

    // sources[axis]: the input coordinate of each output coordinate; null where both are the same.
    static void Repeat(LoweringContext context, TensorView input, TensorView output, int[]?[] sources)
    {
        int[] strides = input.Shape.Strides(), outputStrides = output.Shape.Strides();
        int last = Array.FindLastIndex(sources, source => source != null) + 1, slice = output.Shape.CountOf(last, output.Shape.Rank);
        if (output.Shape.Count == 0) return;
        Axis(0, 0, 0);

        void Axis(int axis, Expression from, Expression to)
        {
            if (axis == last)
            {
                StridedLoop.Copy(context, [slice], new([1], input, from), output, [1], to);
                return;
            }
            TensorView? table = sources[axis] is { } source
                ? context.Constant($"axis{axis}", Tensor.Of<int>(ElementType.Int32, new(source.Length), [.. source.Select(index => index * strides[axis])]))
                : null;
            context.Code.For("i", 0, output.Shape[axis], i =>
            {
                Expression offset = table == null ? i * strides[axis] : context.Load(table, i);
                Axis(axis + 1, context.Math.Once(from + offset), context.Math.Once(to + i * outputStrides[axis]));
            });
        }
    }

    static int[]? Sources(int extent, int outputExtent, Padding pad, string mode)
    {
        if (pad is { Before: 0, After: 0 }) return null;
        if (outputExtent > MaximumTable) throw new OnnxException(OnnxError.Limit, $"an axis padded by repetition: expected at most {MaximumTable} elements, got {outputExtent}");
        int[] sources = new int[outputExtent];
        for (int i = 0; i < sources.Length; i++)
        {
            int at = i - pad.Before;
            sources[i] = mode switch
            {
                "edge" => Math.Clamp(at, 0, extent - 1),
                "wrap" => Modulo(at, extent),
                _ => Reflect(at, extent),
            };
        }
        return sources;
    }

    static int Reflect(int at, int extent)
    {
        if (extent == 1) return 0;
        int period = 2 * (extent - 1), place = Modulo(at, period);
        return Math.Min(place, period - place);
    }

    static int Modulo(int value, int divisor) => (value % divisor + divisor) % divisor;
}

/// <summary>Pad. Before opset 11 attributes say how much, since then an input that is known at compile time.</summary>
public sealed class PadOperator : PaddingOperator
{
    /// <inheritdoc/>
    protected override Padding[] Pads(InferenceContext context)
    {
        context.RequireInputs(1, context.Version < 11 ? 1 : 4);
        int rank = context.ShapeOf(0).Rank;
        long[] pads = context.Version >= 11 ? context.IntegersOf(1)
            : context.Attributes.Integers("pads") ?? throw OnnxException.Malformed("attribute pads is missing");
        if (context.HasInput(2))
        {
            context.RequireSameType(0, 2);
            if (context.ShapeOf(2).Count != 1) throw OnnxException.Malformed($"input 2: expected a scalar, got {context.ShapeOf(2)}");
        }
        int[] axes = context.HasInput(3) ? InferenceChecks.Axes(context.IntegersOf(3), rank) : [.. Enumerable.Range(0, rank)];
        if (pads.Length != 2 * axes.Length) throw OnnxException.Malformed($"pads: expected {2 * axes.Length} numbers, got {pads.Length}");
        Padding[] result = new Padding[rank];
        for (int i = 0; i < axes.Length; i++) result[axes[i]] = new(Number(pads[i]), Number(pads[i + axes.Length]));
        return result;

        static int Number(long pad) => pad is >= -int.MaxValue and <= int.MaxValue ? (int)pad
            : throw new OnnxException(OnnxError.Limit, $"pads: expected numbers of 32 bits, got {pad}");
    }

    /// <inheritdoc/>
    protected override Expression Fill(LoweringContext context, TensorView output)
    {
        if (context.HasInput(2)) return context.Load(context.Input(2).AsBits(), 0);
        float value = context.Version < 11 ? context.Attributes.Float("value", 0) : 0;
        if (value == 0) return ElementMath.Constant(output.AsBits().Type, 0L);
        TensorView one = context.Constant("value", Tensor.Of(ElementType.Float32, Shape.Scalar, value));
        return context.Math.ToBits(output.Type, ElementMath.Convert(ElementType.Float32, output.Type, context.Load(one, 0)));
    }
}

/// <summary>CenterCropPad: crops or pads some axes to given extents, evenly on both sides, with zeros.</summary>
public sealed class CenterCropPadOperator : PaddingOperator
{
    /// <inheritdoc/>
    protected override Padding[] Pads(InferenceContext context)
    {
        context.RequireInputs(2, 2);
        Shape shape = context.ShapeOf(0), wanted = InferenceChecks.ShapeOf(context.IntegersOf(1));
        int[] axes = InferenceChecks.Axes(context.Attributes.Integers("axes") ?? [.. Enumerable.Range(0, shape.Rank).Select(axis => (long)axis)], shape.Rank);
        if (axes.Length != wanted.Rank) throw OnnxException.Malformed($"shape: expected {axes.Length} extents, got {wanted}");
        Padding[] pads = new Padding[shape.Rank];
        for (int i = 0; i < axes.Length; i++)
        {
            // Towards zero: of an odd difference the larger half lies at the end.
            int difference = wanted[i] - shape[axes[i]];
            pads[axes[i]] = new(difference / 2, difference - difference / 2);
        }
        return pads;
    }

    /// <inheritdoc/>
    protected override Expression Fill(LoweringContext context, TensorView output) => ElementMath.Constant(output.AsBits().Type, 0L);
}
