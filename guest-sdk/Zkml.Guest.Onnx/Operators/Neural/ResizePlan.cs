using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// How one axis is resized: for every output element, <see cref="Taps"/> input indices in [0, input) and their weights. A first index of −1
/// marks an element outside of the crop, which gets the extrapolation value. Nearest has one tap of weight 1.
/// </summary>
internal sealed record ResizeAxis(int Axis, int Output, int Taps, int[] Indices, double[] Weights)
{
    /// <summary>True if some element is extrapolated.</summary>
    public bool IsExtrapolated => Indices.Contains(-1);
}

/// <summary>Everything that Resize and Upsample know at compile time: output extents, and tables for the axes that change.</summary>
internal sealed class ResizePlan
{
    // Entries of one table; no guest has use for more.
    const int MaximumTable = 1 << 24;

    readonly NodeAttributes _attributes;
    readonly string _mode, _coordinates, _nearest;
    readonly bool _antialias, _excludesOutside;
    readonly double _cubic;

    /// <summary>
    /// A plan from the attributes and the constant inputs; one of <paramref name="scales"/> and <paramref name="sizes"/> is null.
    /// <paramref name="version"/> below 11 and Upsample have no coordinate modes.
    /// </summary>
    public ResizePlan(NodeAttributes attributes, int version, Shape input, float[]? scales, long[]? sizes, double[]? roi)
    {
        bool isSimple = version < 11;
        _attributes = attributes;
        _mode = attributes.OneOf("mode", "nearest", "nearest", "linear", "bilinear", "cubic");
        _coordinates = isSimple ? "asymmetric" : attributes.OneOf("coordinate_transformation_mode", "half_pixel",
            "half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_crop_and_resize", "half_pixel_symmetric", "tf_half_pixel_for_nn");
        _nearest = isSimple ? "simple" : attributes.OneOf("nearest_mode", "round_prefer_floor", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil");
        _antialias = attributes.Flag("antialias");
        _excludesOutside = attributes.Flag("exclude_outside");
        _cubic = attributes.Float("cubic_coeff_a", -0.75f);
        Require(!_antialias || _mode != "nearest", $"antialias: expected 0 for mode nearest, got 1");
        int[] axes = [.. (attributes.Integers("axes") ?? [.. Enumerable.Range(0, input.Rank).Select(axis => (long)axis)]).Select(axis => Axis(axis, input.Rank, "axes"))];
        Require(axes.Distinct().Count() == axes.Length, $"axes: expected each axis once");
        double[] factors = new double[input.Rank];
        Array.Fill(factors, 1);
        long[] output = [.. input.Dimensions.ToArray().Select(extent => (long)extent)];
        if (sizes is { } wanted) ApplySizes(axes, input, wanted, factors, output);
        else ApplyScales(axes, input, scales ?? [], factors, output);
        OutputShape = ShapeOf(output);
        double[] region = Region(axes, input.Rank, roi);
        Axes = [.. axes.Order().Where(axis => Changes(axis, input, output[axis], factors[axis], region))
            .Select(axis => Table(axis, input[axis], (int)output[axis], factors[axis], region[axis], region[input.Rank + axis]))];
    }

    /// <summary>The shape of the result.</summary>
    public Shape OutputShape { get; }

    /// <summary>The axes that change, in ascending order.</summary>
    public ResizeAxis[] Axes { get; }

    /// <summary>True if elements are copied, not interpolated.</summary>
    public bool IsNearest => _mode == "nearest";

    void ApplySizes(int[] axes, Shape input, long[] wanted, double[] factors, long[] output)
    {
        Require(wanted.Length == axes.Length, $"sizes: expected {axes.Length} extents, got {wanted.Length}");
        string policy = _attributes.OneOf("keep_aspect_ratio_policy", "stretch", "stretch", "not_larger", "not_smaller");
        for (int i = 0; i < axes.Length; i++)
        {
            Require(wanted[i] is >= 1 and <= int.MaxValue && input[axes[i]] > 0, $"sizes: expected at least 1 for an axis with elements, got {wanted[i]} for {input}");
            factors[axes[i]] = (double)wanted[i] / input[axes[i]];
            output[axes[i]] = wanted[i];
        }
        if (policy == "stretch") return;
        double scale = policy == "not_larger" ? axes.Min(axis => factors[axis]) : axes.Max(axis => factors[axis]);
        foreach (int axis in axes) (factors[axis], output[axis]) = (scale, (long)(scale * input[axis] + 0.5));
    }

    static void ApplyScales(int[] axes, Shape input, float[] scales, double[] factors, long[] output)
    {
        Require(scales.Length == axes.Length, $"scales: expected {axes.Length} factors, got {scales.Length}");
        for (int i = 0; i < axes.Length; i++)
        {
            Require(scales[i] > 0 && float.IsFinite(scales[i]), $"scales: expected finite numbers above 0, got {scales[i]}");
            factors[axes[i]] = scales[i];
            output[axes[i]] = (long)MathF.Floor(scales[i] * input[axes[i]]);
        }
    }

    double[] Region(int[] axes, int rank, double[]? roi)
    {
        double[] region = new double[2 * rank];
        Array.Fill(region, 1, rank, rank);
        if (_coordinates != "tf_crop_and_resize") return region;
        roi ??= [];
        Require(roi.Length == 2 * axes.Length, $"roi: expected {2 * axes.Length} values, got {roi.Length}");
        for (int i = 0; i < axes.Length; i++)
        {
            Require(double.IsFinite(roi[i]) && double.IsFinite(roi[axes.Length + i]), $"roi: expected finite numbers");
            (region[axes[i]], region[rank + axes[i]]) = (roi[i], roi[axes.Length + i]);
        }
        return region;
    }

    static bool Changes(int axis, Shape input, long output, double factor, double[] region) =>
        output != input[axis] || factor != 1 || region[axis] != 0 || region[input.Rank + axis] != 1;

    ResizeAxis Table(int axis, int input, int output, double scale, double regionStart, double regionEnd)
    {
        if (output > MaximumTable) throw new OnnxException(OnnxError.Limit, $"axis {axis}: expected at most {MaximumTable} elements, got {output}");
        int taps = 1;
        List<int> indices = [];
        List<double> weights = [];
        for (int i = 0; i < output; i++)
        {
            double x = Source(i, input, output, scale, regionStart, regionEnd);
            bool isOutside = _coordinates == "tf_crop_and_resize" && (x < 0 || x > input - 1);
            (int first, double[] own) = IsNearest ? (Nearest(x, scale), [1]) : Weights(x, scale);
            taps = own.Length;
            if ((long)taps * output > MaximumTable) throw new OnnxException(OnnxError.Limit, $"axis {axis}: {output} elements of {taps} taps are more than {MaximumTable}");
            if (_excludesOutside) Exclude(own, first, input);
            for (int tap = 0; tap < taps; tap++)
            {
                indices.Add(isOutside ? -1 : Math.Clamp(first + tap, 0, input - 1));
                weights.Add(own[tap]);
            }
        }
        return new(axis, output, taps, [.. indices], [.. weights]);
    }

    // The coordinate in the input of an output element.
    double Source(int i, int input, int output, double scale, double regionStart, double regionEnd)
    {
        double width = scale * input;
        return _coordinates switch
        {
            "align_corners" => width == 1 ? 0 : i * (input - 1) / (width - 1),
            "asymmetric" => i / scale,
            "tf_crop_and_resize" => regionStart * (input - 1) + (width == 1 ? (regionEnd - regionStart) * (input - 1) / 2 : i * (regionEnd - regionStart) * (input - 1) / (width - 1)),
            "pytorch_half_pixel" => width == 1 ? -0.5 : (i + 0.5) / scale - 0.5,
            "half_pixel_symmetric" => input / 2.0 * (1 - output / width) + (i + 0.5) / scale - 0.5,
            "tf_half_pixel_for_nn" => (i + 0.5) / scale,
            _ => (i + 0.5) / scale - 0.5,
        };
    }

    int Nearest(double x, double scale) => (int)Math.Clamp(_nearest switch
    {
        // Opset 10 rounds up where it shrinks.
        "simple" => scale < 1 ? Math.Ceiling(x) : Math.Floor(x),
        "floor" => Math.Floor(x),
        "ceil" => Math.Ceiling(x),
        "round_prefer_ceil" => Math.Floor(x + 0.5),
        _ => Math.Ceiling(x - 0.5),
    }, -1.0, int.MaxValue - 1.0);

    // Index of the first tap and the weights. A fraction of 0 counts as 1, so that an exact position prefers the window on its left.
    (int First, double[] Weights) Weights(double x, double scale)
    {
        double floor = Math.Floor(x), fraction = x == floor ? 1 : x - floor;
        int left = (int)(x == floor ? floor - 1 : floor);
        double shrink = _antialias ? Math.Min(scale, 1) : 1;
        int reach = (int)Math.Floor((_mode == "cubic" ? -2 : -1) / shrink) + 1;
        int count = 2 - 2 * reach;
        if (count > ushort.MaxValue) throw new OnnxException(OnnxError.Limit, $"scales: {scale} needs {count} taps, expected at most {ushort.MaxValue}");
        double[] weights = new double[count];
        for (int i = 0; i < count; i++)
        {
            double distance = Math.Abs((reach + i - fraction) * shrink);
            weights[i] = _mode == "cubic" ? Cubic(distance) : Math.Max(0, 1 - distance);
        }
        if (_antialias)
        {
            double sum = weights.Sum();
            for (int i = 0; i < count; i++) weights[i] /= sum;
        }
        return (left + reach, weights);
    }

    double Cubic(double x) => x <= 1 ? ((_cubic + 2) * x - (_cubic + 3)) * x * x + 1 : x < 2 ? ((x - 5) * x + 8) * x * _cubic - 4 * _cubic : 0;

    static void Exclude(double[] weights, int first, int input)
    {
        double sum = 0;
        for (int i = 0; i < weights.Length; i++)
        {
            if (first + i < 0 || first + i >= input) weights[i] = 0;
            sum += weights[i];
        }
        if (sum == 0) return;
        for (int i = 0; i < weights.Length; i++) weights[i] /= sum;
    }
}
