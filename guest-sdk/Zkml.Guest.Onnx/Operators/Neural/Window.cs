using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Operators.Neural.Checks;

namespace Zkml.Guest.Onnx.Operators.Neural;

/// <summary>The taps [From, To) of one window that lie inside the input; tap 0 lies at Start, which may be outside.</summary>
internal readonly record struct WindowTaps(Expression Start, Expression From, Expression To);

/// <summary>One spatial axis of a convolution or pool: extents in elements, paddings in elements.</summary>
internal readonly record struct WindowAxis(int Input, int Output, int Kernel, int Stride, int Dilation, int PadBegin, int PadEnd)
{
    /// <summary>True if no window touches the padding.</summary>
    public bool IsInside => PadBegin == 0 && (long)(Output - 1) * Stride + (long)(Kernel - 1) * Dilation < Input;

    /// <summary>The taps of the window of one output position.</summary>
    public WindowTaps Taps(FunctionBuilder code, Expression output)
    {
        if (IsInside) return new(output * Stride, 0, Kernel);
        Expression start = code.Local("start", output * Stride - PadBegin);
        Expression to = code.Local("to", Ceiling(Input - start));
        return new(start,
            PadBegin == 0 ? 0 : code.Local("from", Expression.Select(start < 0, Ceiling(-start), 0)),
            code.Local("to", Expression.Select(to < Kernel, to, Kernel)));
    }

    /// <summary>Number of taps that lie in the input or its padding: the divisor of an average that counts the padding.</summary>
    public Expression PaddedCount(FunctionBuilder code, Expression output)
    {
        // Only a window of ceil mode reaches beyond the padding.
        if ((long)(Output - 1) * Stride + (long)(Kernel - 1) * Dilation < (long)Input + PadBegin + PadEnd) return Kernel;
        Expression count = code.Local("count", Ceiling(Input + PadEnd + PadBegin - output * Stride));
        return Expression.Select(count < Kernel, count, Kernel);
    }

    Expression Ceiling(Expression distance) => Dilation == 1 ? distance : (distance + (Dilation - 1)) / Dilation;
}

/// <summary>The windows of a convolution or pool over all spatial axes.</summary>
internal sealed class Windows
{
    /// <summary>Reads strides, dilations, pads, auto_pad and, for pools, ceil_mode. <paramref name="input"/> is [N, C, spatial…].</summary>
    public Windows(NodeAttributes attributes, Shape input, ReadOnlySpan<int> kernel)
    {
        int rank = input.Rank - 2;
        Require(kernel.Length == rank, $"kernel_shape: expected {rank} extents, got {kernel.Length}");
        int[] strides = Extents(attributes, "strides", rank, 1, 1), dilations = Extents(attributes, "dilations", rank, 1, 1);
        int[] pads = Extents(attributes, "pads", 2 * rank, 0, 0);
        string automatic = attributes.OneOf("auto_pad", "NOTSET", "NOTSET", "", "VALID", "SAME_UPPER", "SAME_LOWER");
        bool rounds = attributes.Flag("ceil_mode");
        Axes = new WindowAxis[rank];
        for (int i = 0; i < rank; i++)
        {
            Require(kernel[i] >= 1, $"kernel_shape {i}: expected at least 1, got {kernel[i]}");
            long extent = input[i + 2], reach = (long)(kernel[i] - 1) * dilations[i] + 1;
            (long begin, long end) = automatic switch
            {
                "SAME_UPPER" or "SAME_LOWER" => Same(extent, reach, strides[i], automatic == "SAME_LOWER"),
                "VALID" => (0, 0),
                _ => (pads[i], pads[rank + i]),
            };
            long room = extent + begin + end - reach;
            Require(room >= 0 && room < int.MaxValue, $"spatial axis {i}: the window of {reach} does not fit into {extent} elements padded by {begin} and {end}");
            long output = (rounds ? room + strides[i] - 1 : room) / strides[i] + 1;
            // The last window starts inside the input or the padding before it.
            if (rounds && (output - 1) * strides[i] >= extent + begin) output--;
            Axes[i] = new((int)extent, (int)output, kernel[i], strides[i], dilations[i], (int)begin, (int)end);
        }
    }

