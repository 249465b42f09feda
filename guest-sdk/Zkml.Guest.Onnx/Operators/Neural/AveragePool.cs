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
        TensorView x = Terms(context), y = context.Output(0);
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
                windows.OverTaps(code, ranges, (pixel, _) => sum.Assign(sum + context.At(x, origin + pixel)));
                context.Put(y, output + position, Finish(context, windows, outputs, ranges, sum));
            });
        });
    }

    /// <summary>What the elements add, in the shape of the input.</summary>
    protected abstract TensorView Terms(LoweringContext context);

    /// <summary>The result of one window.</summary>
    protected abstract Number Finish(LoweringContext context, Windows windows, Expression[] outputs, WindowTaps[] taps, Number sum);
}

/// <summary>The mean of each window, over the elements in the input or (count_include_pad) the padded input.</summary>
internal sealed class AveragePool : SumPool
{
    /// <inheritdoc/>
    protected override TensorView Terms(LoweringContext context) => context.Input(0);

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
    protected override TensorView Terms(LoweringContext context)
    {
        // Once an element, not once a window that it is in.
        TensorView x = context.Input(0), powers = context.Wide("powers", x.Type, x.Shape.Dimensions);
        context.Code.For("i", 0, x.Shape.Count, i => context.Put(powers, i, Norms.Term(context.At(x, i), Norms.Exponent(context.Attributes))));
        return powers;
    }

    /// <inheritdoc/>
    protected override Number Finish(LoweringContext context, Windows windows, Expression[] outputs, WindowTaps[] taps, Number sum) =>
        Norms.Finish(sum, Norms.Exponent(context.Attributes));
}

/// <summary>(Σ |x|^p)^(1/p), with a small p in plain arithmetic.</summary>
internal static class Norms
{
    const long MaximumProducts = 64;

    /// <summary>The attribute p, 2 where it is absent.</summary>
    public static long Exponent(NodeAttributes attributes) => attributes.Integer("p", 2);

    /// <summary>Throws unless p is at least 1.</summary>
    public static void Check(InferenceContext context) => Checks.Require(Exponent(context.Attributes) >= 1, $"p: expected at least 1, got {Exponent(context.Attributes)}");

    /// <summary>|x|^p.</summary>
    public static Number Term(Number element, long exponent)
    {
        if (exponent == 1) return element.Abs();
        if (exponent > MaximumProducts) return element.Abs().Power(element.Of(exponent));
        // By squares and products: far fewer cycles than a logarithm and an exponential.
        Number square = (exponent % 2 == 0 ? element : element.Abs()).Keep("power");
        Number? product = exponent % 2 == 0 ? null : square;
        for (long rest = exponent >> 1; rest > 0; rest >>= 1)
        {
            square = (square * square).Keep("power");
            if (rest % 2 == 1) product = product is { } known ? (known * square).Keep("product") : square;
        }
        return product!.Value;
    }

    /// <summary>sum^(1/p) of a sum that is not negative.</summary>
    public static Number Finish(Number sum, long exponent) => exponent switch
    {
        1 => sum,
        2 => sum.SquareRoot(),
        <= MaximumProducts => Root(sum.Keep("sum"), exponent),
        _ => sum.Power(sum.Of(1.0 / exponent)),
    };

    // A logarithm's rounding error grows in the exponential; one step of Newton's method takes it away again, in fewer cycles than a power.
    static Number Root(Number sum, long exponent)
    {
        Number share = sum.Of(1.0 / exponent), guess = (sum.Log() * share).Exp().Keep("guess");
        Number root = guess + (sum / Term(guess, exponent - 1) - guess) * share;
        return Number.Select(sum.Is(sum.Of(0)) | sum.Is(sum.Of(double.PositiveInfinity)), sum, root);
    }
}
