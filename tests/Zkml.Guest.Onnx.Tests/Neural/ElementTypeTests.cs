using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Tests.Elementwise;

namespace Zkml.Guest.Onnx.Tests.Neural;

/// <summary>Every neural operator in every float type: what it gives in Float64, up to the precision of the type.</summary>
[TestFixture]
sealed class ElementTypeTests
{
    static readonly (ElementType Type, double Tolerance)[] s_types = [(ElementType.Float32, 1e-4), (ElementType.Float16, 2e-2), (ElementType.BFloat16, 0.15)];

    public static IEnumerable<TestCaseData> Operators()
    {
        long[] two = [2, 2], kernel = [3, 3];
        return
        [
            Case("MatMul", 13, _ => { }, [2, 3, 4], [4, 5]),
            Case("Gemm", 13, runner => runner.With("alpha", 0.5f).With("beta", 2f), [3, 4], [4, 5], [5]),
            Case("Einsum", 12, runner => runner.With("equation", "ij,jk->ki"), [3, 4], [4, 2]),
            Case("Conv", 11, runner => runner.With("auto_pad", "SAME_UPPER"), [1, 2, 5, 5], [3, 2, 3, 3], [3]),
            Case("ConvTranspose", 11, runner => runner.With("strides", two), [1, 2, 3, 3], [2, 2, 3, 3], [2]),
            Case("MaxPool", 12, runner => runner.With("kernel_shape", kernel), [1, 2, 5, 5]),
            Case("AveragePool", 19, runner => runner.With("kernel_shape", kernel), [1, 2, 5, 5]),
            Case("LpPool", 18, runner => runner.With("kernel_shape", kernel), [1, 2, 5, 5]),
            Case("GlobalAveragePool", 1, _ => { }, [1, 2, 5, 5]),
            Case("GlobalMaxPool", 1, _ => { }, [1, 2, 5, 5]),
            Case("Softmax", 13, runner => runner.With("axis", 1L), [2, 4, 3]),
            Case("LogSoftmax", 13, _ => { }, [2, 4, 3]),
            Case("InstanceNormalization", 6, _ => { }, [2, 3, 4], [3], [3]),
            Case("GroupNormalization", 21, runner => runner.With("num_groups", 2L), [2, 4, 3], [4], [4]),
            Case("LayerNormalization", 17, _ => { }, [2, 3, 4], [4], [4]),
            Case("RMSNormalization", 23, _ => { }, [2, 3, 4], [4]),
            Case("MeanVarianceNormalization", 13, _ => { }, [2, 3, 4, 2]),
            Case("LpNormalization", 22, _ => { }, [2, 3, 4]),
            Case("LRN", 13, runner => runner.With("size", 3L).With("alpha", 0.5f), [1, 5, 2, 2]),
            Case("RNN", 14, _ => { }, [3, 2, 2], [1, 3, 2], [1, 3, 3]),
            Case("LSTM", 14, _ => { }, [3, 2, 2], [1, 12, 2], [1, 12, 3]),
            Case("GRU", 14, _ => { }, [3, 2, 2], [1, 9, 2], [1, 9, 3]),
            Case("GridSample", 20, runner => runner.With("mode", "cubic").With("padding_mode", "reflection"), [1, 2, 4, 4], [1, 2, 3, 2]),
            Case("GridSample", 20, runner => runner.With("padding_mode", "border"), [1, 2, 3, 3, 3], [1, 2, 2, 2, 3]),
            Case("Attention", 24, runner => runner.With("is_causal", 1L).With("softcap", 2f), [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4]),
            Case("RotaryEmbedding", 23, _ => { }, [1, 2, 3, 4], [1, 3, 2], [1, 3, 2]),
            Case("Det", 22, _ => { }, [2, 3, 3]),
            Case("DFT", 17, _ => { }, [1, 6, 2]),
        ];
    }

    [TestCaseSource(nameof(Operators))]
    public void Operator_InEveryFloatType_AgreesWithFloat64(string type, int version, Action<OperatorRunner> configure, int[][] shapes)
    {
        Random random = new(type.Length);
        // Of few bits, so that every type holds them and comparisons of a pool do not depend on rounding.
        Tensor[] inputs = [.. shapes.Select(shape => Tensor.Of<double>(ElementType.Float64, new(shape), [.. Enumerable.Range(0, new Shape(shape).Count).Select(_ => random.Next(-32, 33) / 32.0)]))];
        Tensor expected = Run(inputs);
        foreach ((ElementType other, double tolerance) in s_types)
        {
            Tensor actual = Run([.. inputs.Select(input => As(input, other))]);
            Assert.That((actual.Type, actual.Shape), Is.EqualTo((other, expected.Shape)));
            for (int i = 0; i < expected.Shape.Count; i++)
                Assert.That(actual.NumberAt(i), Is.EqualTo(expected.NumberAt(i)).Within(tolerance * Math.Max(1, Math.Abs(expected.NumberAt(i)))), $"{other}, element {i}");
        }

        Tensor Run(Tensor[] tensors)
        {
            OperatorRunner runner = new(type, version);
            configure(runner);
            return runner.Run(tensors)[0];
        }
    }

    [TestCase(ElementType.Int8)]
    [TestCase(ElementType.UInt8)]
    [TestCase(ElementType.Int32)]
    [TestCase(ElementType.UInt32)]
    [TestCase(ElementType.Int64)]
    [TestCase(ElementType.UInt64)]
    public void Products_InEveryIntegerType_WrapAtItsWidth(ElementType type)
    {
        Random random = new((int)type);
        byte[] a = new byte[6 * type.Memory.ElementBytes], b = new byte[6 * type.Memory.ElementBytes];
        random.NextBytes(a);
        random.NextBytes(b);
        Tensor left = new(type, new(2, 3), a), right = new(type, new(3, 2), b);
        Tensor y = new OperatorRunner("MatMul", 13).Run(left, right)[0];
        for (int i = 0; i < 4; i++)
        {
            ulong sum = 0;
            for (int k = 0; k < 3; k++) sum = unchecked(sum + Raw(left, i / 2 * 3 + k) * Raw(right, 2 * k + i % 2));
            Assert.That(Raw(y, i), Is.EqualTo(sum & (ulong.MaxValue >> (64 - 8 * type.Memory.ElementBytes))), $"element {i}");
        }
    }

    static TestCaseData Case(string type, int version, Action<OperatorRunner> configure, params int[][] shapes) =>
        new TestCaseData(type, version, configure, shapes).SetArgDisplayNames(type, string.Join(" × ", shapes[0]));

    static ulong Raw(Tensor tensor, int index)
    {
        Span<byte> bytes = stackalloc byte[8];
        int size = tensor.Type.Memory.ElementBytes;
        tensor.Data.Slice(index * size, size).CopyTo(bytes);
        return BitConverter.ToUInt64(bytes);
    }

    static Tensor As(Tensor tensor, ElementType type)
    {
        double[] numbers = tensor.Numbers();
        return type switch
        {
            ElementType.Float16 => Tensor.Of<Half>(type, tensor.Shape, [.. numbers.Select(value => (Half)value)]),
            ElementType.BFloat16 => Tensor.Of<ushort>(type, tensor.Shape, [.. numbers.Select(value => (ushort)(BitConverter.SingleToUInt32Bits((float)value) >> 16))]),
            _ => Tensor.Of<float>(type, tensor.Shape, [.. numbers.Select(value => (float)value)]),
        };
    }
}
