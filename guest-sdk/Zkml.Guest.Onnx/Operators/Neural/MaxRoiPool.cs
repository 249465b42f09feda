using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Runtime;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>The largest element of each bin of a region. Regions [image, x1, y1, x2, y2] are inputs; their corners are rounded to whole elements. An empty bin gives 0.</summary>
internal sealed class MaxRoiPool : Operator
{
    const int ImageExitCode = 2;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 4, 4), regions = context.Ranked(1, 2, 2);
        context.SameType(0, 1);
        Require(regions[1] == 5, $"input 1: expected regions of 5 numbers, got {regions}");
        Require(context.Attributes.Has("pooled_shape"), $"pooled_shape is missing");
        int[] pooled = Windows.Extents(context.Attributes, "pooled_shape", 2, 1, 1);
        context.SetOutput(0, context.Float(0), ShapeOf(regions[0], x[1], pooled[0], pooled[1]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), regions = context.Input(1), y = context.Output(0);
        int[] pooled = Windows.Extents(context.Attributes, "pooled_shape", 2, 1, 1);
        FunctionBuilder code = context.Code;
        code.For("region", 0, regions.Shape[0], region =>
        {
            Local first = code.Local("first", region * 5), image = code.Local("image", context.At(regions, first).ToInteger());
            code.If(image.IsBelow(x.Shape[0]).Not(), () => code.Fail(ImageExitCode, $"{context.Node.Name}: an image number lies outside of 0 to {x.Shape[0] - 1}"));
            (Local startX, Number binX) = Side(context, regions, first + 1, pooled[1]);
            (Local startY, Number binY) = Side(context, regions, first + 2, pooled[0]);
            Local plane = code.Local("plane", image * (x.Shape[1] * x.Shape[2] * x.Shape[3]));
            Nest.Over(code, pooled, bin =>
            {
                (Local fromY, Local toY) = Bounds(code, startY, binY, bin[0], x.Shape[2]);
                (Local fromX, Local toX) = Bounds(code, startX, binX, bin[1], x.Shape[3]);
                Local isEmpty = code.Local("empty", (toY <= fromY) | (toX <= fromX));
                code.For("channel", 0, x.Shape[1], channel =>
                {
                    Local own = code.Local("own", plane + channel * (x.Shape[2] * x.Shape[3]));
                    Local best = code.Local("best", context.Constant(x.Type, double.NegativeInfinity).Key());
                    code.For("row", fromY, toY, row => code.For("column", fromX, toX, column =>
                    {
                        Local key = code.Local("key", context.At(x, own + row * x.Shape[3] + column).Key());
                        code.Assign(best, Expression.Select(best < key, key, best));
                    }));
                    Number zero = context.Constant(x.Type, 0);
                    context.Put(y, ((region * x.Shape[1] + channel) * pooled[0] + bin[0]) * pooled[1] + bin[1], Number.Select(isEmpty, zero, zero.FromKey(best)));
                });
            });
        });
    }

    // First element of a region along one axis, and the extent of a bin.
    static (Local Start, Number Bin) Side(LoweringContext context, TensorView regions, Expression corner, int bins)
    {
        FunctionBuilder code = context.Code;
        Local start = code.Local("start", Corner(corner)), size = code.Local("size", Corner(corner + 2) - start + 1);
        Number one = context.Constant(regions.Type, 1);
        return (start, (one.FromInteger(Expression.Select(size < 1, 1, size)) / one.Of(bins)).Keep("bin"));

        // Halves are rounded away from zero.
        Expression Corner(Expression index)
        {
            Number value = (context.At(regions, index) * context.Constant(regions.Type, context.Attributes.Float("spatial_scale", 1))).Keep("value");
            Number magnitude = (value.Abs() + value.Of(0.5)).Apply(FloatOperation.Floor).Keep("magnitude");
            return Number.Select(value < value.Of(0), -magnitude, magnitude).ToInteger();
        }
    }

    static (Local From, Local To) Bounds(FunctionBuilder code, Expression start, Number bin, Expression index, int extent)
    {
        return (Clamped((bin.FromInteger(index) * bin).Apply(FloatOperation.Floor)), Clamped((bin.FromInteger(index + 1) * bin).Apply(FloatOperation.Ceiling)));

        Local Clamped(Number offset)
        {
            Local place = code.Local("place", start + offset.ToInteger());
            return code.Local("bound", Expression.Select(place < 0, 0, Expression.Select(place < extent, place, extent)));
        }
    }
}
