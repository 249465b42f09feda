using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>y = scale · (x − mean) / √(variance + epsilon) + bias with given statistics of each channel.</summary>
internal sealed class BatchNormalization : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 1);
        if (context.Attributes.Flag("training_mode") || Enumerable.Range(1, Math.Max(0, context.OutputCount - 1)).Any(context.HasOutput))
            throw new OnnxException(OnnxError.Training, "statistics are computed in training only; export the model for inference");
        Require(context.Attributes.Flag("spatial", absent: true), $"spatial: expected 1, got 0");
        int channels = x.Rank > 1 ? x[1] : 1;
        for (int i = 1; i <= 4; i++)
        {
            Require(context.HasInput(i) && context.TypeOf(i).IsFloat, $"input {i}: expected a float tensor");
            context.Shaped(i, channels);
        }
        context.SetOutput(0, context.Float(0), x);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        int batch = x.Shape[0], channels = x.Shape.Rank > 1 ? x.Shape[1] : 1, pixels = x.Shape.Rank > 2 ? x.Shape.CountOf(2, x.Shape.Rank) : 1;
        float epsilon = context.Attributes.Float("epsilon", 1e-5f);
        FunctionBuilder code = context.Code;
        code.For("channel", 0, channels, channel =>
        {
            Number variance = context.At(context.Input(4), channel).To(x.Type);
            Number factor = (Parameter(1) / (variance + variance.Of(epsilon)).SquareRoot()).Keep("factor");
            Number term = (Parameter(2) - Parameter(3) * factor).Keep("term");
            code.For("image", 0, batch, image =>
            {
                Local first = code.Local("first", (image * channels + channel) * pixels);
                code.For("pixel", 0, pixels, pixel => context.Put(y, first + pixel, context.At(x, first + pixel) * factor + term));
            });

            Number Parameter(int input) => context.At(context.Input(input), channel).To(x.Type);
        });
    }
}
