using System.Runtime.InteropServices;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Quantized;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>Random models by kind and seed, with expected results by plain loops over the rules of ONNX Runtime.</summary>
static partial class QuantizedCases
{
    public static readonly string[] Kinds = ["requantise", "conv", "matmul", "gemm", "add", "mul", "global-pool", "pool", "lookup", "softmax", "concat", "where", "quantize", "dequantize", "integer-matmul", "float-matmul"];

    public static QuantizedCase Make(string kind, int seed)
    {
        Random random = new(seed);
        return kind switch
        {
            "requantise" => Requantise(random, seed),
            "conv" => Convolution(random, seed),
            "matmul" => MatMul(random, seed),
            "gemm" => Gemm(random, seed),
            "add" or "mul" => Binary(random, seed, kind == "add"),
            "global-pool" => GlobalPool(random, seed),
            "pool" => Pool(random, seed),
            "lookup" => Lookup(random, seed),
            "softmax" => Softmax(random, seed),
            "concat" => Concat(random, seed),
            "quantize" => Quantize(random, seed),
            "dequantize" => Dequantize(random, seed),
            "integer-matmul" => IntegerMatMul(random, seed),
            "float-matmul" => FloatMatMul(random, seed),
            _ => Where(random, seed),
        };
    }

    static int Minimum(ElementType type) => type == ElementType.Int8 ? -128 : 0;

    static int Maximum(ElementType type) => type == ElementType.Int8 ? 127 : 255;

    static ElementType Type(Random random) => random.Next(2) == 0 ? ElementType.UInt8 : ElementType.Int8;

    static int Code(Random random, ElementType type) => random.Next(Minimum(type), Maximum(type) + 1);

    // Sometimes a power of two, where ties are common.
    static float Scale(Random random, double low, double high) =>
        random.Next(4) == 0 ? (float)Math.Pow(2, Math.Round(Math.Log2(low + ((high - low) * random.NextDouble())))) : (float)Math.Exp(Math.Log(low) + (Math.Log(high / low) * random.NextDouble()));

    static Tensor Codes(Random random, ElementType type, Shape shape)
    {
        byte[] data = new byte[shape.Count];
        // Whole range, or a few values, so that extremes meet.
        if (random.Next(4) == 0)
            foreach (ref byte code in data.AsSpan()) code = unchecked((byte)(random.Next(2) == 0 ? Minimum(type) : Maximum(type)));
        else random.NextBytes(data);
        return new(type, shape, data);
    }

    static Tensor Floats(params float[] values) => Tensor.Of<float>(ElementType.Float32, values.Length == 1 ? Shape.Scalar : new(values.Length), values);

    static Tensor Integers(Shape shape, int[] values) => new(ElementType.Int32, shape, MemoryMarshal.AsBytes<int>(values));

    static Tensor Result(ElementType type, Shape shape, IEnumerable<int> codes) => new(type, shape, [.. codes.Select(code => unchecked((byte)code))]);

    static int Requantize(long accumulator, float scale, int zeroPoint, ElementType type) => FloatKernels.Requantize((int)accumulator, scale, zeroPoint, Minimum(type), Maximum(type));

    // Arbitrary accumulators: the bias of a product with 0. Each column has a scale and a size of its own.
    static QuantizedCase Requantise(Random random, int seed)
    {
        ElementType type = Type(random);
        const int Rows = 10, Columns = 10;
        int bits = random.Next(8, 31), zeroPoint = Code(random, type);
        float scaleA = Scale(random, 0.5, 2), scaleY = (float)Math.Pow(2, bits - 8 + (4 * random.NextDouble()) - 2) * (random.Next(3) == 0 ? 1 : 0.9f);
        float[] scaleB = [.. Enumerable.Range(0, Columns).Select(_ => Scale(random, 0.125, 8))];
        int[] reach = [.. scaleB.Select(scale => Math.Clamp(bits - (int)Math.Round(Math.Log2(scale)), 1, 30))];
        int[] bias = [.. Enumerable.Range(0, Rows * Columns).Select(i => random.Next(-(1 << reach[i % Columns]), 1 << reach[i % Columns]))];
        return new QuantizedModel("QGemm").Input(new(type, new(Rows, 1), new byte[Rows])).Parameters(scaleA, 0, type).Constant(new(type, new(1, Columns), new byte[Columns]))
            .Constant(Tensor.Of<float>(ElementType.Float32, new(Columns), scaleB)).Constant(new(type, new(Columns), new byte[Columns])).Constant(Integers(new(Rows, Columns), bias))
            .Parameters(scaleY, zeroPoint, type)
            .Build($"requantise {seed}: {type} scales {scaleA} {string.Join(' ', scaleB)} {scaleY} zero {zeroPoint}",
                Result(type, new(Rows, Columns), bias.Select((value, i) => Requantize(value, scaleA * scaleB[i % Columns] / scaleY, zeroPoint, type)))) with { Draws = Columns };
    }

