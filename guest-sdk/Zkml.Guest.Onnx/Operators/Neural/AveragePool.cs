using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>A sum over each window that ends in a mean (AveragePool) or a p-norm (LpPool).</summary>
internal abstract class SumPool : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 3);
        context.SetOutput(0, context.Float(0), new Windows(context.Attributes, x, Windows.Kernel(context.Attributes, x.Rank - 2)).OutputShape(x[0], x[1]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        Windows windows = new(context.Attributes, x.Shape, Windows.Kernel(context.Attributes, x.Shape.Rank - 2));
        int pixels = x.Shape.CountOf(2, x.Shape.Rank), positions = y.Shape.CountOf(2, y.Shape.Rank);
        FunctionBuilder code = context.Code;
        code.For("channel", 0, x.Shape[0] * x.Shape[1], channel =>
        {
            Local input = code.Local("input", channel * pixels), output = code.Local("output", channel * positions);
            windows.OverOutputs(code, (position, outputs, ranges) =>
            {
                Local origin = code.Local("origin", input + windows.Origin(ranges));
                Number sum = context.Constant(x.Type, 0).Variable("sum");
                windows.OverTaps(code, ranges, (pixel, _) => sum.Assign(sum + Term(context, context.At(x, origin + pixel))));
                context.Put(y, output + position, Finish(context, windows, outputs, ranges, sum));
            });
        });
    }

    /// <summary>What one element adds.</summary>
    protected abstract Number Term(LoweringContext context, Number element);

    /// <summary>The result of one window.</summary>
    protected abstract Number Finish(LoweringContext context, Windows windows, Expression[] outputs, WindowTaps[] taps, Number sum);
}

/// <summary>The mean of each window, over the elements in the input or (count_include_pad) the padded input.</summary>
internal sealed class AveragePool : SumPool
{
    /// <inheritdoc/>
    protected override Number Term(LoweringContext context, Number element) => element;

    /// <inheritdoc/>
    protected override Number Finish(LoweringContext context, Windows windows, Expression[] outputs, WindowTaps[] taps, Number sum)
    {
        bool countsPadding = context.Attributes.Flag("count_include_pad");
        Expression count = 1;
        for (int i = 0; i < taps.Length; i++)
            count *= countsPadding ? windows.Axes[i].PaddedCount(context.Code, outputs[i]) : taps[i].To - taps[i].From;
        return sum / sum.FromInteger(count);
    }
}

/// <summary>The p-norm of each window.</summary>
internal sealed class LpPool : SumPool
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Norms.Check(context);
        base.Infer(context);
    }

    /// <inheritdoc/>
    protected override Number Term(LoweringContext context, Number element) => Norms.Term(element, Norms.Exponent(context.Attributes));

    /// <inheritdoc/>
    protected override Number Finish(LoweringContext context, Windows windows, Expression[] outputs, WindowTaps[] taps, Number sum) =>
        Norms.Finish(sum, Norms.Exponent(context.Attributes));
}

/// <summary>(Σ |x|^p)^(1/p), with a small p in plain arithmetic.</summary>
internal static class Norms
{
    const int LargestProduct = 8;

    /// <summary>The attribute p, 2 where it is absent.</summary>
    public static long Exponent(NodeAttributes attributes) => attributes.Integer("p", 2);

    /// <summary>Throws unless p is at least 1.</summary>
    public static void Check(InferenceContext context) => Checks.Require(Exponent(context.Attributes) >= 1, $"p: expected at least 1, got {Exponent(context.Attributes)}");

    /// <summary>|x|^p; a small p by products, which cost far less than a power.</summary>
    public static Number Term(Number element, long exponent)
    {
        if (exponent == 1) return element.Abs();
        Number kept = (exponent % 2 == 0 ? element : element.Abs()).Keep("element");
        if (exponent > LargestProduct) return kept.Abs().Power(kept.Of(exponent));
        Number product = kept;
        for (long i = 1; i < exponent; i++) product *= kept;
        return product;
    }

    /// <summary>sum^(1/p).</summary>
    public static Number Finish(Number sum, long exponent) => exponent switch
    {
        1 => sum,
        2 => sum.SquareRoot(),
        4 => sum.SquareRoot().SquareRoot(),
        _ => sum.Power(sum.Of(1.0 / exponent)),
    };
}
