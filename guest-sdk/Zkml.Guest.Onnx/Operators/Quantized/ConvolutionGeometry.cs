using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// The sizes of a convolution or pool over up to three spatial axes, brought to exactly three (depth, height, width) by leading axes of
/// extent 1. Throws <see cref="OnnxException"/> for attributes that do not fit the shapes.
/// </summary>
sealed record ConvolutionGeometry
{
    /// <summary>Images.</summary>
    public required int Batch { get; init; }

    /// <summary>Channels of the input, all groups together.</summary>
    public required int InputChannels { get; init; }

    /// <summary>Channels of the output, all groups together.</summary>
    public required int OutputChannels { get; init; }

    /// <summary>Independent groups of channels.</summary>
    public required int Groups { get; init; }

    /// <summary>Number of spatial axes of the model: 1 to 3.</summary>
    public required int SpatialRank { get; init; }

    /// <summary>Extents of the input.</summary>
    public required int[] Input { get; init; }

    /// <summary>Extents of the window.</summary>
    public required int[] Kernel { get; init; }

    /// <summary>Steps between outputs.</summary>
    public required int[] Strides { get; init; }

    /// <summary>Steps between taps.</summary>
    public required int[] Dilations { get; init; }

    /// <summary>Padding in front.</summary>
    public required int[] PadsBefore { get; init; }

    /// <summary>Padding behind.</summary>
    public required int[] PadsAfter { get; init; }

    /// <summary>Extents of the output.</summary>
    public required int[] Output { get; init; }

    /// <summary>Input channels of one group.</summary>
    public int GroupInputs => InputChannels / Groups;

    /// <summary>Output channels of one group.</summary>
    public int GroupOutputs => OutputChannels / Groups;

    /// <summary>Taps of the window.</summary>
    public int Taps => Kernel[0] * Kernel[1] * Kernel[2];

    /// <summary>Elements of one output channel.</summary>
    public int OutputPlane => Output[0] * Output[1] * Output[2];

    /// <summary>Elements of one input channel.</summary>
    public int InputPlane => Input[0] * Input[1] * Input[2];

    /// <summary>True if the window reaches beyond the input.</summary>
    public bool IsPadded => PadsBefore.Any(pad => pad > 0) || PadsAfter.Any(pad => pad > 0);

    /// <summary>Multiply-accumulates, those with padding included.</summary>
    public long Products => (long)Batch * OutputChannels * OutputPlane * GroupInputs * Taps;

    /// <summary>The shape of the output.</summary>
    public Shape OutputShape => InferenceChecks.ShapeOf([Batch, OutputChannels, .. Output[(3 - SpatialRank)..].Select(extent => (long)extent)]);

    /// <summary>A convolution of input [N, C, …] by weights [M, C/groups, …].</summary>
    public static ConvolutionGeometry Convolution(NodeAttributes attributes, Shape input, Shape weights)
    {
        int rank = SpatialRankOf(input);
        if (weights.Rank != input.Rank) throw OnnxException.Malformed($"expected weights of rank {input.Rank}, got {weights}");
        int groups = attributes.Int32("group", 1);
        if (groups < 1 || input[1] % groups != 0 || weights[0] % groups != 0 || weights[1] != input[1] / groups)
            throw OnnxException.Malformed($"input {input}, weights {weights} and group {groups} do not fit");
        int[] kernel = weights.Dimensions[2..].ToArray();
        if (attributes.Integers("kernel_shape") is { } given && !given.SequenceEqual(kernel.Select(extent => (long)extent)))
            throw OnnxException.Malformed($"kernel_shape [{string.Join(", ", given)}] differs from the weights {weights}");
        return Create(attributes, input, kernel, rank, weights[0], groups, ceiling: false);
    }

