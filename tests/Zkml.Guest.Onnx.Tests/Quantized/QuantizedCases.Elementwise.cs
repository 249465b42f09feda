using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Quantized;

namespace Zkml.Guest.Onnx.Tests.Quantized;

static partial class QuantizedCases
{
    static QuantizedCase Binary(Random random, int seed, bool isAdd)
    {
        ElementType type = Type(random);
        (Shape left, Shape right) = random.Next(6) switch
        {
            0 => (new Shape(3, 1), new Shape(1, 17)),
            1 => (new Shape(2, 5, 4), new Shape(5, 1)),
            2 => (new Shape(5, 1), new Shape(2, 5, 4)),
            3 => (new Shape(40), Shape.Scalar),
            4 => (Shape.Scalar, new Shape(40)),
            _ => (new Shape(4, 20), new Shape(4, 20)),
        };
        Tensor a = Codes(random, type, left), b = Codes(random, type, right);
        int zeroA = Code(random, type), zeroB = Code(random, type), zeroC = Code(random, type);
        float scaleA = Scale(random, 0.01, 0.2), scaleB = random.Next(4) == 0 ? scaleA : Scale(random, 0.01, 0.2);
        float scaleC = isAdd ? (random.Next(4) == 0 ? scaleA : Scale(random, 0.02, 0.4)) : scaleA * scaleB * (float)Scale(random, 20, 200);
        Shape shape = Shape.Broadcast(left, right)!;
        bool leftFirst = left.Rank > 0 && (left[^1] != 1 || right[^1] == 1);
        int[] stridesA = Strides(left, shape), stridesB = Strides(right, shape), own = shape.Strides();
        int[] codes = new int[shape.Count];
        for (int i = 0; i < codes.Length; i++)
        {
            int indexA = 0, indexB = 0;
            for (int axis = 0; axis < shape.Rank; axis++)
            {
                int coordinate = i / own[axis] % shape[axis];
                (indexA, indexB) = (indexA + (coordinate * stridesA[axis]), indexB + (coordinate * stridesB[axis]));
            }
            int x = (int)a.IntegerAt(indexA), y = (int)b.IntegerAt(indexB);
            codes[i] = isAdd
                ? FloatKernels.Add(x, scaleA, zeroA, y, scaleB, zeroB, scaleC, zeroC, Minimum(type), Maximum(type), leftFirst)
                : FloatKernels.Multiply((x - zeroA) * (y - zeroB), scaleA * scaleB / scaleC, zeroC, Minimum(type), Maximum(type));
        }
        bool isConstant = right.Count == 1 && random.Next(2) == 0;
        QuantizedModel model = new QuantizedModel(isAdd ? "QLinearAdd" : "QLinearMul").Input(a).Parameters(scaleA, zeroA, type);
        model = isConstant ? model.Constant(b) : model.Input(b);
        return model.Parameters(scaleB, zeroB, type).Parameters(scaleC, zeroC, type)
            .Build($"{(isAdd ? "add" : "mul")} {seed}: {type}{left} {right} scales {scaleA} {scaleB} {scaleC} zeros {zeroA} {zeroB} {zeroC}", Result(type, shape, codes));
    }

    static int[] Strides(Shape operand, Shape result)
    {
        int[] own = operand.Strides(), strides = new int[result.Rank];
        for (int i = 1; i <= operand.Rank; i++) strides[^i] = operand[^i] == 1 ? 0 : own[^i];
        return strides;
    }

    static QuantizedCase GlobalPool(Random random, int seed)
    {
        ElementType type = Type(random);
        Shape shape = new(random.Next(1, 3), random.Next(1, 20), random.Next(1, 9), random.Next(1, 9));
        Tensor x = Codes(random, type, shape);
        int zeroX = Code(random, type), zeroY = Code(random, type), size = shape[2] * shape[3];
        float scaleX = Scale(random, 0.01, 0.2), scaleY = random.Next(3) == 0 ? scaleX : Scale(random, 0.005, 0.2), scale = scaleX / (scaleY * size);
        int[] codes = new int[shape[0] * shape[1]];
        for (int plane = 0; plane < codes.Length; plane++)
        {
            int sum = -zeroX * size;
            for (int i = 0; i < size; i++) sum += (int)x.IntegerAt((plane * size) + i);
            codes[plane] = Requantize(sum, scale, zeroY, type);
        }
        return new QuantizedModel("QLinearGlobalAveragePool").Input(x).Parameters(scaleX, zeroX, type).Parameters(scaleY, zeroY, type).Attribute("channels_last", 0)
            .Build($"global pool {seed}: {type}{shape}", Result(type, new(shape[0], shape[1], 1, 1), codes));
    }

