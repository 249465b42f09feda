using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Operators.Elementwise;

namespace Zkml.Guest.Onnx.Operators.DataMovement;

/// <summary>Shape: the extents of a tensor, from axis start to axis end (not reached).</summary>
public sealed class ShapeOperator : FoldedOperator
{
    /// <inheritdoc/>
    protected override Tensor Compute(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        Shape shape = context.ShapeOf(0);
        int start = Bound("start", 0), end = Math.Max(Bound("end", shape.Rank), start);
        long[] extents = [.. shape.Dimensions[start..end].ToArray().Select(extent => (long)extent)];
        return Tensor.Of<long>(ElementType.Int64, new(extents.Length), extents);

        int Bound(string name, long absent)
        {
            long bound = context.Attributes.Integer(name, absent);
            return (int)Math.Clamp(bound < 0 ? bound + shape.Rank : bound, 0, shape.Rank);
        }
    }
}

/// <summary>Size: the number of elements.</summary>
public sealed class SizeOperator : FoldedOperator
{
    /// <inheritdoc/>
    protected override Tensor Compute(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        return Tensor.Of(ElementType.Int64, Shape.Scalar, (long)context.ShapeOf(0).Count);
    }
}

/// <summary>NonZero: the coordinates of the elements that are not zero, of an input known at compile time.</summary>
public sealed class NonZeroOperator : FoldedOperator
{
    /// <inheritdoc/>
    protected override Tensor Compute(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        context.TypeOf(0, ElementKinds.Any);
        Tensor tensor = context.ConstantOf(0);
        int[] found = [.. Enumerable.Range(0, tensor.Shape.Count).Where(i => !IsZero(tensor, i))], strides = tensor.Shape.Strides();
        long[] coordinates = new long[Limited(InferenceChecks.ShapeOf(tensor.Shape.Rank, found.Length)).Count];
        for (int axis = 0; axis < tensor.Shape.Rank; axis++)
            for (int i = 0; i < found.Length; i++)
                coordinates[axis * found.Length + i] = found[i] / strides[axis] % tensor.Shape[axis];
        return Tensor.Of<long>(ElementType.Int64, new(tensor.Shape.Rank, found.Length), coordinates);
    }

    static bool IsZero(Tensor tensor, int index)
    {
        int size = tensor.Type.Memory.ElementBytes;
        ReadOnlySpan<byte> element = tensor.Data.Slice(index * size, size);
        if (element[..^1].ContainsAnyExcept((byte)0)) return false;
        // A float's −0 is zero; formats without one have a NaN there, and Float8E8M0 has no zero at all.
        return tensor.Type switch
        {
            ElementType.Float8E8M0 => false,
            ElementType.Float4E2M1 => (element[^1] & 7) == 0,
            ElementType.Float8E4M3FNUZ or ElementType.Float8E5M2FNUZ => element[^1] == 0,
            _ => element[^1] == 0 || (tensor.Type.IsFloat && element[^1] == 0x80),
        };
    }
}

/// <summary>
/// Unique: the different elements, or slices of an axis, of an input known at compile time; where each comes first, which one each element
/// is, and how often it occurs. Sorted unless sorted is 0.
/// </summary>
public sealed class UniqueOperator : Operator
{
    // Compared on the host, one by one: more takes minutes.
    const int MaximumElements = 1 << 20;

