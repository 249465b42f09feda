using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Zkml.Receipts;

/// <summary>The tagged digests of RISC Zero's claim structures: what makes a digest of one kind differ from every digest of another.</summary>
public static class TaggedDigest
{
    /// <summary>
    /// A structure: SHA-256 of SHA-256(tag), the digests below it, its data words (little-endian) and the number of digests as a little-endian 16-bit
    /// word. The number at the end makes the split between digests and words unambiguous.
    /// </summary>
    /// <exception cref="ArgumentException">More than 2^16 - 1 digests.</exception>
    public static Sha256Digest Structure(string tag, ReadOnlySpan<Sha256Digest> digests, params ReadOnlySpan<uint> words)
    {
        if (digests.Length > ushort.MaxValue)
            throw new ArgumentException($"Tagged structure {tag}: expected at most {ushort.MaxValue} digests, got {digests.Length}.", nameof(digests));
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Sha256Digest tagDigest = Sha256Digest.Of(Encoding.UTF8.GetBytes(tag));
        hash.AppendData(tagDigest);
        hash.AppendData(MemoryMarshal.AsBytes(digests));
        Span<byte> number = stackalloc byte[sizeof(uint)];
        foreach (uint word in words)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(number, word);
            hash.AppendData(number);
        }
        BinaryPrimitives.WriteUInt16LittleEndian(number, (ushort)digests.Length);
        hash.AppendData(number[..sizeof(ushort)]);
        Sha256Digest result = default;
        hash.GetHashAndReset(result);
        return result;
    }

    /// <summary>A list, folded from its end: the empty list is zero, any other the structure of its head and the list behind it.</summary>
    public static Sha256Digest List(string tag, ReadOnlySpan<Sha256Digest> items)
    {
        Sha256Digest list = Sha256Digest.Zero;
        for (int i = items.Length - 1; i >= 0; i--) list = Structure(tag, [items[i], list]);
        return list;
    }
}
