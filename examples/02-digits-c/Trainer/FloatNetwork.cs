using Zkml.Examples.Training;
using System.Numerics;

namespace Zkml.Examples.Digits.Trainer;

/// <summary>
/// The network in floating point: 784 inputs in [0, 1], one hidden layer with ReLU, 10 logits. Trained by Adam on the cross entropy.
/// Sums run over whole rows of weights, so the result does not depend on the width of the machine's vectors.
/// </summary>
public sealed class FloatNetwork
{
    /// <summary>The number of logits.</summary>
    public const int OutputCount = 10;

    const float FirstDecay = 0.9f, SecondDecay = 0.999f, Epsilon = 1e-8f;

    readonly Parameters _hiddenWeights, _hiddenBias, _outputWeights, _outputBias;
    readonly float[] _hidden, _hiddenGradient;
    readonly float[] _logits = new float[OutputCount];
    int _steps;

    /// <summary>Random weights from a seed (He initialisation); the number of hidden neurons is a multiple of 8.</summary>
    public FloatNetwork(int hiddenCount, Random random)
    {
        HiddenCount = hiddenCount;
        _hiddenWeights = new(LabelledImages.PixelCount * hiddenCount);
        _hiddenBias = new(hiddenCount);
        _outputWeights = new(hiddenCount * OutputCount);
        _outputBias = new(OutputCount);
        _hidden = new float[hiddenCount];
        _hiddenGradient = new float[hiddenCount];
        _hiddenWeights.Randomize(random, Math.Sqrt(2.0 / LabelledImages.PixelCount));
        _outputWeights.Randomize(random, Math.Sqrt(2.0 / hiddenCount));
    }

    /// <summary>The number of hidden neurons.</summary>
    public int HiddenCount { get; }

    /// <summary>[784 × hidden], row-major.</summary>
    public ReadOnlySpan<float> HiddenWeights => _hiddenWeights.Values;

    /// <summary>[hidden].</summary>
    public ReadOnlySpan<float> HiddenBias => _hiddenBias.Values;

    /// <summary>[hidden × 10], row-major.</summary>
    public ReadOnlySpan<float> OutputWeights => _outputWeights.Values;

    /// <summary>[10].</summary>
    public ReadOnlySpan<float> OutputBias => _outputBias.Values;

    /// <summary>The logits [10] of one image [784]; the span is reused by the next call.</summary>
    public ReadOnlySpan<float> Evaluate(ReadOnlySpan<byte> pixels)
    {
        HiddenBias.CopyTo(_hidden);
        for (int i = 0; i < pixels.Length; i++)
        {
            if (pixels[i] != 0) AddScaled(_hidden, HiddenWeights.Slice(i * HiddenCount, HiddenCount), pixels[i] / 255f);
        }
        OutputBias.CopyTo(_logits);
        for (int i = 0; i < HiddenCount; i++)
        {
            _hidden[i] = MathF.Max(_hidden[i], 0);
            if (_hidden[i] > 0) AddScaled(_logits, OutputWeights.Slice(i * OutputCount, OutputCount), _hidden[i]);
        }
        return _logits;
    }

    /// <summary>Adds the gradient of one image's cross entropy, with smoothed labels, and returns the cross entropy in nats.</summary>
    public double Learn(ReadOnlySpan<byte> pixels, int label, float smoothing)
    {
        Evaluate(pixels);
        Span<float> gradient = stackalloc float[OutputCount];
        double loss = Softmax(_logits, gradient, label);
        for (int i = 0; i < OutputCount; i++) gradient[i] -= smoothing / OutputCount + (i == label ? 1 - smoothing : 0);
        AddScaled(_outputBias.Gradients, gradient, 1);
        for (int i = 0; i < HiddenCount; i++)
        {
            _hiddenGradient[i] = 0;
            if (_hidden[i] <= 0) continue;
            for (int j = 0; j < OutputCount; j++) _hiddenGradient[i] += gradient[j] * OutputWeights[i * OutputCount + j];
            AddScaled(_outputWeights.Gradients.AsSpan(i * OutputCount, OutputCount), gradient, _hidden[i]);
        }
        AddScaled(_hiddenBias.Gradients, _hiddenGradient, 1);
        for (int i = 0; i < pixels.Length; i++)
        {
            if (pixels[i] != 0) AddScaled(_hiddenWeights.Gradients.AsSpan(i * HiddenCount, HiddenCount), _hiddenGradient, pixels[i] / 255f);
        }
        return loss;
    }

    /// <summary>One step of Adam along the gradients added since the last one, which are then forgotten.</summary>
    public void Step(float learningRate, int batchSize)
    {
        _steps++;
        float first = (float)(1 - Math.Pow(FirstDecay, _steps)), second = (float)(1 - Math.Pow(SecondDecay, _steps));
        foreach (Parameters parameters in (ReadOnlySpan<Parameters>)[_hiddenWeights, _hiddenBias, _outputWeights, _outputBias])
            parameters.Step(learningRate / first, 1 / second, 1f / batchSize);
    }

    static double Softmax(ReadOnlySpan<float> logits, Span<float> probabilities, int label)
    {
        float maximum = logits[0], sum = 0;
        foreach (float logit in logits) maximum = MathF.Max(maximum, logit);
        for (int i = 0; i < logits.Length; i++) sum += probabilities[i] = MathF.Exp(logits[i] - maximum);
        for (int i = 0; i < logits.Length; i++) probabilities[i] /= sum;
        return -Math.Log(Math.Max(probabilities[label], 1e-12));
    }

    static void AddScaled(Span<float> target, ReadOnlySpan<float> source, float scale)
    {
        int i = 0;
        Vector<float> factor = new(scale);
        for (; i + Vector<float>.Count <= source.Length; i += Vector<float>.Count)
            (new Vector<float>(target[i..]) + factor * new Vector<float>(source[i..])).CopyTo(target[i..]);
        for (; i < source.Length; i++) target[i] += scale * source[i];
    }

    sealed class Parameters(int count)
    {
        readonly float[] _means = new float[count];
        readonly float[] _squares = new float[count];

        public float[] Values { get; } = new float[count];

        public float[] Gradients { get; } = new float[count];

        public void Randomize(Random random, double deviation)
        {
            foreach (ref float value in Values.AsSpan())
            {
                // Box–Muller: a normal deviate of two uniform ones.
                double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = 2 * Math.PI * random.NextDouble();
                value = (float)(deviation * radius * Math.Cos(angle));
            }
        }

        public void Step(float rate, float squareScale, float gradientScale)
        {
            for (int i = 0; i < Values.Length; i++)
            {
                float gradient = Gradients[i] * gradientScale;
                Gradients[i] = 0;
                _means[i] = FirstDecay * _means[i] + (1 - FirstDecay) * gradient;
                _squares[i] = SecondDecay * _squares[i] + (1 - SecondDecay) * gradient * gradient;
                Values[i] -= rate * _means[i] / (MathF.Sqrt(_squares[i] * squareScale) + Epsilon);
            }
        }
    }
}
