using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Runtime;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// Cuts regions out of images and resizes them: every output element is the mean or the maximum over a grid of bilinear samples in its bin.
/// Regions [x1, y1, x2, y2] and the image of each are inputs.
/// </summary>
internal sealed class RoiAlign : Operator
{
    const int HalfPixelVersion = 16, ImageExitCode = 2;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 4, 4), regions = context.Ranked(1, 2, 2);
        context.SameType(0, 1);
        Require(regions[1] == 4 && context.TypeOf(2) == ElementType.Int64, $"inputs: expected regions of 4 and Int64 images, got {regions} and {context.TypeOf(2)}");
        context.Shaped(2, regions[0]);
        Require(x[2] > 0 && x[3] > 0, $"input 0: expected images with elements, got {x}");
        (int height, int width, int ratio) = Extents(context.Attributes);
        Require(height >= 1 && width >= 1 && ratio is >= 0 and <= ushort.MaxValue, $"output extents and sampling_ratio: expected at least 1, 1 and 0, got {height}, {width}, {ratio}");
        context.Attributes.OneOf("mode", "avg", "avg", "max");
        context.Attributes.OneOf("coordinate_transformation_mode", "half_pixel", "half_pixel", "output_half_pixel");
        context.SetOutput(0, context.Float(0), ShapeOf(regions[0], x[1], height, width));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), regions = context.Input(1), y = context.Output(0);
        (int height, int width, int ratio) = Extents(context.Attributes);
        bool isHalfPixel = context.Version >= HalfPixelVersion && context.Attributes.Text("coordinate_transformation_mode", "half_pixel") == "half_pixel";
        FunctionBuilder code = context.Code;
        code.For("region", 0, regions.Shape[0], region =>
        {
            Local wide = code.Local("wide", Expression.Load(context.Input(2).Buffer, region));
            code.If(wide.IsBelow(Expression.Bits((ulong)x.Shape[0])).Not(), () => code.Fail(ImageExitCode, $"{context.Node.Name}: an image number lies outside of 0 to {x.Shape[0] - 1}"));
            Local plane = code.Local("plane", wide.Low() * (x.Shape[1] * x.Shape[2] * x.Shape[3]));
            (Number startY, Number binY, Expression gridY) = Side(context, regions, region, 1, height, ratio, isHalfPixel);
            (Number startX, Number binX, Expression gridX) = Side(context, regions, region, 0, width, ratio, isHalfPixel);
            Number count = startY.FromInteger(Expression.Select(gridY * gridX < 1, 1, gridY * gridX)).Keep("count");
            Nest.Over(code, [x.Shape[1], height, width], index =>
            {
                Number sum = context.Constant(x.Type, 0).Variable("sum");
                Local isFirst = code.Local("isFirst", Fold.Constant(ScalarType.Int32, 1)), own = code.Local("own", plane + index[0] * (x.Shape[2] * x.Shape[3]));
                code.For("sampleY", 0, gridY, sampleY => code.For("sampleX", 0, gridX, sampleX =>
                {
                    Number row = Position(startY, binY, index[1], sampleY, gridY), column = Position(startX, binX, index[2], sampleX, gridX);
                    AppendSample(context, x, own, row.Keep("row"), column.Keep("column"), sum, isFirst);
                }));
                Local to = code.Local("to", ((region * x.Shape[1] + index[0]) * height + index[1]) * width + index[2]);
                context.Put(y, to, IsMax(context) ? sum : sum / count);
            });
        });
    }

    static Number Position(Number start, Number bin, Expression index, Expression sample, Expression grid) =>
        start + start.FromInteger(index) * bin + (start.FromInteger(sample) + start.Of(0.5)) * bin / start.FromInteger(grid);

    // Start, size of a bin and samples in a bin along one axis of a region.
    static (Number Start, Number Bin, Expression Grid) Side(LoweringContext context, TensorView regions, Expression region, int axis, int bins, int ratio, bool isHalfPixel)
    {
        Number scale = context.Constant(regions.Type, context.Attributes.Float("spatial_scale", 1)), shift = scale.Of(isHalfPixel ? 0.5 : 0);
        Number start = (context.At(regions, region * 4 + axis) * scale - shift).Keep("start"), end = context.At(regions, region * 4 + (axis + 2)) * scale - shift;
        Number size = end - start;
        if (!isHalfPixel) size = size.Max(size.Of(1));
        Number bin = (size / size.Of(bins)).Keep("bin");
        return (start, bin, ratio > 0 ? ratio : context.Code.Local("grid", bin.Apply(FloatOperation.Ceiling).ToInteger()));
    }

    // A sample more than one element outside counts as zeros; nearer ones are moved to the border.
    static void AppendSample(LoweringContext context, TensorView x, Expression plane, Number row, Number column, Number sum, Local isFirst)
    {
        FunctionBuilder code = context.Code;
        int rows = x.Shape[2], columns = x.Shape[3];
        Expression isInside = (row >= row.Of(-1)) & (row <= row.Of(rows)) & (column >= column.Of(-1)) & (column <= column.Of(columns));
        if (!IsMax(context))
        {
            code.If(isInside, () => sum.Assign(sum + Corners().Aggregate((left, right) => left + right)));
            return;
        }
        Number largest = sum.Of(0).Variable("largest");
        code.If(isInside, () => largest.Assign(Corners().Aggregate((left, right) => left.Max(right))));
        sum.Assign(Number.Select(isFirst, largest, sum.Max(largest)));
        code.Assign(isFirst, 0);

        Number[] Corners()
        {
            (Local low, Local high, Number part)[] sides = [Between(row, rows), Between(column, columns)];
            Number top = row.Of(1) - sides[0].part, left = row.Of(1) - sides[1].part;
            return
            [
                top * left * context.At(x, plane + sides[0].low * columns + sides[1].low), top * sides[1].part * context.At(x, plane + sides[0].low * columns + sides[1].high),
                sides[0].part * left * context.At(x, plane + sides[0].high * columns + sides[1].low), sides[0].part * sides[1].part * context.At(x, plane + sides[0].high * columns + sides[1].high),
            ];
        }

        (Local, Local, Number) Between(Number value, int extent)
        {
            Number positive = value.Max(value.Of(0)).Keep("positive");
            Local whole = code.Local("whole", positive.ToInteger()), isLast = code.Local("last", whole >= extent - 1);
            Local low = code.Local("low", Expression.Select(isLast, extent - 1, whole));
            Number part = Number.Select(isLast, value.Of(0), positive - value.FromInteger(low)).Keep("part");
            return (low, code.Local("high", Expression.Select(isLast, extent - 1, low + 1)), part);
        }
    }

    static bool IsMax(LoweringContext context) => context.Attributes.Text("mode", "avg") == "max";

    static (int Height, int Width, int Ratio) Extents(NodeAttributes attributes) =>
        (attributes.Int32("output_height", 1), attributes.Int32("output_width", 1), attributes.Int32("sampling_ratio", 0));
}
