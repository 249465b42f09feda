using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>
/// Convolution over two axes whose taps are moved by offsets that are inputs, sampled bilinearly with zeros outside, and optionally weighted
/// by a mask. The taps of one output position are sampled once for all filters.
/// </summary>
internal sealed class DeformConv : Operator
{
    const int Offsets = 2, Bias = 3, Mask = 4;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.SameType(0, 1, Offsets, Bias, Mask);
        Shape x = context.Ranked(0, 4, 4), w = context.Ranked(1, 4, 4);
        int group = context.Attributes.Int32("group", 1), offsetGroup = context.Attributes.Int32("offset_group", 1);
        Require(group >= 1 && x[1] == (long)w[1] * group && w[0] % group == 0, $"group {group}: expected it to divide {w[0]} outputs and to give {x[1]} channels, got weights {w}");
        Require(offsetGroup >= 1 && x[1] % offsetGroup == 0, $"offset_group: expected a divisor of {x[1]} channels, got {offsetGroup}");
        Shape y = new Windows(context.Attributes, x, w.Dimensions[2..]).OutputShape(x[0], w[0]);
        int taps = w[2] * w[3];
        context.Input(Offsets);
        context.Shaped(Offsets, x[0], offsetGroup * taps * 2, y[2], y[3]);
        context.Shaped(Bias, w[0]);
        context.Shaped(Mask, x[0], offsetGroup * taps, y[2], y[3]);
        context.SetOutput(0, context.Float(0), y);
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), w = context.Input(1), y = context.Output(0);
        WindowAxis[] axes = new Windows(context.Attributes, x.Shape, w.Shape.Dimensions[2..]).Axes;
        int group = context.Attributes.Int32("group", 1), channels = w.Shape[1], filters = w.Shape[0] / group;
        int taps = w.Shape[2] * w.Shape[3], positions = y.Shape[2] * y.Shape[3];
        TensorView samples = context.Wide("samples", x.Type, x.Shape[1] * taps);
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape[0], y.Shape[2], y.Shape[3]], index =>
        {
            Local position = code.Local("position", index[1] * y.Shape[3] + index[2]);
            AppendSamples(context, axes, index, position, samples, taps, positions);
            Nest.Over(code, [group, filters], filter =>
            {
                Local number = code.Local("filter", filter[0] * filters + filter[1]), from = code.Local("from", filter[0] * (channels * taps)), weights = code.Local("weights", number * (channels * taps));
                Number sum = (context.HasInput(Bias) ? context.At(context.Input(Bias), number) : context.Constant(x.Type, 0)).Variable("sum");
                code.For("tap", 0, channels * taps, tap => sum.Assign(sum + context.At(samples, from + tap) * context.At(w, weights + tap)));
                context.Put(y, (index[0] * w.Shape[0] + number) * positions + position, sum);
            });
        });
    }

    static void AppendSamples(LoweringContext context, WindowAxis[] axes, Expression[] index, Expression position, TensorView samples, int taps, int positions)
    {
        TensorView x = context.Input(0), offsets = context.Input(Offsets);
        int groups = context.Attributes.Int32("offset_group", 1), channels = x.Shape[1] / groups, pixels = x.Shape[2] * x.Shape[3];
        FunctionBuilder code = context.Code;
        Nest.Over(code, [groups, axes[0].Kernel, axes[1].Kernel], tap =>
        {
            Local number = code.Local("tap", tap[1] * axes[1].Kernel + tap[2]);
            Local place = code.Local("place", (index[0] * groups + tap[0]) * taps + number);
            Number[] coordinates = new Number[2];
            for (int axis = 0; axis < 2; axis++)
            {
                Expression whole = index[axis + 1] * axes[axis].Stride - axes[axis].PadBegin + tap[axis + 1] * axes[axis].Dilation;
                Number moved = context.At(offsets, (place * 2 + axis) * positions + position);
                coordinates[axis] = (moved.FromInteger(whole) + moved).Keep("coordinate");
            }
            Bilinear corners = new(context, coordinates[0], coordinates[1], x.Shape[2], x.Shape[3]);
            Number? mask = context.HasInput(Mask) ? context.At(context.Input(Mask), place * positions + position).Keep("mask") : null;
            code.For("channel", 0, channels, channel =>
            {
                Local own = code.Local("own", tap[0] * channels + channel);
                Number sample = corners.Sample(context, x, (index[0] * x.Shape[1] + own) * pixels);
                context.Put(samples, own * taps + number, mask is { } factor ? sample * factor : sample);
            });
        });
    }
}

/// <summary>The four elements around a position in a plane and their weights; elements outside weigh 0.</summary>
internal sealed class Bilinear
{
    readonly (Expression Index, Number Weight)[] _corners;

    /// <summary>Around (row, column), which may lie anywhere.</summary>
    public Bilinear(LoweringContext context, Number row, Number column, int rows, int columns)
    {
        FunctionBuilder code = context.Code;
        (Local Index, Number Weight)[] vertical = Neighbours(row, rows), horizontal = Neighbours(column, columns);
        _corners = [.. vertical.SelectMany(v => horizontal.Select(h => ((Expression)code.Local("corner", v.Index * columns + h.Index), (v.Weight * h.Weight).Keep("weight"))))];

        (Local, Number)[] Neighbours(Number x, int extent)
        {
            Number floor = x.Apply(Runtime.FloatOperation.Floor).Keep("floor"), fraction = (x - floor).Keep("fraction");
            Local first = code.Local("first", floor.ToInteger());
            return [Neighbour(first, fraction.Of(1) - fraction, extent), Neighbour(first + 1, fraction, extent)];
        }

        (Local, Number) Neighbour(Expression index, Number weight, int extent)
        {
            Local kept = code.Local("index", index), isInside = code.Local("inside", kept.IsBelow(extent));
            return (code.Local("pixel", Expression.Select(isInside, kept, 0)), Number.Select(isInside, weight, weight.Of(0)).Keep("part"));
        }
    }

    /// <summary>The weighted sum in one plane.</summary>
    public Number Sample(LoweringContext context, TensorView x, Expression plane)
    {
        Local first = context.Code.Local("plane", plane);
        return _corners.Select(corner => context.At(x, first + corner.Index) * corner.Weight).Aggregate((left, right) => left + right);
    }
}