    /// <summary>A convolution of UInt8 by Int8 with square windows.</summary>
    public static QuantizedCase MakeConvolution(int inputs, int outputs, int extent, int window, int stride, int padding, int groups) => Convolution(
        new(1), 1, ElementType.UInt8, ElementType.Int8, new(1, inputs, extent, extent), new(outputs, inputs / groups, window, window), groups, [stride, stride], [1, 1], [padding, padding, padding, padding]);

    static QuantizedCase Convolution(Random random, int seed)
    {
        (ElementType type, ElementType weightType) = random.Next(3) switch
        {
            0 => (ElementType.UInt8, ElementType.UInt8),
            1 => (ElementType.UInt8, ElementType.Int8),
            _ => (ElementType.Int8, ElementType.Int8),
        };
        int rank = random.Next(8) switch { 0 => 1, 1 => 3, _ => 2 }, groups = random.Next(3) == 0 ? random.Next(1, 4) : 1, inputs = random.Next(1, 6), outputs = random.Next(1, 6);
        if (random.Next(5) == 0) (inputs, outputs) = (1, 1);
        int[] size = new int[rank], kernel = new int[rank], strides = new int[rank], dilations = new int[rank], pads = new int[2 * rank];
        for (int i = 0; i < rank; i++)
        {
            (size[i], kernel[i], strides[i], dilations[i]) = (random.Next(1, 11), random.Next(1, 4), random.Next(1, 3), random.Next(4) == 0 ? 2 : 1);
            int reach = ((kernel[i] - 1) * dilations[i]) + 1;
            if (random.Next(2) == 0) (pads[i], pads[i + rank]) = (random.Next(0, reach), random.Next(0, reach));
            size[i] = Math.Max(size[i], reach);
        }
        return Convolution(random, seed, type, weightType, new([random.Next(1, 3), groups * inputs, .. size]), new([groups * outputs, inputs, .. kernel]), groups, strides, dilations, pads);
    }

    static QuantizedCase Convolution(Random random, int seed, ElementType type, ElementType weightType, Shape shape, Shape weightShape, int groups, int[] strides, int[] dilations, int[] pads)
    {
        int rank = strides.Length, inputs = weightShape[1], outputs = weightShape[0] / groups;
        int[] kernel = weightShape.Dimensions[2..].ToArray();
        int[] output = [.. Enumerable.Range(0, rank).Select(i => ((shape[i + 2] + pads[i] + pads[i + rank] - ((kernel[i] - 1) * dilations[i]) - 1) / strides[i]) + 1)];
        Tensor x = Codes(random, type, shape), w = Codes(random, weightType, weightShape);
        int zeroX = Code(random, type), zeroY = Code(random, type), zeroW = weightType == ElementType.Int8 ? 0 : Code(random, weightType), terms = inputs * kernel.Aggregate(1, (a, b) => a * b);
        float scaleX = Scale(random, 0.001, 0.1), scaleY = (float)(scaleX * Math.Sqrt(terms) * (0.2 + random.NextDouble()));
        float[] scaleW = [.. Enumerable.Range(0, random.Next(2) == 0 ? 1 : groups * outputs).Select(_ => Scale(random, 0.002, 0.05))];
        int[]? bias = random.Next(2) == 0 ? null : [.. Enumerable.Range(0, groups * outputs).Select(_ => random.Next(-30000, 30000))];
        Shape result = new([shape[0], groups * outputs, .. output]);
        int[] codes = new int[result.Count];
        int channelSize = output.Aggregate(1, (a, b) => a * b);
        for (int i = 0; i < codes.Length; i++)
        {
            int channel = i / channelSize % (groups * outputs), image = i / channelSize / (groups * outputs);
            long sum = bias?[channel] ?? 0;
            for (int c = 0; c < inputs; c++) sum += Window(x, w, image, (channel / outputs * inputs) + c, channel, c, i % channelSize, output, strides, dilations, pads, zeroX, zeroW);
            codes[i] = Requantize(sum, scaleX * scaleW[scaleW.Length == 1 ? 0 : channel] / scaleY, zeroY, type);
        }
        Tensor weightZero = new(weightType, scaleW.Length == 1 ? Shape.Scalar : new(scaleW.Length), [.. Enumerable.Repeat(unchecked((byte)zeroW), scaleW.Length)]);
        QuantizedModel model = new QuantizedModel("QLinearConv", "").Input(x).Parameters(scaleX, zeroX, type).Constant(w)
            .Constant(Tensor.Of<float>(ElementType.Float32, scaleW.Length == 1 ? Shape.Scalar : new(scaleW.Length), scaleW)).Constant(weightZero).Parameters(scaleY, zeroY, type)
            .Attribute("group", groups).Extents("kernel_shape", kernel).Extents("strides", strides).Extents("dilations", dilations).Extents("pads", pads);
        if (bias != null) model.Constant(Integers(new(bias.Length), bias));
        return model.Build($"conv {seed}: {type}{shape} {weightType}{weightShape} groups {groups} strides {string.Join(',', strides)} pads {string.Join(',', pads)}", Result(type, result, codes)) with { MixesSigns = type != weightType };
    }

