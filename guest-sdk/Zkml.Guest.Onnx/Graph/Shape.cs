namespace Zkml.Guest.Onnx.Graph;

/// <summary>The static extents of a tensor, outermost first; row-major. A scalar has rank 0 and one element.</summary>
public sealed class Shape : IEquatable<Shape>
{
    readonly int[] _dimensions;

    /// <summary>Extents of at least 0. Throws <see cref="ArgumentOutOfRangeException"/> for a negative one or for 2^31 elements and more.</summary>
    public Shape(params ReadOnlySpan<int> dimensions)
    {
        long count = 1;
        foreach (int dimension in dimensions)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(dimension, nameof(dimensions));
            count *= dimension;
            if (count > int.MaxValue) throw new ArgumentOutOfRangeException(nameof(dimensions), count, "Expected fewer than 2^31 elements.");
        }
        (_dimensions, Count) = (dimensions.ToArray(), (int)count);
    }

    /// <summary>The shape of a scalar.</summary>
    public static Shape Scalar { get; } = new();

    /// <summary>Number of dimensions.</summary>
    public int Rank => _dimensions.Length;

    /// <summary>Number of elements.</summary>
    public int Count { get; }

    /// <summary>The extents.</summary>
    public ReadOnlySpan<int> Dimensions => _dimensions;

    /// <summary>One extent.</summary>
    public int this[int axis] => _dimensions[axis];

    /// <summary>Elements between neighbours along each axis of a row-major tensor.</summary>
    public int[] Strides()
    {
        int[] strides = new int[Rank];
        int stride = 1;
        for (int axis = Rank - 1; axis >= 0; axis--) (strides[axis], stride) = (stride, stride * _dimensions[axis]);
        return strides;
    }

    /// <summary>Product of the extents of axes [from, to).</summary>
    public int CountOf(int from, int to)
    {
        int count = 1;
        for (int axis = from; axis < to; axis++) count *= _dimensions[axis];
        return count;
    }

    /// <summary>The shape that both broadcast to by the rules of NumPy; null if they do not.</summary>
    public static Shape? Broadcast(Shape left, Shape right)
    {
        int rank = Math.Max(left.Rank, right.Rank);
        Span<int> result = stackalloc int[rank];
        for (int i = 1; i <= rank; i++)
        {
            int a = i <= left.Rank ? left[^i] : 1, b = i <= right.Rank ? right[^i] : 1;
            if (a != b && a != 1 && b != 1) return null;
            result[^i] = a == 1 ? b : a;
        }
        return new(result);
    }

    /// <summary>One extent, counted from the end.</summary>
    public int this[Index axis] => _dimensions[axis];

    /// <inheritdoc/>
    public bool Equals(Shape? other) => other != null && _dimensions.AsSpan().SequenceEqual(other._dimensions);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Shape);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = new();
        foreach (int dimension in _dimensions) hash.Add(dimension);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    public override string ToString() => $"[{string.Join(", ", _dimensions)}]";
}
