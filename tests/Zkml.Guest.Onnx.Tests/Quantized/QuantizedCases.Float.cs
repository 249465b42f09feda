using System.Runtime.InteropServices;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Quantized;

namespace Zkml.Guest.Onnx.Tests.Quantized;

/// <summary>Operators with a side in binary32 or Int32.</summary>
static partial class QuantizedCases
{
    // Whole range, small numbers, halves of steps, and what is no number.
    static float[] Numbers(Random random, int count, float scale, bool hasSpecials)
    {
        float[] specials = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0f, -0f, float.Epsilon, float.MaxValue, float.MinValue];
        float[] values = new float[count];
        foreach (ref float value in values.AsSpan())
        {
            value = random.Next(4) switch
            {
                0 => (random.Next(-300, 300) + 0.5f) * scale,
                1 => (float)((random.NextDouble() - 0.5) * 1000 * scale),
                2 when hasSpecials => specials[random.Next(specials.Length)],
                _ => (float)((random.NextDouble() - 0.5) * 300 * scale),
            };
        }
        return values;
    }

    static QuantizedCase Quantize(Random random, int seed)
    {
        bool isWide = random.Next(4) == 0, isPerAxis = random.Next(3) == 0;
        ElementType type = isWide ? (random.Next(2) == 0 ? ElementType.UInt16 : ElementType.Int16) : Type(random);
        Shape shape = new(4, random.Next(1, 30));
        float[] scales = [.. Enumerable.Range(0, isPerAxis ? 4 : 1).Select(_ => Scale(random, 0.001, 0.3))];
        int minimum = QuantizationConstantsOf(type).Minimum, maximum = QuantizationConstantsOf(type).Maximum;
        int[] zeros = [.. scales.Select(_ => random.Next(minimum, maximum + 1))];
        float[] values = Numbers(random, shape.Count, scales[0], hasSpecials: !isWide);
        int[] codes = [.. values.Select((value, i) => FloatKernels.Quantize(value, scales[isPerAxis ? i / shape[1] : 0], zeros[isPerAxis ? i / shape[1] : 0], minimum, maximum))];
        Shape parameters = isPerAxis ? new(4) : Shape.Scalar;
        return new QuantizedModel("QuantizeLinear", "", 21).Input(Tensor.Of<float>(ElementType.Float32, shape, values)).Constant(Tensor.Of<float>(ElementType.Float32, parameters, scales))
            .Constant(Packed(type, parameters, zeros)).Attribute("axis", 0).Build($"quantize {seed}: {type}{shape} scale {scales[0]} zero {zeros[0]}", Packed(type, shape, codes));
    }

    static QuantizedCase Dequantize(Random random, int seed)
    {
        ElementType type = random.Next(4) == 0 ? ElementType.UInt16 : Type(random);
        Shape shape = new(4, random.Next(1, 30));
        bool isPerAxis = random.Next(3) == 0;
        float[] scales = [.. Enumerable.Range(0, isPerAxis ? 4 : 1).Select(_ => Scale(random, 0.001, 0.3))];
        (int minimum, int maximum) = QuantizationConstantsOf(type);
        int[] zeros = [.. scales.Select(_ => random.Next(minimum, maximum + 1))], codes = [.. Enumerable.Range(0, shape.Count).Select(_ => random.Next(minimum, maximum + 1))];
        Shape parameters = isPerAxis ? new(4) : Shape.Scalar;
        float[] values = [.. codes.Select((code, i) => FloatKernels.Dequantize(code, scales[isPerAxis ? i / shape[1] : 0], zeros[isPerAxis ? i / shape[1] : 0]))];
        return new QuantizedModel("DequantizeLinear", "", 21).Input(Packed(type, shape, codes)).Constant(Tensor.Of<float>(ElementType.Float32, parameters, scales)).Constant(Packed(type, parameters, zeros))
            .Attribute("axis", 0).Build($"dequantize {seed}: {type}{shape}", Tensor.Of<float>(ElementType.Float32, shape, values));
    }

    static (int Minimum, int Maximum) QuantizationConstantsOf(ElementType type) => type.IsSigned ? (-(1 << (type.Bits - 1)), (1 << (type.Bits - 1)) - 1) : (0, (1 << type.Bits) - 1);

    static Tensor Packed(ElementType type, Shape shape, int[] codes) => type.Bits == 8
        ? new(type, shape, [.. codes.Select(code => unchecked((byte)code))])
        : new(type, shape, MemoryMarshal.AsBytes<short>(codes.Select(code => unchecked((short)code)).ToArray()));

    static QuantizedCase IntegerMatMul(Random random, int seed)
    {
        int rows = random.Next(1, 6), depth = random.Next(1, 40), columns = random.Next(1, 10);
        ElementType right = Type(random);
        Tensor a = Codes(random, ElementType.UInt8, new(rows, depth)), b = Codes(random, right, new(depth, columns));
        int zeroA = Code(random, ElementType.UInt8);
        bool isConstant = random.Next(2) == 0, isPerColumn = isConstant && random.Next(2) == 0;
        int[] zeroB = [.. Enumerable.Range(0, isPerColumn ? columns : 1).Select(_ => Code(random, right))];
        int[] sums = Products(a, b, zeroA, zeroB, rows, depth, columns);
        Tensor zeros = new(right, isPerColumn ? new(columns) : Shape.Scalar, [.. zeroB.Select(zero => unchecked((byte)zero))]);
        QuantizedModel model = new QuantizedModel("MatMulInteger", "").Input(a);
        model = (isConstant ? model.Constant(b) : model.Input(b)).Input(new(ElementType.UInt8, Shape.Scalar, [(byte)zeroA]));
        return model.Constant(zeros).Build($"integer matmul {seed}: {right} {rows}x{depth}x{columns}", Integers(new(rows, columns), sums)) with { MixesSigns = right == ElementType.Int8 };
    }

    static QuantizedCase FloatMatMul(Random random, int seed)
    {
        int rows = random.Next(1, 6), depth = random.Next(1, 40), columns = random.Next(1, 10);
        bool isDynamic = random.Next(2) == 0, hasBias = random.Next(2) == 0;
        ElementType right = Type(random);
        Tensor b = Codes(random, right, new(depth, columns));
        float scaleB = Scale(random, 0.002, 0.05), scaleA = Scale(random, 0.002, 0.05);
        int zeroA = Code(random, ElementType.UInt8), zeroB = Code(random, right);
        float[] bias = [.. Enumerable.Range(0, columns).Select(_ => (random.NextSingle() * 4) - 2)], numbers = Numbers(random, rows * depth, 0.01f, hasSpecials: false);
        Tensor a = Codes(random, ElementType.UInt8, new(rows, depth));
        if (isDynamic)
        {
            float low = MathF.Min(0, numbers.Min()), high = MathF.Max(0, numbers.Max());
            scaleA = (high - low) / 255;
            zeroA = (int)MathF.Round(Math.Clamp(0 - (low / scaleA), 0, 255), MidpointRounding.ToEven);
            a = Result(ElementType.UInt8, new(rows, depth), numbers.Select(value => FloatKernels.Quantize(value, scaleA, zeroA, 0, 255)));
        }
        float scale = scaleA * scaleB;
        int[] sums = Products(a, b, zeroA, [zeroB], rows, depth, columns);
        float[] expected = [.. sums.Select((sum, i) => hasBias ? (sum * scale) + bias[i % columns] : sum * scale)];
        QuantizedModel model;
        Tensor zero = new(right, Shape.Scalar, [unchecked((byte)zeroB)]);
        if (isDynamic) model = new QuantizedModel("DynamicQuantizeMatMul").Input(Tensor.Of<float>(ElementType.Float32, new(rows, depth), numbers)).Constant(b).Constant(Floats(scaleB)).Constant(zero);
        else
        {
            model = new QuantizedModel("MatMulIntegerToFloat").Input(a).Constant(b).Constant(Floats(scaleA)).Constant(Floats(scaleB))
                .Constant(new(ElementType.UInt8, Shape.Scalar, [(byte)zeroA])).Constant(zero);
        }
        if (hasBias) model.Constant(Tensor.Of<float>(ElementType.Float32, new(columns), bias));
        return model.Build($"float matmul {seed}: dynamic {isDynamic} {right} {rows}x{depth}x{columns} bias {hasBias}", Tensor.Of<float>(ElementType.Float32, new(rows, columns), expected)) with { MixesSigns = right == ElementType.Int8 };
    }

    static int[] Products(Tensor a, Tensor b, int zeroA, int[] zeroB, int rows, int depth, int columns)
    {
        int[] sums = new int[rows * columns];
        for (int i = 0; i < sums.Length; i++)
            for (int k = 0; k < depth; k++)
                sums[i] += ((int)a.IntegerAt((i / columns * depth) + k) - zeroA) * ((int)b.IntegerAt((k * columns) + (i % columns)) - zeroB[zeroB.Length == 1 ? 0 : i % columns]);
        return sums;
    }
}
