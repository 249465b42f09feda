using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>A depthwise convolution over time that sees only the past: the last k − 1 columns are a state that goes in and comes out.</summary>
internal sealed class CausalConvWithState : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.SameType(0, 1, 2, 3);
        Shape x = context.Ranked(0, 3, 3), w = context.Ranked(1, 3, 3);
        Require(w[0] == x[1] && w[1] == 1 && w[2] >= 1, $"input 1: expected [{x[1]}, 1, k], got {w}");
        context.Shaped(2, x[1]);
        context.Shaped(3, x[0], x[1], w[2] - 1);
        context.Attributes.OneOf("activation", "none", "none", "silu", "swish");
        context.SetOutput(0, context.Float(0), x);
        context.SetOutput(1, context.TypeOf(0), ShapeOf(x[0], x[1], w[2] - 1));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), w = context.Input(1);
        int channels = x.Shape[1], length = x.Shape[2], taps = w.Shape[2], state = taps - 1;
        bool isActivated = context.Attributes.Text("activation", "none") != "none";
        TensorView padded = context.Scratch("padded", x.Type, new(length + state));
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape[0], channels], index =>
        {
            Local row = code.Local("row", index[0] * channels + index[1]);
            code.For("i", 0, state, i => context.Store(padded, i, context.HasInput(3) ? context.Load(context.Input(3), row * state + i) : 0));
            code.For("i", 0, length, i => context.Store(padded, i + state, context.Load(x, row * length + i)));
            if (context.HasOutput(1)) code.For("i", 0, state, i => context.Store(context.Output(1), row * state + i, context.Load(padded, i + length)));
            Number bias = context.HasInput(2) ? context.At(context.Input(2), index[1]).Keep("bias") : context.Constant(x.Type, 0);
            Local weights = code.Local("weights", index[1] * taps);
            code.For("t", 0, length, t =>
            {
                Number sum = bias.Variable("sum");
                code.For("tap", 0, taps, tap => sum.Assign(sum + context.At(padded, t + tap) * context.At(w, weights + tap)));
                context.Put(context.Output(0), row * length + t, isActivated ? sum * sum.Sigmoid() : sum);
            });
        });
    }
}
