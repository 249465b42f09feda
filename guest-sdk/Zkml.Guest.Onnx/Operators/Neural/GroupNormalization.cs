using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// Normalises over groups of channels and all their spatial elements: GroupNormalization, and InstanceNormalization with one channel a group.
/// Scale and bias are given for each channel; in opset 18 of GroupNormalization for each group.
/// </summary>
internal sealed class GroupNormalization(bool isInstance) : Operator
{
    const int ParametersPerChannelVersion = 21;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 3);
        int groups = GroupsOf(context.Attributes, x);
        Require(groups >= 1 && x[1] % groups == 0, $"num_groups: expected a divisor of {x[1]} channels, got {groups}");
        Require(x[1] / groups * (long)x.CountOf(2, x.Rank) > 0, $"input 0: expected elements in every group, got {x}");
        context.SameType(0, 1, 2);
        int parameters = IsPerGroup(context.Version) ? groups : x[1];
        context.Input(1);
        context.Input(2);
        context.Shaped(1, parameters);
        context.Shaped(2, parameters);
        context.SetOutput(0, context.Float(0), x);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0), scale = context.Input(1), bias = context.Input(2);
        int groups = GroupsOf(context.Attributes, x.Shape), channels = x.Shape[1] / groups, pixels = x.Shape.CountOf(2, x.Shape.Rank), count = channels * pixels;
        bool isPerGroup = IsPerGroup(context.Version);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape[0], groups], index =>
        {
            Local first = code.Local("first", (index[0] * groups + index[1]) * count);
            Number mean = Statistics.Mean(context, x.Type, count, OverGroup);
            Number variance = Statistics.Variance(context, x.Type, count, mean, OverGroup);
            Number inverse = Statistics.InverseDeviation(variance, context.Attributes.Float("epsilon", 1e-5f));
            code.For("channel", 0, channels, channel =>
            {
                Local parameter = code.Local("parameter", isPerGroup ? index[1] : index[1] * channels + channel);
                Number factor = (context.At(scale, parameter) * inverse).Keep("factor");
                Number term = (context.At(bias, parameter) - mean * factor).Keep("term");
                Local start = code.Local("start", first + channel * pixels);
                code.For("pixel", 0, pixels, pixel => context.Put(y, start + pixel, context.At(x, start + pixel) * factor + term));
            });

            void OverGroup(Action<Number> body) => code.For("i", 0, count, i => body(context.At(x, first + i)));
        });
    }

    bool IsPerGroup(int version) => !isInstance && version < ParametersPerChannelVersion;

    int GroupsOf(NodeAttributes attributes, Shape x) => isInstance ? x[1] : attributes.Int32("num_groups", 0);
}
