using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Neural;

namespace Zkml.Guest.Onnx.Operators.MachineLearning;

/// <summary>
/// Class probabilities from the decisions of all pairs of classes: a sigmoid with fitted parameters for each pair, then the coupling of Wu, Lin
/// and Weng ("Probability estimates for multi-class classification by pairwise coupling", method 2), iterated as ONNX Runtime does.
/// </summary>
internal static class PairwiseProbability
{
    const int MaximumRounds = 100;
    const double LowestProbability = 1e-7, Tolerance = 0.005;

    /// <summary>Reads the decisions [pairs] and fills the probabilities [classes].</summary>
    public static void Append(LoweringContext context, int classes, TensorView pairs, TensorView probabilities)
    {
        TensorView r = context.Wide("pairwise", ElementType.Float32, classes * classes), q = context.Wide("coupling", ElementType.Float32, classes * classes);
        TensorView products = context.Wide("products", ElementType.Float32, classes);
        AppendPairwise(context, classes, pairs, r);
        AppendCoupling(context, classes, r, q, probabilities);
        FunctionBuilder code = context.Code;
        Local rounds = code.Local("rounds", Fold.Constant(ScalarType.Int32, 0));
        code.While(rounds < MaximumRounds, () =>
        {
            Number total = context.Constant(ElementType.Float32, 0).Variable("total");
            code.For("i", 0, classes, i =>
            {
                Number sum = total.Of(0).Variable("sum");
                code.For("j", 0, classes, j => sum.Assign(sum + context.At(q, i * classes + j) * context.At(probabilities, j)));
                context.Put(products, i, sum);
                total.Assign(total + context.At(probabilities, i) * sum);
            });
            Number worst = total.Of(0).Variable("worst");
            code.For("i", 0, classes, i =>
            {
                Number error = (context.At(products, i) - total).Abs().Keep("error");
                code.If(error > worst, () => worst.Assign(error));
            });
            code.If(worst < worst.Of(Tolerance / classes), () => code.Assign(rounds, MaximumRounds), () =>
            {
                AppendRound(context, classes, q, probabilities, products, total);
                code.Assign(rounds, rounds + 1);
            });
        });
    }

    static void AppendPairwise(LoweringContext context, int classes, TensorView pairs, TensorView r)
    {
        FunctionBuilder code = context.Code;
        TensorView a = context.FloatTable("prob_a"), b = context.FloatTable("prob_b");
        Local pair = code.Local("pair", Fold.Constant(ScalarType.Int32, 0));
        code.For("i", 0, classes - 1, i => code.For("j", i + 1, classes, j =>
        {
            Number decision = context.At(pairs, pair) * context.At(a, pair) + context.At(b, pair);
            Number raw = (decision.Of(1) - PostTransform.Logistic(decision)).Keep("raw");
            Number bounded = raw.Max(raw.Of(LowestProbability)).Min(raw.Of(1 - (float)LowestProbability)).Keep("bounded");
            context.Put(r, i * classes + j, bounded);
            context.Put(r, j * classes + i, bounded.Of(1) - bounded);
            code.Assign(pair, pair + 1);
        }));
    }

    static void AppendCoupling(LoweringContext context, int classes, TensorView r, TensorView q, TensorView probabilities)
    {
        FunctionBuilder code = context.Code;
        code.For("i", 0, classes, i =>
        {
            Number diagonal = context.Constant(ElementType.Float32, 0).Variable("diagonal");
            context.Put(probabilities, i, diagonal.Of(1.0 / classes));
            code.For("j", 0, classes, j => code.If(i.IsNot(j), () =>
            {
                Number other = context.At(r, j * classes + i).Keep("other");
                diagonal.Assign(diagonal + other * other);
                context.Put(q, i * classes + j, -(other * context.At(r, i * classes + j)));
            }));
            context.Put(q, i * (classes + 1), diagonal);
        });
    }

    static void AppendRound(LoweringContext context, int classes, TensorView q, TensorView probabilities, TensorView products, Number total)
    {
        FunctionBuilder code = context.Code;
        code.For("i", 0, classes, i =>
        {
            Number diagonal = context.At(q, i * (classes + 1)).Keep("diagonal"), product = context.At(products, i).Keep("product");
            Number step = ((total - product) / diagonal).Keep("step"), scale = (step.Of(1) + step).Keep("scale");
            context.Put(probabilities, i, context.At(probabilities, i) + step);
            total.Assign((total + step * (step * diagonal + step.Of(2) * product)) / scale / scale);
            code.For("j", 0, classes, j =>
            {
                context.Put(products, j, (context.At(products, j) + step * context.At(q, i * classes + j)) / scale);
                context.Put(probabilities, j, context.At(probabilities, j) / scale);
            });
        });
    }
}
