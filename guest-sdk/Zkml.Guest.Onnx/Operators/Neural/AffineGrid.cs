using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>A sampling grid: theta [N, d, d + 1] times the normalised position of every element of a tensor of a given size [N, C, …].</summary>
internal sealed class AffineGrid : Operator
{
    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape theta = context.Ranked(0, 3, 3);
        long[] size = context.ConstantOf(1).ToIntegers();
        Require(size.Length is 4 or 5, $"size: expected 4 or 5 extents, got {size.Length}");
        int axes = size.Length - 2;
        Require(theta[0] == size[0] && theta[1] == axes && theta[2] == axes + 1, $"input 0: expected [{size[0]}, {axes}, {axes + 1}], got {theta}");
        foreach (long extent in size) Require(extent is >= 1 and <= int.MaxValue, $"size: expected at least 1, got {extent}");
        context.SetOutput(0, context.Float(0), ShapeOf([size[0], .. size[2..], axes]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView theta = context.Input(0), y = context.Output(0);
        int axes = theta.Shape[1];
        bool isAligned = context.Attributes.Flag("align_corners");
        FunctionBuilder code = context.Code;
        TensorView[] positions = [.. Enumerable.Range(0, axes).Select(axis => Positions(context, theta.Type, axis, y.Shape[axis + 1], isAligned))];
        Nest.Over(code, y.Shape.Dimensions[..^1], index => code.For("row", 0, axes, row =>
        {
            Local first = code.Local("first", (index[0] * axes + row) * (axes + 1));
            Number sum = context.At(theta, first + axes);
            // Column 0 belongs to the last axis.
            for (int column = 0; column < axes; column++)
                sum = context.At(theta, first + column) * context.At(positions[axes - 1 - column], index[axes - column]) + sum;
            context.Put(y, Nest.Offset(index, y.Shape.Strides().AsSpan(0, axes + 1)) + row, sum);
        }));
    }

    static TensorView Positions(LoweringContext context, ElementType type, int axis, int extent, bool isAligned)
    {
        double[] values = [.. Enumerable.Range(0, extent).Select(i => isAligned ? extent == 1 ? -1 : 2.0 * i / (extent - 1) - 1 : (2.0 * i + 1) / extent - 1)];
        return context.Constant($"positions{axis}", type == ElementType.Float64
            ? Tensor.Of<double>(type, new(extent), values)
            : Tensor.Of<float>(ElementType.Float32, new(extent), [.. values.Select(value => (float)value)]));
    }
}
