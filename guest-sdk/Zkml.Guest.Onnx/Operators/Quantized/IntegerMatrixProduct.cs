using System.Runtime.InteropServices;
using Zkml.Guest.Loops;
using Zkml.Guest.Onnx.Graph;

namespace Zkml.Guest.Onnx.Operators.Quantized;

/// <summary>One side of a matrix product in memory: its zero point, and the elements between neighbours.</summary>
/// <param name="View">The matrix or matrices.</param>
/// <param name="Outer">Elements between rows of the left side, or columns of the right side.</param>
/// <param name="Depth">Elements between neighbours along the axis that is summed over.</param>
/// <param name="ZeroPoint">The zero point, or one for each column: a constant or a local.</param>
sealed record MatrixOperand(TensorView View, int Outer, int Depth, Func<Expression, Expression> ZeroPoint);

/// <summary>
/// The loops of a product of 8-bit matrices. A constant right side is packed in the order of access without its zero points, and the zero
/// point of the left side moves into the starting values; a computed right side is read in place.
/// </summary>
sealed class IntegerMatrixProduct
{
    const int ProductsInARound = 32;

    readonly LoweringContext _context;
    readonly MatrixShapes _shapes;
    readonly MatrixOperand _left;
    readonly MatrixOperand? _right;
    readonly LoopBuffer? _sums;
    readonly IntegerWeights[] _weights;
    readonly ProductEpilogue _epilogue;

    IntegerMatrixProduct(LoweringContext context, MatrixShapes shapes, MatrixOperand left, MatrixOperand? right, IntegerWeights[] weights, ProductEpilogue epilogue)
    {
        (_context, _shapes, _left, _right, _weights, _epilogue) = (context, shapes, left, right, weights, epilogue);
        int[] sums = [.. weights.SelectMany(matrix => Enumerable.Range(0, shapes.Columns).Select(matrix.Sum))];
        if (weights.Length > 0) _sums = LoopBuffer.Constant($"{context.Node.Name}.sums", MemoryType.Int32, MemoryMarshal.AsBytes<int>(sums));
    }

    FunctionBuilder Code => _context.Code;

    /// <summary>Added to each accumulator before the epilogue, by row and column; null: nothing.</summary>
    public Func<Expression, Expression, Expression>? Bias { get; init; }

    /// <summary>By a constant right side, one set of weights for each of its matrices.</summary>
    public static IntegerMatrixProduct ByConstant(LoweringContext context, MatrixShapes shapes, MatrixOperand left, IntegerWeights[] weights, ProductEpilogue epilogue, Func<Expression, Expression, Expression>? bias = null) =>
        new(context, shapes, left, null, weights, epilogue) { Bias = bias };

    /// <summary>By a right side that the model computes.</summary>
    public static IntegerMatrixProduct ByComputed(LoweringContext context, MatrixShapes shapes, MatrixOperand left, MatrixOperand right, ProductEpilogue epilogue, Func<Expression, Expression, Expression>? bias = null) =>
        new(context, shapes, left, right, [], epilogue) { Bias = bias };

    /// <summary>Throws <see cref="OnnxError.Limit"/> where a sum of <paramref name="depth"/> products of 8-bit numbers may exceed 31 bits.</summary>
    public static void CheckDepth(int depth)
    {
        if (depth * 255L * 255L > int.MaxValue) throw new OnnxException(OnnxError.Limit, $"a sum of {depth} products may exceed 31 bits: expected at most {int.MaxValue / 65025}");
    }

    /// <summary>Writes the whole product.</summary>
    public void Emit()
    {
        if (_shapes.Output.Count == 0) return;
        (int rows, int columns) = AccumulatorBlock.Choose(_shapes.Rows, _shapes.Columns);
        LoopBuffer? packed = _right == null ? Pack(columns) : null;
        Batches(0, 0, 0, 0, (matrix, left, right) =>
        {
            int full = _shapes.Columns / columns * columns;
            Code.For("column", 0, full, column => EmitColumns(matrix, left, right, column, packed, rows, columns), columns);
            if (full < _shapes.Columns) EmitColumns(matrix, left, right, full, packed, rows, _shapes.Columns - full);
        });
    }

