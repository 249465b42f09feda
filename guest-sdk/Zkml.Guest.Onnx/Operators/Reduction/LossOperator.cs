using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Onnx.Operators.DataMovement;

namespace Zkml.Guest.Onnx.Operators.Reduction;

/// <summary>
/// NegativeLogLikelihoodLoss, and SoftmaxCrossEntropyLoss, which takes the log of the softmax first: minus the score of the target class,
/// times the weight of the class; as it is, summed, or averaged by the weights. A target equal to ignore_index counts nothing, any other one
/// that is no class stops the guest.
/// </summary>
public sealed class LossOperator(bool isCrossEntropy) : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(2, 3);
        ElementType type = context.TypeOf(0, ElementKinds.Float);
        Shape scores = context.ShapeOf(0), targets = context.ShapeOf(1);
        if (scores.Rank < 2) throw OnnxException.Malformed($"input 0: expected a rank of at least 2, got {scores}");
        if (context.TypeOf(1) is not (ElementType.Int32 or ElementType.Int64)) throw OnnxException.Malformed($"input 1: expected Int32 or Int64, got {context.TypeOf(1)}");
        if (targets.Rank != scores.Rank - 1 || targets[0] != scores[0] || !targets.Dimensions[1..].SequenceEqual(scores.Dimensions[2..]))
            throw OnnxException.Malformed($"input 1: expected the shape {scores} without axis 1, got {targets}");
        if (context.HasInput(2))
        {
            context.RequireSameType(0, 2);
            if (!context.ShapeOf(2).Equals(new(scores[1]))) throw OnnxException.Malformed($"input 2: expected a weight for each of {scores[1]} classes, got {context.ShapeOf(2)}");
        }
        string reduction = ReductionOf(context.Attributes);
        if (reduction is not ("none" or "sum" or "mean")) throw OnnxException.Malformed($"reduction: expected none, sum or mean, got {reduction}");
        context.SetOutput(0, type, reduction == "none" ? targets : Shape.Scalar);
        context.SetOutput(1, type, scores);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView scores = context.Input(0), targets = context.Input(1), output = context.Output(0);
        string reduction = ReductionOf(context.Attributes);
        ElementType type = scores.Type;
        int inner = scores.Shape.CountOf(2, scores.Shape.Rank), classes = scores.Shape[1];
        Local total = context.Code.Local("total", ElementMath.Constant(type, 0)), totalWeight = context.Code.Local("weights", ElementMath.Constant(type, 0));
        StridedLoop.Run(context, [scores.Shape[0], inner], [new([classes * inner, 1]), new([inner, 1])], values =>
        {
            Expression start = context.Math.Once(values[0]), place = context.Math.Once(values[1]);
            Expression normaliser = isCrossEntropy ? Normaliser(context, scores, start, inner) : ElementMath.Constant(type, 0);
            Local loss = context.Code.Local("loss", ElementMath.Constant(type, 0)), weight = context.Code.Local("weight", ElementMath.Constant(type, 0));
            Expression target = context.Math.Once(context.Load(targets, place));
            Expression isCounted = context.Attributes.Has("ignore_index") ? target.IsNot(Fold.Constant(target.Type, context.Attributes.Integer("ignore_index", 0))) : 1;
            context.Code.If(isCounted, () =>
            {
                Expression chosen = Class(context, target, classes);
                Expression score = context.Load(scores, start + chosen * inner);
                context.Code.Assign(weight, context.HasInput(2) ? context.Load(context.Input(2), chosen) : ElementMath.Constant(type, 1));
                Expression plain = isCrossEntropy ? context.Math.Subtract(type, normaliser, score) : ElementMath.Negate(type, score);
                context.Code.Assign(loss, context.HasInput(2) ? context.Math.Multiply(type, plain, weight) : plain);
            });
            if (reduction == "none") context.Store(output, place, loss);
            else context.Code.Assign(total, context.Math.Add(type, total, loss));
            if (reduction == "mean") context.Code.Assign(totalWeight, context.Math.Add(type, totalWeight, weight));
        });
        if (reduction != "none") context.Store(output, 0, reduction == "mean" ? context.Math.Divide(type, total, totalWeight) : total);
    }

    // log Σ e^score over the classes; also writes the log of the softmax, if the node has that output.
    static Expression Normaliser(LoweringContext context, TensorView scores, Expression start, int stride)
    {
        ElementMath math = context.Math;
        ElementType type = scores.Type;
        int classes = scores.Shape[1];
        Local best = context.Code.Local("best", math.OrderKey(type, ElementMath.Lowest(type), nanIsHighest: true));
        context.Code.For("k", 0, classes, k =>
        {
            Expression key = math.Once(math.OrderKey(type, context.Load(scores, start + k * stride), nanIsHighest: true));
            context.Code.If(best < key, () => context.Code.Assign(best, key));
        });
        Expression largest = math.Once(math.FromOrderKey(type, best));
        Local sum = context.Code.Local("sum", ElementMath.Constant(type, 0));
        context.Code.For("k", 0, classes, k => context.Code.Assign(sum,
            math.Add(type, sum, ElementMath.Exp(type, math.Subtract(type, context.Load(scores, start + k * stride), largest)))));
        Expression normaliser = math.Once(math.Add(type, ElementMath.Log(type, sum), largest));
        if (context.HasOutput(1))
            context.Code.For("k", 0, classes, k =>
                context.Store(context.Output(1), start + k * stride, math.Subtract(type, context.Load(scores, start + k * stride), normaliser)));
        return normaliser;
    }

    static Expression Class(LoweringContext context, Expression target, int classes)
    {
        context.Code.If(target.IsBelow(Fold.Constant(target.Type, classes)).Not(), () =>
            context.Code.Fail(Indices.OutOfRangeExitCode, $"{context.Node.Name}: a target is not in [0, {classes})"));
        return context.Math.Once(target.Type == ScalarType.Int64 ? target.Low() : target);
    }

    static string ReductionOf(NodeAttributes attributes) => attributes.Text("reduction", "mean");
}
