namespace Zkml.Examples.Training;

/// <summary>Adam (Kingma and Ba 2015) over a fixed set of variables.</summary>
public sealed class Adam(params Variable[] variables)
{
    const float FirstDecay = 0.9f, SecondDecay = 0.999f, Epsilon = 1e-8f;

    readonly float[][] _means = [.. variables.Select(variable => new float[variable.Count])];
    readonly float[][] _squares = [.. variables.Select(variable => new float[variable.Count])];
    int _steps;

    /// <summary>The learning rate of a step: it falls from the largest along half a cosine.</summary>
    public static float CosineRate(float largest, int step, int steps) => largest * (float)(0.5 + 0.5 * Math.Cos(Math.PI * step / steps));

    /// <summary>One step along the gradients, which are then forgotten.</summary>
    public void Step(float rate)
    {
        _steps++;
        float first = rate / (float)(1 - Math.Pow(FirstDecay, _steps)), second = 1 / (float)(1 - Math.Pow(SecondDecay, _steps));
        for (int v = 0; v < variables.Length; v++)
        {
            (float[] values, float[] gradients) = (variables[v].Values, variables[v].Gradients);
            (float[] means, float[] squares) = (_means[v], _squares[v]);
            for (int i = 0; i < values.Length; i++)
            {
                means[i] = FirstDecay * means[i] + (1 - FirstDecay) * gradients[i];
                squares[i] = SecondDecay * squares[i] + (1 - SecondDecay) * gradients[i] * gradients[i];
                values[i] -= first * means[i] / (MathF.Sqrt(squares[i] * second) + Epsilon);
            }
            Array.Clear(gradients);
        }
    }
}