    // Number of the result's matrix, of the left side's and of the right side's.
    void Batches(int axis, Expression matrix, Expression left, Expression right, Action<Expression, Expression, Expression> body)
    {
        if (axis == _shapes.Batch.Length)
        {
            body(matrix, left, right);
            return;
        }
        Code.For($"batch{axis}", 0, _shapes.Batch[axis], i =>
            Batches(axis + 1, (matrix * _shapes.Batch[axis]) + i, left + (i * _shapes.LeftStrides[axis]), right + (i * _shapes.RightStrides[axis]), body));
    }

    void EmitColumns(Expression matrix, Expression left, Expression right, Expression column, LoopBuffer? packed, int rows, int columns)
    {
        Local leftStart = Code.Local("left", left * (_shapes.Rows * _shapes.Depth));
        Local outputStart = Code.Local("result", (matrix * (_shapes.Rows * _shapes.Columns)) + column);
        // A block of columns is packed as [depth][column].
        Local rightStart = packed != null
            ? Code.Local("weights", (right * (_shapes.Depth * _shapes.Columns)) + (column * _shapes.Depth))
            : Code.Local("right", (right * (_shapes.Depth * _shapes.Columns)) + (column * _right!.Outer));
        Expression[] initial = new Expression[columns];
        for (int c = 0; c < columns; c++)
            initial[c] = _sums == null ? 0 : Code.Local("start", -(_left.ZeroPoint(0) * Expression.Load(_sums, (right * _shapes.Columns) + column + c)));
        int full = _shapes.Rows / rows * rows;
        Code.For("row", 0, full, row => EmitBlock(row, rows), rows);
        if (full < _shapes.Rows) EmitBlock(full, _shapes.Rows - full);

        void EmitBlock(Expression row, int count)
        {
            AccumulatorBlock block = new(Code, count, columns, c => initial[c]);
            Local from = Code.Local("from", leftStart + (row * _left.Outer));
            int step = Math.Clamp(ProductsInARound / (count * columns), 1, Math.Max(1, _shapes.Depth)), rounds = _shapes.Depth / step * step;
            Code.For("depth", 0, rounds, depth => EmitRound(block, from, rightStart, depth, step, packed, column), step);
            if (rounds < _shapes.Depth) EmitRound(block, from, rightStart, rounds, _shapes.Depth - rounds, packed, column);
            Local to = Code.Local("to", outputStart + (row * _shapes.Columns));
            for (int c = 0; c < columns; c++)
                for (int r = 0; r < count; r++)
                {
                    Expression total = Bias == null ? block[r, c] : Code.Local("total", block[r, c] + Bias(row + r, column + c));
                    _epilogue.Store(Code, total, column + c, to + ((r * _shapes.Columns) + c));
                }
        }
    }

    void EmitRound(AccumulatorBlock block, Expression from, Expression right, Expression depth, int count, LoopBuffer? packed, Expression column)
    {
        for (int i = 0; i < count; i++)
        {
            Expression[] activations = new Expression[block.Positions];
            for (int row = 0; row < activations.Length; row++)
            {
                Expression raw = Expression.Load(_left.View.Buffer, from + (depth * _left.Depth) + ((i * _left.Depth) + (row * _left.Outer)));
                activations[row] = Code.Local("activation", packed != null ? raw : raw - _left.ZeroPoint(0));
            }
            for (int c = 0; c < block.Channels; c++)
            {
                Expression weight = packed != null
                    ? Expression.Load(packed, right + (depth * block.Channels) + ((i * block.Channels) + c))
                    : Expression.Load(_right!.View.Buffer, right + (depth * _right.Depth) + ((i * _right.Depth) + (c * _right.Outer))) - _right.ZeroPoint(column + c);
                block.Add(activations, c, Code.Local("weight", weight));
            }
        }
    }

    // [matrix][block of columns][depth][column in the block]: block number times its size is column · depth.
    LoopBuffer Pack(int columns)
    {
        List<int> order = new(_weights.Length * _shapes.Depth * _shapes.Columns);
        foreach (IntegerWeights matrix in _weights)
            for (int start = 0; start < _shapes.Columns; start += columns)
                for (int depth = 0; depth < _shapes.Depth; depth++)
                    for (int column = start; column < Math.Min(start + columns, _shapes.Columns); column++) order.Add(matrix[column, depth]);
        return IntegerWeights.Pack($"{_context.Node.Name}.weights", CollectionsMarshal.AsSpan(order));
    }
}
