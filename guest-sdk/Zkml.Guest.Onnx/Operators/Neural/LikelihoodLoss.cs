using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// Negative log likelihood of target classes: given log probabilities [N, C, …] (NegativeLogLikelihoodLoss), or raw scores that a softmax over the
/// classes turns into them (SoftmaxCrossEntropyLoss, which may output them too).
/// </summary>
internal sealed class LikelihoodLoss(bool hasSoftmax) : Operator
{
    const int TargetExitCode = 2;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 2);
        context.SameType(0, 2);
        Require(context.TypeOf(1) is ElementType.Int32 or ElementType.Int64, $"input 1: expected Int32 or Int64, got {context.TypeOf(1)}");
        context.Shaped(1, [x[0], .. x.Dimensions[2..]]);
        context.Shaped(2, x[1]);
        Require(x[1] > 0, $"input 0: expected at least one class, got {x}");
        bool isWhole = context.Attributes.OneOf("reduction", "mean", "mean", "sum", "none") == "none";
        context.SetOutput(0, context.Float(0), isWhole ? context.ShapeOf(1) : Shape.Scalar);
        if (hasSoftmax) context.SetOutput(1, context.TypeOf(0), x);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), target = context.Input(1), y = context.Output(0);
        int classes = x.Shape[1], inner = x.Shape.CountOf(2, x.Shape.Rank);
        string reduction = context.Attributes.Text("reduction", "mean");
        FunctionBuilder code = context.Code;
        Number total = context.Constant(x.Type, 0).Variable("total"), weights = context.Constant(x.Type, 0).Variable("weights");
        Nest.Over(code, [x.Shape[0], inner], index =>
        {
            Local first = code.Local("first", index[0] * (classes * inner) + index[1]), place = code.Local("place", index[0] * inner + index[1]);
            Number offset = hasSoftmax ? LogarithmOfSum(context, x, first, inner, classes) : context.Constant(x.Type, 0);
            if (hasSoftmax && context.HasOutput(1))
                code.For("class", 0, classes, c => context.Put(context.Output(1), first + c * inner, context.At(x, first + c * inner) - offset));
            Expression raw = Expression.Load(target.Buffer, place);
            Local wanted = code.Local("wanted", raw.Type == ScalarType.Int64 ? raw : raw.ToInt64());
            Number loss = context.Constant(x.Type, 0).Variable("loss"), weight = context.Constant(x.Type, 0).Variable("weight");
            Expression isIgnored = context.Attributes.Has("ignore_index") ? wanted.Is(context.Attributes.Integer("ignore_index", 0)) : 0;
            code.If(isIgnored.Not(), () =>
            {
                code.If(wanted.IsBelow(Expression.Bits((ulong)classes)).Not(), () => code.Fail(TargetExitCode, $"{context.Node.Name}: a target lies outside of 0 to {classes - 1}"));
                Local chosen = code.Local("chosen", wanted.Low());
                weight.Assign(context.HasInput(2) ? context.At(context.Input(2), chosen) : weight.Of(1));
                Number likelihood = context.At(x, first + chosen * inner);
                Number value = hasSoftmax ? offset - likelihood : -likelihood;
                loss.Assign(context.HasInput(2) ? value * weight : value);
            });
            if (reduction == "none") context.Put(y, place, loss);
            else
            {
                total.Assign(total + loss);
                if (reduction == "mean") weights.Assign(weights + weight);
            }
        });
        if (reduction != "none") context.Put(y, 0, reduction == "mean" ? total / weights : total);
    }

    // log Σ e^x over the classes.
    static Number LogarithmOfSum(LoweringContext context, TensorView x, Expression first, int stride, int classes)
    {
        FunctionBuilder code = context.Code;
        Local best = code.Local("best", context.At(x, first).Key());
        code.For("class", 1, classes, c =>
        {
            Local key = code.Local("key", context.At(x, first + c * stride).Key());
            code.Assign(best, Expression.Select(best < key, key, best));
        });
        Number largest = context.Constant(x.Type, 0).FromKey(best).Keep("largest");
        Number sum = context.Constant(x.Type, 0).Variable("sum");
        code.For("class", 0, classes, c => sum.Assign(sum + (context.At(x, first + c * stride) - largest).Exp()));
        return (largest + sum.Log()).Keep("offset");
    }
}
