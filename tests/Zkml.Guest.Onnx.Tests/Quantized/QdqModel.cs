using System.Runtime.InteropServices;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import.Proto;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>A random graph of QDQ pairs from a binary32 input to a binary32 output: a chain of layers with branches, as quantisers write it.</summary>
sealed class QdqModel
{
    readonly ModelBuilder _builder;
    readonly Random _random;
    readonly ElementType _type;
    int _count;

    QdqModel(int seed, ElementType type, int operatorSet) => (_builder, _random, _type) = (new(operatorSet), new(seed), type);

    /// <summary>The codes of an activation.</summary>
    sealed record Codes(string Name, int[] Shape, float Scale, int ZeroPoint)
    {
        public int Count => Shape.Aggregate(1, (count, extent) => count * extent);
    }

    /// <summary>The bytes of a model with these layers between its input and a classifier, and an input for it.</summary>
    public static (byte[] Model, Tensor Input) Make(int seed, ElementType type, params ReadOnlySpan<string> layers)
    {
        QdqModel model = new(seed, type, 13 + (2 * (seed % 4)));
        int[] shape = [1, 1 + (seed % 3), 8, 9];
        model._builder.Input("x", ElementType.Float32, [.. shape.Select(extent => (object)extent)]);
        Codes value = model.Quantize("x", shape, 0.02f * (1 + model._random.NextSingle()), model.Zero());
        foreach (string layer in layers) value = model.Add(layer, value);
        model._builder.Node("DequantizeLinear", model.Operands(value), ["y"]);
        model._builder.Output("y");
        float[] input = [.. Enumerable.Range(0, shape.Aggregate(1, (count, extent) => count * extent)).Select(_ => (model._random.NextSingle() * 6) - 3)];
        return (model._builder.ToBytes(), Tensor.Of<float>(ElementType.Float32, new(shape), input));
    }

    Codes Add(string layer, Codes x) => layer switch
    {
        "conv" => Convolution(x, _random.Next(2, 6), 1, ""),
        "conv-relu" => Convolution(x, _random.Next(2, 6), 1, "Relu"),
        "conv-clip" => Convolution(x, 3, 1, "Clip"),
        "depthwise" => Convolution(x, x.Shape[1], x.Shape[1], "Relu"),
        "maxpool" => MaxPool(x),
        "avgpool" => AveragePool(x),
        "globalpool" => Quantize(Node("GlobalAveragePool", [Dequantize(x)]), [1, x.Shape[1], 1, 1], x.Scale * 0.4f, x.ZeroPoint),
        "residual" => Residual(x, "Add", ""),
        // A zero point inside of the range: the codes do not imply the bound.
        "residual-relu" => Residual(x, "Add", "Relu"),
        "product-relu" => Residual(x, "Mul", "Relu"),
        "square" => Quantize(Node("Mul", [Dequantize(x), Dequantize(x)]), x.Shape, x.Scale * x.Scale * 60, Zero()),
        "concat" => Quantize(Node("Concat", [Dequantize(x), Dequantize(Add("conv-same", x))], ModelBuilder.Integer("axis", 1)), [1, x.Shape[1] * 2, .. x.Shape[2..]], x.Scale * 1.1f, Zero()),
        "conv-same" => Convolution(x, x.Shape[1], 1, "", same: true),
        "flatten" => Codes1("Reshape", x, [1, x.Count], Constant("shape", Tensor.Of<long>(ElementType.Int64, new(2), 1, -1))),
        "transpose" => Transpose(x),
        "gemm" => Gemm(x, _random.Next(3, 12)),
        "matmul" => MatMul(x, _random.Next(3, 12)),
        "softmax" => Quantize(Node("Softmax", [Dequantize(x)], ModelBuilder.Integer("axis", 1)), x.Shape, 1f / 256, _type == ElementType.Int8 ? -128 : 0),
        "swish" => Swish(x),
        _ => Quantize(Node(layer, [Dequantize(x)]), x.Shape, layer is "Sigmoid" or "Tanh" ? 1f / 128 : x.Scale * 0.9f, Zero()),
    };

