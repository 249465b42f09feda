namespace Zkml.Guest.Onnx.Graph;

/// <summary>The static extents of a tensor, outermost first; row-major. A scalar has rank 0 and one element.</summary>
public sealed class Shape : IEquatable<Shape>
{
    /// <summary>The highest rank; larger ones are refused, so that shapes may stand on the stack.</summary>
    public const int MaximumRank = 32;

    readonly int[] _dimensions;

    /// <summary>
    /// Extents of at least 0, rank at most <see cref="MaximumRank"/>, fewer than 2^31 elements. Throws <see cref="OnnxException"/>
    /// (<see cref="OnnxError.Malformed"/> or <see cref="OnnxError.Limit"/>) for anything else: shapes come from models.
    /// </summary>
    public Shape(params ReadOnlySpan<int> dimensions)
    {
        if (dimensions.Length > MaximumRank) throw new OnnxException(OnnxError.Limit, $"rank {dimensions.Length}: expected at most {MaximumRank}");
        long count = 1;
        foreach (int dimension in dimensions)
        {
            if (dimension < 0) throw OnnxException.Malformed($"shape [{string.Join(", ", dimensions.ToArray())}]: expected extents of at least 0");
            count *= dimension;
            if (count > int.MaxValue) throw TooLarge([.. dimensions]);
        }
        (_dimensions, Count) = (dimensions.ToArray(), (int)count);
    }

    /// <summary>The same from extents of 64 bits, as files have them.</summary>
    public static Shape Of(ReadOnlySpan<long> dimensions)
    {
        if (dimensions.Length > MaximumRank) throw new OnnxException(OnnxError.Limit, $"rank {dimensions.Length}: expected at most {MaximumRank}");
        Span<int> extents = stackalloc int[dimensions.Length];
        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (dimensions[axis] < 0) throw OnnxException.Malformed($"shape [{string.Join(", ", dimensions.ToArray())}]: expected extents of at least 0");
            if (dimensions[axis] > int.MaxValue) throw TooLarge(dimensions.ToArray());
            extents[axis] = (int)dimensions[axis];
        }
        return new(extents);
    }

    static OnnxException TooLarge<T>(T[] dimensions) => new(OnnxError.Limit, $"shape [{string.Join(", ", dimensions)}]: expected fewer than 2^31 elements");

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
