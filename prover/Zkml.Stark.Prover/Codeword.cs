using Zkml.Fields;
using Zkml.Hashing;

namespace Zkml.Stark.Prover;

/// <summary>
/// The values of a polynomial over K on the domain g_n·H_n, cut into leaves of 2^LogLeaf values: row i, [n / 2^LogLeaf × 5 · 2^LogLeaf], holds the values at the
/// domain indices i + (n / 2^LogLeaf)·k, in bit-reversed order of k. Rows are in natural order of i; the tree over them puts row i at the leaf that reverses the
/// bits of i, so that leaves and values in them are in bit-reversed order of the domain.
/// </summary>
public sealed class Codeword : IDisposable
{
    /// <summary>A codeword of length 2^<paramref name="logSize"/>; contents unspecified.</summary>
    public Codeword(FieldMatrixPool pool, int logSize, int logLeaf)
    {
        LogSize = logSize;
        LogLeaf = logLeaf;
        Matrix = pool.RentUnspecified(1 << (logSize - logLeaf), KoalaBear5.Degree << logLeaf);
    }

    /// <summary>log2 of n.</summary>
    public int LogSize { get; }

    /// <summary>log2 of the values in a leaf.</summary>
    public int LogLeaf { get; }

    /// <summary>The leaves.</summary>
    public FieldMatrix Matrix { get; }

    /// <summary>Row and first cell of the value at domain index <paramref name="index"/>.</summary>
    public (int Row, int Column) Place(int index)
    {
        int logRows = LogSize - LogLeaf;
        return (index & ((1 << logRows) - 1), KoalaBear5.Degree * (int)RowOrder.ReverseBits((uint)index >> logRows, LogLeaf));
    }

    /// <summary>The value at domain index <paramref name="index"/>, in [0, n).</summary>
    public KoalaBear5 this[int index]
    {
        get
        {
            (int row, int column) = Place(index);
            return KoalaBear5.FromCoefficients(Matrix.Row(row).Slice(column, KoalaBear5.Degree));
        }

        set
        {
            (int row, int column) = Place(index);
            Span<KoalaBear> cells = Matrix.Row(row).Slice(column, KoalaBear5.Degree);
            for (int k = 0; k < cells.Length; k++)
                cells[k] = value[k];
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose() => Matrix.Dispose();
}
