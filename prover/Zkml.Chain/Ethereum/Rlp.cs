using System.Buffers.Binary;
using System.Numerics;

namespace Zkml.Chain.Ethereum;

/// <summary>Recursive length prefix, the encoding of transactions.</summary>
public static class Rlp
{
    /// <summary>A byte string.</summary>
    public static byte[] Bytes(ReadOnlySpan<byte> value) =>
        value.Length == 1 && value[0] < 0x80 ? value.ToArray() : [.. Prefix(0x80, value.Length), .. value];

    /// <summary>A number of at least 0, without leading zeros; zero is the empty string.</summary>
    public static byte[] Number(BigInteger value)
    {
        if (value.Sign < 0) throw new ArgumentOutOfRangeException(nameof(value), value, "RLP: expected a number of at least 0.");
        return value.IsZero ? Bytes([]) : Bytes(value.ToByteArray(isUnsigned: true, isBigEndian: true));
    }

    /// <summary>A list of items that are already encoded.</summary>
    public static byte[] List(params ReadOnlySpan<byte[]> items)
    {
        int length = 0;
        foreach (byte[] item in items) length = checked(length + item.Length);
        byte[] prefix = Prefix(0xC0, length);
        byte[] list = new byte[prefix.Length + length];
        prefix.CopyTo(list, 0);
        int at = prefix.Length;
        foreach (byte[] item in items)
        {
            item.CopyTo(list, at);
            at += item.Length;
        }
        return list;
    }

    static byte[] Prefix(byte kind, int length)
    {
        if (length <= 55) return [(byte)(kind + length)];
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, length);
        ReadOnlySpan<byte> significant = bytes.TrimStart((byte)0);
        return [(byte)(kind + 55 + significant.Length), .. significant];
    }
}
