using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Tests.NodeTests;

/// <summary>The tolerance of the official runner: floats within rtol 1e-3 and atol 1e-7 (1e-6 for DFT), NaN equals NaN; everything else exactly.</summary>
static class TensorComparison
{
    const double Relative = 1e-3, Absolute = 1e-7;

    // The official runner of the reference implementation takes this for Fourier transforms, whose expected zeros are rounding errors.
    const double FourierAbsolute = 1e-6;

    /// <summary>Null if they agree, else what differs.</summary>
    public static string? Difference(string operatorType, Tensor expected, Tensor actual)
    {
        double absolute = operatorType == "DFT" ? FourierAbsolute : Absolute;
        if (expected.Type != actual.Type || !expected.Shape.Equals(actual.Shape)) return $"expected {expected}, got {actual}";
        if (expected.Data.SequenceEqual(actual.Data)) return null;
        bool isFloat = expected.Type is ElementType.Float16 or ElementType.Float32 or ElementType.Float64 or ElementType.BFloat16;
        int wrong = 0, first = -1;
        for (int i = 0; i < expected.Shape.Count; i++)
        {
            if (isFloat ? IsClose(expected.NumberAt(i), actual.NumberAt(i), absolute) : SameBytes(expected, actual, i)) continue;
            if (wrong++ == 0) first = i;
        }
        return wrong == 0 ? null : $"{wrong} of {expected.Shape.Count} elements of {expected} differ, element {first}: expected {Text(expected, first)}, got {Text(actual, first)}";
    }

    static bool IsClose(double expected, double actual, double absolute) =>
        expected == actual || double.IsNaN(expected) && double.IsNaN(actual)
        || double.IsFinite(expected) && double.IsFinite(actual) && Math.Abs(expected - actual) <= absolute + Relative * Math.Abs(expected);

    static bool SameBytes(Tensor expected, Tensor actual, int index)
    {
        int size = expected.Data.Length / expected.Shape.Count;
        return expected.Data.Slice(index * size, size).SequenceEqual(actual.Data.Slice(index * size, size));
    }

    static string Text(Tensor tensor, int index) => tensor.Type.Narrow is not null and not (Runtime.NarrowFormat.Float16 or Runtime.NarrowFormat.BFloat16)
        ? $"0x{tensor.Data[index]:X2}"
        : tensor.NumberAt(index).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}