    Codes Convolution(Codes x, int outputs, int groups, string activation, bool same = false)
    {
        int inputs = x.Shape[1] / groups, window = same || x.Shape[2] >= 3 ? 3 : 1;
        Shape shape = new(outputs, inputs, window, window);
        float[] scales = [.. Enumerable.Range(0, outputs).Select(_ => 0.01f * (0.5f + _random.NextSingle()))];
        string weights = Dequantized("weights", RandomCodes(ElementType.Int8, shape), scales, ElementType.Int8, 0);
        int[] bias = [.. Enumerable.Range(0, outputs).Select(_ => _random.Next(-5000, 5000))];
        string biases = Dequantized("bias", new(ElementType.Int32, new(outputs), MemoryMarshal.AsBytes<int>(bias)), [.. scales.Select(scale => scale * x.Scale)], ElementType.Int32, 0);
        int padding = window / 2;
        AttributeProto pads = Extents("pads", padding, padding, padding, padding);
        string result = Node("Conv", [Dequantize(x), weights, biases], pads, Extents("kernel_shape", window, window), ModelBuilder.Integer("group", groups));
        int zero = Zero();
        float scale = x.Scale * 0.01f * 74 * 74 * MathF.Sqrt(inputs * window * window) / 60;
        if (activation == "Relu")
        {
            result = Node("Relu", [result]);
            zero = _type == ElementType.Int8 ? -128 : 0;
        }
        else if (activation == "Clip")
        {
            zero = _type == ElementType.Int8 ? -128 : 0;
            result = Node("Clip", [result, Constant("low", Tensor.Of<float>(ElementType.Float32, Shape.Scalar, 0)), Constant("high", Tensor.Of<float>(ElementType.Float32, Shape.Scalar, 256 * scale))]);
        }
        return Quantize(result, [1, outputs, .. x.Shape[2..]], scale, zero);
    }

    Codes MaxPool(Codes x)
    {
        int[] shape = [1, x.Shape[1], (x.Shape[2] - 2) / 2 + 1, (x.Shape[3] - 2) / 2 + 1];
        string result = Node("MaxPool", [Dequantize(x)], Extents("kernel_shape", 2, 2), Extents("strides", 2, 2));
        return Quantize(result, shape, x.Scale, x.ZeroPoint);
    }

    Codes AveragePool(Codes x)
    {
        int[] shape = [1, x.Shape[1], x.Shape[2] - 1, x.Shape[3] - 1];
        return Quantize(Node("AveragePool", [Dequantize(x)], Extents("kernel_shape", 2, 2)), shape, x.Scale * 0.6f, x.ZeroPoint);
    }

    Codes Residual(Codes x, string operatorType, string activation)
    {
        Codes y = Add("conv-same", x);
        string result = Node(operatorType, [Dequantize(x), Dequantize(y)]);
        if (activation.Length > 0) result = Node(activation, [result]);
        return Quantize(result, x.Shape, operatorType == "Add" ? MathF.Max(x.Scale, y.Scale) * 1.3f : x.Scale * y.Scale * 60, Zero());
    }

    // x · sigmoid(x) without codes between: a table.
    Codes Swish(Codes x)
    {
        string number = Dequantize(x);
        return Quantize(Node("Mul", [number, Node("Sigmoid", [number])]), x.Shape, x.Scale * 0.7f, Zero());
    }

    Codes Transpose(Codes x)
    {
        int[] order = x.Shape.Length == 4 ? [0, 1, 3, 2] : [1, 0];
        return Codes1("Transpose", x, [.. order.Select(axis => x.Shape[axis])], null, Extents("perm", order));
    }

