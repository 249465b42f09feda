using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>
/// Eight field elements: the output of every hash. 32 bytes in memory (Montgomery words) and in files (canonical words, least
/// significant byte first).
/// </summary>
[InlineArray(Length)]
public struct Digest : IEquatable<Digest>
{
    /// <summary>Elements of a digest.</summary>
    public const int Length = 8;

    /// <summary>Bytes of a digest in a file.</summary>
    public const int ByteLength = 32;

    KoalaBear _element;

    /// <summary>The digest of exactly eight elements.</summary>
    public Digest(ReadOnlySpan<KoalaBear> elements)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(elements.Length, Length);
        elements.CopyTo(this);
    }

    /// <summary>The eight elements of <paramref name="digest"/>.</summary>
    public static ReadOnlySpan<KoalaBear> Elements(in Digest digest) => digest;

    /// <summary>The digest of a row of a Merkle tree.</summary>
    public static Digest OfRow(ReadOnlySpan<KoalaBear> row)
    {
        Digest digest = default;
        Sponge<KoalaBear, Poseidon2>.HashRow(row, digest);
        return digest;
    }

    /// <summary>The digest of a statement; <paramref name="tag"/> is at least <see cref="DomainTags.FirstStatement"/>.</summary>
    public static Digest OfStatement(uint tag, ReadOnlySpan<KoalaBear> elements)
    {
        Digest digest = default;
        Sponge<KoalaBear, Poseidon2>.Hash(tag, elements, digest);
        return digest;
    }

    /// <summary>The parent node of two digests.</summary>
    public static Digest Compress(in Digest left, in Digest right)
    {
        Digest parent = default;
        Sponge<KoalaBear, Poseidon2>.Compress(left, right, parent);
        return parent;
    }

    /// <summary>Writes the 32 bytes of the digest: eight canonical words, least significant byte first.</summary>
    public readonly void WriteBytes(Span<byte> destination)
    {
        for (int i = 0; i < Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(destination.Slice(4 * i, 4), this[i].ToCanonical());
    }

    /// <summary>The 32 bytes of the digest.</summary>
    public readonly byte[] ToBytes()
    {
        byte[] bytes = new byte[ByteLength];
        WriteBytes(bytes);
        return bytes;
    }

    /// <summary>Reads a digest from exactly 32 bytes; false for another length or a word of p or more, so that each digest has one encoding.</summary>
    public static bool TryFromBytes(ReadOnlySpan<byte> bytes, out Digest digest)
    {
        digest = default;
        if (bytes.Length != ByteLength)
            return false;
        Digest read = default;
        for (int i = 0; i < Length; i++)
        {
            uint word = BinaryPrimitives.ReadUInt32LittleEndian(bytes.Slice(4 * i, 4));
            if (word >= KoalaBear.Modulus)
                return false;
            read[i] = KoalaBear.FromCanonical(word);
        }
        digest = read;
        return true;
    }

    /// <summary>Reads the 64 hexadecimal digits of <see cref="ToString"/>, in either case; false for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? hex, out Digest digest)
    {
        digest = default;
        Span<byte> bytes = stackalloc byte[ByteLength];
        return hex is { Length: 2 * ByteLength }
            && Convert.FromHexString(hex, bytes, out _, out int written) == System.Buffers.OperationStatus.Done
            && written == ByteLength
            && TryFromBytes(bytes, out digest);
    }

    public static bool operator ==(in Digest left, in Digest right) => left.Equals(right);

    public static bool operator !=(in Digest left, in Digest right) => !left.Equals(right);

    public readonly bool Equals(Digest other) =>
        MemoryMarshal.AsBytes((ReadOnlySpan<KoalaBear>)this).SequenceEqual(MemoryMarshal.AsBytes((ReadOnlySpan<KoalaBear>)other));

    public override readonly bool Equals([NotNullWhen(true)] object? obj) => obj is Digest other && Equals(other);

    public override readonly int GetHashCode() => (int)this[0].Montgomery;

    /// <summary>The 32 bytes as 64 lower-case hexadecimal digits.</summary>
    public override readonly string ToString() => Convert.ToHexStringLower(ToBytes());
}
