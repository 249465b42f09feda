namespace Zkml.Examples.Training;

/// <summary>Reverse-mode differentiation: operations compute at once and note how gradients flow back. One tape for one batch.</summary>
public sealed partial class Tape
{
    readonly List<Action> _backward = [];

    /// <summary>a [… × k] · b [k × n], or batched a [batch × m × k] · b [batch × k × n].</summary>
    public Variable MatMul(Variable a, Variable b)
    {
        int k = a.Shape[^1], n = b.Shape[^1];
        int batches = b.Shape.Length == 2 ? 1 : b.Count / (k * n), m = a.Count / k / batches;
        Variable result = new([.. a.Shape[..^1], n]);
        for (int batch = 0; batch < batches; batch++)
            Kernels.MultiplyAdd(Part(a.Values, batch, m * k), Part(b.Values, batch, k * n), Part(result.Values, batch, m * n), m, k, n);
        _backward.Add(() =>
        {
            for (int batch = 0; batch < batches; batch++)
            {
                ReadOnlySpan<float> gradient = Part(result.Gradients, batch, m * n);
                Kernels.MultiplyAdd(gradient, Kernels.Transpose(Part(b.Values, batch, k * n), k, n), Part(a.Gradients, batch, m * k), m, n, k);
                Kernels.TransposedMultiplyAdd(Part(a.Values, batch, m * k), gradient, Part(b.Gradients, batch, k * n), k, m, n);
            }
        });
        return result;
    }

    /// <summary>a + b, where b's shape is the end of a's.</summary>
    public Variable Add(Variable a, Variable b)
    {
        Variable result = new(a.Shape);
        for (int i = 0; i < a.Count; i += b.Count)
            for (int j = 0; j < b.Count; j++) result.Values[i + j] = a.Values[i + j] + b.Values[j];
        _backward.Add(() =>
        {
            Kernels.AddScaled(a.Gradients, result.Gradients, 1);
            for (int i = 0; i < a.Count; i += b.Count) Kernels.AddScaled(b.Gradients, result.Gradients.AsSpan(i, b.Count), 1);
        });
        return result;
    }

    /// <summary>a · factor.</summary>
    public Variable Scale(Variable a, float factor)
    {
        Variable result = new(a.Shape);
        Kernels.AddScaled(result.Values, a.Values, factor);
        _backward.Add(() => Kernels.AddScaled(a.Gradients, result.Gradients, factor));
        return result;
    }

    /// <summary>max(a, 0).</summary>
    public Variable Relu(Variable a)
    {
        Variable result = new(a.Shape);
        for (int i = 0; i < a.Count; i++) result.Values[i] = MathF.Max(a.Values[i], 0);
        _backward.Add(() =>
        {
            for (int i = 0; i < a.Count; i++)
                if (a.Values[i] > 0) a.Gradients[i] += result.Gradients[i];
        });
        return result;
    }

    /// <summary>The same elements under another shape.</summary>
    public Variable Reshape(Variable a, params ReadOnlySpan<int> shape)
    {
        Variable result = Variable.Of(a.Values, shape);
        _backward.Add(() => Kernels.AddScaled(a.Gradients, result.Gradients, 1));
        return result;
    }

    /// <summary>Axes in another order: axis i of the result is axis order[i] of a.</summary>
    public Variable Transpose(Variable a, params int[] order)
    {
        int rank = order.Length;
        int[] strides = new int[rank], shape = new int[rank];
        for (int i = rank - 1, stride = 1; i >= 0; stride *= a.Shape[i--]) strides[i] = stride;
        for (int i = 0; i < rank; i++) shape[i] = a.Shape[order[i]];
        Variable result = new(shape);
        int[] source = new int[a.Count], position = new int[rank];
        for (int i = 0; i < source.Length; i++)
        {
            for (int axis = 0; axis < rank; axis++) source[i] += position[axis] * strides[order[axis]];
            for (int axis = rank - 1; axis >= 0 && ++position[axis] == shape[axis]; axis--) position[axis] = 0;
        }
        for (int i = 0; i < source.Length; i++) result.Values[i] = a.Values[source[i]];
        _backward.Add(() =>
        {
            for (int i = 0; i < source.Length; i++) a.Gradients[source[i]] += result.Gradients[i];
        });
        return result;
    }

