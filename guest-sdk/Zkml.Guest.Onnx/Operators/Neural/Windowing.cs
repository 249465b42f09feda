using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>A tensor that is known once its scalar inputs are: it folds at compile time.</summary>
internal abstract class FoldedOperator : Operator
{
    /// <summary>A window or filter bank of more elements belongs to no guest.</summary>
    protected const int MaximumElements = 1 << 24;

    /// <inheritdoc/>
    public override void Lower(LoweringContext context) => throw new InvalidOperationException($"{context.Node.OperatorType} folds at compile time.");

    /// <summary>The value of a scalar input that must be known.</summary>
    protected static double Scalar(InferenceContext context, int input)
    {
        Tensor tensor = context.ConstantOf(input);
        Require(tensor.Shape.Count == 1 && (tensor.Type.IsInteger || tensor.Type is ElementType.Float16 or ElementType.Float32 or ElementType.Float64 or ElementType.BFloat16), $"input {input}: expected one number, got {tensor}");
        return tensor.NumberAt(0);
    }

    /// <summary>Folds output 0 to values in the type of the attribute output_datatype.</summary>
    protected static void SetValues(InferenceContext context, Shape shape, Func<int, double> value)
    {
        ElementType type = (ElementType)context.Attributes.Int32("output_datatype", (int)ElementType.Float32);
        int count = shape.Count;
        context.SetConstant(0, type switch
        {
            ElementType.Float32 => Tensor.Of<float>(type, shape, Values(count, i => (float)value(i))),
            ElementType.Float64 => Tensor.Of<double>(type, shape, Values(count, value)),
            ElementType.Float16 => Tensor.Of<Half>(type, shape, Values(count, i => (Half)value(i))),
            ElementType.Int32 => Tensor.Of<int>(type, shape, Values(count, i => (int)value(i))),
            ElementType.Int64 => Tensor.Of<long>(type, shape, Values(count, i => (long)value(i))),
            _ => throw OnnxException.Unsupported($"output_datatype: expected a float type, Int32 or Int64, got {type}"),
        });
    }

    /// <summary>An extent in [0, 2^24] from a computed number.</summary>
    protected static int Extent(double value, string name)
    {
        Require(value >= 0 && value <= MaximumElements && value == Math.Floor(value), $"{name}: expected an integer of 0 to {MaximumElements}, got {value}");
        return (int)value;
    }

    static T[] Values<T>(int count, Func<int, T> value) => [.. Enumerable.Range(0, count).Select(value)];
}

/// <summary>A window of cosines: a₀ − a₁ · cos(2πn/N) + a₂ · cos(4πn/N); N is the size, or one less if the window is not periodic.</summary>
internal sealed class CosineWindow(double a0, double a1, double a2) : FoldedOperator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        int size = Extent(Scalar(context, 0), "size");
        double period = context.Attributes.Flag("periodic", absent: true) ? size : size - 1;
        SetValues(context, ShapeOf(size), i => a0 - a1 * Math.Cos(2 * Math.PI * i / period) + a2 * Math.Cos(4 * Math.PI * i / period));
    }
}

/// <summary>Weights [spectrogram bins × mel bins] of triangular filters whose corners are equidistant on the mel scale.</summary>
internal sealed class MelWeightMatrix : FoldedOperator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        int bins = Extent(Scalar(context, 0), "num_mel_bins"), length = Extent(Scalar(context, 1), "dft_length");
        double rate = Scalar(context, 2), low = Mel(Scalar(context, 3)), high = Mel(Scalar(context, 4));
        Require(rate > 0 && double.IsFinite(low) && high >= low, $"expected a sample rate above 0 and edges in order, got {rate}, {Scalar(context, 3)} and {Scalar(context, 4)}");
        int rows = length / 2 + 1;
        Shape shape = ShapeOf(rows, bins);
        if (shape.Count > MaximumElements) throw new OnnxException(OnnxError.Limit, $"expected at most {MaximumElements} weights, got {shape}");
        double step = (high - low) / (bins + 2);
        int[] corners = [.. Enumerable.Range(0, bins + 2).Select(i => (int)Math.Floor((length + 1) * Hertz(low + i * step) / rate))];
        Require(corners.All(corner => corner >= 0 && corner < rows), $"upper_edge_hertz: expected at most half of the sample rate, got {Scalar(context, 4)} of {rate}");
        double[] weights = new double[shape.Count];
        for (int bin = 0; bin < bins; bin++)
        {
            int left = corners[bin], centre = corners[bin + 1], right = corners[bin + 2];
            if (left == centre) weights[centre * bins + bin] = 1;
            for (int row = left; row <= centre && left < centre; row++) weights[row * bins + bin] = (double)(row - left) / (centre - left);
            for (int row = centre; row < right; row++) weights[row * bins + bin] = (double)(right - row) / (right - centre);
        }
        SetValues(context, shape, i => weights[i]);
    }

    static double Mel(double hertz) => 2595 * Math.Log10(1 + hertz / 700);

    static double Hertz(double mel) => 700 * (Math.Pow(10, mel / 2595) - 1);
}
