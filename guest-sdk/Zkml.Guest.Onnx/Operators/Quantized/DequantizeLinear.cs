using System.Runtime.InteropServices;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// DequantizeLinear: (x − zero point) · scale in binary32, per tensor, axis or block, from integers of 2 to 32 bits and narrow floats. Codes of
/// at most 8 bits with one constant scale are read from a table.
/// </summary>
sealed class DequantizeLinear : Operator
{
    const int SmallestTable = 32;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        ElementType input = context.TypeOf(0), scale = context.TypeOf(1);
        bool isNarrow = input.Narrow is not (null or NarrowFormat.Float16 or NarrowFormat.BFloat16);
        if (!isNarrow && !(input.IsInteger && (input.Bits <= 16 || input == ElementType.Int32))) throw OnnxException.Malformed($"x: expected an integer of at most 32 bits or a narrow float, got {input}");
        if (scale is not (ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Float8E8M0)) throw OnnxException.Malformed($"scale: expected a float, got {scale}");
        if (context.HasInput(2) && context.TypeOf(2) != input) throw OnnxException.Malformed($"zero point: expected {input}, got {context.TypeOf(2)}");
        int attribute = context.Attributes.Int32("output_dtype", 0);
        ElementType output = attribute == 0 ? scale : (ElementType)attribute;
        if (output is not (ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16)) throw OnnxException.Unsupported($"y: expected Float32, Float16 or BFloat16, got {output}");
        QuantizationLayout.Of(context.Attributes, context.ShapeOf(0), context.ShapeOf(1), context.HasInput(2) ? context.ShapeOf(2) : null);
        context.SetOutput(0, output, context.ShapeOf(0));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0), scales = context.Input(1), output = context.Output(0);
        FunctionBuilder code = context.Code;
        TensorView? zeroPoints = context.HasInput(2) ? context.Input(2) : null;
        QuantizationLayout layout = QuantizationLayout.Of(context.Attributes, input.Shape, scales.Shape, zeroPoints?.Shape);
        if (layout.IsPerTensor && input.Type.IsInteger && input.Type.Bits <= 8 && input.Shape.Count >= SmallestTable && output.Type == ElementType.Float32
            && context.ConstantOf(1) is { Type: ElementType.Float32 } && (zeroPoints == null || context.ConstantOf(2) != null))
        {
            Table(context, input, output);
            return;
        }
        layout.Loop(code,
            index => (Scale: code.Local("scale", context.Load(scales, index)), ZeroPoint: zeroPoints == null ? (Expression)0 : code.Local("zeroPoint", context.Load(zeroPoints, index))),
            (index, parameters) => context.Store(output, index, ElementMath.Float(FloatOperation.Multiply, ElementType.Float32, Difference(context, input, index, parameters.ZeroPoint), parameters.Scale)));
    }

    static Expression Difference(LoweringContext context, TensorView input, Expression index, Expression zeroPoint) => input.Type.IsInteger
        ? Expression.Call(SoftFloat.Get(FloatOperation.FromInt32, FloatWidth.Float32), context.Load(input, index) - zeroPoint)
        : context.Load(input, index);

    static void Table(LoweringContext context, TensorView input, TensorView output)
    {
        int minimum = QuantizationConstants.Minimum(input.Type), count = 1 << input.Type.Bits;
        float scale = context.ConstantOf(1)!.As<float>()[0];
        int zeroPoint = QuantizationConstants.ZeroPoint(context.Node, 2);
        float[] values = [.. Enumerable.Range(minimum, count).Select(value => FloatKernels.Dequantize(value, scale, zeroPoint))];
        LoopBuffer table = LoopBuffer.Constant($"{context.Node.Name}.values", MemoryType.Int32, MemoryMarshal.AsBytes<float>(values));
        Broadcast.Loop(context.Code, output.Shape, [input.Shape], (index, sources) =>
            context.Code.Store(output.Buffer, index, Expression.Load(table, Expression.Load(input.Buffer, sources[0]) - minimum)));
    }
}

/// <summary>DynamicQuantizeLinear: the scale and zero point of the range of x, which includes 0, and x in UInt8.</summary>
sealed class DynamicQuantizeLinear : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        if (context.TypeOf(0) != ElementType.Float32) throw OnnxException.Malformed($"x: expected Float32, got {context.TypeOf(0)}");
        context.SetOutput(0, ElementType.UInt8, context.ShapeOf(0));
        context.SetOutput(1, ElementType.Float32, Shape.Scalar);
        context.SetOutput(2, ElementType.UInt8, Shape.Scalar);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView input = context.Input(0);
        TensorView codes = context.HasOutput(0) ? context.Output(0) : context.Scratch("codes", ElementType.UInt8, input.Shape);
        (Local scale, Local zeroPoint) = Emit(context, input, codes);
        if (context.HasOutput(1)) context.Code.Store(context.Output(1).Buffer, 0, scale);
        if (context.HasOutput(2)) context.Code.Store(context.Output(2).Buffer, 0, zeroPoint);
    }

    /// <summary>Writes the codes; returns the bits of the scale, and the zero point.</summary>
    public static (Local Scale, Local ZeroPoint) Emit(LoweringContext context, TensorView input, TensorView codes)
    {
        FunctionBuilder code = context.Code;
        Local minimum = code.Local("minimum", (Expression)0), maximum = code.Local("maximum", (Expression)0);
        code.For("i", 0, input.Shape.Count, i =>
        {
            Local bits = code.Local("bits", Expression.Load(input.Buffer, i));
            Local key = code.Local("key", Key(bits));
            code.If(key < minimum, () => code.Assign(minimum, key));
            code.If(key > maximum, () => code.Assign(maximum, key));
        });
        // The key of −0 lies below that of 0.
        Local least = code.Local("least", Key(minimum));
        Local span = code.Local("span", Float(FloatOperation.Subtract, maximum, least));
        Local scale = code.Local("scale", BitConverter.SingleToInt32Bits(1f));
        code.If(span & 0x7FFFFFFF, () => code.Assign(scale, Float(FloatOperation.Divide, span, BitConverter.SingleToInt32Bits(255f))));
        Local zeroPoint = code.Local("zeroPoint", Requantizer.Round(Float(FloatOperation.Subtract, 0, Float(FloatOperation.Divide, least, scale))));
        code.If(zeroPoint < 0, () => code.Assign(zeroPoint, 0));
        code.If(zeroPoint > 255, () => code.Assign(zeroPoint, 255));
        code.For("i", 0, input.Shape.Count, i =>
            code.Store(codes.Buffer, i, QuantizeLinear.Quantize(code, Expression.Load(input.Buffer, i), scale, zeroPoint, ElementType.UInt8)));
        return (scale, zeroPoint);
    }

    // Bits of a float to a number that signed comparison orders, and back.
    static Expression Key(Expression bits) => bits ^ ((bits >> 31) >>> 1);

    static Expression Float(FloatOperation operation, Expression left, Expression right) => ElementMath.Float(operation, ElementType.Float32, left, right);
}
