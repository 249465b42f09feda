using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>y = (x − mean) / (deviation + 1e-9) over given axes.</summary>
internal sealed class MeanVarianceNormalization : Operator
{
    const double Guard = 1e-9;

    static readonly long[] s_absent = [0, 2, 3];

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 1);
        IsReduced(context.Attributes, x);
        context.SetOutput(0, context.Float(0), x);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        bool[] isReduced = IsReduced(context.Attributes, x.Shape);
        int[] axes = [.. Enumerable.Range(0, x.Shape.Rank)], strides = x.Shape.Strides();
        int[] outer = [.. axes.Where(axis => !isReduced[axis])], inner = [.. axes.Where(axis => isReduced[axis])];
        int[] extents = [.. inner.Select(axis => x.Shape[axis])], steps = [.. inner.Select(axis => strides[axis])];
        int count = extents.Aggregate(1, (product, extent) => product * extent);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [.. outer.Select(axis => x.Shape[axis])], index =>
        {
            Local first = code.Local("first", Nest.Offset(index, [.. outer.Select(axis => strides[axis])]));
            Number mean = Statistics.Mean(context, x.Type, count, Over);
            Number deviation = Statistics.Variance(context, x.Type, count, mean, Over).SquareRoot();
            Number divisor = (deviation + deviation.Of(Guard)).Keep("divisor");
            Nest.Over(code, extents, i =>
            {
                Local element = code.Local("element", first + Nest.Offset(i, steps));
                context.Put(y, element, (context.At(x, element) - mean) / divisor);
            });

            void Over(Action<Number> body) => Nest.Over(code, extents, i => body(context.At(x, first + Nest.Offset(i, steps))));
        });
    }

    static bool[] IsReduced(NodeAttributes attributes, Shape x)
    {
        bool[] isReduced = new bool[x.Rank];
        foreach (long axis in attributes.Integers("axes") ?? s_absent) isReduced[Axis(axis, x.Rank, "axes")] = true;
        return isReduced;
    }
}

/// <summary>y = x / (Σ |x|^p)^(1/p) along one axis; 0 where the norm is 0.</summary>
internal sealed class LpNormalization : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 1);
        Axis(context.Attributes.Integer("axis", -1), x.Rank);
        Require(Norms.Exponent(context.Attributes) is 1 or 2, $"p: expected 1 or 2, got {Norms.Exponent(context.Attributes)}");
        context.SetOutput(0, context.Float(0), x);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        int axis = Axis(context.Attributes.Integer("axis", -1), x.Shape.Rank), count = x.Shape[axis], stride = x.Shape.CountOf(axis + 1, x.Shape.Rank);
        long exponent = Norms.Exponent(context.Attributes);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape.CountOf(0, axis), stride], index =>
        {
            Local first = code.Local("first", index[0] * (count * stride) + index[1]);
            Number sum = context.Constant(x.Type, 0).Variable("sum");
            code.For("i", 0, count, i => sum.Assign(sum + Norms.Term(context.At(x, first + i * stride), exponent)));
            Number norm = Norms.Finish(sum, exponent).Keep("norm");
            Number divisor = Number.Select(norm.Is(norm.Of(0)), norm.Of(1), norm).Keep("divisor");
            code.For("i", 0, count, i => context.Put(y, first + i * stride, context.At(x, first + i * stride) / divisor));
        });
    }
}

/// <summary>Local response normalisation: y = x / (bias + alpha / size · Σ x²)^beta over neighbouring channels.</summary>
internal sealed class LocalResponseNormalization : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Require(context.Attributes.Integer("size", 0) >= 1, $"size: expected at least 1, got {context.Attributes.Integer("size", 0)}");
        context.SetOutput(0, context.Float(0), context.Ranked(0, 2));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        int channels = x.Shape[1], pixels = x.Shape.CountOf(2, x.Shape.Rank);
        long size = Math.Min(context.Attributes.Integer("size", 1), 2L * channels + 1);
        int before = (int)((size - 1) / 2), after = (int)(size / 2);
        float alpha = context.Attributes.Float("alpha", 1e-4f), bias = context.Attributes.Float("bias", 1);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape[0], channels], index =>
        {
            Local image = code.Local("image", index[0] * (channels * pixels));
            Local low = code.Local("low", index[1] - before), high = code.Local("high", index[1] + (after + 1));
            Local from = code.Local("from", Expression.Select(low < 0, 0, low)), to = code.Local("to", Expression.Select(high < channels, high, channels));
            code.For("pixel", 0, pixels, pixel =>
            {
                Number sum = context.Constant(x.Type, 0).Variable("sum");
                code.For("channel", from, to, channel => sum.Assign(sum + Norms.Term(context.At(x, image + channel * pixels + pixel), 2)));
                Number scale = (sum.Of(bias) + sum.Of((double)alpha / context.Attributes.Integer("size", 1)) * sum).Keep("scale");
                Local element = code.Local("element", image + index[1] * pixels + pixel);
                context.Put(y, element, context.At(x, element) / Power(scale, context.Attributes.Float("beta", 0.75f)));
            });
        });
    }

    // The usual exponent needs square roots only.
    static Number Power(Number scale, float beta)
    {
        if (beta != 0.75f) return scale.Power(scale.Of(beta));
        Number root = scale.SquareRoot().Keep("root");
        return root * root.SquareRoot();
    }
}
