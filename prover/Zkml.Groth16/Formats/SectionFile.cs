using System.Buffers.Binary;
using System.Text;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Formats;

/// <summary>
/// The frame of the iden3 binary files: four letters, a version, the number of sections, then sections of a 32-bit type and a 64-bit length. Here:
/// each type at most once, and nothing after the last section.
/// </summary>
sealed class SectionFile : IDisposable
{
    const int MaximumSections = 256;

    readonly Dictionary<uint, Section> _sections = [];

    SectionFile(FileBytes bytes) => Bytes = bytes;

    /// <summary>The whole file.</summary>
    public FileBytes Bytes { get; }

    /// <summary>Reads the frame of <paramref name="bytes"/> and takes ownership of them.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="letters">Its first four bytes, such as zkey.</param>
    /// <param name="maximumVersion">The greatest version that is understood.</param>
    public static SectionFile Read(FileBytes bytes, string letters, uint maximumVersion)
    {
        SectionFile file = new(bytes);
        try
        {
            file.ReadFrame(letters, maximumVersion);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        return file;
    }

    void ReadFrame(string letters, uint maximumVersion)
    {
        if (Bytes.Length < 12) throw Failure($"expected a .{letters} file, got {Bytes.Length} bytes.");
        ReadOnlySpan<byte> magic = Bytes.Values<byte>(0, 4);
        if (!magic.SequenceEqual(Encoding.ASCII.GetBytes(letters)))
            throw Failure($"expected a .{letters} file, which starts with 0x{Convert.ToHexString(Encoding.ASCII.GetBytes(letters))}, got 0x{Convert.ToHexString(magic)}.");
        uint version = Bytes.Read<uint>(4), count = Bytes.Read<uint>(8);
        if (version is 0 || version > maximumVersion) throw Failure($"version: expected 1 to {maximumVersion}, got {version}.");
        if (count > MaximumSections) throw Failure($"sections: expected at most {MaximumSections}, got {count}.");
        long position = 12;
        for (uint i = 0; i < count; i++)
        {
            if (Bytes.Length - position < 12) throw Failure($"section {i + 1} of {count}: the file ends at byte {Bytes.Length}.");
            uint type = Bytes.Read<uint>(position);
            ulong length = Bytes.Read<ulong>(position + 4);
            position += 12;
            if (length > (ulong)(Bytes.Length - position))
                throw Failure($"section {type}: expected at most {Bytes.Length - position} bytes, the rest of the file, got {length}.");
            if (!_sections.TryAdd(type, new(this, type, position, (long)length))) throw Failure($"section {type} is there twice.");
            position += (long)length;
        }
        if (position != Bytes.Length) throw Failure($"expected the end of the file at byte {position}, got {Bytes.Length - position} more bytes.");
    }

    /// <summary>A section that must be there.</summary>
    public Section Required(uint type, string what) => _sections.TryGetValue(type, out Section? section) ? section : throw Failure($"section {type} ({what}) is missing.");

    /// <summary>A section, or null.</summary>
    public Section? Find(uint type) => _sections.GetValueOrDefault(type);

    /// <summary>An exception about this file.</summary>
    public Groth16FileException Failure(string message) => new(Bytes.Name, message);

    /// <inheritdoc/>
    public void Dispose() => Bytes.Dispose();
}

/// <summary>A part of a file, read from its start on.</summary>
sealed class Section(SectionFile file, uint type, long offset, long length)
{
    long _position;

    /// <summary>Its first byte in the file.</summary>
    public long Offset { get; } = offset;

    /// <summary>Its number of bytes.</summary>
    public long Length { get; } = length;

    /// <summary>Bytes not read yet.</summary>
    public long Remaining => Length - _position;

    /// <summary>Reads the next 32 bits.</summary>
    public uint ReadUInt32(string what) => BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4, what));

    /// <summary>Reads the next 64 bits.</summary>
    public ulong ReadUInt64(string what) => BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(8, what));

    /// <summary>Reads the next bytes.</summary>
    public ReadOnlySpan<byte> ReadBytes(int count, string what)
    {
        if (count > Remaining) throw Failure($"{what}: expected {count} bytes, got {Remaining} before the end of the section.");
        ReadOnlySpan<byte> bytes = file.Bytes.Values<byte>(Offset + _position, count);
        _position += count;
        return bytes;
    }

    /// <summary>Skips bytes that are known to be there.</summary>
    public void Skip(long count, string what)
    {
        if (count > Remaining) throw Failure($"{what}: expected {count} bytes, got {Remaining} before the end of the section.");
        _position += count;
    }

    /// <summary>Starts again.</summary>
    public void Rewind() => _position = 0;

    /// <summary>The whole section as values; its length must be exactly theirs.</summary>
    public unsafe ReadOnlySpan<T> All<T>(long count, string what)
        where T : unmanaged
    {
        if (count > int.MaxValue || Length != count * sizeof(T)) throw Failure($"{what}: expected {count} values of {sizeof(T)} bytes, got {Length} bytes.");
        return file.Bytes.Values<T>(Offset, (int)count);
    }

    /// <summary>Values from a place within the section on.</summary>
    public unsafe ReadOnlySpan<T> Part<T>(long start, int count)
        where T : unmanaged
    {
        if (start < 0 || count < 0 || start + (long)count * sizeof(T) > Length) throw Failure($"expected {count} values of {sizeof(T)} bytes at byte {start}, got {Length} bytes.");
        return file.Bytes.Values<T>(Offset + start, count);
    }

    /// <summary>Reads "length of a number in bytes, modulus" and compares with q or r of BN254.</summary>
    public void ReadModulus<TModulus>(string what)
        where TModulus : struct, IModulus
    {
        uint bytes = ReadUInt32(what);
        if (bytes != 32) throw Failure($"{what}: expected numbers of 32 bytes, got {bytes}.");
        ReadOnlySpan<byte> value = ReadBytes(32, what);
        Span<byte> expected = stackalloc byte[32];
        WriteModulus<TModulus>(expected);
        if (!value.SequenceEqual(expected)) throw Failure($"{what}: expected that of BN254, got another one (least significant byte first) 0x{Convert.ToHexString(value)}.");
    }

    /// <summary>Writes a modulus, 32 bytes, least significant first.</summary>
    public static void WriteModulus<TModulus>(Span<byte> destination)
        where TModulus : struct, IModulus
    {
        BinaryPrimitives.WriteUInt64LittleEndian(destination, TModulus.P0);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], TModulus.P1);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], TModulus.P2);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], TModulus.P3);
    }

    /// <summary>Throws unless all was read.</summary>
    public void End()
    {
        if (Remaining != 0) throw Failure($"expected the end after {_position} bytes, got {Remaining} more.");
    }

    /// <summary>An exception about this section.</summary>
    public Groth16FileException Failure(string message) => file.Failure($"section {type}: {message}");
}