    /// <summary>One for each spatial axis.</summary>
    public WindowAxis[] Axes { get; }

    /// <summary>[batch, channels, output extents…].</summary>
    public Shape OutputShape(int batch, int channels) => Checks.ShapeOf([batch, channels, .. Axes.Select(axis => (long)axis.Output)]);

    /// <summary>Attributes of one extent for each axis, all at least <paramref name="lowest"/>.</summary>
    public static int[] Extents(NodeAttributes attributes, string name, int count, int absent, int lowest)
    {
        long[]? values = attributes.Integers(name);
        if (values is null or []) return [.. Enumerable.Repeat(absent, count)];
        Require(values.Length == count, $"{name}: expected {count} values, got {values.Length}");
        foreach (long value in values) Require(value >= lowest && value <= int.MaxValue / 4, $"{name}: expected {lowest} to {int.MaxValue / 4}, got {value}");
        return [.. values.Select(value => (int)value)];
    }

    /// <summary>The attribute kernel_shape, which must be there.</summary>
    public static int[] Kernel(NodeAttributes attributes, int rank)
    {
        Require(attributes.Has("kernel_shape"), $"kernel_shape is missing");
        return Extents(attributes, "kernel_shape", rank, 1, 1);
    }

    /// <summary>Loops over output positions; the body gets the flat position in [0, product of output extents), each axis' position and its taps.</summary>
    public void OverOutputs(FunctionBuilder code, Action<Expression, Expression[], WindowTaps[]> body) => OverOutputs(code, [], [], body);

    void OverOutputs(FunctionBuilder code, Expression[] outer, WindowTaps[] taps, Action<Expression, Expression[], WindowTaps[]> body)
    {
        if (outer.Length == Axes.Length)
        {
            body(Nest.Offset(outer, Nest.Strides([.. Axes.Select(axis => axis.Output)])), outer, taps);
            return;
        }
        WindowAxis axis = Axes[outer.Length];
        code.For($"o{outer.Length}", 0, axis.Output, output => OverOutputs(code, [.. outer, output], [.. taps, axis.Taps(code, output)], body));
    }

    /// <summary>Loops over the taps of one window; the body gets the offset into one input channel, relative to <see cref="Origin"/>, and into one kernel.</summary>
    public void OverTaps(FunctionBuilder code, WindowTaps[] taps, Action<Expression, Expression> body) => OverTaps(code, taps, [], body);

    void OverTaps(FunctionBuilder code, WindowTaps[] taps, Expression[] outer, Action<Expression, Expression> body)
    {
        if (outer.Length < Axes.Length)
        {
            code.For($"k{outer.Length}", taps[outer.Length].From, taps[outer.Length].To, tap => OverTaps(code, taps, [.. outer, tap], body));
            return;
        }
        int[] strides = Nest.Strides([.. Axes.Select(axis => axis.Input)]), kernel = Nest.Strides([.. Axes.Select(axis => axis.Kernel)]);
        for (int i = 0; i < strides.Length; i++) strides[i] *= Axes[i].Dilation;
        body(Nest.Offset(outer, strides), Nest.Offset(outer, kernel));
    }

    /// <summary>The offset of tap 0 of every axis in one input channel; may be negative.</summary>
    public Expression Origin(WindowTaps[] taps) =>
        Nest.Offset([.. taps.Select(tap => tap.Start)], Nest.Strides([.. Axes.Select(axis => axis.Input)]));

    static (long Begin, long End) Same(long extent, long reach, int stride, bool isLower)
    {
        long output = (extent + stride - 1) / stride;
        long total = Math.Max(0, (output - 1) * stride + reach - extent);
        return isLower ? (total - total / 2, total / 2) : (total / 2, total - total / 2);
    }
}