    static long Window(Tensor x, Tensor w, int image, int inputChannel, int outputChannel, int weightChannel, int position, int[] output, int[] strides, int[] dilations, int[] pads, int zeroX, int zeroW)
    {
        int rank = output.Length, taps = w.Shape.CountOf(2, w.Shape.Rank);
        long sum = 0;
        for (int tap = 0; tap < taps; tap++)
        {
            int index = (image * x.Shape[1]) + inputChannel, p = position, t = tap;
            bool isInside = true;
            int[] coordinates = new int[rank];
            for (int i = rank - 1; i >= 0; i--)
            {
                coordinates[i] = (p % output[i] * strides[i]) - pads[i] + (t % w.Shape[i + 2] * dilations[i]);
                (p, t) = (p / output[i], t / w.Shape[i + 2]);
                isInside &= coordinates[i] >= 0 && coordinates[i] < x.Shape[i + 2];
            }
            if (!isInside) continue;
            for (int i = 0; i < rank; i++) index = (index * x.Shape[i + 2]) + coordinates[i];
            sum += (x.IntegerAt(index) - zeroX) * (w.IntegerAt((((outputChannel * w.Shape[1]) + weightChannel) * taps) + tap) - zeroW);
        }
        return sum;
    }

    static QuantizedCase MatMul(Random random, int seed)
    {
        (ElementType type, ElementType rightType) = random.Next(3) switch
        {
            0 => (ElementType.UInt8, ElementType.UInt8),
            1 => (ElementType.UInt8, ElementType.Int8),
            _ => (ElementType.Int8, ElementType.Int8),
        };
        int rows = random.Next(1, 8), depth = random.Next(1, 40), columns = random.Next(1, 12), batch = random.Next(3) == 0 ? random.Next(2, 4) : 1;
        bool isConstant = random.Next(3) > 0, isBatchedRight = batch > 1 && random.Next(2) == 0, isPerColumn = !isBatchedRight && isConstant && random.Next(2) == 0;
        Shape left = batch > 1 ? new(batch, rows, depth) : new(rows, depth), right = isBatchedRight ? new(batch, depth, columns) : new(depth, columns);
        Tensor a = Codes(random, type, left), b = Codes(random, rightType, right);
        int zeroA = Code(random, type), zeroY = Code(random, type);
        int[] zeroB = [.. Enumerable.Range(0, isPerColumn ? columns : 1).Select(_ => Code(random, rightType))];
        float scaleA = Scale(random, 0.001, 0.1), scaleY = (float)(scaleA * Math.Sqrt(depth) * (0.5 + random.NextDouble()));
        float[] scaleB = [.. Enumerable.Range(0, zeroB.Length).Select(_ => Scale(random, 0.002, 0.05))];
        Shape result = batch > 1 ? new(batch, rows, columns) : new(rows, columns);
        int[] codes = new int[result.Count];
        for (int i = 0; i < codes.Length; i++)
        {
            int column = i % columns, row = i / columns % rows, matrix = i / columns / rows, per = isPerColumn ? column : 0;
            long sum = 0;
            for (int k = 0; k < depth; k++)
                sum += (a.IntegerAt((((matrix * rows) + row) * depth) + k) - zeroA) * (b.IntegerAt((((isBatchedRight ? matrix : 0) * depth) + k) * columns + column) - zeroB[per]);
            codes[i] = Requantize(sum, scaleA * scaleB[per] / scaleY, zeroY, type);
        }
        Shape parameters = isPerColumn ? new(columns) : Shape.Scalar;
        QuantizedModel model = new QuantizedModel("QLinearMatMul", "").Input(a).Parameters(scaleA, zeroA, type);
        model = isConstant ? model.Constant(b) : model.Input(b);
        return model.Constant(Tensor.Of<float>(ElementType.Float32, parameters, scaleB)).Constant(new(rightType, parameters, [.. zeroB.Select(zero => unchecked((byte)zero))])).Parameters(scaleY, zeroY, type)
            .Build($"matmul {seed}: {type}{left} {rightType}{right} constant {isConstant} per column {isPerColumn}", Result(type, result, codes)) with { MixesSigns = type != rightType };
    }

