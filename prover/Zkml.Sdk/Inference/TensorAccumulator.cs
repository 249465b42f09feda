using Zkml.Guest.Onnx.Graph;

namespace Zkml.Sdk.Inference;

/// <summary>Sums up how tensors of the guest differ from a reference.</summary>
sealed class TensorAccumulator(string name)
{
    readonly List<double> _differences = [];
    long _elements, _saturated;
    double _signal, _noise;

    /// <summary>Compares two tensors; <paramref name="precise"/> is the reference without 16-bit saturation. Throws <see cref="InvalidDataException"/> for another type or count.</summary>
    public void Add(Tensor found, Tensor reference, Tensor precise)
    {
        if (found.Type != reference.Type || found.Shape.Count != reference.Shape.Count)
            throw new InvalidDataException($"{name}: the guest gives {found}, ONNX Runtime {reference}.");
        int size = found.Shape.Count == 0 ? 0 : found.Data.Length / found.Shape.Count;
        for (int i = 0; i < found.Shape.Count; i++)
        {
            double value = found.NumberAt(i), expected = reference.NumberAt(i);
            _elements++;
            _signal += expected * expected;
            if (IsSame(found, reference, i, size)) continue;
            _differences.Add(Math.Abs(value - expected));
            _noise += (value - expected) * (value - expected);
            if (IsSame(found, precise, i, size)) _saturated++;
        }
    }

    /// <summary>The sums so far.</summary>
    public TensorComparison Result()
    {
        _differences.Sort();
        double ratio = _differences.Count == 0 ? double.PositiveInfinity : 10 * Math.Log10(_signal / _noise);
        return new(name, _elements, _differences.Count, _saturated, _differences.LastOrDefault(), ratio, _differences);
    }

    static bool IsSame(Tensor left, Tensor right, int index, int size) =>
        left.Data.Slice(index * size, size).SequenceEqual(right.Data.Slice(index * size, size)) || (double.IsNaN(left.NumberAt(index)) && double.IsNaN(right.NumberAt(index)));
}
