using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Runtime;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>Samples X [N, C, …] at positions in [−1, 1] that the grid [N, …, axes] gives, last axis first: nearest, linear or cubic, over up to three axes.</summary>
internal sealed class GridSample : Operator
{
    const double CubicAlpha = -0.75;

    // Every tap of every axis is code of its own: 4³ of them in a cubic volume.
    const int MaximumAxes = 3;

    // One tap along one axis: an index in range and its weight.
    readonly record struct Tap(Expression Index, Number Weight);

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        Shape x = context.Ranked(0, 3), grid = context.Ranked(1, x.Rank, x.Rank);
        context.Float(1);
        if (x.Rank - 2 > MaximumAxes) throw OnnxException.Unsupported($"input 0: expected up to {MaximumAxes} spatial axes, got {x}");
        Require(grid[0] == x[0] && grid[^1] == x.Rank - 2, $"input 1: expected {x[0]} grids of {x.Rank - 2} coordinates, got {grid}");
        Require(x.CountOf(2, x.Rank) > 0, $"input 0: expected spatial elements, got {x}");
        if (ModeOf(context.Attributes) != "nearest") context.Float(0);
        PaddingOf(context.Attributes);
        context.SetOutput(0, context.Numeric(0), ShapeOf([x[0], x[1], .. grid.Dimensions[1..^1].ToArray().Select(extent => (long)extent)]));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context)
    {
        TensorView x = context.Input(0), grid = context.Input(1), y = context.Output(0);
        int rank = x.Shape.Rank - 2, channels = x.Shape[1], pixels = x.Shape.CountOf(2, x.Shape.Rank), positions = y.Shape.CountOf(2, y.Shape.Rank);
        int[] strides = x.Shape.Strides()[2..];
        FunctionBuilder code = context.Code;
        Nest.Over(code, [x.Shape[0], positions], index =>
        {
            Local coordinates = code.Local("coordinates", (index[0] * positions + index[1]) * rank);
            Tap[][] taps = new Tap[rank][];
            for (int axis = 0; axis < rank; axis++)
                taps[axis] = Taps(context, x.Shape[axis + 2], context.At(grid, coordinates + (rank - 1 - axis)));
            Local input = code.Local("input", index[0] * (channels * pixels));
            Local output = code.Local("output", index[0] * (channels * positions) + index[1]);
            code.For("channel", 0, channels, channel =>
                context.Put(y, output + channel * positions, Sum(context, x, taps, strides, 0, input + channel * pixels)));
        });
    }

    static Number Sum(LoweringContext context, TensorView x, Tap[][] taps, int[] strides, int axis, Expression offset)
    {
        if (axis == taps.Length) return context.At(x, offset);
        Number? sum = null;
        foreach (Tap tap in taps[axis])
        {
            Number inner = Sum(context, x, taps, strides, axis + 1, offset + tap.Index * strides[axis]);
            // An integer X has the nearest mode only: one tap, whose weight says whether it lies inside.
            Number term = x.Type.IsFloat ? inner * tap.Weight.To(x.Type) : Number.Select(ElementIsZero(tap.Weight), inner.Of(0), inner);
            sum = sum is { } partial ? partial + term : term;
        }
        return sum!.Value;
    }

    static Expression ElementIsZero(Number weight) => (weight.Bits << 1).Not();

    static Tap[] Taps(LoweringContext context, int extent, Number normalized)
    {
        bool isAligned = context.Attributes.Flag("align_corners");
        string mode = ModeOf(context.Attributes), padding = PaddingOf(context.Attributes);
        Number x = (isAligned
            ? (normalized + normalized.Of(1)) / normalized.Of(2) * normalized.Of(extent - 1)
            : ((normalized + normalized.Of(1)) * normalized.Of(extent) - normalized.Of(1)) / normalized.Of(2)).Keep("x");
        if (mode == "nearest") x = x.Apply(FloatOperation.RoundToEven).Keep("rounded");
        x = Padded(context, x, extent, padding, isAligned);
        if (mode == "nearest") return [At(context, x.ToInteger(), 0, extent, padding, isAligned, x.Of(1))];
        Number floor = x.Apply(FloatOperation.Floor).Keep("floor"), fraction = (x - floor).Keep("fraction");
        Local first = context.Code.Local("index", floor.ToInteger());
        Number[] weights = mode == "linear" ? [x.Of(1) - fraction, fraction] : CubicWeights(fraction);
        int start = mode == "linear" ? 0 : -1;
        return [.. weights.Select((weight, i) => At(context, first, start + i, extent, padding, isAligned, weight))];
    }

    // A coordinate outside of the borders is clamped or reflected.
    static Number Padded(LoweringContext context, Number x, int extent, string padding, bool isAligned)
    {
        if (padding == "zeros") return x;
        FunctionBuilder code = context.Code;
        double low = isAligned ? 0 : -0.5, high = isAligned ? extent - 1 : extent - 0.5, range = high - low;
        Number padded = x.Variable("padded");
        code.If(x < x.Of(low), () => padded.Assign(padding == "border" ? x.Of(0) : Reflect(x.Of(low) - x, isFromLow: true)),
            () => code.If(x > x.Of(high), () => padded.Assign(padding == "border" ? x.Of(extent - 1) : Reflect(x - x.Of(high), isFromLow: false))));
        return padded;

        Number Reflect(Number distance, bool isFromLow)
        {
            if (range == 0) return x.Of(0);
            Number beyond = distance.Keep("beyond");
            Local folds = code.Local("folds", (beyond / beyond.Of(range)).ToInteger());
            Number rest = (beyond - beyond.FromInteger(folds) * beyond.Of(range)).Keep("rest");
            return Number.Select((folds & 1).Is(isFromLow ? 0 : 1), x.Of(low) + rest, x.Of(high) - rest);
        }
    }

    static Tap At(LoweringContext context, Expression first, int step, int extent, string padding, bool isAligned, Number weight)
    {
        FunctionBuilder code = context.Code;
        Local index = code.Local("tap", first + step);
        Expression isInside = index.IsBelow(extent);
        switch (padding)
        {
            case "zeros":
                Number inside = Number.Select(isInside, weight, weight.Of(0)).Keep("weight");
                return new(code.Local("pixel", Expression.Select(isInside, index, 0)), inside);
            case "border":
                return new(code.Local("pixel", Expression.Select(isInside, index, Expression.Select(index < 0, 0, extent - 1))), weight.Keep("weight"));
            default:
                return new(code.Local("pixel", Expression.Select(isInside, index, ReflectIndex(code, index, extent, isAligned))), weight.Keep("weight"));
        }
    }

    // Indices repeat with the period of going there and back.
    static Expression ReflectIndex(FunctionBuilder code, Local index, int extent, bool isAligned)
    {
        int period = isAligned ? 2 * (extent - 1) : 2 * extent;
        if (period == 0) return 0;
        Local rest = code.Local("rest", index % period);
        Local wrapped = code.Local("wrapped", Expression.Select(rest < 0, rest + period, rest));
        return Expression.Select(wrapped < extent, wrapped, (isAligned ? period : period - 1) - wrapped);
    }

    static Number[] CubicWeights(Number t)
    {
        const double a = CubicAlpha;
        Number one = t.Of(1), rest = (one - t).Keep("rest");
        return [Far((t + one).Keep("far")), Near(t), Near(rest), Far((rest + one).Keep("far"))];

        static Number Near(Number x) => (x.Of(a + 2) * x - x.Of(a + 3)) * x * x + x.Of(1);

        static Number Far(Number x) => ((x.Of(a) * x - x.Of(5 * a)) * x + x.Of(8 * a)) * x - x.Of(4 * a);
    }

    static string ModeOf(NodeAttributes attributes) => attributes.OneOf("mode", "linear", "linear", "bilinear", "nearest", "cubic", "bicubic") switch
    {
        "bilinear" => "linear",
        "bicubic" => "cubic",
        string mode => mode,
    };

    static string PaddingOf(NodeAttributes attributes) => attributes.OneOf("padding_mode", "zeros", "zeros", "border", "reflection");
}
