using System.Runtime.CompilerServices;

namespace Zkml.Fields;

/// <summary>
/// An off-heap matrix of field elements, [Rows × Width], row-major, each row padded to <see cref="Stride"/> elements so that it starts on a
/// 64-byte boundary and fills whole vectors. Rented from a <see cref="FieldMatrixPool"/>; dispose it to give the memory back.
/// </summary>
/// <remarks>
/// There is no finalizer: a matrix that is never disposed stays counted as live. Spans and pointers must not be used after disposal.
/// </remarks>
public sealed unsafe class FieldMatrix : IDisposable
{
    readonly FieldMatrixPool _pool;
    FieldMatrixPool.Buffer _buffer;

    internal FieldMatrix(FieldMatrixPool pool, FieldMatrixPool.Buffer buffer, int rows, int width)
    {
        _pool = pool;
        _buffer = buffer;
        Rows = rows;
        Width = width;
        Stride = StrideOf(width);
    }

    /// <summary>Number of rows, at least 1.</summary>
    public int Rows { get; }

    /// <summary>Columns in use, at least 1.</summary>
    public int Width { get; }

    /// <summary>Elements from one row to the next: <see cref="Width"/> rounded up to a multiple of 16.</summary>
    public int Stride { get; }

    /// <summary>The first element of row 0; 64-byte aligned. Throws once disposed.</summary>
    public KoalaBear* Pointer
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            KoalaBear* pointer = (KoalaBear*)_buffer.Address;
            ObjectDisposedException.ThrowIf(pointer is null, this);
            return pointer;
        }
    }

    /// <summary>Row <paramref name="row"/>, in [0, Rows): [Width].</summary>
    // Safe: the row is checked, and the buffer holds Rows × Stride elements until disposal.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<KoalaBear> Row(int row) => new(RowPointer(row), Width);

    /// <summary>Row <paramref name="row"/> with its padding: [Stride].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<KoalaBear> PaddedRow(int row) => new(RowPointer(row), Stride);

    /// <summary>Rows [row, row + count) with their padding: [count × Stride].</summary>
    public Span<KoalaBear> PaddedRows(int row, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Rows - row);
        return new(Pointer + (nint)row * Stride, checked(count * Stride));
    }

    /// <summary>The first element of row <paramref name="row"/>, in [0, Rows).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public KoalaBear* RowPointer(int row)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Rows);
        return Pointer + (nint)row * Stride;
    }

    /// <summary>Sets every element, padding included, to zero.</summary>
    public void Clear(int threads) => ParallelRange.Run(Rows, Math.Max(1, (1 << 20) / Stride), threads, (start, end, _) => ClearRows(start, end));

    void ClearRows(int start, int end)
    {
        for (int row = start; row < end; row++)
            PaddedRow(row).Clear();
    }

    /// <summary>Zeroes columns [Width, Stride) of every row.</summary>
    internal void ClearPadding()
    {
        if (Width == Stride)
            return;
        for (int row = 0; row < Rows; row++)
            PaddedRow(row)[Width..].Clear();
    }

    /// <summary>Gives the memory back to the pool; further calls do nothing.</summary>
    public void Dispose()
    {
        FieldMatrixPool.Buffer buffer = _buffer;
        _buffer = default;
        if (buffer.Address != 0)
            _pool.Return(buffer);
    }

    internal static int StrideOf(int width) => checked(width + PackedKoalaBear.Lanes - 1) / PackedKoalaBear.Lanes * PackedKoalaBear.Lanes;
}
