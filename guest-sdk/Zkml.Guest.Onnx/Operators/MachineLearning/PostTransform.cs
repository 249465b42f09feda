using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Neural;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>What turns raw scores into the scores of a model, as ONNX Runtime computes it.</summary>
internal enum PostTransformKind
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>Softmax over all scores.</summary>
    Softmax,
    /// <summary>1 / (1 + e^−x) of each.</summary>
    Logistic,
    /// <summary>Softmax over the scores that are not zero.</summary>
    SoftmaxZero,
    /// <summary>√2 · erf⁻¹(2x − 1) of each, by Winitzki's approximation.</summary>
    Probit,
}

/// <summary>The post-transforms in the loop language.</summary>
internal static class PostTransform
{
    // Below this a score counts as zero for SOFTMAX_ZERO, as in ONNX Runtime.
    const double Zero = 0.0000001;

    static readonly string[] s_names = ["NONE", "SOFTMAX", "LOGISTIC", "SOFTMAX_ZERO", "PROBIT"];

    /// <summary>The attribute post_transform as a text.</summary>
    public static PostTransformKind Read(NodeAttributes attributes) =>
        (PostTransformKind)Array.IndexOf(s_names, attributes.OneOf("post_transform", "NONE", s_names));

    /// <summary>Transforms <paramref name="count"/> scores at the start of a working buffer in place.</summary>
    public static void Apply(LoweringContext context, PostTransformKind kind, TensorView scores, int count)
    {
        switch (kind)
        {
            case PostTransformKind.Softmax:
            case PostTransformKind.SoftmaxZero:
                Softmax(context, scores, count, skipsZero: kind == PostTransformKind.SoftmaxZero);
                break;
            case PostTransformKind.Logistic:
                Each(context, scores, count, Logistic);
                break;
            case PostTransformKind.Probit:
                Each(context, scores, count, Probit);
                break;
        }
    }

    /// <summary>1 / (1 + e^−|x|), mirrored for negative x, so that the exponential never overflows.</summary>
    public static Number Logistic(Number value)
    {
        Number kept = value.Keep("value"), half = (kept.Of(1) / (kept.Of(1) + (-kept.Abs()).Exp())).Keep("half");
        return Number.Select(kept < kept.Of(0), kept.Of(1) - half, half);
    }

    /// <summary>√2 · erf⁻¹(2x − 1).</summary>
    public static Number Probit(Number value)
    {
        // The constants are those of ONNX Runtime's float code.
        const float pi = 3.14159f, shape = 0.147f, rootOfTwo = 1.41421356f;
        Number x = (value * value.Of(2) - value.Of(1)).Keep("x");
        Number logarithm = ((x.Of(1) - x) * (x.Of(1) + x)).Log().Keep("logarithm");
        Number first = (x.Of(2 / (pi * shape)) + x.Of(0.5) * logarithm).Keep("first");
        Number second = x.Of(1 / shape) * logarithm;
        Number root = (-first + (first * first - second).SquareRoot()).SquareRoot().Keep("root");
        return x.Of(rootOfTwo) * Number.Select(x < x.Of(0), -root, root);
    }

    static void Each(LoweringContext context, TensorView scores, int count, Func<Number, Number> transform) =>
        context.Code.For("score", 0, count, i => context.Put(scores, i, transform(context.At(scores, i))));

    static void Softmax(LoweringContext context, TensorView scores, int count, bool skipsZero)
    {
        FunctionBuilder code = context.Code;
        Number largest = context.At(scores, 0).Variable("largest");
        code.For("score", 1, count, i => largest.Assign(largest.Max(context.At(scores, i))));
        Number sum = context.Constant(scores.Type, 0).Variable("sum");
        Number forZero = skipsZero ? (-largest).Exp().Keep("zero") : default;
        code.For("score", 0, count, i =>
        {
            Number score = context.At(scores, i).Keep("score");
            if (!skipsZero)
            {
                Exponential(score);
                return;
            }
            code.If(score.Abs() > score.Of(Zero), () => Exponential(score), () => context.Put(scores, i, score * forZero));

            void Exponential(Number raw)
            {
                Number power = (raw - largest).Exp().Keep("power");
                context.Put(scores, i, power);
                sum.Assign(sum + power);
            }
        });
        code.For("score", 0, count, i => context.Put(scores, i, context.At(scores, i) / sum));
    }
}
