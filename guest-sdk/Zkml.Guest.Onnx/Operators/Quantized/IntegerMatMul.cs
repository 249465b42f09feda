using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>What all integer products by the rules of MatMul share: reading both sides, by a constant or a computed right side.</summary>
abstract class IntegerMatMul : Operator
{
    /// <summary>Where the left side, the right side and their zero points stand among the inputs.</summary>
    protected readonly record struct Inputs(int Left, int LeftZeroPoint, int Right, int RightZeroPoint);

    /// <summary>Checks types, zero points and the range of the sums.</summary>
    protected static MatrixShapes Check(InferenceContext context, Inputs inputs)
    {
        MatrixShapes shapes = CheckRight(context, inputs, QuantizationConstants.Require8Bits(context, inputs.Left));
        if (context.HasInput(inputs.LeftZeroPoint) && context.ShapeOf(inputs.LeftZeroPoint).Count != 1)
            throw OnnxException.Unsupported($"zero point of the left side: expected one value, got {context.ShapeOf(inputs.LeftZeroPoint)}");
        return shapes;
    }

    /// <summary>Checks the right side and the range of the sums.</summary>
    protected static MatrixShapes CheckRight(InferenceContext context, Inputs inputs, ElementType left)
    {
        QuantizationConstants.Require8Bits(context, inputs.Right);
        MatrixShapes shapes = MatrixShapes.Of(context.ShapeOf(inputs.Left), context.ShapeOf(inputs.Right));
        if (context.HasInput(inputs.RightZeroPoint) && context.ShapeOf(inputs.RightZeroPoint).Count is var count && count != 1 && count != shapes.Columns)
            throw OnnxException.Unsupported($"zero points of the right side: expected 1 or {shapes.Columns}, got {context.ShapeOf(inputs.RightZeroPoint)}");
        if (IsConstant(context.Node, inputs)) Largest(context.Node, inputs, shapes, left, out _);
        else IntegerMatrixProduct.CheckDepth(shapes.Depth);
        return shapes;
    }

    /// <summary>Writes the product of two 8-bit inputs.</summary>
    protected static void Emit(LoweringContext context, Inputs inputs, ProductEpilogue epilogue, Func<Expression, Expression, Expression>? bias = null) =>
        Emit(context, inputs, context.Input(inputs.Left), ZeroPoint(context, inputs.LeftZeroPoint, "leftZeroPoint"), epilogue, bias);

    /// <summary>Writes the product of a left side in memory with this zero point.</summary>
    protected static void Emit(LoweringContext context, Inputs inputs, TensorView left, Expression leftZeroPoint, ProductEpilogue epilogue, Func<Expression, Expression, Expression>? bias = null)
    {
        TensorView right = context.Input(inputs.Right);
        MatrixShapes shapes = MatrixShapes.Of(left.Shape, right.Shape);
        MatrixOperand leftSide = new(left, shapes.Depth, 1, _ => leftZeroPoint);
        if (IsConstant(context.Node, inputs))
        {
            IntegerMatrixProduct.ByConstant(context, shapes, leftSide, Weights(context.Node, inputs, shapes), epilogue, bias).Emit();
            return;
        }
        MatrixOperand rightSide = new(right, 1, shapes.Columns, RightZeroPoint(context, inputs.RightZeroPoint));
        IntegerMatrixProduct.ByComputed(context, shapes, leftSide, rightSide, epilogue, bias).Emit();
    }

    /// <summary>A zero point that is one value: a constant, or a local that is loaded once.</summary>
    protected static Expression ZeroPoint(LoweringContext context, int index, string name) =>
        !context.HasInput(index) ? 0
        : context.ConstantOf(index) is { } constant ? (int)constant.IntegerAt(0)
        : context.Code.Local(name, Expression.Load(context.Input(index).Buffer, 0));

    /// <summary>The largest magnitude of a sum.</summary>
    protected static long Largest(Node node, Inputs inputs, MatrixShapes shapes, ElementType left, out bool isConstant)
    {
        isConstant = IsConstant(node, inputs);
        if (!isConstant) return shapes.Depth * 255L * 255L;
        int middle = left == ElementType.UInt8 ? 0 : 127;
        int zeroPoint = QuantizationConstants.IsPresent(node, inputs.LeftZeroPoint) && node.Inputs[inputs.LeftZeroPoint]!.Constant is { Type.IsInteger: true } constant ? (int)constant.IntegerAt(0) : middle;
        return Weights(node, inputs, shapes).Select(matrix => matrix.CheckRange(left, zeroPoint, null)).DefaultIfEmpty().Max();
    }

    static Func<Expression, Expression> RightZeroPoint(LoweringContext context, int index)
    {
        if (context.HasInput(index) && context.Input(index) is { Shape.Count: > 1 } view) return column => Expression.Load(view.Buffer, column);
        Expression zeroPoint = ZeroPoint(context, index, "rightZeroPoint");
        return _ => zeroPoint;
    }

    static bool IsConstant(Node node, Inputs inputs) =>
        node.Inputs[inputs.Right]!.Constant != null && (!QuantizationConstants.IsPresent(node, inputs.RightZeroPoint) || node.Inputs[inputs.RightZeroPoint]!.Constant != null);

    static IntegerWeights[] Weights(Node node, Inputs inputs, MatrixShapes shapes)
    {
        Tensor right = node.Inputs[inputs.Right]!.Constant!;
        int[] zeroPoints = QuantizationConstants.ZeroPoints(node, inputs.RightZeroPoint);
        return [.. Enumerable.Range(0, shapes.RightCount).Select(i => IntegerWeights.OfColumns(right, i * shapes.Depth * shapes.Columns, shapes.Depth, shapes.Columns, zeroPoints))];
    }
}

/// <summary>QLinearMatMul: a, its scale and zero point, b, its scale and zero point, the scale and zero point of the result.</summary>
sealed class QLinearMatMul : IntegerMatMul
{
    static readonly Inputs s_inputs = new(0, 2, 3, 5);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        MatrixShapes shapes = Check(context, s_inputs);
        float[] scales = QLinearConv.OutputScales(context.Node, 1, 4, 6, 1);
        if (scales.Length != 1 && scales.Length != shapes.Columns) throw OnnxException.Unsupported($"scales of b: expected 1 or {shapes.Columns}, got {scales.Length}");
        QuantizationConstants.ZeroPoint(context.Node, 2);
        QuantizationConstants.ZeroPoint(context.Node, 7);
        context.SetOutput(0, context.HasInput(7) ? QuantizationConstants.Require8Bits(context, 7) : context.TypeOf(0), shapes.Output);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView left = context.Input(0), output = context.Output(0);
        if (output.Shape.Count == 0) return;
        long largest = Largest(context.Node, s_inputs, MatrixShapes.Of(left.Shape, context.Input(3).Shape), left.Type, out _);
        Func<FunctionBuilder, Expression, Expression, Expression> requantizer = QLinearConv.ResultOf(context.Node, QLinearConv.OutputScales(context.Node, 1, 4, 6, 1), 7, output.Type, largest);
        Emit(context, s_inputs, new RequantizeEpilogue(output.Buffer, requantizer));
    }
}

/// <summary>MatMulInteger: a, b, their zero points; the result is Int32.</summary>
sealed class MatMulInteger : IntegerMatMul
{
    static readonly Inputs s_inputs = new(0, 2, 1, 3);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context) => context.SetOutput(0, ElementType.Int32, Check(context, s_inputs).Output);

    /// <inheritdoc/>
    public override void Lower(LoweringContext context) => Emit(context, s_inputs, new IntegerEpilogue(context.Output(0).Buffer));
}
