using System.Runtime.InteropServices;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>
/// The loops of a convolution of 8-bit activations [N, C, D, H, W] by constant weights. Padding goes into a scratch copy, so that no window
/// has an edge; a block of four to seven positions by two channels shares its loads; the taps of a plane are unrolled.
/// </summary>
sealed class IntegerConvolution
{
    const int UnrolledTaps = 49, HoistedWeights = 9, LongSum = 48;

    readonly LoweringContext _context;
    readonly ConvolutionGeometry _geometry;
    readonly IntegerWeights _weights;
    readonly ProductEpilogue _epilogue;
    readonly Func<Expression, Expression> _initial;
    readonly int[] _extent;
    readonly int[] _output;
    LoopBuffer _source;

    /// <summary>A convolution of <paramref name="source"/>; <paramref name="initial"/> gives what the accumulator of a channel starts from.</summary>
    public IntegerConvolution(LoweringContext context, ConvolutionGeometry geometry, LoopBuffer source, IntegerWeights weights, Func<Expression, Expression> initial, ProductEpilogue epilogue)
    {
        (_context, _geometry, _source, _weights, _initial, _epilogue) = (context, geometry, source, weights, initial, epilogue);
        _extent = [.. geometry.Input];
        _output = [.. geometry.Output];
    }

    FunctionBuilder Code => _context.Code;

    /// <summary>Writes the whole convolution. <paramref name="padding"/> is the value of the padding: the zero point of the activations.</summary>
    public void Emit(Expression padding)
    {
        if (_geometry.OutputPlane == 0 || _geometry.Batch == 0 || _geometry.OutputChannels == 0) return;
        if (_geometry.IsPadded) Pad(padding);
        bool isPointwise = _geometry.Taps == 1 && _geometry.Strides.All(stride => stride == 1);
        if (isPointwise)
        {
            // Positions of a window of one element follow each other without a gap.
            (_extent[0], _extent[1], _extent[2]) = (1, 1, _extent[0] * _extent[1] * _extent[2]);
            (_output[0], _output[1], _output[2]) = (1, 1, _geometry.OutputPlane);
        }
        (int positions, int channels) = _geometry.Kernel[2] > 1 && _weights.Elements >= LongSum
            ? AccumulatorBlock.ChooseForWindows(_output[2], _geometry.GroupOutputs)
            : AccumulatorBlock.Choose(_output[2], _geometry.GroupOutputs);
        int full = _geometry.GroupOutputs / channels * channels;
        Code.For("image", 0, _geometry.Batch, image => Code.For("group", 0, _geometry.Groups, group =>
        {
            LoopBuffer packed = Pack("weights", 0, full, channels);
            int blockElements = channels * _weights.Elements;
            Code.For("channel", 0, full, channel =>
            {
                Expression start = ((group * (full / channels)) + (channels == 1 ? channel : channel.DivideUnsigned(channels))) * blockElements;
                EmitRows(image, group, channel, packed, start, positions, channels);
            }, channels);
            if (full < _geometry.GroupOutputs)
            {
                int rest = _geometry.GroupOutputs - full;
                EmitRows(image, group, full, Pack("weights.rest", full, _geometry.GroupOutputs, rest), group * (rest * _weights.Elements), positions, rest);
            }
        }));
    }

    // [group][block of channels][input channel][depth tap][row tap][column tap][channel in the block]
    LoopBuffer Pack(string name, int first, int end, int block)
    {
        List<int> order = new(_geometry.Groups * (end - first) * _weights.Elements);
        for (int group = 0; group < _geometry.Groups; group++)
            for (int start = first; start < end; start += block)
                for (int element = 0; element < _weights.Elements; element++)
                    for (int c = 0; c < block; c++) order.Add(_weights[(group * _geometry.GroupOutputs) + start + c, element]);
        return IntegerWeights.Pack($"{_context.Node.Name}.{name}", CollectionsMarshal.AsSpan(order));
    }

