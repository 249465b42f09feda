using System.Runtime.InteropServices;

namespace Zkml.Fields;

/// <summary>Cuts the columns of a matrix into strips of whole vectors, all but the last equally wide.</summary>
readonly struct Strips
{
    readonly int _stride;

    /// <param name="stride">Columns with padding, a multiple of 16.</param>
    /// <param name="maxWidth">Most columns in a strip; less than 16 counts as 16.</param>
    public Strips(int stride, int maxWidth)
    {
        _stride = stride;
        int vectors = stride / PackedKoalaBear.Lanes, maxVectors = Math.Max(1, maxWidth / PackedKoalaBear.Lanes), count = (vectors + maxVectors - 1) / maxVectors;
        Width = (vectors + count - 1) / count * PackedKoalaBear.Lanes;
        Count = (stride + Width - 1) / Width;
    }

    public int Count { get; }

    /// <summary>Columns of the widest strip.</summary>
    public int Width { get; }

    public int Start(int strip) => strip * Width;

    public int Length(int strip) => Math.Min(Width, _stride - strip * Width);
}

/// <summary>What each thread of a strided pass owns: a tile of scratch rows and a table of twiddles.</summary>
sealed unsafe class TileWorkers : IDisposable
{
    readonly CosetTwiddles[] _twiddles;
    readonly KoalaBear* _scratch;
    readonly nint _scratchLength;

    public TileWorkers(RootTable roots, nint scratchLength, int threads)
    {
        // Safe: one block of threads · scratchLength elements, freed once; a worker stays within its own part.
        _scratchLength = scratchLength;
        _scratch = (KoalaBear*)NativeMemory.AlignedAlloc(checked((nuint)(scratchLength * threads) * sizeof(uint)), 4096);
        _twiddles = new CosetTwiddles[threads];
        for (int worker = 0; worker < threads; worker++)
            _twiddles[worker] = new CosetTwiddles(roots);
    }

    public CosetTwiddles Twiddles(int worker) => _twiddles[worker];

    public KoalaBear* Scratch(int worker) => _scratch + worker * _scratchLength;

    public void Dispose()
    {
        NativeMemory.AlignedFree(_scratch);
        foreach (CosetTwiddles twiddles in _twiddles)
            twiddles.Dispose();
    }
}
