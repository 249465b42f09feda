using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Tests.Elementwise;
using Zkml.Guest.Onnx.Tests.Neural;

namespace Zkml.Guest.Onnx.Tests.MachineLearning;

/// <summary>Linear models and support vector machines against plain evaluations in double.</summary>
[TestFixture]
sealed class LinearModelTests
{
    const int Rows = 12, Features = 3;

    static readonly float[] s_coefficients = [0.5f, -1, 2, 1.5f, 0.25f, -0.75f, -2, 1, 0.5f];

    [TestCase("NONE")]
    [TestCase("SOFTMAX")]
    [TestCase("LOGISTIC")]
    [TestCase("SOFTMAX_ZERO")]
    public void LinearClassifier_ThreeClasses_HasTheLabelOfTheHighestScore(string transform)
    {
        float[] intercepts = [0.1f, -0.2f, 0.3f];
        Tensor x = new Random(1).Floats(Rows, Features);
        Tensor[] y = Runner("LinearClassifier").Outputs(2).With("coefficients", s_coefficients).With("intercepts", intercepts)
            .With("classlabels_ints", new long[] { 7, 5, 9 }).With("post_transform", transform).Run(x);
        for (int row = 0; row < Rows; row++)
        {
            double[] scores = [.. Enumerable.Range(0, 3).Select(c => intercepts[c] + Dot(x, row, s_coefficients.AsSpan(3 * c, 3).ToArray()))];
            Assert.That(y[0].IntegerAt(row), Is.EqualTo(new[] { 7, 5, 9 }[Array.IndexOf(scores, scores.Max())]));
            for (int c = 0; c < 3; c++) Assert.That(y[1].NumberAt(3 * row + c), Is.EqualTo(Transformed(scores, c, transform)).Within(1e-5));
        }
    }

    [Test]
    public void LinearClassifier_OneScoreForTwoLabels_AddsTheComplement()
    {
        Tensor x = Tensor.Of<long>(ElementType.Int64, new(2, Features), 1, 2, 3, -1, 0, -3);
        Tensor[] y = Runner("LinearClassifier").Outputs(2).With("coefficients", s_coefficients[..3]).With("intercepts", new[] { 0.25f }).With("classlabels_strings", new[] { "no", "yes" }).Run(x);
        Assert.That(y[0].ToIntegers(), Is.EqualTo(new long[] { 1, 0 }));
        Assert.That(y[1].Numbers(), Is.EqualTo(new[] { 1 - 4.75, 4.75, 1 + 6.25, -6.25 }));
    }

    [Test]
    public void LinearRegressor_TwoTargets_IsTheProduct()
    {
        Tensor x = new Random(2).Floats(Rows, Features);
        Tensor y = Runner("LinearRegressor").With("coefficients", s_coefficients[..6]).With("intercepts", new[] { 1f, 2f }).With("targets", 2L).Run(x)[0];
        for (int i = 0; i < y.Shape.Count; i++)
            Assert.That(y.NumberAt(i), Is.EqualTo(1 + i % 2 + Dot(x, i / 2, s_coefficients.AsSpan(3 * (i % 2), 3).ToArray())).Within(1e-5));
    }

    [TestCase("LINEAR")]
    [TestCase("POLY")]
    [TestCase("RBF")]
    [TestCase("SIGMOID")]
    public void SvmRegressor_Kernels_IsTheWeightedSum(string kernel)
    {
        Tensor x = new Random(3).Floats(Rows, Features);
        Tensor y = Runner("SVMRegressor").With("kernel_type", kernel).With("kernel_params", new[] { 0.5f, 0.25f, 3f }).With("n_supports", 2L)
            .With("support_vectors", s_coefficients[..6]).With("coefficients", new[] { 1.5f, -2f }).With("rho", new[] { 0.125f }).Run(x)[0];
        for (int row = 0; row < Rows; row++)
            Assert.That(y.NumberAt(row), Is.EqualTo(1.5 * Kernel(kernel, x, row, 0) - 2 * Kernel(kernel, x, row, 1) + 0.125).Within(1e-4));
    }

