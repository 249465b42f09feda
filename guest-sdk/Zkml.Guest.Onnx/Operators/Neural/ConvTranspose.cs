using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Transposed convolution: every input element spreads the kernel over the output. X [N, C, …], W [C, M/group, …].</summary>
internal sealed class ConvTranspose : Operator
{
    readonly record struct Axis(int Input, int Output, int Kernel, int Stride, int Dilation, int PadBegin);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.SameType(0, 1, 2);
        Shape x = context.Ranked(0, 3), w = context.Ranked(1, x.Rank, x.Rank);
        int group = context.Attributes.Int32("group", 1);
        Require(group >= 1 && x[1] == w[0] && x[1] % group == 0, $"group {group}: expected it to divide the {x[1]} channels of the input and weights of as many, got {w}");
        long outputs = (long)w[1] * group;
        Axis[] axes = AxesOf(context.Attributes, x, w);
        context.SetOutput(0, context.Numeric(0), ShapeOf([x[0], outputs, .. axes.Select(axis => (long)axis.Output)]));
        context.Shaped(2, (int)outputs);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), w = context.Input(1), y = context.Output(0);
        Axis[] axes = AxesOf(context.Attributes, x.Shape, w.Shape);
        int group = context.Attributes.Int32("group", 1), channels = x.Shape[1] / group, outputs = w.Shape[1];
        int pixels = x.Shape.CountOf(2, x.Shape.Rank), taps = w.Shape.CountOf(2, w.Shape.Rank), positions = y.Shape.CountOf(2, y.Shape.Rank);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape[0], group, outputs], outer =>
        {
            Local filter = code.Local("filter", outer[1] * outputs + outer[2]);
            Local weights = code.Local("weights", (outer[1] * (channels * outputs) + outer[2]) * taps);
            Local input = code.Local("input", (outer[0] * group + outer[1]) * (channels * pixels));
            Local output = code.Local("output", (outer[0] * (group * outputs) + filter) * positions);
            Number bias = context.HasInput(2) ? context.At(context.Input(2), filter).Keep("bias") : context.Constant(y.Type, 0);
            Nest.Over(code, [.. axes.Select(axis => axis.Output)], position =>
            {
                Number sum = bias.Variable("sum");
                Gather(code, axes, position, 0, 0, 0, (pixel, tap) => code.For("channel", 0, channels, channel =>
                    sum.Assign(sum + context.At(x, input + pixel + channel * pixels) * context.At(w, weights + tap + channel * (outputs * taps)))));
                context.Put(y, output + Nest.Offset(position, Nest.Strides([.. axes.Select(axis => axis.Output)])), sum);
            });
        });
    }

    // The taps of one output position, read backwards: the input element i with i · stride = position + pad − tap · dilation.
    static void Gather(FunctionBuilder code, Axis[] axes, Expression[] position, int depth, Expression pixel, Expression tap, Action<Expression, Expression> body)
    {
        if (depth == axes.Length)
        {
            body(pixel, tap);
            return;
        }
        Axis axis = axes[depth];
        code.For($"k{depth}", 0, axis.Kernel, k =>
        {
            Local spread = code.Local("spread", position[depth] + axis.PadBegin - k * axis.Dilation);
            Local source = axis.Stride == 1 ? spread : code.Local("source", spread / axis.Stride);
            Expression hits = (source >= 0) & (source < axis.Input);
            if (axis.Stride > 1) hits &= spread.Is(source * axis.Stride);
            code.If(hits, () => Gather(code, axes, position, depth + 1, pixel * axis.Input + source, tap * axis.Kernel + k, body));
        });
    }

    static Axis[] AxesOf(NodeAttributes attributes, Shape x, Shape w)
    {
        int rank = x.Rank - 2;
        int[] kernel = w.Dimensions[2..].ToArray();
        if (attributes.Has("kernel_shape"))
            Require(Windows.Extents(attributes, "kernel_shape", rank, 1, 1).AsSpan().SequenceEqual(kernel), $"kernel_shape: expected that of the weights, {w}");
        int[] strides = Windows.Extents(attributes, "strides", rank, 1, 1), dilations = Windows.Extents(attributes, "dilations", rank, 1, 1);
        int[] pads = Windows.Extents(attributes, "pads", 2 * rank, 0, 0), extra = Windows.Extents(attributes, "output_padding", rank, 0, 0);
        long[]? wanted = attributes.Integers("output_shape");
        if (wanted?.Length == rank + 2) wanted = wanted[2..];
        Require(wanted is null or [] || wanted.Length == rank, $"output_shape: expected {rank} extents, got {wanted?.Length}");
        string automatic = attributes.OneOf("auto_pad", "NOTSET", "NOTSET", "", "VALID", "SAME_UPPER", "SAME_LOWER");
        bool isSame = automatic is "SAME_UPPER" or "SAME_LOWER";
        Axis[] axes = new Axis[rank];
        for (int i = 0; i < rank; i++)
        {
            Require(kernel[i] >= 1, $"weights: expected a kernel of at least 1 on spatial axis {i}, got {w}");
            long full = (long)(x[i + 2] - 1) * strides[i] + extra[i] + (long)(kernel[i] - 1) * dilations[i] + 1;
            long output, begin = automatic == "VALID" ? 0 : pads[i];
            if (wanted is { Length: > 0 } || isSame)
            {
                output = wanted is { Length: > 0 } ? wanted[i] : (long)x[i + 2] * strides[i];
                long total = Math.Max(0, full - output);
                // The larger half of an odd total stands at the end for SAME_UPPER, else at the start.
                begin = automatic == "SAME_UPPER" ? total / 2 : total - total / 2;
            }
            else output = full - begin - (automatic == "VALID" ? 0 : pads[rank + i]);
            Require(output is >= 0 and < int.MaxValue / 2 && full < int.MaxValue / 2, $"spatial axis {i}: expected an output of 0 to {int.MaxValue / 2} elements, got {output}");
            axes[i] = new(x[i + 2], (int)output, kernel[i], strides[i], dilations[i], (int)begin);
        }
        return axes;
    }
}
