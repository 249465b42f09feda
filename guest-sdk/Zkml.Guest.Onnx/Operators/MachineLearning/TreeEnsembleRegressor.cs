using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Neural;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>How the leaves of several trees become one number.</summary>
internal enum Aggregation
{
    /// <summary>Sum over trees, divided by their number.</summary>
    Average,
    /// <summary>Sum over trees.</summary>
    Sum,
    /// <summary>Lowest weight.</summary>
    Min,
    /// <summary>Highest weight.</summary>
    Max,
}

/// <summary>A forest that computes numbers: TreeEnsembleRegressor, and TreeEnsemble of ai.onnx.ml 5.</summary>
internal sealed class TreeEnsembleRegressor(bool isGeneral) : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        (int rows, int columns) = context.RowsOfInput();
        Forest forest = ForestOf(context.Attributes);
        Require(forest.FeatureCount <= columns, $"input 0: expected at least {forest.FeatureCount} features, got {columns}");
        int bases = Forest.Numbers(context.Attributes, "base_values").Length;
        Require(bases == 0 || bases == forest.Targets, $"base_values: expected {forest.Targets}, got {bases}");
        Require(isGeneral ? context.TypeOf(0).IsFloat : true, $"input 0: expected a float type, got {context.TypeOf(0)}");
        AggregationOf(context.Attributes);
        TransformOf(context.Attributes);
        context.SetOutput(0, isGeneral ? context.TypeOf(0) : ElementType.Float32, ShapeOf(rows, forest.Targets));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        (int rows, int columns) = Rows.Of(x.Shape);
        ElementType type = Rows.Computed(x.Type);
        Forest forest = ForestOf(context.Attributes);
        ForestTables tables = new(forest, type, columns);
        LoopBuffer keys = ForestTables.CreateKeys(context, type, columns);
        TensorView scores = context.Wide("scores", type, forest.Targets);
        LoopBuffer isScored = context.Scratch("scored", ElementType.UInt8, new(forest.Targets)).Buffer;
        FunctionBuilder code = context.Code;
        code.For("row", 0, rows, row =>
        {
            tables.AppendKeys(context, keys, feature => context.Feature(x, row * columns + feature));
            code.For("clear", 0, forest.Targets, i =>
            {
                context.Put(scores, i, context.Constant(type, 0));
                code.Store(isScored, i, 0);
            });
            tables.AppendWalk(context, keys, (first, end, targets, weights) => code.For("weight", first, end, i =>
                AppendWeight(context, scores, isScored, code.Local("target", Expression.Load(targets, i)), context.At(weights, i))));
            AppendEnd(context, forest, scores);
            code.For("target", 0, forest.Targets, i => context.Put(y, row * forest.Targets + i, context.At(scores, i).To(y.Type)));
        });
    }

    Forest ForestOf(NodeAttributes attributes)
    {
        if (isGeneral) return Forest.Read(attributes);
        long targets = attributes.Integer("n_targets", 1);
        Require(targets is >= 1 and <= ushort.MaxValue, $"n_targets: expected 1 to {ushort.MaxValue}, got {targets}");
        return Forest.Read(attributes, "target", (int)targets);
    }

    Aggregation AggregationOf(NodeAttributes attributes)
    {
        if (!isGeneral)
        {
            string[] names = ["AVERAGE", "SUM", "MIN", "MAX"];
            return (Aggregation)Array.IndexOf(names, attributes.OneOf("aggregate_function", "SUM", names));
        }
        long value = attributes.Integer("aggregate_function", (long)Aggregation.Sum);
        Require(value is >= 0 and <= (long)Aggregation.Max, $"aggregate_function: expected 0 to 3, got {value}");
        return (Aggregation)value;
    }

    PostTransformKind TransformOf(NodeAttributes attributes)
    {
        if (!isGeneral) return PostTransform.Read(attributes);
        long value = attributes.Integer("post_transform", 0);
        Require(value is >= 0 and <= (long)PostTransformKind.Probit, $"post_transform: expected 0 to 4, got {value}");
        return (PostTransformKind)value;
    }

    void AppendWeight(LoweringContext context, TensorView scores, LoopBuffer isScored, Local target, Number weight)
    {
        Aggregation aggregation = AggregationOf(context.Attributes);
        if (aggregation is Aggregation.Sum or Aggregation.Average)
        {
            context.Put(scores, target, context.At(scores, target) + weight);
            return;
        }
        FunctionBuilder code = context.Code;
        Number kept = weight.Keep("kept"), score = context.At(scores, target).Keep("score");
        Expression isBetter = aggregation == Aggregation.Min ? kept < score : kept > score;
        code.If(Expression.Load(isScored, target).Not() | isBetter, () =>
        {
            context.Put(scores, target, kept);
            code.Store(isScored, target, 1);
        });
    }

    void AppendEnd(LoweringContext context, Forest forest, TensorView scores)
    {
        double[] bases = Forest.Numbers(context.Attributes, "base_values");
        if (AggregationOf(context.Attributes) == Aggregation.Average && forest.Roots.Length > 1)
            context.Code.For("target", 0, forest.Targets, i => context.Put(scores, i, context.At(scores, i) / context.Constant(scores.Type, forest.Roots.Length)));
        if (bases.Length > 0)
        {
            TensorView table = context.Table("bases", scores.Type, bases);
            context.Code.For("target", 0, forest.Targets, i => context.Put(scores, i, context.At(scores, i) + context.At(table, i)));
        }
        // ONNX Runtime transforms a single target by PROBIT only.
        PostTransformKind transform = TransformOf(context.Attributes);
        if (forest.Targets > 1 || transform == PostTransformKind.Probit) PostTransform.Apply(context, transform, scores, forest.Targets);
    }
}
