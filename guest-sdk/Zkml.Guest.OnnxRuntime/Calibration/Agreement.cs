using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>How close a value of the quantised model is to that of the float model, over all samples.</summary>
public sealed class Agreement
{
    double _signal, _noise;
    long _decisions, _equalDecisions;

    /// <summary>The largest difference of an element.</summary>
    public double MaximumError { get; private set; }

    /// <summary>The largest magnitude of an element of the float model.</summary>
    public double MaximumValue { get; private set; }

    /// <summary>Signal to quantisation noise in decibels; infinite where nothing differs, null where the float values are all 0.</summary>
    public double? Decibels => _signal == 0 ? null : _noise == 0 ? double.PositiveInfinity : 10 * Math.Log10(_signal / _noise);

    /// <summary>The share of rows whose largest element stands at the same place; null where rows have one element.</summary>
    public double? EqualDecisions => _decisions == 0 ? null : (double)_equalDecisions / _decisions;

    /// <summary>Adds the elements of a sample. Both have the same number.</summary>
    public void Add(ReadOnlySpan<float> exact, ReadOnlySpan<float> got)
    {
        if (exact.Length != got.Length) throw new OnnxRuntimeException(OnnxRuntimeError.Value, $"Output: expected {exact.Length} elements, got {got.Length}.");
        for (int i = 0; i < exact.Length; i++)
        {
            double difference = (double)exact[i] - got[i];
            _signal += (double)exact[i] * exact[i];
            _noise += difference * difference;
            MaximumError = Math.Max(MaximumError, Math.Abs(difference));
            MaximumValue = Math.Max(MaximumValue, Math.Abs(exact[i]));
        }
    }

    /// <summary>Adds the decisions of a sample: the place of the largest element along the last axis.</summary>
    public void AddDecisions(Tensor exact, Tensor got)
    {
        int row = exact.Shape.Rank == 0 ? 1 : exact.Shape[^1];
        if (row < 2) return;
        ReadOnlySpan<float> left = exact.As<float>(), right = got.As<float>();
        for (int first = 0; first < left.Length; first += row)
        {
            _decisions++;
            if (Largest(left.Slice(first, row)) == Largest(right.Slice(first, row))) _equalDecisions++;
        }
    }

    static int Largest(ReadOnlySpan<float> row)
    {
        int largest = 0;
        for (int i = 1; i < row.Length; i++) largest = row[i] > row[largest] ? i : largest;
        return largest;
    }
}
