using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Zkml.Groth16.Formats;

/// <summary>
/// The bytes of a file, mapped into memory and read where they lie, or those of an array. Values are read at any alignment. Not to be used after
/// <see cref="Dispose"/>.
/// </summary>
sealed unsafe class FileBytes : IDisposable
{
    readonly MemoryMappedFile? _map;
    readonly MemoryMappedViewAccessor? _view;
    readonly byte* _first;
    GCHandle _pin;

    FileBytes(MemoryMappedFile map, MemoryMappedViewAccessor view, byte* first, long length, string name)
    {
        (_map, _view, Length, Name) = (map, view, length, name);
        _first = first;
    }

    /// <summary>Bytes that are in memory already; they stay pinned.</summary>
    public FileBytes(byte[] bytes, string name)
    {
        _pin = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        _first = (byte*)_pin.AddrOfPinnedObject();
        (Length, Name) = (bytes.Length, name);
    }

    /// <summary>The number of bytes.</summary>
    public long Length { get; }

    /// <summary>What messages call it.</summary>
    public string Name { get; }

    /// <summary>Maps a file. Others can still read it; whoever shortens it meanwhile stops this process, as with every mapped file.</summary>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    /// <exception cref="Groth16FileException">The file is empty.</exception>
    public static FileBytes Map(string path)
    {
        using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (stream.Length == 0)
            throw new Groth16FileException(path, "the file is empty.");
        MemoryMappedFile map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        MemoryMappedViewAccessor view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* address = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref address);
        return new(map, view, address + view.PointerOffset, stream.Length, path);
    }

    /// <summary><paramref name="count"/> values at <paramref name="offset"/>. The callers have checked that they are within the file; it is checked again.</summary>
    public ReadOnlySpan<T> Values<T>(long offset, int count)
        where T : unmanaged
    {
        if (offset < 0 || count < 0 || offset > Length - (long)count * sizeof(T))
            throw new Groth16FileException(Name, $"expected {count} values of {sizeof(T)} bytes at byte {offset}, but the file has {Length} bytes.");
        // Safe: the range is within the mapping, which lives until Dispose.
        return new(_first + offset, count);
    }

    /// <summary>One value at <paramref name="offset"/>, least significant byte first.</summary>
    public T Read<T>(long offset)
        where T : unmanaged => Unsafe.ReadUnaligned<T>(in Values<byte>(offset, sizeof(T))[0]);

    /// <inheritdoc/>
    public void Dispose()
    {
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _map?.Dispose();
        if (_pin.IsAllocated) _pin.Free();
    }
}
