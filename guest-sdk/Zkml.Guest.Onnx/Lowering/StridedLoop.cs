using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators;

namespace Zkml.Guest.Onnx.Lowering;

/// <summary>
/// What a <see cref="StridedLoop"/> walks along: index = base + Σ counter · stride, one stride per axis of the loop. With a view the body
/// gets the loaded element, without one the index itself.
/// </summary>
public sealed record StridedOperand(int[] Strides, TensorView? View = null, Expression? Base = null)
{
    /// <summary>A whole tensor in its own order.</summary>
    public static StridedOperand Of(TensorView view) => new(view.Shape.Strides(), view);

    /// <summary>A tensor broadcast to a shape by the rules of NumPy.</summary>
    public static StridedOperand Broadcast(TensorView view, Shape to) => new(BroadcastStrides(view.Shape, to), view);

    /// <summary>The strides of a tensor broadcast to a shape: 0 along axes that repeat.</summary>
    public static int[] BroadcastStrides(Shape from, Shape to)
    {
        int[] strides = new int[to.Rank], own = from.Strides();
        for (int i = 1; i <= from.Rank; i++) strides[^i] = from[^i] == 1 ? 0 : own[^i];
        return strides;
    }

    /// <summary>The index of a tensor in row-major order.</summary>
    public static StridedOperand IndexOf(Shape shape, Expression? from = null) => new(shape.Strides(), null, from);
}

/// <summary>
/// Writes the tightest loop nest over some extents: axes that every operand passes in one stride are merged, axes of extent 1 vanish, and
/// an element that does not change in the inner loops is loaded outside of them.
/// </summary>
public static class StridedLoop
{
    /// <summary>Rounds of a loop whose body is a few instructions: the loop around it would cost as much.</summary>
    public const int ShortUnroll = 4;

    /// <summary>
    /// Runs <paramref name="body"/> for every point of <paramref name="extents"/>, in row-major order, with one value per operand.
    /// <paramref name="unroll"/>: how many points one round of the innermost loop does.
    /// </summary>
    public static void Run(LoweringContext context, ReadOnlySpan<int> extents, StridedOperand[] operands, Action<Expression[]> body, int unroll = 1)
    {
        foreach (int extent in extents)
            if (extent == 0) return;
        List<Axis> axes = Merge(extents, operands);
        // One zero for all, so that operands of the same strides share their indices.
        Expression zero = 0;
        Expression[] indices = [.. operands.Select(operand => operand.Base == null ? zero : context.Math.Once(operand.Base))];
        Nest(context, new(operands, axes, body, unroll), 0, indices, new Expression?[operands.Length]);
    }

    /// <summary>output[i] = compute(inputs[i]…), the inputs broadcast to the output. <paramref name="isShort"/>: the body is a few instructions, without calls.</summary>
    public static void Map(LoweringContext context, TensorView output, TensorView[] inputs, Func<Expression[], Expression> compute, bool isShort = false)
    {
        StridedOperand[] operands = [.. inputs.Select(input => StridedOperand.Broadcast(input, output.Shape)), StridedOperand.IndexOf(output.Shape)];
        Run(context, output.Shape.Dimensions, operands, values => context.Store(output, values[^1], compute(values)), isShort ? ShortUnroll : 1);
    }

    /// <summary>Copies elements bit by bit between views of one memory type.</summary>
    public static void Copy(LoweringContext context, ReadOnlySpan<int> extents, StridedOperand source, TensorView to, int[] strides, Expression? toBase = null)
    {
        TensorView target = to.AsBits();
        Run(context, extents, [source with { View = source.View!.AsBits() }, new(strides, null, toBase)], values => context.Store(target, values[1], values[0]), ShortUnroll);
    }

