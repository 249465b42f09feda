using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>Which scale belongs to which element: one for all, one for each slice along an axis, or one for each block along an axis.</summary>
sealed class QuantizationLayout
{
    readonly int _outer;
    readonly int _extent;
    readonly int _inner;
    readonly int _block;

    QuantizationLayout(int outer, int extent, int inner, int block) => (_outer, _extent, _inner, _block) = (outer, extent, inner, block);

    /// <summary>True if one scale serves all elements.</summary>
    public bool IsPerTensor => _extent == 1 && _outer == 1 && _block == 0;

    /// <summary>Reads axis and block_size and checks the shapes of scale and zero point (null where absent).</summary>
    public static QuantizationLayout Of(NodeAttributes attributes, Shape input, Shape scale, Shape? zeroPoint)
    {
        int block = attributes.Int32("block_size", 0), axis = attributes.Int32("axis", 1);
        if (zeroPoint != null && !zeroPoint.Equals(scale) && (zeroPoint.Count != 1 || scale.Count != 1))
            throw OnnxException.Malformed($"zero point: expected the shape of the scale {scale}, got {zeroPoint}");
        if (block < 0) throw OnnxException.Malformed($"block_size: expected 0 or more, got {block}");
        if (scale.Rank <= 1 && scale.Count == 1) return new(1, 1, input.Count, 0);
        axis = InferenceChecks.Axis(axis, input.Rank);
        QuantizationLayout layout = new(input.CountOf(0, axis), input[axis], input.CountOf(axis + 1, input.Rank), block);
        if (block == 0)
        {
            if (scale.Rank != 1 || scale[0] != input[axis]) throw OnnxException.Malformed($"scale: expected [{input[axis]}] for axis {axis} of {input}, got {scale}");
            return layout;
        }
        int[] expected = input.Dimensions.ToArray();
        expected[axis] = (int)(((long)expected[axis] + block - 1) / block);
        Shape blocks = new(expected);
        return blocks.Equals(scale) ? layout : throw OnnxException.Malformed($"scale: expected {blocks} for blocks of {block} along axis {axis} of {input}, got {scale}");
    }

    /// <summary>
    /// Runs <paramref name="element"/> for each element with its index, under <paramref name="prepare"/>, which loads what belongs to a scale (by its index) and
    /// hands it on.
    /// </summary>
    public void Loop<T>(FunctionBuilder code, Func<Expression, T> prepare, Action<Expression, T> element)
    {
        if (_block != 0)
        {
            LoopBlocks(code, prepare, element);
            return;
        }
        code.For("outer", 0, _outer, outer => code.For("slice", 0, _extent, slice =>
        {
            T prepared = prepare(slice);
            Local start = code.Local("start", ((outer * _extent) + slice) * _inner);
            code.For("inner", 0, _inner, inner => element(start + inner, prepared));
        }));
    }

    void LoopBlocks<T>(FunctionBuilder code, Func<Expression, T> prepare, Action<Expression, T> element)
    {
        int blocks = (_extent + _block - 1) / _block;
        code.For("outer", 0, _outer, outer => code.For("block", 0, blocks, block => code.For("inner", 0, _inner, inner =>
        {
            T prepared = prepare((((outer * blocks) + block) * _inner) + inner);
            Local first = code.Local("first", block * _block), end = code.Local("end", first + _block);
            code.If(end > _extent, () => code.Assign(end, _extent));
            Local start = code.Local("start", (outer * (_extent * _inner)) + inner);
            code.For("slice", first, end, slice => element(start + (slice * _inner), prepared));
        })));
    }
}