    static QuantizedCase Pool(Random random, int seed)
    {
        ElementType type = Type(random);
        int[] kernel = [random.Next(1, 4), random.Next(1, 4)], strides = [random.Next(1, 3), random.Next(1, 3)];
        int height = random.Next(kernel[0] + 1, 10), width = random.Next(kernel[1] + 1, 10);
        int[] pads = random.Next(2) == 0 ? new int[4] : [random.Next(kernel[0]), random.Next(kernel[1]), random.Next(kernel[0]), random.Next(kernel[1])];
        bool includes = random.Next(2) == 0;
        Tensor x = Codes(random, type, new(1, random.Next(1, 4), height, width));
        int zeroX = Code(random, type), zeroY = Code(random, type);
        float scaleX = Scale(random, 0.01, 0.2), scaleY = random.Next(2) == 0 ? scaleX : Scale(random, 0.005, 0.2);
        int rows = ((height + pads[0] + pads[2] - kernel[0]) / strides[0]) + 1, columns = ((width + pads[1] + pads[3] - kernel[1]) / strides[1]) + 1;
        Shape shape = new(1, x.Shape[1], rows, columns);
        int[] codes = new int[shape.Count];
        for (int i = 0; i < codes.Length; i++)
        {
            int column = (i % columns * strides[1]) - pads[1], row = (i / columns % rows * strides[0]) - pads[0], plane = i / columns / rows, count = 0;
            float sum = 0;
            for (int r = Math.Max(row, 0); r < Math.Min(row + kernel[0], height); r++)
                for (int c = Math.Max(column, 0); c < Math.Min(column + kernel[1], width); c++, count++)
                    sum += FloatKernels.Dequantize((int)x.IntegerAt((((plane * height) + r) * width) + c), scaleX, zeroX);
            float mean = sum / (includes ? kernel[0] * kernel[1] : count);
            codes[i] = Math.Clamp((int)MathF.Round((mean / scaleY) + zeroY, MidpointRounding.ToEven), Minimum(type), Maximum(type));
        }
        return new QuantizedModel("QLinearAveragePool").Input(x).Parameters(scaleX, zeroX, type).Parameters(scaleY, zeroY, type)
            .Extents("kernel_shape", kernel).Extents("strides", strides).Extents("pads", pads).Attribute("count_include_pad", includes ? 1 : 0)
            .Build($"pool {seed}: {type}{x.Shape} kernel {string.Join(',', kernel)} pads {string.Join(',', pads)} scales {scaleX} {scaleY} zeros {zeroX} {zeroY}", Result(type, shape, codes));
    }

    static QuantizedCase Lookup(Random random, int seed)
    {
        ElementType type = Type(random);
        Tensor x = Codes(random, type, new(random.Next(2) == 0 ? 256 : 101));
        int zeroX = Code(random, type), zeroY = Code(random, type);
        bool isSigmoid = random.Next(2) == 0;
        float scaleX = Scale(random, 0.01, 0.2), scaleY = isSigmoid ? Scale(random, 0.002, 0.01) : Scale(random, 0.01, 0.2), alpha = (float)random.NextDouble();
        QuantizedModel model = new QuantizedModel(isSigmoid ? "QLinearSigmoid" : "QLinearLeakyRelu").Input(x).Parameters(scaleX, zeroX, type).Parameters(scaleY, zeroY, type);
        if (!isSigmoid) model.Attribute("alpha", alpha);
        return model.Build($"lookup {seed}: {type} sigmoid {isSigmoid}", Result(type, x.Shape, x.ToIntegers().Select(code =>
        {
            float value = FloatKernels.Dequantize((int)code, scaleX, zeroX);
            return FloatKernels.Quantize(isSigmoid ? FloatKernels.Logistic(value) : value >= 0 ? value : alpha * value, scaleY, zeroY, Minimum(type), Maximum(type));
        })));
    }

