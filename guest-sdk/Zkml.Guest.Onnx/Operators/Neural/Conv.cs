using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Convolution over any number of spatial axes: groups, strides, dilations, paddings, bias. X [N, C, …], W [M, C/group, …].</summary>
internal sealed class Conv : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.SameType(0, 1, 2);
        Shape x = context.Ranked(0, 3), w = context.Ranked(1, x.Rank, x.Rank);
        int group = context.Attributes.Int32("group", 1);
        Require(group >= 1 && x[1] == (long)w[1] * group && w[0] % group == 0, $"group {group}: expected it to divide {w[0]} outputs and to give the {x[1]} channels of the input, got weights {w}");
        context.Shaped(2, w[0]);
        context.SetOutput(0, context.Numeric(0), WindowsOf(context.Attributes, x, w).OutputShape(x[0], w[0]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), w = context.Input(1), y = context.Output(0);
        Windows windows = WindowsOf(context.Attributes, x.Shape, w.Shape);
        int group = context.Attributes.Int32("group", 1), channels = w.Shape[1], outputs = w.Shape[0] / group;
        int pixels = x.Shape.CountOf(2, x.Shape.Rank), taps = w.Shape.CountOf(2, w.Shape.Rank), positions = y.Shape.CountOf(2, y.Shape.Rank);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape[0], group, outputs], outer =>
        {
            Local filter = code.Local("filter", outer[1] * outputs + outer[2]);
            Local weights = code.Local("weights", filter * (channels * taps));
            Local input = code.Local("input", (outer[0] * group + outer[1]) * (channels * pixels));
            Local output = code.Local("output", (outer[0] * (group * outputs) + filter) * positions);
            Number bias = context.HasInput(2) ? context.At(context.Input(2), filter).Keep("bias") : context.Constant(y.Type, 0);
            windows.OverOutputs(code, (position, _, ranges) =>
            {
                Number sum = bias.Variable("sum");
                Local origin = code.Local("origin", input + windows.Origin(ranges));
                code.For("channel", 0, channels, channel => windows.OverTaps(code, ranges, (pixel, tap) =>
                    sum.Assign(sum + context.At(x, origin + (channel * pixels + pixel)) * context.At(w, weights + (channel * taps + tap)))));
                context.Put(y, output + position, sum);
            });
        });
    }

    static Windows WindowsOf(NodeAttributes attributes, Shape x, Shape w)
    {
        ReadOnlySpan<int> kernel = w.Dimensions[2..];
        if (attributes.Has("kernel_shape"))
            Require(Windows.Extents(attributes, "kernel_shape", kernel.Length, 1, 1).AsSpan().SequenceEqual(kernel), $"kernel_shape: expected that of the weights, {w}");
        return new(attributes, x, kernel);
    }
}