    /// <summary>A pool of input [N, C, …] with the window of the attributes.</summary>
    public static ConvolutionGeometry Pool(NodeAttributes attributes, Shape input)
    {
        int rank = SpatialRankOf(input);
        long[] kernel = attributes.Integers("kernel_shape") ?? throw OnnxException.Malformed("attribute kernel_shape is missing");
        return Create(attributes, input, Extents("kernel_shape", kernel, rank, 1), rank, input[1], input[1], attributes.Flag("ceil_mode"));
    }

    static int SpatialRankOf(Shape input)
    {
        if (input.Rank < 3) throw OnnxException.Malformed($"expected an input of rank 3 or more, got {input}");
        return input.Rank <= 5 ? input.Rank - 2 : throw OnnxException.Unsupported($"expected at most 3 spatial axes, got {input}");
    }

    static ConvolutionGeometry Create(NodeAttributes attributes, Shape input, int[] kernel, int rank, int outputs, int groups, bool ceiling)
    {
        int[] strides = Optional(attributes, "strides", rank), dilations = Optional(attributes, "dilations", rank);
        int[] before = new int[rank], after = new int[rank], output = new int[rank];
        string automatic = attributes.Text("auto_pad", "NOTSET");
        int[] pads = attributes.Integers("pads") is { } given ? Extents("pads", given, 2 * rank, 0) : new int[2 * rank];
        for (int axis = 0; axis < rank; axis++)
        {
            long extent = input[axis + 2], reach = (kernel[axis] - 1L) * dilations[axis] + 1;
            if (kernel[axis] < 1) throw OnnxException.Malformed($"expected a window of at least 1, got {kernel[axis]}");
            (before[axis], after[axis]) = automatic switch
            {
                "NOTSET" => (pads[axis], pads[axis + rank]),
                "VALID" => (0, 0),
                "SAME_UPPER" or "SAME_LOWER" => Same(extent, reach, strides[axis], automatic == "SAME_LOWER"),
                _ => throw OnnxException.Malformed($"auto_pad: expected NOTSET, VALID, SAME_UPPER or SAME_LOWER, got {automatic}"),
            };
            long room = extent + before[axis] + after[axis] - reach;
            if (room < 0) throw OnnxException.Malformed($"a window of {reach} does not fit an axis of {extent} with padding {before[axis]}, {after[axis]}");
            long count = (ceiling ? (room + strides[axis] - 1) / strides[axis] : room / strides[axis]) + 1;
            // A window that would start in the padding behind is left out.
            if (ceiling && (count - 1) * strides[axis] >= extent + before[axis]) count--;
            output[axis] = (int)count;
        }
        return new()
        {
            Batch = input[0], InputChannels = input[1], OutputChannels = outputs, Groups = groups, SpatialRank = rank,
            Input = Lead(input.Dimensions[2..].ToArray(), 1), Kernel = Lead(kernel, 1), Strides = Lead(strides, 1), Dilations = Lead(dilations, 1),
            PadsBefore = Lead(before, 0), PadsAfter = Lead(after, 0), Output = Lead(output, 1),
        };
    }

    static (int, int) Same(long extent, long reach, int stride, bool lower)
    {
        long count = (extent + stride - 1) / stride;
        int total = (int)Math.Min(int.MaxValue, Math.Max(0, (count - 1) * stride + reach - extent)), half = total / 2;
        return lower ? (total - half, half) : (half, total - half);
    }

    static int[] Optional(NodeAttributes attributes, string name, int rank) =>
        attributes.Integers(name) is { } given ? Extents(name, given, rank, 1) : [.. Enumerable.Repeat(1, rank)];

    static int[] Extents(string name, long[] values, int count, int minimum)
    {
        if (values.Length != count) throw OnnxException.Malformed($"attribute {name}: expected {count} values, got {values.Length}");
        foreach (long value in values)
            if (value < minimum || value > 1 << 24) throw OnnxException.Malformed($"attribute {name}: expected values of {minimum} to {1 << 24}, got {value}");
        return [.. values.Select(value => (int)value)];
    }

    static int[] Lead(int[] extents, int fill) => [.. Enumerable.Repeat(fill, 3 - extents.Length), .. extents];
}
