using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>com.microsoft MatMulIntegerToFloat: a, b, their scales, their zero points, a bias; sum · (scale a · scale b) + bias in binary32.</summary>
sealed class MatMulIntegerToFloat : IntegerMatMul
{
    static readonly Inputs s_inputs = new(0, 4, 1, 5);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        MatrixShapes shapes = Check(context, s_inputs);
        CheckScales(context, 2, 1);
        CheckScales(context, 3, shapes.Columns);
        CheckBias(context, 6, shapes.Columns);
        context.SetOutput(0, ElementType.Float32, shapes.Output);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        Local leftScale = context.Code.Local("leftScale", Expression.Load(context.Input(2).Buffer, 0));
        Emit(context, s_inputs, new FloatEpilogue(context.Output(0).Buffer, Scales(context, leftScale, 3), Bias(context, 6)));
    }

    /// <summary>The product of both scales: a local, or one for each column.</summary>
    internal static Func<Expression, Expression> Scales(LoweringContext context, Expression leftScale, int right)
    {
        TensorView view = context.Input(right);
        Expression Product(Expression column) => ElementMath.Float(FloatOperation.Multiply, ElementType.Float32, leftScale, Expression.Load(view.Buffer, column));
        if (view.Shape.Count > 1) return Product;
        Local scale = context.Code.Local("scale", Product(0));
        return _ => scale;
    }

    /// <summary>The bias of a column; null where there is none.</summary>
    internal static Func<Expression, Expression>? Bias(LoweringContext context, int index) =>
        context.HasInput(index) ? column => Expression.Load(context.Input(index).Buffer, column) : null;

    /// <summary>Checks a binary32 scale of one element or one for each column.</summary>
    internal static void CheckScales(InferenceContext context, int index, int columns)
    {
        if (context.TypeOf(index) != ElementType.Float32) throw OnnxException.Unsupported($"input {index} (a scale): expected Float32, got {context.TypeOf(index)}");
        int count = context.ShapeOf(index).Count;
        if (count != 1 && count != columns) throw OnnxException.Unsupported($"input {index} (a scale): expected 1 or {columns} values, got {count}");
    }

    /// <summary>Checks an optional binary32 bias of one element for each column.</summary>
    internal static void CheckBias(InferenceContext context, int index, int columns)
    {
        if (!context.HasInput(index)) return;
        if (context.TypeOf(index) != ElementType.Float32 || context.ShapeOf(index).Count != columns)
            throw OnnxException.Malformed($"bias: expected Float32 of {columns} elements, got {context.TypeOf(index)}{context.ShapeOf(index)}");
    }
}

/// <summary>com.microsoft DynamicQuantizeMatMul: a in binary32, quantised as DynamicQuantizeLinear does, then as MatMulIntegerToFloat.</summary>
sealed class DynamicQuantizeMatMul : IntegerMatMul
{
    // Input 3 is the zero point of b; the left zero point is computed.
    static readonly Inputs s_inputs = new(0, int.MaxValue, 1, 3);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        if (context.TypeOf(0) != ElementType.Float32) throw OnnxException.Malformed($"a: expected Float32, got {context.TypeOf(0)}");
        MatrixShapes shapes = CheckRight(context, s_inputs, ElementType.UInt8);
        MatMulIntegerToFloat.CheckScales(context, 2, shapes.Columns);
        MatMulIntegerToFloat.CheckBias(context, 4, shapes.Columns);
        context.SetOutput(0, ElementType.Float32, shapes.Output);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), codes = context.Scratch("codes", ElementType.UInt8, input.Shape);
        TensorView parameters = context.Scratch("parameters", ElementType.Int32, new(2));
        (Local scale, Local zeroPoint) = DynamicQuantizeLinear.Emit(context, input, codes);
        context.Code.Store(parameters.Buffer, 0, scale);
        context.Code.Store(parameters.Buffer, 1, zeroPoint);
        context.BeginPart("product");
        Local leftScale = context.Code.Local("leftScale", Expression.Load(parameters.Buffer, 0));
        Local leftZeroPoint = context.Code.Local("leftZeroPoint", Expression.Load(parameters.Buffer, 1));
        FloatEpilogue epilogue = new(context.Output(0).Buffer, MatMulIntegerToFloat.Scales(context, leftScale, 2), MatMulIntegerToFloat.Bias(context, 4));
        Emit(context, s_inputs, codes, leftZeroPoint, epilogue);
    }
}
