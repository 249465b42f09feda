using System.Runtime.InteropServices;

namespace Zkml.Fields;

/// <summary>
/// Lends <see cref="FieldMatrix"/> buffers and keeps returned ones for reuse, so that proving segment after segment does not page in fresh memory.
/// Thread-safe. One pool per prover, passed to whoever needs it.
/// </summary>
/// <param name="idleLimitBytes">Most bytes kept while nobody uses them; the oldest idle buffers are freed first.</param>
public sealed unsafe partial class FieldMatrixPool(long idleLimitBytes) : IDisposable
{
    const int HugePageBytes = 2 << 20, SmallPageBytes = 4096, AdviseHugePages = 14;

    readonly Lock _lock = new();
    readonly List<Buffer> _idle = []; // oldest first
    bool _disposed;

    /// <summary>One allocation: its address and its size in bytes, at least that of the matrix in it.</summary>
    internal readonly record struct Buffer(nint Address, long Bytes);

    /// <summary>Bytes in matrices that are rented now.</summary>
    public long LiveBytes { get; private set; }

    /// <summary>Bytes kept for reuse.</summary>
    public long IdleBytes { get; private set; }

    /// <summary>The largest sum of live and idle bytes so far.</summary>
    public long PeakBytes { get; private set; }

    /// <summary>
    /// Lends a matrix of [rows × width]. Its padding columns are zero; the other elements are unspecified (bytes of an earlier user).
    /// </summary>
    /// <exception cref="OutOfMemoryException">The system refuses the memory.</exception>
    public FieldMatrix Rent(int rows, int width)
    {
        FieldMatrix matrix = RentUnspecified(rows, width);
        matrix.ClearPadding();
        return matrix;
    }

    /// <summary>Lends a matrix whose elements, padding included, are unspecified: for an output that is written in full, as the low-degree extension does.</summary>
    /// <exception cref="OutOfMemoryException">The system refuses the memory.</exception>
    public FieldMatrix RentUnspecified(int rows, int width)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(rows);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        long bytes = (long)rows * FieldMatrix.StrideOf(width) * sizeof(KoalaBear);
        return new FieldMatrix(this, Take(bytes), rows, width);
    }

    Buffer Take(long bytes)
    {
        // Whole pages, so that slightly different shapes share buffers.
        long page = bytes >= HugePageBytes ? HugePageBytes : SmallPageBytes, size = checked(bytes + page - 1) / page * page;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            int best = -1;
            for (int i = 0; i < _idle.Count; i++)
                if (_idle[i].Bytes >= size && _idle[i].Bytes - size <= size / 4 && (best < 0 || _idle[i].Bytes < _idle[best].Bytes))
                    best = i;
            if (best >= 0)
            {
                Buffer reused = _idle[best];
                _idle.RemoveAt(best);
                IdleBytes -= reused.Bytes;
                LiveBytes += reused.Bytes;
                return reused;
            }

            Buffer fresh = Allocate(size);
            LiveBytes += size;
            PeakBytes = Math.Max(PeakBytes, LiveBytes + IdleBytes);
            return fresh;
        }
    }

    internal void Return(Buffer buffer)
    {
        lock (_lock)
        {
            LiveBytes -= buffer.Bytes;
            if (_disposed || buffer.Bytes > idleLimitBytes)
            {
                Free(buffer);
                return;
            }

            Evict(idleLimitBytes - buffer.Bytes);
            _idle.Add(buffer);
            IdleBytes += buffer.Bytes;
        }
    }

    /// <summary>Frees every idle buffer; rented matrices are not touched.</summary>
    public void Trim()
    {
        lock (_lock)
            Evict(0);
    }

    /// <summary>Frees the idle buffers; matrices still rented are freed when they are disposed.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            Evict(0);
        }
    }

    void Evict(long limitBytes)
    {
        int count = 0;
        for (; IdleBytes > limitBytes; count++)
        {
            IdleBytes -= _idle[count].Bytes;
            Free(_idle[count]);
        }

        _idle.RemoveRange(0, count);
    }

    internal static Buffer Allocate(long bytes)
    {
        // Safe: the block is owned by one Buffer value, which is freed once, by Free.
        void* address = NativeMemory.AlignedAlloc(checked((nuint)bytes), (nuint)(bytes >= HugePageBytes ? HugePageBytes : SmallPageBytes));
        // Advice only: strided passes touch a page per row, which is slow with small pages. A refusal changes nothing but speed.
        if (bytes >= HugePageBytes && OperatingSystem.IsLinux())
            _ = AdviseMemory(address, (nuint)bytes, AdviseHugePages);
        return new((nint)address, bytes);
    }

    internal static void Free(Buffer buffer) => NativeMemory.AlignedFree((void*)buffer.Address);

    [LibraryImport("libc", EntryPoint = "madvise")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int AdviseMemory(void* address, nuint length, int advice);
}
