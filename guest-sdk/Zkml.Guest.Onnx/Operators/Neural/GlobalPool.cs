using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>One value for each channel, over all of its spatial elements.</summary>
internal abstract class GlobalPool : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 2);
        long[] extents = [.. Enumerable.Repeat(1L, x.Rank)];
        (extents[0], extents[1]) = (x[0], x[1]);
        Checks.Require(x.CountOf(2, x.Rank) > 0, $"input 0: expected spatial elements, got {x}");
        context.SetOutput(0, context.Float(0), Checks.ShapeOf(extents));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        int pixels = x.Shape.CountOf(2, x.Shape.Rank);
        FunctionBuilder code = context.Code;
        code.For("channel", 0, y.Shape.Count, channel =>
        {
            Local input = code.Local("input", channel * pixels);
            context.Put(y, channel, Reduce(context, pixels, pixel => context.At(x, input + pixel)));
        });
    }

    /// <summary>Folds the elements of a channel.</summary>
    protected abstract Number Reduce(LoweringContext context, int count, Func<Expression, Number> element);

    /// <summary>The sum of a term of every element.</summary>
    protected static Number Sum(LoweringContext context, int count, Func<Expression, Number> term)
    {
        Number sum = context.Constant(context.Input(0).Type, 0).Variable("sum");
        context.Code.For("pixel", 0, count, pixel => sum.Assign(sum + term(pixel)));
        return sum;
    }
}

/// <summary>The mean of each channel.</summary>
internal sealed class GlobalAveragePool : GlobalPool
{
    /// <inheritdoc/>
    protected override Number Reduce(LoweringContext context, int count, Func<Expression, Number> element)
    {
        Number sum = Sum(context, count, element);
        return sum / sum.Of(count);
    }
}

/// <summary>The largest element of each channel.</summary>
internal sealed class GlobalMaxPool : GlobalPool
{
    /// <inheritdoc/>
    protected override Number Reduce(LoweringContext context, int count, Func<Expression, Number> element)
    {
        FunctionBuilder code = context.Code;
        Local best = code.Local("best", element(0).Key());
        code.For("pixel", 1, count, pixel =>
        {
            Local key = code.Local("key", element(pixel).Key());
            code.Assign(best, Expression.Select(best < key, key, best));
        });
        return context.Constant(context.Input(0).Type, 0).FromKey(best);
    }
}

/// <summary>The p-norm of each channel.</summary>
internal sealed class GlobalLpPool : GlobalPool
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Norms.Check(context);
        base.Infer(context);
    }

    /// <inheritdoc/>
    protected override Number Reduce(LoweringContext context, int count, Func<Expression, Number> element)
    {
        long exponent = Norms.Exponent(context.Attributes);
        return Norms.Finish(Sum(context, count, pixel => Norms.Term(element(pixel), exponent)), exponent);
    }
}
