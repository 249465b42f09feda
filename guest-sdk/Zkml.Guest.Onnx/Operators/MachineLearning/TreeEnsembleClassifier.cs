using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Neural;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>
/// A forest that votes: sums the weights of the reached leaves by class, in the order of the trees, and gives the label with the highest sum
/// and the transformed sums. Ties, classes without a vote and models with one class follow ONNX Runtime.
/// </summary>
internal sealed class TreeEnsembleClassifier : Operator
{
    const double AllPositiveThreshold = 0.5;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        (int rows, int columns) = context.RowsOfInput();
        ClassLabels labels = LabelsOf(context.Attributes);
        Forest forest = Forest.Read(context.Attributes, "class", labels.Count);
        Require(forest.FeatureCount <= columns, $"input 0: expected at least {forest.FeatureCount} features, got {columns}");
        int bases = Forest.Numbers(context.Attributes, "base_values").Length;
        Require(bases == 0 || bases == labels.Count || (bases == 1 && labels.Count == 2), $"base_values: expected {labels.Count}, got {bases}");
        PostTransform.Read(context.Attributes);
        labels.SetOutputs(context, rows, labels.Count, ElementType.Float32);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0);
        (int rows, int columns) = Rows.Of(x.Shape);
        ElementType type = Rows.Computed(x.Type);
        ClassLabels labels = LabelsOf(context.Attributes);
        Forest forest = Forest.Read(context.Attributes, "class", labels.Count);
        ForestTables tables = new(forest, type, columns);
        LoopBuffer keys = ForestTables.CreateKeys(context, type, columns);
        // Two places where a model of one class gets a second column.
        TensorView scores = context.Wide("scores", type, Math.Max(2, labels.Count));
        LoopBuffer isScored = context.Scratch("scored", ElementType.UInt8, new(Math.Max(2, labels.Count))).Buffer;
        FunctionBuilder code = context.Code;
        code.For("row", 0, rows, row =>
        {
            tables.AppendKeys(context, keys, feature => context.Feature(x, row * columns + feature));
            code.For("clear", 0, scores.Shape.Count, i =>
            {
                context.Put(scores, i, context.Constant(type, 0));
                code.Store(isScored, i, 0);
            });
            tables.AppendWalk(context, keys, (first, end, targets, weights) => code.For("weight", first, end, i =>
            {
                Local target = code.Local("target", Expression.Load(targets, i));
                context.Put(scores, target, context.At(scores, target) + context.At(weights, i));
                code.Store(isScored, target, 1);
            }));
            Local label = code.Local("label", ScalarType.Int64);
            AppendDecision(context, forest, labels, scores, isScored, label);
            if (context.HasOutput(0)) code.Store(context.Output(0).Buffer, row, label);
            if (context.HasOutput(1))
                code.For("class", 0, labels.Count, i => context.Put(context.Output(1), row * labels.Count + i, context.At(scores, i).To(ElementType.Float32)));
        });
    }

    static ClassLabels LabelsOf(NodeAttributes attributes)
    {
        ClassLabels labels = ClassLabels.Read(attributes, "classlabels_int64s", "classlabels_strings");
        Require(labels.Count > 0, $"classlabels_int64s: expected at least one class");
        return labels;
    }

    static void AppendDecision(LoweringContext context, Forest forest, ClassLabels labels, TensorView scores, LoopBuffer isScored, Local label)
    {
        double[] bases = Forest.Numbers(context.Attributes, "base_values");
        PostTransformKind transform = PostTransform.Read(context.Attributes);
        FunctionBuilder code = context.Code;
        if (labels.Count > 2)
        {
            for (int i = 0; i < bases.Length; i++)
            {
                context.Put(scores, i, context.At(scores, i) + context.Constant(scores.Type, bases[i]));
                code.Store(isScored, i, 1);
            }
            code.Assign(label, labels.ValueOf(context, Largest(context, scores, isScored, labels.Count)));
            PostTransform.Apply(context, transform, scores, labels.Count);
            return;
        }
        if (labels.Count == 1)
        {
            Number sum = (context.At(scores, 0) + context.Constant(scores.Type, bases.FirstOrDefault())).Keep("sum");
            code.Assign(label, Expression.Select(sum > sum.Of(0), 1, 0).ToInt64());
            context.Put(scores, 0, transform == PostTransformKind.Probit ? PostTransform.Probit(sum) : sum);
            return;
        }
        if (bases.Length == 2)
        {
            // With a vote for the second class, ONNX Runtime takes the sum of the first one as the only score.
            code.If(Expression.Load(isScored, 1), () =>
            {
                Number positive = (context.Constant(scores.Type, bases[1]) + context.At(scores, 0)).Keep("positive");
                context.Put(scores, 1, positive);
                context.Put(scores, 0, -positive);
            }, () =>
            {
                for (int i = 0; i < 2; i++) context.Put(scores, i, context.At(scores, i) + context.Constant(scores.Type, bases[i]));
            });
            code.Assign(label, Binary(forest, labels, Positive(context, scores, isScored)));
            PostTransform.Apply(context, transform, scores, 2);
            return;
        }
        if (bases.Length == 1) context.Put(scores, 0, context.At(scores, 0) + context.Constant(scores.Type, bases[0]));
        code.Assign(label, Binary(forest, labels, Positive(context, scores, isScored)));
        code.If(Expression.Load(isScored, 1), () => PostTransform.Apply(context, transform, scores, 2), () => AddSecondClass(context, forest, transform, scores));
    }

    static Number Positive(LoweringContext context, TensorView scores, LoopBuffer isScored) =>
        Number.Select(Expression.Load(isScored, 1), context.At(scores, 1), context.At(scores, 0)).Keep("positive");

    // Where all weights are for one class the labels are those of the model, else ONNX Runtime gives 1 and 0.
    static Expression Binary(Forest forest, ClassLabels labels, Number positive) => IsBinary(forest)
        ? Expression.Select(positive > positive.Of(IsAllPositive(forest) ? AllPositiveThreshold : 0), labels.ValueOf(1), labels.ValueOf(0))
        : Expression.Select(positive > positive.Of(0), 1L, 0L);

    // One score becomes two: its complement where it is a probability, else its negation.
    static void AddSecondClass(LoweringContext context, Forest forest, PostTransformKind transform, TensorView scores)
    {
        Number score = context.At(scores, 0).Keep("score");
        if (transform == PostTransformKind.Probit)
        {
            context.Put(scores, 0, PostTransform.Probit(score));
            return;
        }
        bool isProbability = IsBinary(forest) && IsAllPositive(forest), isLogistic = transform == PostTransformKind.Logistic;
        context.Put(scores, 1, isProbability || !isLogistic ? score : PostTransform.Logistic(score));
        context.Put(scores, 0, isProbability ? score.Of(1) - score : isLogistic ? PostTransform.Logistic(-score) : -score);
    }

    static Local Largest(LoweringContext context, TensorView scores, LoopBuffer isScored, int count)
    {
        FunctionBuilder code = context.Code;
        Local best = code.Local("best", -1);
        Number highest = context.Constant(scores.Type, 0).Variable("highest");
        code.For("class", 0, count, i => code.If(Expression.Load(isScored, i), () =>
        {
            Number score = context.At(scores, i).Keep("score");
            code.If((best < 0) | (score > highest), () =>
            {
                code.Assign(best, i);
                highest.Assign(score);
            });
        }));
        code.Assign(best, Expression.Select(best < 0, 0, best));
        return best;
    }

    static bool IsBinary(Forest forest) => forest.Targets == 2 && forest.Nodes.SelectMany(node => node.Weights).Select(weight => weight.Target).Distinct().Count() == 1;

    static bool IsAllPositive(Forest forest) => forest.Nodes.SelectMany(node => node.Weights).All(weight => weight.Weight >= 0);
}
