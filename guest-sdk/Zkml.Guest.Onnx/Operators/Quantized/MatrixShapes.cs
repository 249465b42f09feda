using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>The sizes of a matrix product by the rules of MatMul: leading axes broadcast, a vector becomes a row on the left and a column on the right.</summary>
sealed record MatrixShapes
{
    /// <summary>Rows of the left side.</summary>
    public required int Rows { get; init; }

    /// <summary>Columns of the left side.</summary>
    public required int Depth { get; init; }

    /// <summary>Columns of the right side.</summary>
    public required int Columns { get; init; }

    /// <summary>The leading axes of the result.</summary>
    public required int[] Batch { get; init; }

    /// <summary>Matrices of the left side between neighbours along each leading axis; 0 where it broadcasts.</summary>
    public required int[] LeftStrides { get; init; }

    /// <summary>Matrices of the right side between neighbours along each leading axis; 0 where it broadcasts.</summary>
    public required int[] RightStrides { get; init; }

    /// <summary>Matrices of the right side.</summary>
    public required int RightCount { get; init; }

    /// <summary>The shape of the result.</summary>
    public required Shape Output { get; init; }

    /// <summary>Matrices of the result.</summary>
    public int Matrices => Batch.Aggregate(1, (count, extent) => count * extent);

    /// <summary>Multiply-accumulates.</summary>
    public long Products => (long)Matrices * Rows * Depth * Columns;

    /// <summary>The sizes of left · right. Throws <see cref="OnnxException"/> where they do not fit.</summary>
    public static MatrixShapes Of(Shape left, Shape right)
    {
        if (left.Rank == 0 || right.Rank == 0) throw OnnxException.Malformed($"expected matrices, got {left} and {right}");
        int rows = left.Rank == 1 ? 1 : left[^2], depth = left[^1], columns = right.Rank == 1 ? 1 : right[^1];
        if (depth != (right.Rank == 1 ? right[0] : right[^2])) throw OnnxException.Malformed($"{left} and {right} do not fit");
        Shape leftBatch = new(left.Dimensions[..Math.Max(0, left.Rank - 2)]), rightBatch = new(right.Dimensions[..Math.Max(0, right.Rank - 2)]);
        Shape batch = InferenceChecks.Broadcast(leftBatch, rightBatch);
        List<long> output = [.. batch.Dimensions.ToArray().Select(extent => (long)extent)];
        if (left.Rank > 1) output.Add(rows);
        if (right.Rank > 1) output.Add(columns);
        MatrixShapes shapes = new()
        {
            Rows = rows, Depth = depth, Columns = columns, Batch = batch.Dimensions.ToArray(), LeftStrides = Broadcast.Strides(leftBatch, batch),
            RightStrides = Broadcast.Strides(rightBatch, batch), RightCount = rightBatch.Count, Output = InferenceChecks.ShapeOf([.. output]),
        };
        return rightBatch.Count == 1 && rightBatch.Rank <= leftBatch.Rank && leftBatch.Equals(batch) ? shapes.WithRowsMerged() : shapes;
    }

    // One right side for all: the rows of all matrices follow each other.
    MatrixShapes WithRowsMerged() => this with { Rows = Matrices * Rows, Batch = [], LeftStrides = [], RightStrides = [] };
}