    void EmitRows(Expression image, Expression group, Expression channel, LoopBuffer packed, Expression start, int positions, int channels)
    {
        Expression firstChannel = Code.Local("firstChannel", (group * _geometry.GroupOutputs) + channel);
        Expression weightStart = Code.Local("weightStart", start);
        Local? plane = null;
        Expression[]? hoisted = null;
        if (channels == 1 && _geometry.GroupInputs == 1 && _geometry.Taps <= HoistedWeights)
            hoisted = [.. Enumerable.Range(0, _geometry.Taps).Select(tap => (Expression)Code.Local($"weight{tap}", Expression.Load(packed, weightStart + tap)))];
        plane = Code.Local("plane", ((image * _geometry.InputChannels) + (group * _geometry.GroupInputs)) * Plane);
        Local outputPlane = Code.Local("outputPlane", ((image * _geometry.OutputChannels) + firstChannel) * _geometry.OutputPlane);
        Code.For("depth", 0, _output[0], depth => Code.For("row", 0, _output[1], row =>
        {
            Local input = Code.Local("input", plane + (depth * (_geometry.Strides[0] * _extent[1] * _extent[2])) + (row * (_geometry.Strides[1] * _extent[2])));
            Local output = Code.Local("output", outputPlane + (depth * (_output[1] * _output[2])) + (row * _output[2]));
            int full = _output[2] / positions * positions;
            Code.For("column", 0, full, column => EmitBlock(input + (column * _geometry.Strides[2]), output + column, positions), positions);
            if (full < _output[2]) EmitBlock(input + (full * _geometry.Strides[2]), output + full, _output[2] - full);
        }));

        void EmitBlock(Expression input, Expression output, int count)
        {
            AccumulatorBlock block = new(Code, count, channels, c => _initial(firstChannel + c));
            Local from = Code.Local("from", input);
            if (hoisted != null) EmitPlanes(block, from, 0, (tap, _) => hoisted[tap]);
            else EmitInputChannels(block, from, packed, weightStart);
            Local to = Code.Local("to", output);
            for (int c = 0; c < channels; c++)
                for (int p = 0; p < count; p++)
                    _epilogue.Store(Code, block[p, c], firstChannel + c, to + ((c * _geometry.OutputPlane) + p));
        }
    }

    int Plane => _extent[0] * _extent[1] * _extent[2];

    void EmitInputChannels(AccumulatorBlock block, Local from, LoopBuffer packed, Expression weightStart)
    {
        // Several input channels a round where the window is small, so that the loop itself costs little.
        int step = Math.Clamp(8 / _geometry.Taps, 1, Math.Max(1, _geometry.GroupInputs));
        int full = _geometry.GroupInputs / step * step, weightsPerChannel = _geometry.Taps * block.Channels;
        Code.For("inputChannel", 0, full, inputChannel => EmitRound(inputChannel, step), step);
        if (full < _geometry.GroupInputs) EmitRound(full, _geometry.GroupInputs - full);

        void EmitRound(Expression inputChannel, int count)
        {
            for (int i = 0; i < count; i++)
            {
                Expression activations = from + (inputChannel * Plane) + (i * Plane), weights = weightStart + (inputChannel * weightsPerChannel) + (i * weightsPerChannel);
                EmitPlanes(block, activations, weights, (tap, channel) => Expression.Load(packed, weights + ((tap * block.Channels) + channel)));
            }
        }
    }

    // The taps of one input channel. Windows beyond the limit of unrolling loop over their rows.
    void EmitPlanes(AccumulatorBlock block, Expression activations, Expression weights, Func<int, int, Expression> weight)
    {
        int rowTaps = _geometry.Kernel[2], rows = _geometry.Kernel[0] * _geometry.Kernel[1];
        if (rows * rowTaps <= UnrolledTaps)
        {
            for (int row = 0; row < rows; row++)
            {
                int offset = (row / _geometry.Kernel[1] * _geometry.Dilations[0] * _extent[1] * _extent[2]) + (row % _geometry.Kernel[1] * _geometry.Dilations[1] * _extent[2]);
                int first = row * rowTaps;
                EmitRow(block, activations + offset, (tap, channel) => weight(first + tap, channel), rowTaps);
            }
            return;
        }
        LoopBuffer packed = ((LoadExpression)weight(0, 0)).Buffer;
        Code.For("depthTap", 0, _geometry.Kernel[0], depthTap => Code.For("rowTap", 0, _geometry.Kernel[1], rowTap =>
        {
            Local from = Code.Local("tapRow", activations + (depthTap * (_geometry.Dilations[0] * _extent[1] * _extent[2])) + (rowTap * (_geometry.Dilations[1] * _extent[2])));
            Local weightRow = Code.Local("weightRow", weights + (((depthTap * _geometry.Kernel[1]) + rowTap) * (rowTaps * block.Channels)));
            int full = rowTaps / UnrolledTaps * UnrolledTaps;
            Code.For("columnTap", 0, full, tap => EmitRow(block, from + (tap * _geometry.Dilations[2]),
                (i, channel) => Expression.Load(packed, weightRow + (tap * block.Channels) + ((i * block.Channels) + channel)), UnrolledTaps), UnrolledTaps);
            if (full < rowTaps)
                EmitRow(block, from + (full * _geometry.Dilations[2]), (i, channel) => Expression.Load(packed, weightRow + (((full + i) * block.Channels) + channel)), rowTaps - full);
        }));
    }

