using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Tests.Neural;

/// <summary>Random tensors and numbers of tensors.</summary>
static class RandomTensors
{
    public static Tensor Floats(this Random random, params int[] extents) => Tensor.Of<float>(ElementType.Float32, new(extents), [.. Numbers(random, extents).Select(value => (float)value)]);

    public static Tensor Doubles(this Random random, params int[] extents) => Tensor.Of<double>(ElementType.Float64, new(extents), Numbers(random, extents));

    public static Tensor Halves(this Random random, params int[] extents) => Tensor.Of<Half>(ElementType.Float16, new(extents), [.. Numbers(random, extents).Select(value => (Half)value)]);

    public static Tensor Integers(this Random random, int low, int high, params int[] extents) =>
        Tensor.Of<int>(ElementType.Int32, new(extents), [.. Enumerable.Range(0, new Shape(extents).Count).Select(_ => random.Next(low, high))]);

    public static double[] Numbers(this Tensor tensor) => [.. Enumerable.Range(0, tensor.Shape.Count).Select(tensor.NumberAt)];

    static double[] Numbers(Random random, int[] extents) => [.. Enumerable.Range(0, new Shape(extents).Count).Select(_ => random.NextDouble() * 2 - 1)];
}