    [Test]
    public void SvmClassifier_PairsOfThreeClasses_TakesTheMostVotes()
    {
        // One support vector a class: the coefficients of class i against j stand in row j − 1 for j > i, else in row j.
        float[] vectors = [1, 0, 0, 0, 1, 0, 0, 0, 1], coefficients = [1, -1, -1, 1, 1, -1], rho = [0.1f, -0.2f, 0.05f];
        Tensor x = new Random(4).Floats(Rows, Features);
        Tensor[] y = Runner("SVMClassifier").Outputs(2).With("kernel_type", "RBF").With("kernel_params", new[] { 0.8f, 0f, 3f }).With("vectors_per_class", new long[] { 1, 1, 1 })
            .With("support_vectors", vectors).With("coefficients", coefficients).With("rho", rho).With("classlabels_ints", new long[] { 10, 20, 30 }).Run(x);
        for (int row = 0; row < Rows; row++)
        {
            double[] k = [.. Enumerable.Range(0, 3).Select(c => Math.Exp(-0.8f * Enumerable.Range(0, 3).Sum(i => Math.Pow(x.NumberAt(3 * row + i) - vectors[3 * c + i], 2))))];
            double[] pairs = [k[0] - k[1] + rho[0], k[0] - k[2] + rho[1], k[1] - k[2] + rho[2]];
            int[] votes = new int[3];
            votes[pairs[0] > 0 ? 0 : 1]++;
            votes[pairs[1] > 0 ? 0 : 2]++;
            votes[pairs[2] > 0 ? 1 : 2]++;
            Assert.That(y[1].Numbers().AsSpan(3 * row, 3).ToArray(), Is.EqualTo(pairs).Within(1e-5), $"row {row}");
            Assert.That(y[0].IntegerAt(row), Is.EqualTo(10 * (Array.IndexOf(votes, votes.Max()) + 1)), $"row {row}");
        }
    }

    [Test]
    public void SvmClassifier_Probabilities_SumToOneAndFollowThePair()
    {
        Tensor x = new Random(5).Floats(Rows, Features);
        Tensor[] y = Runner("SVMClassifier").Outputs(2).With("kernel_type", "LINEAR").With("kernel_params", new[] { 0f, 0f, 0f }).With("vectors_per_class", new long[] { 1, 1 })
            .With("support_vectors", s_coefficients[..6]).With("coefficients", new[] { 1f, -1f }).With("rho", new[] { 0.1f }).With("prob_a", new[] { -1.5f }).With("prob_b", new[] { 0.2f })
            .With("classlabels_ints", new long[] { 0, 1 }).Run(x);
        for (int row = 0; row < Rows; row++)
        {
            double decision = Dot(x, row, s_coefficients[..3]) - Dot(x, row, s_coefficients[3..6]) + 0.1;
            // With two classes coupling leaves the probability of the pair, up to its tolerance.
            Assert.That(y[1].NumberAt(2 * row), Is.EqualTo(1 - 1 / (1 + Math.Exp(1.5 * decision - 0.2))).Within(0.01), $"row {row}");
            Assert.That(y[1].NumberAt(2 * row) + y[1].NumberAt(2 * row + 1), Is.EqualTo(1).Within(1e-5), $"row {row}");
            Assert.That(y[0].IntegerAt(row), Is.EqualTo(decision > 0 ? 0 : 1), $"row {row}");
        }
    }

    [Test]
    public void Models_AttributesThatDoNotFit_AreMalformed()
    {
        Tensor x = new Random(6).Floats(Rows, Features);
        Assert.That(Runner("LinearClassifier").With("coefficients", s_coefficients[..4]).With("classlabels_ints", new long[] { 0, 1 }).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(Runner("LinearClassifier").With("coefficients", s_coefficients).With("classlabels_ints", new long[] { 0, 1 }).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(Runner("LinearRegressor").With("coefficients", s_coefficients).With("targets", 2L).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(Runner("SVMRegressor").With("n_supports", 2L).With("coefficients", s_coefficients).With("rho", new[] { 1f }).Fails(x), Is.EqualTo(OnnxError.Malformed));
        Assert.That(Runner("SVMClassifier").With("coefficients", s_coefficients).With("classlabels_ints", new long[] { 0, 1, 2 }).Fails(x), Is.EqualTo(OnnxError.Malformed));
    }

    static OperatorRunner Runner(string type) => new(type, 1, "ai.onnx.ml");

    static double Dot(Tensor x, int row, float[] weights) => weights.Select((weight, i) => weight * x.NumberAt(Features * row + i)).Sum();

    static double Kernel(string kernel, Tensor x, int row, int vector)
    {
        float[] support = s_coefficients[(3 * vector)..(3 * vector + 3)];
        double dot = Dot(x, row, support);
        return kernel switch
        {
            "POLY" => Math.Pow(0.5 * dot + 0.25, 3),
            "SIGMOID" => Math.Tanh(0.5 * dot + 0.25),
            "RBF" => Math.Exp(-0.5 * support.Select((value, i) => Math.Pow(value - x.NumberAt(Features * row + i), 2)).Sum()),
            _ => dot,
        };
    }

    static double Transformed(double[] scores, int index, string transform) => transform switch
    {
        "NONE" => scores[index],
        "LOGISTIC" => 1 / (1 + Math.Exp(-scores[index])),
        _ => Math.Exp(scores[index]) / scores.Sum(Math.Exp),
    };
}