    // Neighbouring positions share activations where the stride is smaller than the window.
    void EmitRow(AccumulatorBlock block, Expression activations, Func<int, int, Expression> weight, int taps)
    {
        Dictionary<int, Expression> loaded = [];
        for (int tap = 0; tap < taps; tap++)
        {
            Expression[] row = new Expression[block.Positions];
            for (int position = 0; position < row.Length; position++)
            {
                int offset = (position * _geometry.Strides[2]) + (tap * _geometry.Dilations[2]);
                if (!loaded.TryGetValue(offset, out Expression? activation))
                    loaded.Add(offset, activation = Code.Local("activation", Expression.Load(_source, activations + offset)));
                row[position] = activation;
            }
            for (int channel = 0; channel < block.Channels; channel++)
            {
                Expression value = weight(tap, channel);
                block.Add(row, channel, value is Local ? value : Code.Local("weight", value));
            }
        }
    }

    void Pad(Expression padding)
    {
        int[] before = _geometry.PadsBefore, after = _geometry.PadsAfter;
        for (int axis = 0; axis < 3; axis++) _extent[axis] = checked(before[axis] + _geometry.Input[axis] + after[axis]);
        Shape shape = InferenceChecks.ShapeOf(_geometry.Batch, _geometry.InputChannels, _extent[0], _extent[1], _extent[2]);
        if (shape.Count > ShapeInference.MaximumTensorBytes) throw new OnnxException(OnnxError.Limit, $"the padded input {shape} is larger than {ShapeInference.MaximumTensorBytes} bytes");
        LoopBuffer padded = LoopBuffer.Create($"{_context.Node.Name}.padded", BufferKind.Scratch, _source.Type, shape.Count);
        LoopBuffer source = _source;
        int width = _geometry.Input[2];
        Local value = Code.Local("padding", padding);
        Code.For("plane", 0, _geometry.Batch * _geometry.InputChannels, plane => Code.For("depth", 0, _extent[0], depth =>
        {
            Local sheet = Code.Local("sheet", ((plane * _extent[0]) + depth) * (_extent[1] * _extent[2]));
            Expression inside = (depth - before[0]).IsBelow(_geometry.Input[0]);
            Code.If(inside, () =>
            {
                Fill(sheet, before[1] * _extent[2]);
                Code.For("row", 0, _geometry.Input[1], row =>
                {
                    Local to = Code.Local("to", sheet + ((row + before[1]) * _extent[2]));
                    Local from = Code.Local("from", ((plane * _geometry.Input[0] + (depth - before[0])) * _geometry.Input[1] + row) * width);
                    Fill(to, before[2]);
                    Copy(from, to + before[2]);
                    Fill(to + (before[2] + width), after[2]);
                });
                Fill(sheet + ((before[1] + _geometry.Input[1]) * _extent[2]), after[1] * _extent[2]);
            }, () => Fill(sheet, _extent[1] * _extent[2]));
        }));
        _source = padded;

        void Fill(Expression start, int count) => Unrolled("fill", count, i => Code.Store(padded, start + i, value));
        void Copy(Expression from, Expression to) => Unrolled("copy", width, i => Code.Store(padded, to + i, Expression.Load(source, from + i)));
    }

    void Unrolled(string name, int count, Action<Expression> body)
    {
        int step = Math.Min(8, Math.Max(count, 1)), full = count / step * step;
        Code.For(name, 0, full, start =>
        {
            for (int i = 0; i < step; i++) body(start + i);
        }, step);
        for (int i = full; i < count; i++) body(i);
    }
}
