using System.Runtime.CompilerServices;
using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>
/// The columns of one table inside the row-major matrix that it shares with the tables of its height: cells
/// [<paramref name="column"/>, column + width) of each row of a block. A width of 0 stands for a table that the matrix does not hold.
/// </summary>
/// <param name="block">The first cell of the block's first row.</param>
/// <param name="stride">Cells from one row to the next, a multiple of 16.</param>
/// <param name="column">The first column.</param>
/// <param name="width">Number of columns.</param>
// Pointers: the matrix outlives every view of it, which lives for one call of the backend.
readonly unsafe struct ColumnView(KoalaBear* block, nint stride, int column, int width)
{
    readonly KoalaBear* _block = block;
    readonly nint _stride = stride;

    /// <summary>The first column.</summary>
    public int Column { get; } = column;

    /// <summary>Number of columns.</summary>
    public int Width { get; } = width;

    /// <summary>Strips of sixteen columns that the columns touch.</summary>
    public int Strips { get; } = width == 0 ? 0 : (column + width + RowTile.StripColumns - 1) / RowTile.StripColumns - column / RowTile.StripColumns;

    /// <summary>Packed columns in a tile of these strips.</summary>
    public int TileLength => Strips * RowTile.StripColumns;

    /// <summary>The columns of <paramref name="matrix"/> from its row <paramref name="firstRow"/> on.</summary>
    public static ColumnView Of(FieldMatrix? matrix, int firstRow, int column, int width) =>
        matrix is null || width == 0 ? default : new(matrix.RowPointer(firstRow), matrix.Stride, column, width);

    /// <summary>The first cell of row <paramref name="row"/> of the block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public KoalaBear* Row(int row) => _block + row * _stride + Column;

    /// <summary>
    /// Reads rows first, first + 1, … (cyclic in mask + 1 rows) into a tile of <see cref="TileLength"/> packed columns and returns those of the table: [Width].
    /// </summary>
    public ReadOnlySpan<PackedKoalaBear> Load(int first, int mask, PackedKoalaBear* tile) => LoadFrom(0, first, mask, tile);

    /// <summary>As <see cref="Load"/>, but of the table's columns only those from <paramref name="firstColumn"/> on are read; the others stay unspecified.</summary>
    public ReadOnlySpan<PackedKoalaBear> LoadFrom(int firstColumn, int first, int mask, PackedKoalaBear* tile)
    {
        if (Width == 0)
            return default;
        KoalaBear** rows = stackalloc KoalaBear*[RowTile.Rows];
        RowTile.Address(_block, _stride, mask, first, rows);
        int skew = Column % RowTile.StripColumns, skipped = (skew + firstColumn) / RowTile.StripColumns, column = Column - skew + skipped * RowTile.StripColumns;
        RowTile.PrefetchNext(rows, _stride, column, Strips - skipped);
        RowTile.Load(rows, column, Strips - skipped, tile + skipped * RowTile.StripColumns);
        return new(tile + skew, Width);
    }
}
