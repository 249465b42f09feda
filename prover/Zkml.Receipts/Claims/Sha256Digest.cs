using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Zkml.Receipts;

/// <summary>The 32 bytes of a SHA-256 digest, in the order in which SHA-256 writes them.</summary>
[InlineArray(ByteLength)]
public struct Sha256Digest : IEquatable<Sha256Digest>
{
    /// <summary>Bytes of a digest.</summary>
    public const int ByteLength = 32;

    byte _byte;

    /// <summary>Takes exactly 32 bytes.</summary>
    /// <exception cref="ArgumentException">Another number of bytes.</exception>
    public Sha256Digest(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != ByteLength) throw new ArgumentException($"SHA-256 digest: expected {ByteLength} bytes, got {bytes.Length}.", nameof(bytes));
        bytes.CopyTo(this);
    }

    /// <summary>32 zero bytes: what stands for "nothing" in claims. No data hashes to it.</summary>
    public static Sha256Digest Zero => default;

    /// <summary>Whether all bytes are zero.</summary>
    public readonly bool IsZero => Equals(default);

    /// <summary>The SHA-256 of <paramref name="data"/>.</summary>
    public static Sha256Digest Of(ReadOnlySpan<byte> data)
    {
        Sha256Digest digest = default;
        SHA256.HashData(data, digest);
        return digest;
    }

    /// <summary>Reads 64 hexadecimal digits of either case; false for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? hex, out Sha256Digest digest)
    {
        digest = default;
        if (hex is not { Length: 2 * ByteLength }) return false;
        Span<byte> bytes = stackalloc byte[ByteLength];
        if (Convert.FromHexString(hex, bytes, out _, out _) != System.Buffers.OperationStatus.Done) return false;
        digest = new Sha256Digest(bytes);
        return true;
    }

    public static bool operator ==(in Sha256Digest left, in Sha256Digest right) => left.Equals(right);

    public static bool operator !=(in Sha256Digest left, in Sha256Digest right) => !left.Equals(right);

    /// <summary>A copy of the 32 bytes.</summary>
    public readonly byte[] ToArray() => ((ReadOnlySpan<byte>)this).ToArray();

    public readonly bool Equals(Sha256Digest other) => ((ReadOnlySpan<byte>)this).SequenceEqual(other);

    public override readonly bool Equals([NotNullWhen(true)] object? obj) => obj is Sha256Digest other && Equals(other);

    public override readonly int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(this);
        return hash.ToHashCode();
    }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override readonly string ToString() => Convert.ToHexStringLower(this);
}
