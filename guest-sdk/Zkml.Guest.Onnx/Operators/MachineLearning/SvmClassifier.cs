using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Neural;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>
/// A support vector classifier: one vote for each pair of classes, optionally coupled probabilities; or, without support vectors, one linear
/// score for each class. Ties and the scores of two classes follow ONNX Runtime.
/// </summary>
internal sealed class SvmClassifier : Operator
{
    const double AllPositiveThreshold = 0.5;

    sealed record Model(ClassLabels Labels, int[] VectorsPerClass, int Columns, bool HasProbability, PostTransformKind Transform)
    {
        public int Classes => Labels.Count;

        public int Vectors => VectorsPerClass.Sum();

        public int Pairs => Classes * (Classes - 1) / 2;

        public bool IsLinear => Vectors == 0;

        // Scores before the second class of a binary machine is added.
        public int Scores => IsLinear || HasProbability ? Classes : Pairs;

        public int Width => IsLinear || HasProbability || Classes > 2 ? Scores : 2;
    }

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        (int rows, int columns) = context.RowsOfInput();
        Model model = ModelOf(context.Attributes, columns);
        model.Labels.SetOutputs(context, rows, model.Width, ElementType.Float32);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0);
        (int rows, int columns) = Rows.Of(x.Shape);
        Model model = ModelOf(context.Attributes, columns);
        TensorView scores = context.Wide("scores", ElementType.Float32, Math.Max(model.Width, model.Scores));
        TensorView votes = context.Scratch("votes", ElementType.Int32, new(model.Classes));
        TensorView pairs = model.HasProbability ? context.Wide("pairs", ElementType.Float32, model.Pairs) : scores;
        FunctionBuilder code = context.Code;
        code.For("row", 0, rows, row =>
        {
            Local first = code.Local("first", row * columns), label = code.Local("label", ScalarType.Int64);
            if (model.IsLinear)
            {
                AppendLinear(context, model, x, first, scores);
                Local best = LinearClassifier.Largest(context, scores, model.Classes);
                code.Assign(label, model.Classes == 2 ? BinaryLabel(context, model, context.At(scores, best).Keep("highest"), best) : model.Labels.ValueOf(context, best));
            }
            else
            {
                AppendPairs(context, model, x, first, pairs, votes);
                if (model.HasProbability) PairwiseProbability.Append(context, model.Classes, pairs, scores);
                code.Assign(label, model.Labels.ValueOf(context, MostVotes(context, votes)));
            }
            AppendTransform(context, model, scores);
            if (context.HasOutput(0)) code.Store(context.Output(0).Buffer, row, label);
            if (context.HasOutput(1)) code.For("score", 0, model.Width, i => context.Put(context.Output(1), row * model.Width + i, context.At(scores, i)));
        });
    }

    static Model ModelOf(NodeAttributes attributes, int columns)
    {
        ClassLabels labels = ClassLabels.Read(attributes, "classlabels_ints", "classlabels_strings");
        long[] perClass = attributes.Integers("vectors_per_class") ?? [];
        foreach (long count in perClass) Require(count is >= 0 and < int.MaxValue / 2, $"vectors_per_class: expected at least 0, got {count}");
        Require(perClass.Sum() < int.MaxValue && labels.Count is >= 1 and <= ushort.MaxValue, $"classes: expected 1 to {ushort.MaxValue}, got {labels.Count}");
        float[] probabilities = attributes.Floats("prob_a") ?? [];
        Model model = new(labels, [.. perClass.Select(count => (int)count)], columns, probabilities.Length > 0 && perClass.Sum() > 0, PostTransform.Read(attributes));
        int coefficients = (attributes.Floats("coefficients") ?? []).Length, rho = (attributes.Floats("rho") ?? []).Length;
        Kernel.Read(attributes, !model.IsLinear);
        if (model.IsLinear)
        {
            Require(coefficients == (long)labels.Count * columns && rho >= 1, $"coefficients: expected {labels.Count} rows of {columns} and a rho, got {coefficients} and {rho}");
            return model;
        }
        Require(labels.Count >= 2 && perClass.Length == labels.Count, $"vectors_per_class: expected {labels.Count} and at least 2, got {perClass.Length}");
        Require(coefficients == (long)(labels.Count - 1) * model.Vectors, $"coefficients: expected {labels.Count - 1} rows of {model.Vectors}, got {coefficients} values");
        int values = (attributes.Floats("support_vectors") ?? []).Length;
        Require(values == (long)model.Vectors * columns, $"support_vectors: expected {model.Vectors} of {columns} features, got {values} values");
        Require(rho >= model.Pairs, $"rho: expected {model.Pairs}, got {rho}");
        int second = (attributes.Floats("prob_b") ?? []).Length;
        Require(!model.HasProbability || (probabilities.Length >= model.Pairs && second >= model.Pairs), $"prob_a and prob_b: expected {model.Pairs}, got {probabilities.Length} and {second}");
        return model;
    }

    static void AppendLinear(LoweringContext context, Model model, TensorView x, Expression first, TensorView scores)
    {
        TensorView coefficients = context.FloatTable("coefficients");
        Kernel kernel = Kernel.Read(context.Attributes, hasVectors: false);
        float rho = context.Attributes.Floats("rho")![0];
        context.Code.For("class", 0, model.Classes, i =>
        {
            Number sum = kernel.Apply(context, x, first, coefficients, i * model.Columns, model.Columns);
            context.Put(scores, i, sum + sum.Of(rho));
        });
    }

    // The decision of every pair of classes (i, j), and a vote for the winner.
    static void AppendPairs(LoweringContext context, Model model, TensorView x, Expression first, TensorView pairs, TensorView votes)
    {
        FunctionBuilder code = context.Code;
        TensorView vectors = context.FloatTable("support_vectors"), coefficients = context.FloatTable("coefficients"), rho = context.FloatTable("rho");
        TensorView kernels = context.Wide("kernels", ElementType.Float32, model.Vectors);
        Kernel kernel = Kernel.Read(context.Attributes, hasVectors: true);
        int[] starts = new int[model.Classes];
        for (int i = 1; i < starts.Length; i++) starts[i] = starts[i - 1] + model.VectorsPerClass[i - 1];
        LoopBuffer begins = Table("starts", starts), counts = Table("counts", model.VectorsPerClass);
        code.For("vector", 0, model.Vectors, i => context.Put(kernels, i, kernel.Apply(context, x, first, vectors, i * model.Columns, model.Columns)));
        code.For("class", 0, model.Classes, i => code.Store(votes.Buffer, i, 0));
        Local pair = code.Local("pair", Fold.Constant(ScalarType.Int32, 0));
        code.For("i", 0, model.Classes - 1, i => code.For("j", i + 1, model.Classes, j =>
        {
            // ONNX Runtime sums in double.
            Number sum = context.Constant(ElementType.Float64, 0).Variable("sum");
            AppendSum(i, j - 1);
            AppendSum(j, i);
            sum.Assign(sum + context.At(rho, pair).To(ElementType.Float64));
            context.Put(pairs, pair, sum.To(ElementType.Float32));
            Local winner = code.Local("winner", Expression.Select(sum > sum.Of(0), i, j));
            code.Store(votes.Buffer, winner, Expression.Load(votes.Buffer, winner) + 1);
            code.Assign(pair, pair + 1);

            void AppendSum(Expression own, Expression row)
            {
                Local begin = code.Local("begin", Expression.Load(begins, own)), weights = code.Local("weights", row * model.Vectors);
                code.For("vector", begin, begin + Expression.Load(counts, own), v =>
                    sum.Assign(sum + (context.At(coefficients, weights + v) * context.At(kernels, v)).To(ElementType.Float64)));
            }
        }));

        LoopBuffer Table(string name, int[] values) => context.Constant(name, Tensor.Of<int>(ElementType.Int32, new(values.Length), values)).Buffer;
    }

    static Local MostVotes(LoweringContext context, TensorView votes)
    {
        FunctionBuilder code = context.Code;
        Local best = code.Local("best", Fold.Constant(ScalarType.Int32, 0)), most = code.Local("most", Expression.Load(votes.Buffer, 0));
        code.For("class", 1, votes.Shape.Count, i =>
        {
            Local count = code.Local("count", Expression.Load(votes.Buffer, i));
            code.If(count > most, () =>
            {
                code.Assign(best, i);
                code.Assign(most, count);
            });
        });
        return best;
    }

    static Expression BinaryLabel(LoweringContext context, Model model, Number highest, Local best)
    {
        bool isAllPositive = context.Attributes.Floats("coefficients")!.All(value => value >= 0);
        Expression isSecond = isAllPositive ? highest >= highest.Of(AllPositiveThreshold) : highest > highest.Of(0);
        return Expression.Select(isSecond, model.Labels.ValueOf(1), model.Labels.ValueOf(context, best));
    }

    static void AppendTransform(LoweringContext context, Model model, TensorView scores)
    {
        if (model.Scores > 1 || model.Transform == PostTransformKind.Probit) PostTransform.Apply(context, model.Transform, scores, model.Scores);
        if (model.Width == model.Scores) return;
        // The only score of two classes: its negation, or its complement where a transform is asked for.
        Number score = context.At(scores, 0).Keep("score");
        context.Put(scores, 1, score);
        context.Put(scores, 0, model.Transform == PostTransformKind.None ? -score : score.Of(1) - score);
    }
}
