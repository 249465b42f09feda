using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// com.microsoft QGemm: a, its scale and zero point, b, its scales and zero points, an Int32 bias, the scale and zero point of the result;
/// without the latter the result is binary32.
/// </summary>
sealed class QGemm : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        ElementType type = QuantizationConstants.Require8Bits(context, 0);
        QuantizationConstants.Require8Bits(context, 3);
        (int rows, int depth, int columns) = Sizes(context.Attributes, context.ShapeOf(0), context.ShapeOf(3));
        Shape result = InferenceChecks.ShapeOf(rows, columns);
        int zeroPoint = QuantizationConstants.ZeroPoint(context.Node, 2);
        if (context.HasInput(6) && (context.TypeOf(6) != ElementType.Int32 || !InferenceChecks.Broadcast(context.ShapeOf(6), result).Equals(result)))
            throw OnnxException.Malformed($"bias: expected Int32 that broadcasts to [{rows}, {columns}], got {context.TypeOf(6)}{context.ShapeOf(6)}");
        if (context.HasInput(6)) QuantizationConstants.Required(context.Node, 6);
        float[] scales = Scales(context.Node);
        if (scales.Length != 1 && scales.Length != columns) throw OnnxException.Malformed($"scales of b: expected 1 or {columns}, got {scales.Length}");
        _ = Largest(context.Node, Weights(context.Node, depth, columns), type, zeroPoint);
        bool isFloat = !QuantizationConstants.IsPresent(context.Node, 7);
        context.SetOutput(0, isFloat ? ElementType.Float32 : context.HasInput(8) ? QuantizationConstants.Require8Bits(context, 8) : type, result);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView left = context.Input(0), output = context.Output(0);
        if (output.Shape.Count == 0) return;
        (int rows, int depth, int columns) = Sizes(context.Attributes, left.Shape, context.Input(3).Shape);
        int zeroPoint = QuantizationConstants.ZeroPoint(context.Node, 2);
        IntegerWeights weights = Weights(context.Node, depth, columns);
        long largest = Largest(context.Node, weights, left.Type, zeroPoint);
        MatrixShapes shapes = MatrixShapes.Of(new(rows, depth), new Shape(depth, columns));
        bool isTransposed = context.Attributes.Flag("transA");
        MatrixOperand side = new(left, isTransposed ? 1 : depth, isTransposed ? rows : 1, _ => zeroPoint);
        float[] scales = Scales(context.Node);
        ProductEpilogue epilogue = output.Type == ElementType.Float32 ? Float(context, output.Buffer, scales)
            : new RequantizeEpilogue(output.Buffer, QLinearConv.ResultOf(context.Node, scales, 8, output.Type, largest));
        IntegerMatrixProduct.ByConstant(context, shapes, side, [weights], epilogue, Bias(context, rows, columns)).Emit();
    }

    static FloatEpilogue Float(LoweringContext context, LoopBuffer output, float[] scales)
    {
        TensorView table = context.Constant("scales", Tensor.Of<float>(ElementType.Float32, new(scales.Length), scales));
        return new(output, column => Expression.Load(table.Buffer, scales.Length == 1 ? 0 : column), null);
    }

    static Func<Expression, Expression, Expression>? Bias(LoweringContext context, int rows, int columns)
    {
        if (!context.HasInput(6)) return null;
        TensorView bias = context.Input(6);
        int[] strides = Broadcast.Strides(bias.Shape, new(rows, columns));
        return (row, column) => Expression.Load(bias.Buffer, (row * strides[0]) + (column * strides[1]));
    }

    static (int Rows, int Depth, int Columns) Sizes(NodeAttributes attributes, Shape left, Shape right)
    {
        if (left.Rank != 2 || right.Rank != 2) throw OnnxException.Malformed($"expected matrices, got {left} and {right}");
        (int rows, int depth) = attributes.Flag("transA") ? (left[1], left[0]) : (left[0], left[1]);
        (int inner, int columns) = attributes.Flag("transB") ? (right[1], right[0]) : (right[0], right[1]);
        return depth == inner ? (rows, depth, columns) : throw OnnxException.Malformed($"{left} and {right} do not fit");
    }

    static IntegerWeights Weights(Node node, int depth, int columns)
    {
        Tensor right = QuantizationConstants.Required(node, 3);
        int[] zeroPoints = QuantizationConstants.ZeroPoints(node, 5);
        return node.Attributes.Flag("transB") ? new(right, columns, zeroPoints) : IntegerWeights.OfColumns(right, 0, depth, columns, zeroPoints);
    }

    static long Largest(Node node, IntegerWeights weights, ElementType type, int zeroPoint)
    {
        Tensor? bias = QuantizationConstants.IsPresent(node, 6) ? QuantizationConstants.Required(node, 6) : null;
        long largest = weights.CheckRange(type, zeroPoint, null) + (bias == null ? 0 : bias.ToIntegers().Select(Math.Abs).DefaultIfEmpty().Max());
        return largest <= int.MaxValue ? largest : throw new OnnxException(OnnxError.Limit, $"an accumulator may reach {largest}: expected at most {int.MaxValue}");
    }

    // alpha · scale a · scale b, divided by the scale of the result where there is one.
    static float[] Scales(Node node)
    {
        float alpha = node.Attributes.Float("alpha", 1), left = QuantizationConstants.Scale(node, 1);
        float[] right = QuantizationConstants.Scales(node, 4);
        float result = QuantizationConstants.IsPresent(node, 7) ? QuantizationConstants.Scale(node, 7) : 1;
        float[] scales = [.. right.Select(scale => alpha * left * scale / result)];
        foreach (float scale in scales)
            if (!float.IsFinite(scale) || scale <= 0) throw OnnxException.Unsupported($"alpha · scales: expected a finite number above 0, got {scale}");
        return scales;
    }
}
