using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Quantization;

/// <summary>A weight as int8 with symmetric scales.</summary>
/// <param name="Values">The integers, in the weight's shape.</param>
/// <param name="Scales">One scale, or one for each index of <paramref name="Axis"/>.</param>
/// <param name="Axis">The axis of the output channels; −1 for one scale.</param>
sealed record QuantizedWeight(Tensor Values, float[] Scales, int Axis);

/// <summary>Weights to int8 and biases to int32.</summary>
static class WeightQuantizer
{
    // Room for the products beside the bias in an accumulator of 32 bits: 2^30.
    const double LargestBias = 1 << 30;

    /// <summary>The axis of a product's output channels in its weight; −1 where there is none.</summary>
    public static int ChannelAxis(NodeProto node, int rank) => node.OpType switch
    {
        "Conv" => 0,
        "Gemm" => node.Attribute.FirstOrDefault(attribute => attribute.Name == "transB")?.I == 1 ? 0 : 1,
        _ => rank == 2 ? 1 : -1,
    };

    /// <summary>The number of output channels of Conv or Gemm.</summary>
    public static long Channels(NodeProto node, TensorProto weight) => weight.Dims.Count == 0 ? 0 : weight.Dims[ChannelAxis(node, weight.Dims.Count)];

    /// <summary>
    /// Rounds a weight to [−127, 127], or [−63, 63] with seven bits. A scale grows where <paramref name="bias"/> (one for each channel, or empty) would
    /// not fit an accumulator beside <paramref name="inputScale"/>.
    /// </summary>
    public static QuantizedWeight Quantize(Tensor weight, int axis, QuantizationOptions options, ReadOnlySpan<float> bias, float inputScale)
    {
        int largest = options.SevenBitWeights ? 63 : 127;
        int usedAxis = options.PerChannel ? axis : -1;
        int channels = usedAxis < 0 ? 1 : weight.Shape[usedAxis], inner = usedAxis < 0 ? weight.Shape.Count : weight.Shape.CountOf(usedAxis + 1, weight.Shape.Rank);
        ReadOnlySpan<float> values = weight.As<float>();
        float[] scales = Scales(values, channels, inner, largest);
        for (int i = 0; i < bias.Length; i++)
        {
            ref float scale = ref scales[usedAxis < 0 ? 0 : i];
            scale = Math.Max(scale, (float)(Math.Abs(bias[i]) / (inputScale * LargestBias)));
        }
        for (int i = 0; i < scales.Length; i++) scales[i] = scales[i] > 0 ? scales[i] : 1;
        sbyte[] integers = new sbyte[values.Length];
        for (int i = 0; i < integers.Length; i++)
            integers[i] = (sbyte)Math.Clamp(MathF.Round(values[i] / scales[usedAxis < 0 ? 0 : i / inner % channels], MidpointRounding.ToEven), -largest, largest);
        return new(Tensor.Of<sbyte>(ElementType.Int8, weight.Shape, integers), scales, usedAxis);
    }

    /// <summary>A bias in units of input scale × weight scale.</summary>
    public static (int[] Values, float[] Scales) QuantizeBias(ReadOnlySpan<float> bias, float[] weightScales, float inputScale)
    {
        float[] scales = new float[weightScales.Length];
        for (int i = 0; i < scales.Length; i++) scales[i] = weightScales[i] * inputScale;
        int[] values = new int[bias.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = (int)Math.Clamp(Math.Round((double)bias[i] / scales[scales.Length == 1 ? 0 : i], MidpointRounding.ToEven), int.MinValue, int.MaxValue);
        return (values, scales);
    }

    static float[] Scales(ReadOnlySpan<float> values, int channels, int inner, int largest)
    {
        float[] scales = new float[channels];
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i])) throw OnnxException.Malformed($"weight: expected finite values, element {i} is {values[i]}");
            ref float scale = ref scales[inner == values.Length ? 0 : i / inner % channels];
            scale = Math.Max(scale, Math.Abs(values[i]));
        }
        for (int i = 0; i < channels; i++) scales[i] /= largest;
        return scales;
    }
}
