using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators.Reduction;

/// <summary>What a <see cref="ReduceOperator"/> computes over the elements that fall on one output.</summary>
public enum ReductionKind
{
    /// <summary>Σ x.</summary>
    Sum,
    /// <summary>Σ x / n; integers towards zero.</summary>
    Mean,
    /// <summary>Π x.</summary>
    Product,
    /// <summary>The largest; −∞ or the least of the type over nothing.</summary>
    Max,
    /// <summary>The smallest; +∞ or the greatest of the type over nothing.</summary>
    Min,
    /// <summary>Σ |x|.</summary>
    L1,
    /// <summary>√Σ x².</summary>
    L2,
    /// <summary>log Σ x.</summary>
    LogSum,
    /// <summary>log Σ e^x, relative to the largest, so that nothing overflows.</summary>
    LogSumExp,
    /// <summary>Σ x².</summary>
    SumSquare,
}

/// <summary>
/// The Reduce… family. Axes come from an attribute or from an input that is known at compile time; none means all, or, with
/// noop_with_empty_axes, that every element is reduced by itself.
/// </summary>
public sealed class ReduceOperator(ReductionKind reduction) : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, 2);
        ElementType type = context.TypeOf(0, reduction is ReductionKind.Max or ReductionKind.Min ? ElementKinds.Any : ElementKinds.Number);
        Shape shape = context.ShapeOf(0);
        int[] axes = Axes(context.Attributes, context.HasInput(1) ? context.IntegersOf(1) : null, shape.Rank);
        context.SetOutput(0, type, Reduced(shape, axes, context.Attributes.Flag("keepdims", true)));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        int[] axes = Axes(context.Attributes, context.ConstantOf(1)?.ToIntegers(), input.Shape.Rank);
        int[] outer = input.Shape.Dimensions.ToArray(), inner = new int[outer.Length];
        Array.Fill(inner, 1);
        foreach (int axis in axes) (inner[axis], outer[axis]) = (outer[axis], 1);
        int[] strides = input.Shape.Strides();
        int count = 1;
        foreach (int extent in inner) count *= extent;
        StridedLoop.Run(context, outer, [new(strides), StridedOperand.IndexOf(new(outer))], values =>
        {
            Expression start = context.Math.Once(values[0]);
            void Each(Action<Expression> body) => StridedLoop.Run(context, inner, [new(strides, input, start)], elements => body(elements[0]));
            context.Store(output, values[1], Reduce(context, input.Type, count, Each));
        });
    }

    /// <summary>The shape without the reduced axes, or with extents of 1 in their place.</summary>
    internal static Shape Reduced(Shape shape, ReadOnlySpan<int> axes, bool keepsAxes)
    {
        List<int> extents = [];
        for (int axis = 0; axis < shape.Rank; axis++)
        {
            if (!axes.Contains(axis)) extents.Add(shape[axis]);
            else if (keepsAxes) extents.Add(1);
        }
        return InferenceChecks.ShapeOf([.. extents]);
    }

    static int[] Axes(NodeAttributes attributes, long[]? input, int rank)
    {
        long[] axes = input ?? attributes.Integers("axes") ?? [];
        if (axes.Length > 0) return InferenceChecks.Axes(axes, rank);
        return attributes.Flag("noop_with_empty_axes") ? [] : [.. Enumerable.Range(0, rank)];
    }

    Expression Reduce(LoweringContext context, ElementType type, int count, Action<Action<Expression>> each)
    {
        ElementMath math = context.Math;
        switch (reduction)
        {
            case ReductionKind.Max or ReductionKind.Min:
                return Extreme(context, type, each, reduction == ReductionKind.Max);
            case ReductionKind.LogSumExp:
                return LogSumExp(context, type, each);
            case ReductionKind.Product:
                return Accumulate(context, type, each, 1, (total, x) => type.IsFloat ? math.Multiply(type, total, x) : total * x);
            case ReductionKind.L1:
                return Sum(context, type, each, x => math.Abs(type, x));
            case ReductionKind.SumSquare:
                return Sum(context, type, each, x => Square(math, type, x));
            case ReductionKind.L2:
                return Through(type, Sum(context, type, each, x => Square(math, type, x)), FloatOperation.SquareRoot);
            case ReductionKind.LogSum:
                return Through(type, Sum(context, type, each, x => x), FloatOperation.Log);
            case ReductionKind.Mean:
                return math.Divide(type, Sum(context, type, each, x => x), ElementMath.Constant(type, (long)count));
            default:
                return Sum(context, type, each, x => x);
        }
    }

    static Expression Square(ElementMath math, ElementType type, Expression value)
    {
        value = math.Once(value);
        return math.Multiply(type, value, value);
    }

    // Integers grow in their register and are cut to their width once, at the end.
    static Expression Sum(LoweringContext context, ElementType type, Action<Action<Expression>> each, Func<Expression, Expression> term) =>
        Accumulate(context, type, each, 0, (total, x) => type.IsFloat ? context.Math.Add(type, total, term(x)) : total + term(x));

    static Expression Accumulate(LoweringContext context, ElementType type, Action<Action<Expression>> each, long start, Func<Expression, Expression, Expression> combine)
    {
        Local total = context.Code.Local("total", ElementMath.Constant(type, start));
        each(x => context.Code.Assign(total, combine(total, x)));
        return type.IsFloat ? total : ElementMath.Wrap(type, total);
    }

    static Expression Extreme(LoweringContext context, ElementType type, Action<Action<Expression>> each, bool isMax)
    {
        ElementMath math = context.Math;
        Expression start = isMax ? ElementMath.Lowest(type) : ElementMath.Highest(type);
        Local best = context.Code.Local("best", math.OrderKey(type, start, isMax));
        each(x =>
        {
            Expression key = math.Once(math.OrderKey(type, x, isMax));
            context.Code.If(isMax ? best < key : key < best, () => context.Code.Assign(best, key));
        });
        return math.FromOrderKey(type, best);
    }

    static Expression LogSumExp(LoweringContext context, ElementType type, Action<Action<Expression>> each)
    {
        ElementMath math = context.Math;
        ElementType inner = type.IsFloat ? type : ElementType.Float64;
        Expression largest = math.Once(Extreme(context, inner, body => each(x => body(ElementMath.Convert(type, inner, x))), isMax: true));
        // Relative to an infinity every difference would be NaN.
        Expression shift = math.Once(Expression.Select(math.IsInfinite(inner, largest), ElementMath.Constant(inner, 0), largest));
        Expression total = Accumulate(context, inner, each, 0, (sum, x) =>
            math.Add(inner, sum, ElementMath.Exp(inner, math.Subtract(inner, ElementMath.Convert(type, inner, x), shift))));
        return ElementMath.Convert(inner, type, math.Add(inner, ElementMath.Log(inner, total), shift));
    }

    static Expression Through(ElementType type, Expression total, FloatOperation function)
    {
        ElementType inner = type.IsFloat ? type : ElementType.Float64;
        return ElementMath.Convert(inner, type, ElementMath.Float(function, inner, ElementMath.Convert(type, inner, total)));
    }
}