    static QuantizedCase Softmax(Random random, int seed)
    {
        ElementType type = Type(random);
        int rows = random.Next(1, 5), extent = random.Next(1, 30);
        Tensor x = Codes(random, type, new(rows, extent));
        int zeroX = Code(random, type), zeroY = Minimum(type);
        float scaleX = Scale(random, 0.01, 0.3), scaleY = 1f / 256, factor = MathF.Floor(1f / scaleY);
        float[] table = FloatKernels.SoftmaxExponentials(scaleX, extent), numerators = FloatKernels.SoftmaxNumerators(table, factor, zeroY);
        int[] codes = new int[rows * extent];
        for (int row = 0; row < rows; row++)
        {
            int[] values = [.. Enumerable.Range(0, extent).Select(i => (int)x.IntegerAt((row * extent) + i))];
            int shift = 255 - values.Max();
            float sum = 0;
            foreach (int value in values) sum += table[shift + value];
            for (int i = 0; i < extent; i++)
                codes[(row * extent) + i] = (int)Math.Min(Math.Round((double)(numerators[shift + values[i]] / sum), MidpointRounding.ToEven) + zeroY, Maximum(type));
        }
        return new QuantizedModel("QLinearSoftmax").Input(x).Parameters(scaleX, zeroX, type).Parameters(scaleY, zeroY, type).Attribute("opset", 13).Attribute("axis", -1)
            .Build($"softmax {seed}: {type}{x.Shape} scale {scaleX}", Result(type, x.Shape, codes));
    }

    static QuantizedCase Concat(Random random, int seed)
    {
        ElementType type = Type(random);
        int parts = random.Next(1, 4), zeroY = Code(random, type);
        float scaleY = Scale(random, 0.01, 0.2);
        QuantizedModel model = new QuantizedModel("QLinearConcat").Parameters(scaleY, zeroY, type).Attribute("axis", 1);
        List<int>[] rows = [[], []];
        int extent = 0;
        for (int part = 0; part < parts; part++)
        {
            Tensor x = Codes(random, type, new(2, random.Next(1, 20)));
            bool isEqual = random.Next(3) == 0;
            float scale = isEqual ? scaleY : Scale(random, 0.01, 0.2);
            int zero = isEqual ? zeroY : Code(random, type);
            model.Input(x).Parameters(scale, zero, type);
            extent += x.Shape[1];
            for (int i = 0; i < x.Shape.Count; i++)
                rows[i / x.Shape[1]].Add(FloatKernels.Quantize(FloatKernels.Dequantize((int)x.IntegerAt(i), scale, zero), scaleY, zeroY, Minimum(type), Maximum(type)));
        }
        return model.Build($"concat {seed}: {type} {parts} parts", Result(type, new(2, extent), rows.SelectMany(row => row)));
    }

    static QuantizedCase Where(Random random, int seed)
    {
        ElementType type = ElementType.UInt8;
        Shape shape = new(4, 10);
        Tensor x = Codes(random, type, shape), y = Codes(random, type, new(10));
        Tensor condition = new(ElementType.Bool, shape, [.. Enumerable.Range(0, 40).Select(_ => (byte)random.Next(2))]);
        (float Scale, int Zero)[] parameters = [.. Enumerable.Range(0, 3).Select(_ => (Scale(random, 0.01, 0.2), Code(random, type)))];
        return new QuantizedModel("QLinearWhere").Input(condition).Input(x).Parameters(parameters[0].Scale, parameters[0].Zero, type).Input(y).Parameters(parameters[1].Scale, parameters[1].Zero, type)
            .Parameters(parameters[2].Scale, parameters[2].Zero, type).Build($"where {seed}", Result(type, shape, Enumerable.Range(0, 40).Select(i =>
            {
                bool isX = condition.Data[i] != 0;
                (float scale, int zero) = parameters[isX ? 0 : 1];
                float value = FloatKernels.Dequantize((int)(isX ? x.IntegerAt(i) : y.IntegerAt(i % 10)), scale, zero);
                return FloatKernels.Quantize(value, parameters[2].Scale, parameters[2].Zero, 0, 255);
            })));
    }
}
