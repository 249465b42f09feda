using Zkml.Guest.Loops;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Mean and variance of a set of elements, in two passes so that nothing cancels.</summary>
internal static class Statistics
{
    /// <summary>Σ of a term over the elements; <paramref name="over"/> writes the loops and gives each element's number.</summary>
    public static Number Sum(LoweringContext context, Graph.ElementType type, Action<Action<Number>> over, Func<Number, Number> term)
    {
        Number sum = context.Constant(type, 0).Variable("sum");
        over(element => sum.Assign(sum + term(element)));
        return sum;
    }

    /// <summary>The mean.</summary>
    public static Number Mean(LoweringContext context, Graph.ElementType type, int count, Action<Action<Number>> over)
    {
        Number sum = Sum(context, type, over, element => element);
        return (sum / sum.Of(count)).Keep("mean");
    }

    /// <summary>The mean of the squares of the differences from <paramref name="mean"/>.</summary>
    public static Number Variance(LoweringContext context, Graph.ElementType type, int count, Number mean, Action<Action<Number>> over)
    {
        Number sum = Sum(context, type, over, element =>
        {
            Number difference = (element - mean).Keep("difference");
            return difference * difference;
        });
        return (sum / sum.Of(count)).Keep("variance");
    }

    /// <summary>1 / √(variance + epsilon).</summary>
    public static Number InverseDeviation(Number variance, float epsilon) =>
        (variance.Of(1) / (variance + variance.Of(epsilon)).SquareRoot()).Keep("inverse");
}
