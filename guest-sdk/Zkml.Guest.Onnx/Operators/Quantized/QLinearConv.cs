using System.Runtime.InteropServices;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>QLinearConv: x, its scale and zero point, w, its scales and zero points, the scale and zero point of y, an Int32 bias.</summary>
sealed class QLinearConv : Operator
{
    /// <summary>Set by the fusion of QDQ graphs: the smallest code that a Relu or Clip behind the convolution lets through.</summary>
    public const string ClampMinimum = "clamp_minimum";

    /// <summary>Set by the fusion of QDQ graphs: the largest code that a Clip behind the convolution lets through.</summary>
    public const string ClampMaximum = "clamp_maximum";

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        if (context.Attributes.Flag("channels_last")) throw OnnxException.Unsupported("channels_last: expected 0");
        ElementType type = QuantizationConstants.Require8Bits(context, 0);
        QuantizationConstants.Require8Bits(context, 3);
        ElementType result = context.HasInput(7) ? QuantizationConstants.Require8Bits(context, 7) : type;
        ConvolutionGeometry geometry = ConvolutionGeometry.Convolution(context.Attributes, context.ShapeOf(0), context.ShapeOf(3));
        (IntegerWeights weights, _, _) = Read(context.Node, geometry, type);
        if (OutputScales(context.Node, 1, 4, 6, 1) is { Length: > 1 } scales && scales.Length != weights.Channels)
            throw OnnxException.Malformed($"scales of the weights: expected 1 or {weights.Channels}, got {scales.Length}");
        QuantizationConstants.ZeroPoint(context.Node, 7);
        context.SetOutput(0, result, geometry.OutputShape);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        if (output.Shape.Count == 0) return;
        ConvolutionGeometry geometry = ConvolutionGeometry.Convolution(context.Attributes, input.Shape, context.ConstantOf(3)!.Shape);
        (IntegerWeights weights, int zeroPoint, long largest) = Read(context.Node, geometry, input.Type);
        int[] folded = weights.FoldBias(context.ConstantOf(8), zeroPoint);
        LoopBuffer bias = LoopBuffer.Constant($"{context.Node.Name}.bias", MemoryType.Int32, MemoryMarshal.AsBytes<int>(folded));
        Func<FunctionBuilder, Expression, Expression, Expression> requantizer = ResultOf(context.Node, OutputScales(context.Node, 1, 4, 6, 1), 7, output.Type, largest);
        new IntegerConvolution(context, geometry, input.Buffer, weights, channel => Expression.Load(bias, channel), new RequantizeEpilogue(output.Buffer, requantizer)).Emit(zeroPoint);
    }

    /// <summary>alpha · scale of the left · scales of the right / scale of the result, each step in binary32.</summary>
    public static float[] OutputScales(Node node, int left, int right, int result, float alpha)
    {
        float x = QuantizationConstants.Scale(node, left), y = QuantizationConstants.Scale(node, result);
        float[] scales = [.. QuantizationConstants.Scales(node, right).Select(w => alpha * x * w / y)];
        foreach (float scale in scales)
            if (!float.IsFinite(scale)) throw OnnxException.Malformed($"scales: expected a finite ratio, got {scale}");
        return scales;
    }

    /// <summary>The requantiser of a node's result, with the clamps that the fusion may have left.</summary>
    public static Func<FunctionBuilder, Expression, Expression, Expression> ResultOf(Node node, float[] scales, int zeroPointInput, ElementType type, long largest)
    {
        int minimum = Math.Max(QuantizationConstants.Minimum(type), node.Attributes.Int32(ClampMinimum, int.MinValue));
        int maximum = Math.Min(QuantizationConstants.Maximum(type), node.Attributes.Int32(ClampMaximum, int.MaxValue));
        return Requantizer.OfProducts(node.Name, scales, QuantizationConstants.ZeroPoint(node, zeroPointInput), minimum, Math.Max(minimum, maximum), largest);
    }

    static (IntegerWeights Weights, int ZeroPoint, long Largest) Read(Node node, ConvolutionGeometry geometry, ElementType type)
    {
        IntegerWeights weights = new(QuantizationConstants.Required(node, 3), geometry.OutputChannels, QuantizationConstants.ZeroPoints(node, 5));
        int zeroPoint = QuantizationConstants.ZeroPoint(node, 2);
        Tensor? bias = QuantizationConstants.IsPresent(node, 8) ? QuantizationConstants.Required(node, 8) : null;
        weights.FoldBias(bias, zeroPoint);
        return (weights, zeroPoint, weights.CheckRange(type, zeroPoint, bias));
    }
}

/// <summary>ConvInteger: x, w, the zero point of x (constant or computed), the zero points of w; the result is Int32.</summary>
sealed class ConvInteger : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        ElementType type = QuantizationConstants.Require8Bits(context, 0);
        QuantizationConstants.Require8Bits(context, 1);
        ConvolutionGeometry geometry = ConvolutionGeometry.Convolution(context.Attributes, context.ShapeOf(0), context.ShapeOf(1));
        IntegerWeights weights = new(QuantizationConstants.Required(context.Node, 1), geometry.OutputChannels, QuantizationConstants.ZeroPoints(context.Node, 3));
        if (context.HasInput(2) && context.ShapeOf(2).Count != 1) throw OnnxException.Malformed($"zero point of x: expected one value, got {context.ShapeOf(2)}");
        weights.CheckRange(type, type == ElementType.UInt8 ? 0 : 127, null);
        context.SetOutput(0, ElementType.Int32, geometry.OutputShape);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0);
        if (context.Output(0).Shape.Count == 0) return;
        ConvolutionGeometry geometry = ConvolutionGeometry.Convolution(context.Attributes, input.Shape, context.ConstantOf(1)!.Shape);
        IntegerWeights weights = new(context.ConstantOf(1)!, geometry.OutputChannels, QuantizationConstants.ZeroPoints(context.Node, 3));
        int[] sums = [.. Enumerable.Range(0, weights.Channels).Select(weights.Sum)];
        LoopBuffer table = LoopBuffer.Constant($"{context.Node.Name}.sums", MemoryType.Int32, MemoryMarshal.AsBytes<int>(sums));
        Expression zeroPoint = context.HasInput(2) ? context.Code.Local("zeroPoint", Expression.Load(context.Input(2).Buffer, 0)) : 0;
        new IntegerConvolution(context, geometry, input.Buffer, weights, channel => -(zeroPoint * Expression.Load(table, channel)), new IntegerEpilogue(context.Output(0).Buffer)).Emit(zeroPoint);
    }
}
