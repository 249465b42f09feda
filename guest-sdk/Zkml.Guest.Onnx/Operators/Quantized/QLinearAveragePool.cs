using System.Runtime.InteropServices;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;
using Zkml.Guest.Runtime;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>com.microsoft QLinearGlobalAveragePool: x, its scale and zero point, the scale and zero point of the result.</summary>
sealed class QLinearGlobalAveragePool : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        if (context.Attributes.Flag("channels_last")) throw OnnxException.Unsupported("channels_last: expected 0");
        ElementType type = QuantizationConstants.Require8Bits(context, 0);
        Shape shape = context.ShapeOf(0);
        if (shape.Rank < 3) throw OnnxException.Malformed($"expected an input of rank 3 or more, got {shape}");
        CheckScale(context.Node, shape.CountOf(2, shape.Rank));
        QuantizationConstants.ZeroPoint(context.Node, 2);
        QuantizationConstants.ZeroPoint(context.Node, 4);
        context.SetOutput(0, type, new([shape[0], shape[1], .. Enumerable.Repeat(1, shape.Rank - 2)]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context) => Emit(context, context.Input(0).Shape[0] * context.Input(0).Shape[1], context.Input(0).Shape.CountOf(2, context.Input(0).Shape.Rank));

    /// <summary>Writes the averages of whole planes.</summary>
    public static void Emit(LoweringContext context, int planes, int size)
    {
        TensorView input = context.Input(0), output = context.Output(0);
        FunctionBuilder code = context.Code;
        int zeroPoint = QuantizationConstants.ZeroPoint(context.Node, 2);
        Func<FunctionBuilder, Expression, Expression, Expression> requantize = QLinearConv.ResultOf(context.Node, [CheckScale(context.Node, size)], 4, output.Type, 255L * size);
        code.For("plane", 0, planes, plane =>
        {
            Local start = code.Local("start", plane * size), sum = code.Local("sum", unchecked(-zeroPoint * size));
            int step = Math.Min(8, size), full = size / step * step;
            code.For("i", 0, full, i =>
            {
                for (int k = 0; k < step; k++) code.Assign(sum, sum + Expression.Load(input.Buffer, start + i + k));
            }, step);
            for (int i = full; i < size; i++) code.Assign(sum, sum + Expression.Load(input.Buffer, start + i));
            code.Store(output.Buffer, plane, requantize(code, sum, 0));
        });
    }

    /// <summary>scale of x / (scale of the result · size), which ONNX Runtime limits to [2^−32, 256).</summary>
    public static float CheckScale(Node node, int size)
    {
        float scale = QuantizationConstants.Scale(node, 1) / (QuantizationConstants.Scale(node, 3) * size);
        return size is > 0 and < 1 << 23 && scale is >= 1f / (1L << 32) and < 256 ? scale
            : throw OnnxException.Malformed($"scales and size: expected a ratio of 2^-32 to 256 and 1 to {1 << 23} elements, got {scale} and {size}");
    }
}