    /// <summary>The same memory seen as integers: loads and stores convert nothing.</summary>
    public static TensorView AsBits(this TensorView view) => view with
    {
        Type = view.Type.Memory switch
        {
            MemoryType.Int8 => ElementType.Int8,
            MemoryType.UInt8 => ElementType.UInt8,
            MemoryType.Int16 => ElementType.Int16,
            MemoryType.UInt16 => ElementType.UInt16,
            MemoryType.Int32 => ElementType.Int32,
            _ => ElementType.Int64,
        },
    };

    sealed record Axis(int Extent, int[] Strides);

    sealed record Plan(StridedOperand[] Operands, List<Axis> Axes, Action<Expression[]> Body, int Unroll);

    static List<Axis> Merge(ReadOnlySpan<int> extents, StridedOperand[] operands)
    {
        List<Axis> axes = [];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (extents[axis] == 1) continue;
            int extent = extents[axis];
            int[] strides = [.. operands.Select(operand => operand.Strides[axis])];
            if (axes.Count > 0 && Continues(axes[^1].Strides, strides, extent)) axes[^1] = new(axes[^1].Extent * extent, strides);
            else axes.Add(new(extent, strides));
        }
        return axes;
    }

    static bool Continues(int[] outer, int[] inner, int extent)
    {
        for (int i = 0; i < outer.Length; i++)
            if (outer[i] != (long)inner[i] * extent) return false;
        return true;
    }

    static void Nest(LoweringContext context, Plan plan, int level, Expression[] indices, Expression?[] values)
    {
        if (level == plan.Axes.Count)
        {
            plan.Body([.. plan.Operands.Select((operand, i) => values[i] ?? Value(context, operand, indices[i]))]);
            return;
        }
        Axis axis = plan.Axes[level];
        bool isInnermost = level == plan.Axes.Count - 1;
        Expression?[] hoisted = [.. values];
        for (int i = 0; i < plan.Operands.Length; i++)
            if (hoisted[i] == null && plan.Operands[i].View != null && plan.Axes.Skip(level).All(later => later.Strides[i] == 0))
                hoisted[i] = context.Math.Once(Value(context, plan.Operands[i], indices[i]));
        if (!isInnermost)
        {
            context.Code.For("i", 0, axis.Extent, counter => Nest(context, plan, level + 1, Advance(context, axis, indices, hoisted, counter, 0, holds: true), hoisted));
            return;
        }
        int whole = axis.Extent - axis.Extent % plan.Unroll;
        context.Code.For("i", 0, whole, counter =>
        {
            for (int k = 0; k < plan.Unroll; k++) Nest(context, plan, level + 1, Advance(context, axis, indices, hoisted, counter, k, holds: false), hoisted);
        }, plan.Unroll);
        for (int k = whole; k < axis.Extent; k++) Nest(context, plan, level + 1, Advance(context, axis, indices, hoisted, 0, k, holds: false), hoisted);
    }

    // The indices at counter + ahead. Those of outer loops are held in locals: the loops inside start from them.
    static Expression[] Advance(LoweringContext context, Axis axis, Expression[] indices, Expression?[] hoisted, Expression counter, int ahead, bool holds)
    {
        Dictionary<(Expression, int), Expression> known = [];
        Expression[] next = new Expression[indices.Length];
        for (int i = 0; i < indices.Length; i++)
        {
            int stride = axis.Strides[i];
            if (hoisted[i] != null) next[i] = indices[i];
            else if (known.TryGetValue((indices[i], stride), out Expression? same)) next[i] = same;
            else
            {
                Expression index = stride == 0 ? indices[i] : indices[i] + counter * stride + ahead * stride;
                next[i] = known[(indices[i], stride)] = holds ? context.Math.Once(index) : index;
            }
        }
        return next;
    }

    static Expression Value(LoweringContext context, StridedOperand operand, Expression index)
    {
        if (operand.View is not { } view) return index;
        if (view.Buffer is { Kind: BufferKind.Constant, Count: 1 } && ElementMath.ConstantOf(view) is { } constant) return constant;
        return context.Load(view, index);
    }
}
