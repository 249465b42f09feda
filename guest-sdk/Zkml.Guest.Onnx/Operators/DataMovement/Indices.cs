using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Lowering;

namespace Zkml.Guest.Onnx.Operators.DataMovement;

/// <summary>
/// An input of indices, Int32 or Int64, where negative ones count from the end. Those known at compile time are checked and resolved then;
/// others are checked by the guest, which stops at the first one out of range.
/// </summary>
public sealed class Indices
{
    /// <summary>The exit code of a guest whose input holds an index out of range.</summary>
    public const int OutOfRangeExitCode = 2;

    readonly LoweringContext _context;
    readonly TensorView _view;
    readonly int[] _extents;
    readonly bool _isResolved;

    /// <summary>The indices of an input. <paramref name="extents"/>: the axis that each index goes into, or the axes of each tuple.</summary>
    public Indices(LoweringContext context, int input, params ReadOnlySpan<int> extents)
    {
        (_context, _view, _extents) = (context, context.Input(input), extents.ToArray());
        if (context.ConstantOf(input) is not { } constant) return;
        int[] indices = new int[constant.Shape.Count];
        for (int i = 0; i < indices.Length; i++)
        {
            long index = constant.IntegerAt(i);
            indices[i] = (int)(index < 0 ? index + extents[i % extents.Length] : index);
        }
        (_view, _isResolved) = (context.Constant("indices", Tensor.Of<int>(ElementType.Int32, constant.Shape, indices)), true);
    }

    /// <summary>Number of indices.</summary>
    public int Count => _view.Shape.Count;

    /// <summary>Their shape.</summary>
    public Shape Shape => _view.Shape;

    /// <summary>Checks type and, if known, range of an input of indices into one axis.</summary>
    public static void Check(InferenceContext context, int input, int extent) => CheckTuples(context, input, [extent]);

    /// <summary>Checks type and, if known, range of an input of index tuples.</summary>
    public static void CheckTuples(InferenceContext context, int input, ReadOnlySpan<int> extents)
    {
        ElementType type = context.TypeOf(input);
        if (type is not (ElementType.Int32 or ElementType.Int64)) throw OnnxException.Malformed($"input {input}: expected Int32 or Int64 indices, got {type}");
        if (context.Input(input).Constant is not { } constant) return;
        for (int i = 0; i < constant.Shape.Count; i++)
        {
            int extent = extents[i % extents.Length];
            long index = constant.IntegerAt(i);
            if (index < -extent || index >= extent) throw OnnxException.Malformed($"input {input}: expected indices of {-extent} to {extent - 1}, got {index}");
        }
    }

    /// <summary>Checks indices of the same rank as the data that replace the coordinate along one axis.</summary>
    public static void CheckAlong(InferenceContext context, int input, Shape data, Shape indices, int axis)
    {
        bool fits = indices.Rank == data.Rank;
        for (int i = 0; fits && i < data.Rank; i++) fits = i == axis || indices[i] <= data[i];
        if (!fits) throw OnnxException.Malformed($"input {input}: expected a shape that fits into {data} but for axis {axis}, got {indices}");
        Check(context, input, data[axis]);
    }

    /// <summary>Extents one after the other.</summary>
    public static long[] Join(ReadOnlySpan<int> first, ReadOnlySpan<int> second, ReadOnlySpan<int> third)
    {
        long[] joined = new long[first.Length + second.Length + third.Length];
        int i = 0;
        foreach (int extent in first) joined[i++] = extent;
        foreach (int extent in second) joined[i++] = extent;
        foreach (int extent in third) joined[i++] = extent;
        return joined;
    }

    /// <summary>Index <paramref name="position"/> as an Int32 in [0, extent).</summary>
    public Expression Load(Expression position) => Load(position, _extents[0]);

    /// <summary>The offset of the tuple that starts at <paramref name="position"/>: Σ index · stride, one stride per index.</summary>
    public Expression LoadTuple(Expression position, ReadOnlySpan<int> strides)
    {
        position = _context.Math.Once(position);
        Expression offset = 0;
        for (int i = 0; i < _extents.Length; i++) offset += Load(position + i, _extents[i]) * strides[i];
        return offset;
    }

    Expression Load(Expression position, int extent)
    {
        Expression index = _context.Load(_view, position);
        if (_isResolved) return index;
        index = _context.Math.Once(index);
        Expression wrapped = _context.Math.Once(Expression.Select(index < 0, index + extent, index));
        _context.Code.If(wrapped.IsBelow(extent).Not(),
            () => _context.Code.Fail(OutOfRangeExitCode, $"{_context.Node.Name}: an index is not in [-{extent}, {extent})"));
        return wrapped.Type == ScalarType.Int64 ? wrapped.Low() : wrapped;
    }
}
