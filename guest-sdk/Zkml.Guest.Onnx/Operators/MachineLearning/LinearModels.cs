using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Neural;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>Scores X · coefficients + intercepts; the label is that of the highest score before the post-transform, as in ONNX Runtime.</summary>
internal sealed class LinearClassifier : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        (int rows, int columns) = context.RowsOfInput();
        (float[] coefficients, int classes) = LinearRegressor.Coefficients(context.Attributes, columns, null);
        ClassLabels labels = LabelsOf(context.Attributes);
        Require(classes == 1 || labels.Count == classes, $"class labels: expected {classes} for {coefficients.Length} coefficients of {columns} features, got {labels.Count}");
        PostTransform.Read(context.Attributes);
        labels.SetOutputs(context, rows, HasSecondClass(labels, classes) ? 2 : classes, ElementType.Float32);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0);
        (int rows, int columns) = Rows.Of(x.Shape);
        (float[] coefficients, int classes) = LinearRegressor.Coefficients(context.Attributes, columns, null);
        ClassLabels labels = LabelsOf(context.Attributes);
        PostTransformKind transform = PostTransform.Read(context.Attributes);
        bool hasSecond = HasSecondClass(labels, classes);
        int width = hasSecond ? 2 : classes;
        TensorView scores = context.Wide("scores", ElementType.Float32, width);
        FunctionBuilder code = context.Code;
        code.For("row", 0, rows, row =>
        {
            LinearRegressor.AppendScores(context, coefficients, classes, x, row * columns, scores);
            Expression label;
            if (classes == 1)
            {
                Number score = context.At(scores, 0).Keep("score");
                bool isNamed = labels.Count == 2;
                label = Expression.Select(score > score.Of(0), isNamed ? labels.ValueOf(1) : 1L, isNamed ? labels.ValueOf(0) : 0L);
                if (transform == PostTransformKind.Probit) PostTransform.Apply(context, transform, scores, 1);
                if (hasSecond)
                {
                    Number final = context.At(scores, 0).Keep("final");
                    context.Put(scores, 1, final);
                    context.Put(scores, 0, final.Of(1) - final);
                }
            }
            else
            {
                label = labels.ValueOf(context, Largest(context, scores, classes));
                PostTransform.Apply(context, transform, scores, classes);
            }
            if (context.HasOutput(0)) code.Store(context.Output(0).Buffer, row, label);
            if (context.HasOutput(1)) code.For("class", 0, width, i => context.Put(context.Output(1), row * width + i, context.At(scores, i)));
        });
    }

    /// <summary>The index of the first highest score.</summary>
    public static Local Largest(LoweringContext context, TensorView scores, int count)
    {
        FunctionBuilder code = context.Code;
        Local best = code.Local("best", Fold.Constant(ScalarType.Int32, 0));
        Number highest = context.At(scores, 0).Variable("highest");
        code.For("class", 1, count, i =>
        {
            Number score = context.At(scores, i).Keep("score");
            code.If(score > highest, () =>
            {
                code.Assign(best, i);
                highest.Assign(score);
            });
        });
        return best;
    }

    static ClassLabels LabelsOf(NodeAttributes attributes)
    {
        ClassLabels labels = ClassLabels.Read(attributes, "classlabels_ints", "classlabels_strings");
        return labels.Count == 1 && labels.IsText ? new([], ["0", "1"]) : labels;
    }

    static bool HasSecondClass(ClassLabels labels, int classes) => classes == 1 && labels.Count == 2;
}

/// <summary>Y = X · coefficients + intercepts for each target.</summary>
internal sealed class LinearRegressor : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        (int rows, int columns) = context.RowsOfInput();
        (_, int targets) = Coefficients(context.Attributes, columns, context.Attributes.Int32("targets", 1));
        PostTransform.Read(context.Attributes);
        context.SetOutput(0, ElementType.Float32, ShapeOf(rows, targets));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), y = context.Output(0);
        (int rows, int columns) = Rows.Of(x.Shape);
        (float[] coefficients, int targets) = Coefficients(context.Attributes, columns, y.Shape[1]);
        PostTransformKind transform = PostTransform.Read(context.Attributes);
        TensorView scores = context.Wide("scores", ElementType.Float32, targets);
        context.Code.For("row", 0, rows, row =>
        {
            AppendScores(context, coefficients, targets, x, row * columns, scores);
            if (targets > 1 || transform == PostTransformKind.Probit) PostTransform.Apply(context, transform, scores, targets);
            context.Code.For("target", 0, targets, i => context.Put(y, row * targets + i, context.At(scores, i)));
        });
    }

    /// <summary>The coefficients [targets × columns] and the number of targets, which is <paramref name="wanted"/> where that is given.</summary>
    public static (float[] Coefficients, int Targets) Coefficients(NodeAttributes attributes, int columns, int? wanted)
    {
        float[] coefficients = attributes.Floats("coefficients") ?? [];
        int targets = wanted ?? (columns == 0 ? 0 : coefficients.Length / columns);
        Require(targets >= 1 && (long)targets * columns == coefficients.Length, $"coefficients: expected a multiple of {columns} features{(wanted == null ? "" : $" for {wanted} targets")}, got {coefficients.Length}");
        float[] intercepts = attributes.Floats("intercepts") ?? [];
        Require(intercepts.Length == 0 || intercepts.Length == targets, $"intercepts: expected {targets}, got {intercepts.Length}");
        return (coefficients, targets);
    }

    /// <summary>Fills <paramref name="scores"/> with the sums of one row.</summary>
    public static void AppendScores(LoweringContext context, float[] coefficients, int targets, TensorView x, Expression first, TensorView scores)
    {
        FunctionBuilder code = context.Code;
        int columns = coefficients.Length / targets;
        TensorView table = context.Table("coefficients", ElementType.Float32, [.. coefficients.Select(value => (double)value)]);
        float[] intercepts = context.Attributes.Floats("intercepts") ?? [];
        TensorView? added = intercepts.Length == 0 ? null : context.Table("intercepts", ElementType.Float32, [.. intercepts.Select(value => (double)value)]);
        Local row = code.Local("first", first);
        code.For("target", 0, targets, target =>
        {
            Local weights = code.Local("weights", target * columns);
            Number sum = context.Constant(ElementType.Float32, 0).Variable("sum");
            code.For("feature", 0, columns, i => sum.Assign(sum + context.Feature(x, row + i).To(ElementType.Float32) * context.At(table, weights + i)));
            context.Put(scores, target, added == null ? sum : sum + context.At(added, target));
        });
    }
}
