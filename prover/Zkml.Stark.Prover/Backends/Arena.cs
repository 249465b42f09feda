using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>Scratch memory of one worker, handed out from the front and forgotten all at once; every block starts on a 64-byte boundary.</summary>
// Pointers: the arena lives inside one call of the backend, which owns the memory behind it; each block is within bounds or an exception.
unsafe ref struct Arena
{
    byte* _next;
    readonly byte* _end;

    Arena(FieldMatrix memory, int worker)
    {
        _next = (byte*)memory.RowPointer(worker);
        _end = _next + (nint)memory.Stride * sizeof(KoalaBear);
    }

    /// <summary>The scratch memory of worker <paramref name="worker"/>.</summary>
    public static Arena Of(FieldMatrix memory, int worker) => new(memory, worker);

    /// <summary>Memory for <paramref name="workers"/> workers of <paramref name="vectors"/> vectors of 64 bytes each.</summary>
    public static FieldMatrix Rent(FieldMatrixPool pool, int workers, int vectors) => pool.RentUnspecified(workers, vectors * PackedKoalaBear.Lanes);

    /// <summary>Room for <paramref name="count"/> values, whose size is a multiple of 64 bytes; unspecified content.</summary>
    public T* Take<T>(int count) where T : unmanaged
    {
        T* block = (T*)_next;
        _next += (nint)count * sizeof(T);
        if (_next > _end)
            throw new InvalidOperationException($"Scratch memory: {_next - _end} bytes short.");
        return block;
    }
}