    /// <inheritdoc/>
    public override void Infer(InferenceContext context)
    {
        context.RequireInputs(1, 1);
        context.TypeOf(0, ElementKinds.Any);
        Tensor tensor = context.ConstantOf(0);
        Shape shape = tensor.Shape;
        if (Math.Max(shape.Count, shape.Dimensions.IsEmpty ? 1 : shape.Dimensions.ToArray().Max()) > MaximumElements) throw new OnnxException(OnnxError.Limit, $"expected at most {MaximumElements} elements, got {shape}");
        bool isFlat = !context.Attributes.Has("axis");
        int axis = isFlat ? 0 : InferenceChecks.Axis(context.Attributes.Integer("axis", 0), shape.Rank);
        int before = isFlat ? 1 : shape.CountOf(0, axis), length = isFlat ? shape.Count : shape[axis], after = isFlat ? 1 : shape.CountOf(axis + 1, shape.Rank);
        ulong[][] slices = [.. Enumerable.Range(0, length).Select(i => Keys(tensor, before, length, after, i))];
        int[] order = [.. Enumerable.Range(0, length)];
        Array.Sort(order, (left, right) => Compare(slices, left, right));
        (int[] firsts, long[] inverse, long[] counts) = Group(order, slices);
        if (!context.Attributes.Flag("sorted", true)) KeepFirstOrder(firsts, inverse, counts);
        context.SetConstant(0, Take(tensor, isFlat ? [firsts.Length] : Replace(shape, axis, firsts.Length), before, length, after, firsts));
        context.SetConstant(1, Tensor.Of<long>(ElementType.Int64, new(firsts.Length), [.. firsts.Select(first => (long)first)]));
        context.SetConstant(2, Tensor.Of<long>(ElementType.Int64, new(length), inverse));
        context.SetConstant(3, Tensor.Of<long>(ElementType.Int64, new(firsts.Length), counts));
    }

    /// <inheritdoc/>
    public override void Lower(LoweringContext context) { }

    static (int[] Firsts, long[] Inverse, long[] Counts) Group(int[] order, ulong[][] slices)
    {
        List<int> firsts = [];
        List<long> counts = [];
        long[] inverse = new long[order.Length];
        for (int i = 0; i < order.Length; i++)
        {
            // Equal slices stand in the order of their places, so the first of a group comes first.
            if (i == 0 || !slices[order[i]].AsSpan().SequenceEqual(slices[order[i - 1]]))
            {
                firsts.Add(order[i]);
                counts.Add(0);
            }
            inverse[order[i]] = firsts.Count - 1;
            counts[^1]++;
        }
        return ([.. firsts], inverse, [.. counts]);
    }

    static void KeepFirstOrder(int[] firsts, long[] inverse, long[] counts)
    {
        int[] order = [.. Enumerable.Range(0, firsts.Length)], rank = new int[firsts.Length];
        Array.Sort([.. firsts], order);
        for (int i = 0; i < order.Length; i++) rank[order[i]] = i;
        long[] countsBefore = [.. counts];
        Array.Sort(firsts);
        for (int i = 0; i < order.Length; i++) counts[i] = countsBefore[order[i]];
        for (int i = 0; i < inverse.Length; i++) inverse[i] = rank[inverse[i]];
    }

    static int Compare(ulong[][] slices, int left, int right)
    {
        int order = slices[left].AsSpan().SequenceCompareTo(slices[right]);
        return order != 0 ? order : left.CompareTo(right);
    }

    static ulong[] Keys(Tensor tensor, int before, int length, int after, int slice)
    {
        ulong[] keys = new ulong[before * after];
        for (int i = 0; i < keys.Length; i++) keys[i] = Key(tensor, (i / after * length + slice) * after + i % after);
        return keys;
    }

    // A key whose unsigned order is the order of the values.
    static ulong Key(Tensor tensor, int index)
    {
        const ulong Top = 1UL << 63;
        if (!tensor.Type.IsFloat)
            return tensor.Type == ElementType.UInt64 ? tensor.As<ulong>()[index] : unchecked((ulong)tensor.IntegerAt(index)) ^ Top;
        if (tensor.Type.Memory == MemoryType.UInt8) throw OnnxException.Unsupported($"elements of type {tensor.Type}");
        ulong bits = BitConverter.DoubleToUInt64Bits(tensor.NumberAt(index) + 0.0);
        return bits >= Top ? ~bits : bits | Top;
    }

    static int[] Replace(Shape shape, int axis, int extent)
    {
        int[] extents = shape.Dimensions.ToArray();
        extents[axis] = extent;
        return extents;
    }

    static Tensor Take(Tensor tensor, int[] extents, int before, int length, int after, int[] slices)
    {
        int bytes = after * tensor.Type.Memory.ElementBytes;
        byte[] data = new byte[(long)before * slices.Length * bytes];
        for (int i = 0; i < before; i++)
            for (int k = 0; k < slices.Length; k++)
                tensor.Data.Slice((i * length + slices[k]) * bytes, bytes).CopyTo(data.AsSpan((i * slices.Length + k) * bytes));
        return new(tensor.Type, new(extents), data);
    }
}