    static QuantizedCase Gemm(Random random, int seed)
    {
        ElementType type = Type(random), rightType = type == ElementType.Int8 || random.Next(2) == 0 ? ElementType.Int8 : ElementType.UInt8;
        int rows = random.Next(1, 6), depth = random.Next(1, 40), columns = random.Next(1, 12);
        bool transA = random.Next(4) == 0, transB = random.Next(2) == 0, isPerColumn = random.Next(2) == 0, isFloat = random.Next(4) == 0;
        Tensor a = Codes(random, type, transA ? new(depth, rows) : new(rows, depth)), b = Codes(random, rightType, transB ? new(columns, depth) : new(depth, columns));
        int zeroA = Code(random, type), zeroB = Code(random, rightType), zeroY = Code(random, type);
        float scaleA = Scale(random, 0.001, 0.1), scaleY = (float)(scaleA * Math.Sqrt(depth) * (0.5 + random.NextDouble()));
        float[] scaleB = [.. Enumerable.Range(0, isPerColumn ? columns : 1).Select(_ => Scale(random, 0.002, 0.05))];
        int[] bias = [.. Enumerable.Range(0, columns).Select(_ => random.Next(-20000, 20000))];
        int[] codes = new int[rows * columns];
        float[] floats = new float[codes.Length];
        for (int i = 0; i < codes.Length; i++)
        {
            int column = i % columns, row = i / columns, sum = bias[column];
            for (int k = 0; k < depth; k++)
                sum += ((int)a.IntegerAt(transA ? (k * rows) + row : (row * depth) + k) - zeroA) * ((int)b.IntegerAt(transB ? (column * depth) + k : (k * columns) + column) - zeroB);
            float scale = scaleA * scaleB[isPerColumn ? column : 0];
            codes[i] = Requantize(sum, scale / scaleY, zeroY, type);
            floats[i] = sum * scale;
        }
        Shape parameters = isPerColumn ? new(columns) : Shape.Scalar;
        QuantizedModel model = new QuantizedModel("QGemm").Input(a).Parameters(scaleA, zeroA, type).Constant(b).Constant(Tensor.Of<float>(ElementType.Float32, parameters, scaleB))
            .Constant(new(rightType, parameters, [.. Enumerable.Repeat(unchecked((byte)zeroB), scaleB.Length)])).Constant(Integers(new(columns), bias))
            .Attribute("transA", transA ? 1 : 0).Attribute("transB", transB ? 1 : 0).Attribute("alpha", 1f);
        if (!isFloat) model.Parameters(scaleY, zeroY, type);
        Shape result = new(rows, columns);
        return model.Build($"gemm {seed}: {type} {rows}x{depth}x{columns} trans {transA}{transB} float {isFloat}", isFloat ? Tensor.Of<float>(ElementType.Float32, result, floats) : Result(type, result, codes)) with { MixesSigns = type != rightType };
    }
}
