using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Zkml.Program;

/// <summary>The 32 bytes that name a program: the digest of everything the machine commits to before it runs (machine.md D11).</summary>
public readonly struct ImageId : IEquatable<ImageId>
{
    /// <summary>The size in bytes.</summary>
    public const int ByteCount = 32;

    [InlineArray(ByteCount)]
    struct Bytes { byte _first; }

    readonly Bytes _bytes;

    /// <summary>Takes exactly 32 bytes. Throws <see cref="ArgumentException"/> for any other number.</summary>
    public ImageId(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != ByteCount) throw new ArgumentException($"Image ID: expected {ByteCount} bytes, got {bytes.Length}.", nameof(bytes));
        bytes.CopyTo(_bytes);
    }

    /// <summary>Whether all bytes are zero, which no program has and every check refuses.</summary>
    public bool IsZero => Equals(default);

    /// <summary>A copy of the 32 bytes.</summary>
    public byte[] ToArray() => ((ReadOnlySpan<byte>)_bytes).ToArray();

    /// <summary>Writes the 32 bytes to the start of <paramref name="destination"/>.</summary>
    public void CopyTo(Span<byte> destination) => ((ReadOnlySpan<byte>)_bytes).CopyTo(destination);

    /// <summary>Reads 64 hexadecimal digits of either case, with or without "0x".</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ImageId id)
    {
        id = default;
        if (text is null) return false;
        ReadOnlySpan<char> digits = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase) ? text.AsSpan(2) : text;
        if (digits.Length != 2 * ByteCount) return false;
        Span<byte> bytes = stackalloc byte[ByteCount];
        for (int i = 0; i < ByteCount; i++)
        {
            if (!byte.TryParse(digits.Slice(2 * i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i])) return false;
        }
        id = new ImageId(bytes);
        return true;
    }

    /// <summary>As <see cref="TryParse"/>; throws <see cref="FormatException"/> for other text.</summary>
    public static ImageId Parse(string text) => TryParse(text, out ImageId id)
        ? id
        : throw new FormatException($"Image ID: expected {2 * ByteCount} hexadecimal digits, got {text?.Length ?? 0} characters.");

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString() => Convert.ToHexStringLower(_bytes);

    /// <inheritdoc/>
    public bool Equals(ImageId other) => ((ReadOnlySpan<byte>)_bytes).SequenceEqual(other._bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is ImageId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    public static bool operator ==(ImageId left, ImageId right) => left.Equals(right);

    public static bool operator !=(ImageId left, ImageId right) => !left.Equals(right);
}