/// <summary>
/// com.microsoft QLinearAveragePool: inputs as QLinearGlobalAveragePool. The rule dequantises, sums and divides in binary32; integers decide
/// all results but those next to a half.
/// </summary>
sealed class QLinearAveragePool : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        if (context.Attributes.Flag("channels_last")) throw OnnxException.Unsupported("channels_last: expected 0");
        ElementType type = QuantizationConstants.Require8Bits(context, 0);
        ConvolutionGeometry geometry = ConvolutionGeometry.Pool(context.Attributes, context.ShapeOf(0));
        if (geometry.Dilations.Any(dilation => dilation != 1)) throw OnnxException.Unsupported("dilations: expected 1");
        if (IsGlobal(geometry)) QLinearGlobalAveragePool.CheckScale(context.Node, geometry.Taps);
        QuantizationConstants.Scale(context.Node, 1);
        QuantizationConstants.Scale(context.Node, 3);
        QuantizationConstants.ZeroPoint(context.Node, 2);
        QuantizationConstants.ZeroPoint(context.Node, 4);
        context.SetOutput(0, type, geometry.OutputShape);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        ConvolutionGeometry geometry = ConvolutionGeometry.Pool(context.Attributes, context.Input(0).Shape);
        int planes = geometry.Batch * geometry.InputChannels;
        if (planes == 0) return;
        if (IsGlobal(geometry)) QLinearGlobalAveragePool.Emit(context, planes, geometry.Taps);
        else new Emitter(context, geometry).Emit(planes);
    }

    static bool IsGlobal(ConvolutionGeometry geometry) => !geometry.IsPadded && geometry.Kernel.SequenceEqual(geometry.Input);

    sealed class Emitter
    {
        readonly LoweringContext _context;
        readonly ConvolutionGeometry _geometry;
        readonly bool _includesPadding;
        readonly int _zeroPoint;
        readonly int _shift;
        readonly Function _exact;
        readonly Requantizer _requantizer;

        public Emitter(LoweringContext context, ConvolutionGeometry geometry)
        {
            (_context, _geometry, _includesPadding) = (context, geometry, context.Attributes.Flag("count_include_pad"));
            Node node = context.Node;
            _zeroPoint = QuantizationConstants.ZeroPoint(node, 2);
            ElementType type = context.Output(0).Type;
            float scale = QuantizationConstants.Scale(node, 1), result = QuantizationConstants.Scale(node, 3);
            _shift = context.Attributes.Flag(QLinearBinary.AsUnsigned) ? 128 : 0;
            int zeroPoint = QuantizationConstants.ZeroPoint(node, 4) + _shift, minimum = QuantizationConstants.Minimum(type) + _shift, maximum = QuantizationConstants.Maximum(type) + _shift;
            // Partial sums of magnitude up to 255 · taps round once for each tap.
            double ratio = (double)scale / result;
            double margin = (geometry.Taps * ratio / (1 << 16)) + (1.0 / (1 << 15));
            _requantizer = new(node.Name, [(float)(ratio / geometry.Taps)], zeroPoint, minimum, maximum, 255L * geometry.Taps, margin);
            _exact = BuildExact(scale, result, zeroPoint, minimum, maximum);
        }

        FunctionBuilder Code => _context.Code;

        // Every window lies inside the input: sums have the same number of terms.
        bool IsStatic => !_geometry.IsPadded && Enumerable.Range(0, 3).All(axis => ((_geometry.Output[axis] - 1) * _geometry.Strides[axis]) + _geometry.Kernel[axis] <= _geometry.Input[axis]);

        public void Emit(int planes)
        {
            LoopBuffer output = _context.Output(0).Buffer;
            int[] size = _geometry.Output;
            bool isStatic = IsStatic;
            Code.For("plane", 0, planes, plane => Code.For("depth", 0, size[0], depth => Code.For("row", 0, size[1], row =>
            {
                Local to = Code.Local("to", (((plane * size[0]) + depth) * size[1] + row) * size[2]);
                (Local firstDepth, Expression depths) = Window(0, depth, isStatic);
                (Local firstRow, Expression rows) = Window(1, row, isStatic);
                Local line = Code.Local("line", ((plane * _geometry.Input[0] + firstDepth) * _geometry.Input[1] + firstRow) * _geometry.Input[2]);
                Code.For("column", 0, size[2], column =>
                {
                    (Local firstColumn, Expression columns) = Window(2, column, isStatic);
                    Local from = Code.Local("from", line + firstColumn);
                    Code.Store(output, to + column, (isStatic ? Static(from) : Expression.Call(_exact, from, depths, rows, columns)) - _shift);
                });
            })));
        }

        (Local First, Expression Count) Window(int axis, Expression position, bool isStatic)
        {
            Local first = Code.Local("first", (position * _geometry.Strides[axis]) - _geometry.PadsBefore[axis]);
            if (isStatic) return (first, _geometry.Kernel[axis]);
            Local end = Code.Local("end", first + _geometry.Kernel[axis]);
            Code.If(end > _geometry.Input[axis], () => Code.Assign(end, _geometry.Input[axis]));
            Code.If(first < 0, () => Code.Assign(first, 0));
            return (first, Code.Local("count", end - first));
        }

        Expression Static(Local from)
        {
            Local sum = Code.Local("sum", unchecked(-_zeroPoint * _geometry.Taps));
            int[] kernel = _geometry.Kernel;
            LoopBuffer input = _context.Input(0).Buffer;
            Code.For("tapDepth", 0, kernel[0], depth => Code.For("tapRow", 0, kernel[1], row =>
            {
                Expression line = from + (depth * (_geometry.Input[1] * _geometry.Input[2])) + (row * _geometry.Input[2]);
                if (kernel[2] > 16) Code.For("tapColumn", 0, kernel[2], column => Code.Assign(sum, sum + Expression.Load(input, line + column)));
                else for (int column = 0; column < kernel[2]; column++) Code.Assign(sum, sum + Expression.Load(input, line + column));
            }));
            return _requantizer.Append(Code, sum, 0, () => Expression.Call(_exact, from, kernel[0], kernel[1], kernel[2]));
        }

        // The rule itself, for a window that starts at an index and has these extents.
        Function BuildExact(float scale, float result, int zeroPoint, int minimum, int maximum)
        {
            TensorView input = _context.Input(0);
            int lowest = QuantizationConstants.Minimum(input.Type);
            float[] values = [.. Enumerable.Range(lowest, 256).Select(code => FloatKernels.Dequantize(code, scale, _zeroPoint))];
            LoopBuffer table = LoopBuffer.Constant($"{_context.Node.Name}.values", MemoryType.Int32, MemoryMarshal.AsBytes<float>(values));
            FunctionBuilder code = new($"{_context.Node.Name}.exact", ScalarType.Int32);
            Local from = code.Parameter(ScalarType.Int32, "from"), depths = code.Parameter(ScalarType.Int32, "depths");
            Local rows = code.Parameter(ScalarType.Int32, "rows"), columns = code.Parameter(ScalarType.Int32, "columns");
            Local sum = code.Local("sum", (Expression)0);
            code.For("depth", 0, depths, depth => code.For("row", 0, rows, row =>
            {
                Local line = code.Local("line", from + (depth * (_geometry.Input[1] * _geometry.Input[2])) + (row * _geometry.Input[2]));
                code.For("column", 0, columns, column => code.Assign(sum, ElementMath.Float(FloatOperation.Add, ElementType.Float32, sum, Expression.Load(table, Expression.Load(input.Buffer, line + column) - lowest))));
            }));
            Expression count = _includesPadding ? BitConverter.SingleToInt32Bits(_geometry.Taps)
                : Expression.Call(SoftFloat.Get(FloatOperation.FromInt32, FloatWidth.Float32), depths * rows * columns);
            Expression mean = ElementMath.Float(FloatOperation.Divide, ElementType.Float32, sum, count);
            Expression quotient = ElementMath.Float(FloatOperation.Divide, ElementType.Float32, mean, BitConverter.SingleToInt32Bits(result));
            Requantizer.ReturnRounded(code, ElementMath.Float(FloatOperation.Add, ElementType.Float32, quotient, BitConverter.SingleToInt32Bits(zeroPoint)), 0, minimum, maximum);
            return code.Build();
        }
    }
}
