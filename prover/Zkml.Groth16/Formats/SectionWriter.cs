using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Formats;

/// <summary>Writes an iden3 binary file: beside its place first, and into its place by <see cref="Commit"/>, so that no half of a file ever has the name.</summary>
sealed class SectionWriter : IDisposable
{
    readonly string _path, _temporaryPath;
    readonly FileStream _stream;
    long _sectionStart = -1;
    bool _isCommitted;

    public SectionWriter(string path, string letters, uint version, uint sections)
    {
        _path = path;
        _temporaryPath = $"{path}.{Environment.ProcessId}.part";
        _stream = new(_temporaryPath, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        Write(Encoding.ASCII.GetBytes(letters));
        WriteUInt32(version);
        WriteUInt32(sections);
    }

    /// <summary>Starts a section; its length is filled in by <see cref="End"/>.</summary>
    public void Start(uint type)
    {
        WriteUInt32(type);
        WriteUInt64(0);
        _sectionStart = _stream.Position;
    }

    /// <summary>Ends the section.</summary>
    public void End()
    {
        long end = _stream.Position;
        _stream.Position = _sectionStart - 8;
        WriteUInt64((ulong)(end - _sectionStart));
        _stream.Position = end;
    }

    public void Write(ReadOnlySpan<byte> bytes) => _stream.Write(bytes);

    /// <summary>Values as they are in memory: points and elements in Montgomery form.</summary>
    public void WriteValues<T>(ReadOnlySpan<T> values)
        where T : unmanaged
    {
        // A span of bytes has at most 2^31 - 1 of them.
        const int Chunk = 1 << 20;
        for (int start = 0; start < values.Length; start += Chunk)
            _stream.Write(MemoryMarshal.AsBytes(values.Slice(start, Math.Min(Chunk, values.Length - start))));
    }

    public void WriteUInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        _stream.Write(bytes);
    }

    public void WriteUInt64(ulong value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value);
        _stream.Write(bytes);
    }

    /// <summary>The length of a number in bytes, then the modulus.</summary>
    public void WriteModulus<TModulus>()
        where TModulus : struct, IModulus
    {
        Span<byte> bytes = stackalloc byte[32];
        Section.WriteModulus<TModulus>(bytes);
        WriteUInt32(32);
        _stream.Write(bytes);
    }

    /// <summary>Puts the file into its place.</summary>
    public void Commit()
    {
        _stream.Flush(flushToDisk: true);
        _stream.Dispose();
        File.Move(_temporaryPath, _path, overwrite: true);
        _isCommitted = true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stream.Dispose();
        if (!_isCommitted) File.Delete(_temporaryPath);
    }
}
