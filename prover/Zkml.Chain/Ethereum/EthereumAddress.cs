using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Zkml.Chain.Ethereum;

/// <summary>The 20 bytes of an account's address.</summary>
public readonly struct EthereumAddress : IEquatable<EthereumAddress>
{
    /// <summary>Bytes of an address.</summary>
    public const int ByteCount = 20;

    readonly byte[]? _bytes;

    /// <summary>Takes exactly 20 bytes; throws <see cref="ArgumentException"/> otherwise.</summary>
    public EthereumAddress(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != ByteCount) throw new ArgumentException($"address: expected {ByteCount} bytes, got {bytes.Length}.", nameof(bytes));
        _bytes = bytes.ToArray();
    }

    /// <summary>The bytes.</summary>
    public ReadOnlySpan<byte> Bytes => _bytes ?? new byte[ByteCount];

    /// <summary>Reads 0x and 40 hexadecimal digits: all of one case, or mixed with the checksum of EIP-55; false for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EthereumAddress address)
    {
        address = default;
        if (text is not { Length: 2 + (2 * ByteCount) } || !text.StartsWith("0x", StringComparison.Ordinal)) return false;
        byte[] bytes = new byte[ByteCount];
        if (Convert.FromHexString(text.AsSpan(2), bytes, out _, out _) != OperationStatus.Done) return false;
        EthereumAddress candidate = new(bytes);
        string digits = text[2..];
        bool isMixed = digits.Any(char.IsAsciiLetterLower) && digits.Any(char.IsAsciiLetterUpper);
        if (isMixed && candidate.ToString() != text) return false;
        address = candidate;
        return true;
    }

    /// <summary>The address of the contract that <paramref name="sender"/> creates by the transaction of this nonce.</summary>
    public static EthereumAddress OfContract(EthereumAddress sender, ulong nonce) =>
        new(Keccak256.Hash(Rlp.List(Rlp.Bytes(sender.Bytes), Rlp.Number(nonce))).AsSpan(12));

    public static bool operator ==(EthereumAddress left, EthereumAddress right) => left.Equals(right);

    public static bool operator !=(EthereumAddress left, EthereumAddress right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(EthereumAddress other) => Bytes.SequenceEqual(other.Bytes);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is EthereumAddress other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Bytes);
        return hash.ToHashCode();
    }

    /// <summary>0x and 40 hexadecimal digits with the checksum of EIP-55.</summary>
    public override string ToString()
    {
        char[] digits = Convert.ToHexStringLower(Bytes).ToCharArray();
        byte[] hash = Keccak256.Hash(System.Text.Encoding.ASCII.GetBytes(digits));
        for (int i = 0; i < digits.Length; i++)
        {
            int nibble = i % 2 == 0 ? hash[i / 2] >> 4 : hash[i / 2] & 15;
            if (nibble >= 8) digits[i] = char.ToUpperInvariant(digits[i]);
        }
        return "0x" + new string(digits);
    }
}
