using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators;

/// <summary>Checks that inference makes often. Each throws <see cref="OnnxException"/> with what was expected and what was found.</summary>
public static class InferenceChecks
{
    extension(InferenceContext context)
    {
        /// <summary>The type of an input, which must be of one of some kinds.</summary>
        public ElementType TypeOf(int index, ElementKinds kinds)
        {
            ElementType type = context.TypeOf(index);
            if (kinds.Contains(type)) return type;
            if (type == ElementType.String) throw new OnnxException(OnnxError.String, $"input {index} is text");
            string message = $"input {index}: expected an element type of kind {kinds}, got {type}";
            throw type.IsNumeric ? OnnxException.Malformed(message) : OnnxException.Unsupported(message);
        }

        /// <summary>Inputs <paramref name="first"/> and <paramref name="second"/> must have one type.</summary>
        public void RequireSameType(int first, int second)
        {
            if (context.TypeOf(first) != context.TypeOf(second))
                throw OnnxException.Malformed($"inputs {first} and {second}: expected one element type, got {context.TypeOf(first)} and {context.TypeOf(second)}");
        }

        /// <summary>At least <paramref name="least"/> and at most <paramref name="most"/> inputs.</summary>
        public void RequireInputs(int least, int most)
        {
            if (context.InputCount < least || context.InputCount > most)
                throw OnnxException.Malformed($"expected {least} to {most} inputs, got {context.InputCount}");
        }

        /// <summary>The shape that inputs broadcast to.</summary>
        public Shape BroadcastOf(params ReadOnlySpan<int> inputs)
        {
            Shape shape = context.ShapeOf(inputs[0]);
            foreach (int input in inputs[1..]) shape = Broadcast(shape, context.ShapeOf(input));
            return shape;
        }

        /// <summary>All elements of an integer input that is known at compile time, of rank 0 or 1.</summary>
        public long[] IntegersOf(int index)
        {
            Tensor tensor = context.ConstantOf(index);
            if (!tensor.Type.IsInteger || tensor.Shape.Rank > 1) throw OnnxException.Malformed($"input {index}: expected integers of rank 1, got {tensor}");
            return tensor.Type == ElementType.UInt64 ? throw OnnxException.Malformed($"input {index}: expected signed integers, got {tensor}") : tensor.ToIntegers();
        }

        /// <summary>The only element of an integer input that is known at compile time.</summary>
        public long IntegerOf(int index)
        {
            long[] values = context.IntegersOf(index);
            return values.Length == 1 ? values[0] : throw OnnxException.Malformed($"input {index}: expected one integer, got {values.Length}");
        }
    }

    /// <summary>The only element of a scalar, as a host number: integers, and floats of 16 bits and more.</summary>
    public static double NumberOf(Tensor tensor)
    {
        bool isNumber = tensor.Type.IsInteger || tensor.Type is ElementType.Float16 or ElementType.BFloat16 or ElementType.Float32 or ElementType.Float64;
        return isNumber && tensor.Shape.Count == 1 ? tensor.NumberAt(0) : throw OnnxException.Malformed($"expected one number, got {tensor}");
    }

    /// <summary>The shape that two broadcast to.</summary>
    public static Shape Broadcast(Shape left, Shape right)
    {
        try
        {
            return Shape.Broadcast(left, right) ?? throw OnnxException.Malformed($"shapes {left} and {right} do not broadcast");
        }
        catch (ArgumentOutOfRangeException)
        {
            throw new OnnxException(OnnxError.Limit, $"the broadcast of {left} and {right} has 2^31 elements or more");
        }
    }

    /// <summary>A shape of extents that a model computed: none negative, fewer than 2^31 elements.</summary>
    public static Shape ShapeOf(params ReadOnlySpan<long> dimensions)
    {
        int[] extents = new int[dimensions.Length];
        long count = 1;
        for (int i = 0; i < extents.Length; i++)
        {
            if (dimensions[i] < 0) throw OnnxException.Malformed($"expected extents of at least 0, got [{string.Join(", ", dimensions.ToArray())}]");
            if (dimensions[i] > int.MaxValue || (count *= dimensions[i]) > int.MaxValue)
                throw new OnnxException(OnnxError.Limit, $"a tensor [{string.Join(", ", dimensions.ToArray())}] has 2^31 elements or more");
            extents[i] = (int)dimensions[i];
        }
        return new(extents);
    }

    /// <summary>An axis in [−rank, rank) as one in [0, rank). <paramref name="name"/> stands in the error.</summary>
    public static int Axis(long axis, int rank, string name = "axis")
    {
        if (axis < -rank || axis >= rank) throw OnnxException.Malformed($"{name}: expected {-rank} to {rank - 1}, got {axis}");
        return (int)(axis < 0 ? axis + rank : axis);
    }

    /// <summary>Axes in [−rank, rank), each at most once, as ones in [0, rank) in the order given.</summary>
    public static int[] Axes(ReadOnlySpan<long> axes, int rank)
    {
        int[] result = new int[axes.Length];
        for (int i = 0; i < axes.Length; i++)
        {
            result[i] = Axis(axes[i], rank);
            if (result.AsSpan(0, i).Contains(result[i])) throw OnnxException.Malformed($"axis {axes[i]} is given twice");
        }
        return result;
    }
}
