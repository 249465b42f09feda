namespace Zkml.Fields.Bn254;

/// <summary>Memory outside of the collected heap, on large pages where it is large; its contents are unspecified. Freed once, by <see cref="Dispose"/>.</summary>
sealed unsafe class NativeBlock : IDisposable
{
    readonly FieldMatrixPool.Buffer _buffer;
    bool _isFreed;

    /// <summary>At least one byte.</summary>
    /// <exception cref="OutOfMemoryException">The system refuses the memory.</exception>
    public NativeBlock(long bytes) => _buffer = FieldMatrixPool.Allocate(Math.Max(bytes, 1));

    ~NativeBlock() => Free();

    /// <summary>The first byte, aligned to a page.</summary>
    public byte* Address => (byte*)_buffer.Address;

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        // Safe: no user holds the address once it is disposed or unreachable.
        if (!_isFreed)
            FieldMatrixPool.Free(_buffer);
        _isFreed = true;
    }
}