    /// <summary>Rows of a table [rows × width] by their indices: [indices × width].</summary>
    public Variable Gather(Variable table, params int[] indices)
    {
        int width = table.Shape[1];
        Variable result = new(indices.Length, width);
        for (int i = 0; i < indices.Length; i++) Part(table.Values, indices[i], width).CopyTo(Part(result.Values, i, width));
        _backward.Add(() =>
        {
            for (int i = 0; i < indices.Length; i++) Kernels.AddScaled(Part(table.Gradients, indices[i], width), Part(result.Gradients, i, width), 1);
        });
        return result;
    }

    /// <summary>Exponentials over their sum, along the last axis.</summary>
    public Variable Softmax(Variable a)
    {
        int width = a.Shape[^1];
        Variable result = new(a.Shape);
        for (int i = 0; i < a.Count; i += width) SoftmaxRow(a.Values.AsSpan(i, width), result.Values.AsSpan(i, width));
        _backward.Add(() =>
        {
            for (int i = 0; i < a.Count; i += width)
            {
                float dot = 0;
                for (int j = i; j < i + width; j++) dot += result.Values[j] * result.Gradients[j];
                for (int j = i; j < i + width; j++) a.Gradients[j] += result.Values[j] * (result.Gradients[j] - dot);
            }
        });
        return result;
    }

    /// <summary>(a − mean) / √(variance + 1e-5) · scale + shift, along the last axis.</summary>
    public Variable LayerNormalize(Variable a, Variable scale, Variable shift)
    {
        int width = a.Shape[^1];
        Variable result = new(a.Shape);
        float[] normal = new float[a.Count], inverse = new float[a.Count / width];
        for (int i = 0; i < inverse.Length; i++)
        {
            ReadOnlySpan<float> row = Part(a.Values, i, width);
            float mean = 0, variance = 0;
            foreach (float value in row) mean += value / width;
            foreach (float value in row) variance += (value - mean) * (value - mean) / width;
            inverse[i] = 1 / MathF.Sqrt(variance + 1e-5f);
            for (int j = 0; j < width; j++)
            {
                normal[i * width + j] = (row[j] - mean) * inverse[i];
                result.Values[i * width + j] = normal[i * width + j] * scale.Values[j] + shift.Values[j];
            }
        }
        _backward.Add(() =>
        {
            for (int i = 0; i < inverse.Length; i++)
            {
                ReadOnlySpan<float> gradient = Part(result.Gradients, i, width), row = Part(normal, i, width);
                float sum = 0, dot = 0;
                for (int j = 0; j < width; j++)
                {
                    scale.Gradients[j] += gradient[j] * row[j];
                    shift.Gradients[j] += gradient[j];
                    sum += gradient[j] * scale.Values[j] / width;
                    dot += gradient[j] * scale.Values[j] * row[j] / width;
                }
                for (int j = 0; j < width; j++) a.Gradients[i * width + j] += inverse[i] * (gradient[j] * scale.Values[j] - sum - row[j] * dot);
            }
        });
        return result;
    }

    /// <summary>
    /// Mean cross entropy in nats of logits [rows × classes] against labels, with smoothed labels; sets the gradients of the logits and runs
    /// the tape backwards.
    /// </summary>
    public double Learn(Variable logits, ReadOnlySpan<int> labels, float smoothing)
    {
        int classes = logits.Shape[^1];
        double loss = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            Span<float> gradient = Part(logits.Gradients, i, classes);
            SoftmaxRow(Part(logits.Values, i, classes), gradient);
            loss -= Math.Log(Math.Max(gradient[labels[i]], 1e-12)) / labels.Length;
            for (int j = 0; j < classes; j++) gradient[j] = (gradient[j] - smoothing / classes - (j == labels[i] ? 1 - smoothing : 0)) / labels.Length;
        }
        for (int i = _backward.Count - 1; i >= 0; i--) _backward[i]();
        return loss;
    }

    static void SoftmaxRow(ReadOnlySpan<float> logits, Span<float> probabilities)
    {
        float maximum = logits[0], sum = 0;
        foreach (float logit in logits) maximum = MathF.Max(maximum, logit);
        for (int i = 0; i < logits.Length; i++) sum += probabilities[i] = MathF.Exp(logits[i] - maximum);
        for (int i = 0; i < logits.Length; i++) probabilities[i] /= sum;
    }

    static Span<float> Part(float[] values, int index, int length) => values.AsSpan(index * length, length);
}
