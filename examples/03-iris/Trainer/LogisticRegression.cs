using Zkml.Examples.Training;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Examples.Training.OnnxModelBuilder;

namespace Zkml.Examples.Iris.Trainer;

/// <summary>Multinomial logistic regression: one linear score for each species, trained on the cross entropy.</summary>
public sealed class LogisticRegression
{
    const int Steps = 2000;
    const float LargestRate = 0.05f;

    readonly Variable _weights, _bias;

    /// <summary>Trains from zero on all flowers at once.</summary>
    public LogisticRegression(Flower[] flowers)
    {
        (_weights, _bias) = (new(Flowers.FeatureCount, Flowers.Species.Count), new(Flowers.Species.Count));
        Adam adam = new(_weights, _bias);
        Variable features = Variable.Of([.. flowers.SelectMany(flower => flower.Features)], flowers.Length, Flowers.FeatureCount);
        int[] labels = [.. flowers.Select(flower => flower.Species)];
        for (int step = 0; step < Steps; step++)
        {
            Tape tape = new();
            tape.Learn(Evaluate(tape, features), labels, 0);
            adam.Step(Adam.CosineRate(LargestRate, step, Steps));
        }
    }

    /// <summary>The species with the largest score; the first of equals.</summary>
    public int Classify(float[] features)
    {
        float[] scores = Evaluate(new(), Variable.Of(features, 1, Flowers.FeatureCount)).Values;
        return scores.AsSpan().IndexOf(scores.Max());
    }

    /// <summary>The regression as an ONNX file: "features" [1 × 4], "label" int64 [1], "probabilities" [1 × 3].</summary>
    public byte[] Export()
    {
        OnnxModelBuilder model = new("iris-logistic");
        model.Input("features", ElementType.Float32, 1, Flowers.FeatureCount);
        // The operator keeps one row of coefficients for each class.
        float[] coefficients = new float[_weights.Count];
        for (int i = 0; i < coefficients.Length; i++)
            coefficients[i] = _weights.Values[i % Flowers.FeatureCount * Flowers.Species.Count + i / Flowers.FeatureCount];
        model.MachineLearningNode("LinearClassifier", "regression", ["features"], ["label", "probabilities"],
            Floats("coefficients", coefficients), Floats("intercepts", _bias.Values), Integers("classlabels_ints", 0, 1, 2), Text("post_transform", "SOFTMAX"));
        model.Output("label", ElementType.Int64, [1], Flowers.Species);
        model.Output("probabilities", ElementType.Float32, [1, Flowers.Species.Count], Flowers.Species);
        return model.Build();
    }

    Variable Evaluate(Tape tape, Variable features) => tape.Add(tape.MatMul(features, _weights), _bias);
}