    Codes Codes1(string operatorType, Codes x, int[] shape, string? second, params AttributeProto[] attributes) =>
        Quantize(Node(operatorType, second == null ? [Dequantize(x)] : [Dequantize(x), second], attributes), shape, x.Scale, x.ZeroPoint);

    Codes Gemm(Codes x, int outputs)
    {
        int depth = x.Shape[1];
        float[] scales = [.. Enumerable.Range(0, outputs).Select(_ => 0.01f * (0.5f + _random.NextSingle()))];
        string weights = Dequantized("weights", RandomCodes(ElementType.Int8, new(outputs, depth)), scales, ElementType.Int8, 0);
        int[] bias = [.. Enumerable.Range(0, outputs).Select(_ => _random.Next(-5000, 5000))];
        string biases = Dequantized("bias", new(ElementType.Int32, new(outputs), MemoryMarshal.AsBytes<int>(bias)), [.. scales.Select(scale => scale * x.Scale)], ElementType.Int32, 0);
        AttributeProto one = new() { Name = "beta", Type = AttributeProto.Types.AttributeType.Float, F = 1 };
        string result = Node("Gemm", [Dequantize(x), weights, biases], ModelBuilder.Integer("transB", 1), one);
        return Quantize(result, [x.Shape[0], outputs], x.Scale * 0.01f * 74 * 74 * MathF.Sqrt(depth) / 60, Zero());
    }

    Codes MatMul(Codes x, int outputs)
    {
        int depth = x.Shape[1];
        string weights = Dequantized("weights", RandomCodes(ElementType.Int8, new(depth, outputs)), [0.01f], ElementType.Int8, 0);
        return Quantize(Node("MatMul", [Dequantize(x), weights]), [x.Shape[0], outputs], x.Scale * 0.01f * 74 * 74 * MathF.Sqrt(depth) / 60, Zero());
    }

    int Zero() => (_type == ElementType.Int8 ? -128 : 0) + _random.Next(100, 156);

    Tensor RandomCodes(ElementType type, Shape shape)
    {
        byte[] data = new byte[shape.Count];
        _random.NextBytes(data);
        return new(type, shape, data);
    }

    string Name(string hint) => $"{hint}{_count++}";

    string Constant(string hint, Tensor tensor)
    {
        string name = Name(hint);
        _builder.Initializer(name, tensor);
        return name;
    }

    string Node(string operatorType, string[] inputs, params AttributeProto[] attributes)
    {
        string name = Name(operatorType);
        _builder.Node(operatorType, inputs, [name], attributes);
        return name;
    }

    string Dequantized(string hint, Tensor codes, float[] scales, ElementType zeroType, int axis)
    {
        Shape shape = scales.Length == 1 ? Shape.Scalar : new(scales.Length);
        string scale = Constant("scale", Tensor.Of<float>(ElementType.Float32, shape, scales)), zero = Constant("zero", new(zeroType, shape, new byte[scales.Length * zeroType.Memory.ElementBytes]));
        return Node("DequantizeLinear", [Constant(hint, codes), scale, zero], ModelBuilder.Integer("axis", axis));
    }

    Codes Quantize(string value, int[] shape, float scale, int zeroPoint)
    {
        string name = Name("codes");
        Codes codes = new(name, shape, scale, zeroPoint);
        _builder.Node("QuantizeLinear", [value, .. Operands(codes)[1..]], [name]);
        return codes;
    }

    string[] Operands(Codes codes) =>
        [codes.Name, Constant("scale", Tensor.Of<float>(ElementType.Float32, Shape.Scalar, codes.Scale)), Constant("zero", new(_type, Shape.Scalar, [unchecked((byte)codes.ZeroPoint)]))];

    string Dequantize(Codes codes) => Node("DequantizeLinear", Operands(codes));

    static AttributeProto Extents(string name, params int[] values)
    {
        AttributeProto attribute = new() { Name = name, Type = AttributeProto.Types.AttributeType.Ints };
        attribute.Ints.Add(values.Select(value => (long)value));
        return attribute;
    }
}
