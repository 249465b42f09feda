using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Zkml.Chain.Rpc;

/// <summary>Hexadecimal values of Ethereum's JSON-RPC.</summary>
static class HexValue
{
    public static string Of(ReadOnlySpan<byte> bytes) => "0x" + Convert.ToHexStringLower(bytes);

    /// <summary>A quantity: no leading zeros.</summary>
    public static string Of(BigInteger value) => value.IsZero ? "0x0" : "0x" + Convert.ToHexStringLower(value.ToByteArray(isUnsigned: true, isBigEndian: true)).TrimStart('0');

    /// <summary>0x and an even number of digits; false for anything else.</summary>
    public static bool TryBytes(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (!text.StartsWith("0x", StringComparison.Ordinal) || text.Length % 2 != 0) return false;
        byte[] parsed = new byte[(text.Length - 2) / 2];
        if (Convert.FromHexString(text.AsSpan(2), parsed, out _, out _) != OperationStatus.Done) return false;
        bytes = parsed;
        return true;
    }

    /// <summary>The bytes of a result of a method.</summary>
    public static byte[] Bytes(JsonElement value, string method, int? length = null)
    {
        if (!TryBytes(Text(value), out byte[]? bytes) || (length is int expected && bytes.Length != expected))
            throw JsonRpcClient.Bad(method, $"expected {(length is int count ? $"{count} bytes" : "bytes")} as 0x and hexadecimal digits");
        return bytes;
    }

    /// <summary>A quantity of at most 256 bits in a result of a method.</summary>
    public static BigInteger Quantity(JsonElement value, string method)
    {
        string text = Text(value);
        return text.Length is >= 3 and <= 66 && text.StartsWith("0x", StringComparison.Ordinal)
            && BigInteger.TryParse("0" + text[2..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out BigInteger number)
            ? number : throw JsonRpcClient.Bad(method, "expected a quantity as 0x and hexadecimal digits");
    }

    /// <summary>A quantity of at most 64 bits in a result of a method.</summary>
    public static ulong Number(JsonElement value, string method)
    {
        BigInteger number = Quantity(value, method);
        return number <= ulong.MaxValue ? (ulong)number : throw JsonRpcClient.Bad(method, "expected a quantity of at most 64 bits");
    }

    // Empty where it is no text, or half of a surrogate pair, which the JSON parser lets pass.
    static string Text(JsonElement value)
    {
        try
        {
            return value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        }
        catch (InvalidOperationException)
        {
            return "";
        }
    }
}
