using Org.BouncyCastle.Crypto.Digests;

namespace Zkml.Chain.Ethereum;

/// <summary>Keccak-256 with the padding of Ethereum, which is not that of SHA-3.</summary>
public static class Keccak256
{
    /// <summary>The hash, 32 bytes.</summary>
    public static byte[] Hash(ReadOnlySpan<byte> data)
    {
        KeccakDigest digest = new(256);
        digest.BlockUpdate(data.ToArray(), 0, data.Length);
        byte[] hash = new byte[32];
        digest.DoFinal(hash, 0);
        return hash;
    }
}
