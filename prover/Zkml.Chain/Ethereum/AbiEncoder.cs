using System.Buffers.Binary;
using System.Text;

namespace Zkml.Chain.Ethereum;

/// <summary>The calls of our contracts in Solidity's ABI.</summary>
public static class AbiEncoder
{
    /// <summary>The four bytes that choose a function or an error, such as "stop()".</summary>
    public static byte[] Selector(string signature) => Keccak256.Hash(Encoding.ASCII.GetBytes(signature))[..4];

    /// <summary>A number as a word.</summary>
    public static byte[] Word(ulong value)
    {
        byte[] word = new byte[32];
        BinaryPrimitives.WriteUInt64BigEndian(word.AsSpan(24), value);
        return word;
    }

    /// <summary>An address as a word.</summary>
    public static byte[] Word(EthereumAddress address) => [.. new byte[12], .. address.Bytes];

    /// <summary>The contents of a dynamic <c>bytes</c>: its length, then its bytes filled up to words.</summary>
    public static byte[] Bytes(ReadOnlySpan<byte> value) => [.. Word((ulong)value.Length), .. value, .. new byte[-value.Length & 31]];
}
