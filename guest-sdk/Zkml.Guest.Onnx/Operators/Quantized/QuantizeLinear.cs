using System.Runtime.InteropServices;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// QuantizeLinear, per tensor, axis or block, to integers of 2 to 16 bits and to narrow floats. A constant scale for the whole tensor becomes
/// a table of the smallest input of each code, searched by bits; every other form divides in binary32.
/// </summary>
sealed class QuantizeLinear : Operator
{
    const int SmallestSearch = 32;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        ElementType input = context.TypeOf(0), scale = context.TypeOf(1);
        if (input is not (ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Int32)) throw OnnxException.Malformed($"x: expected Float32, Float16, BFloat16 or Int32, got {input}");
        if (scale is not (ElementType.Float32 or ElementType.Float16 or ElementType.BFloat16 or ElementType.Float8E8M0 or ElementType.Int32)) throw OnnxException.Malformed($"scale: expected a float, got {scale}");
        int attribute = context.Attributes.Int32("output_dtype", 0);
        ElementType output = context.HasInput(2) ? context.TypeOf(2) : attribute != 0 ? (ElementType)attribute : ElementType.UInt8;
        bool isInteger = output.IsInteger && output.Bits <= 16, isNarrow = output.Narrow is not (null or NarrowFormat.Float16 or NarrowFormat.BFloat16 or NarrowFormat.Float8E8M0);
        if (!isInteger && !isNarrow) throw OnnxException.Unsupported($"y: expected an integer of at most 16 bits, an 8-bit or a 4-bit float, got {output}");
        if (attribute != 0 && (ElementType)attribute != output) throw OnnxException.Malformed($"output_dtype {(ElementType)attribute} differs from the zero point's {output}");
        if (context.Input(1).Constant is { Type: ElementType.Float32 } constant) CheckFinite(constant);
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
        if (!output.Type.IsInteger)
        {
            Function narrow = SoftFloat.Narrow(output.Type.Narrow!.Value, context.Attributes.Flag("saturate", true));
            layout.Loop(code, index => code.Local("scale", context.Load(scales, index)), (index, scale) =>
            {
                Expression quotient = ElementMath.Float(FloatOperation.Divide, ElementType.Float32, Value(context, input, index), scale);
                // Four bits: the zero point is added, which takes the sign from zero.
                if (output.Type.Bits == 4) quotient = ElementMath.Float(FloatOperation.Add, ElementType.Float32, quotient, 0);
                code.Store(output.Buffer, index, Expression.Call(narrow, quotient));
            });
            return;
        }
        if (layout.IsPerTensor && input.Shape.Count >= SmallestSearch && output.Type.Bits <= 8 && input.Type != ElementType.Int32
            && context.ConstantOf(1) != null && (zeroPoints == null || context.ConstantOf(2) != null))
        {
            Search(context, input, output);
            return;
        }
        layout.Loop(code,
            index => (Scale: code.Local("scale", Value(context, scales, index)), ZeroPoint: zeroPoints == null ? (Expression)0 : code.Local("zeroPoint", context.Load(zeroPoints, index))),
            (index, parameters) => code.Store(output.Buffer, index, Quantize(code, Value(context, input, index), parameters.Scale, parameters.ZeroPoint, output.Type)));
    }

    /// <summary>x / scale, rounded to nearest even, plus the zero point, clamped to the type; NaN gives the minimum.</summary>
    public static Expression Quantize(FunctionBuilder code, Expression value, Expression scale, Expression zeroPoint, ElementType type)
    {
        int minimum = QuantizationConstants.Minimum(type), maximum = QuantizationConstants.Maximum(type);
        Local quotient = code.Local("quotient", ElementMath.Float(FloatOperation.Divide, ElementType.Float32, value, scale));
        Local result = code.Local("code", Requantizer.Round(quotient));
        Local low = code.Local("low", minimum - zeroPoint), high = code.Local("high", maximum - zeroPoint);
        code.If(result < low, () => code.Assign(result, low));
        code.If(result > high, () => code.Assign(result, high));
        code.If(IsNaN(quotient), () => code.Assign(result, low));
        return result + zeroPoint;
    }

    static Expression IsNaN(Expression bits) => ((Expression)0x7F800000).IsBelow(bits & 0x7FFFFFFF);

    static Expression Value(LoweringContext context, TensorView view, Expression index) => view.Type == ElementType.Int32
        ? Expression.Call(SoftFloat.Get(FloatOperation.FromInt32, FloatWidth.Float32), context.Load(view, index))
        : context.Load(view, index);

    // Codes grow with the input, so the code is the number of thresholds that the input reaches.
    static void Search(LoweringContext context, TensorView input, TensorView output)
    {
        FunctionBuilder code = context.Code;
        int minimum = QuantizationConstants.Minimum(output.Type), count = 1 << output.Type.Bits;
        int[] thresholds = Thresholds(QuantizationConstants.Scale(context.Node, 1), QuantizationConstants.ZeroPoint(context.Node, 2), minimum, count);
        LoopBuffer table = LoopBuffer.Constant($"{context.Node.Name}.thresholds", MemoryType.Int32, MemoryMarshal.AsBytes<int>(thresholds));
        code.For("i", 0, input.Shape.Count, i =>
        {
            Local bits = code.Local("bits", context.Load(input, i));
            Local key = code.Local("key", bits ^ ((bits >> 31) >>> 1));
            Local position = code.Local("position", (Expression)0);
            for (int step = count / 2; step > 0; step /= 2)
                code.Assign(position, position + ((key >= Expression.Load(table, position + step)) << int.Log2(step)));
            code.If(IsNaN(bits), () => code.Assign(position, 0));
            code.Store(output.Buffer, i, position + minimum);
        });
    }

    /// <summary>
    /// For each code but the smallest, the smallest input that reaches it, as a key: the bits of the float, with those below the sign flipped for
    /// negative numbers, so that signed comparison orders them.
    /// </summary>
    static int[] Thresholds(float scale, int zeroPoint, int minimum, int count)
    {
        const int NegativeInfinity = unchecked((int)0x807FFFFF), PositiveInfinity = 0x7F800000;
        int[] thresholds = new int[count];
        for (int index = 1; index < count; index++)
        {
            long low = NegativeInfinity, high = PositiveInfinity;
            while (low < high)
            {
                long middle = (low + high) >> 1;
                float value = BitConverter.Int32BitsToSingle((int)middle ^ (int)((uint)((int)middle >> 31) >> 1));
                if (FloatKernels.Quantize(value, scale, zeroPoint, minimum, minimum + count - 1) >= minimum + index) high = middle;
                else low = middle + 1;
            }
            thresholds[index] = (int)low;
        }
        return thresholds;
    }

    static void CheckFinite(Tensor scales)
    {
        foreach (float scale in scales.As<float>())
            if (!float.IsFinite(scale) || scale <= 0) throw OnnxException.Malformed($"scale: expected finite numbers above 0, got {scale}");
    }
}
