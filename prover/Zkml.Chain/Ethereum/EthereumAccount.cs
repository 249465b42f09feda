using System.Security.Cryptography;
using Org.BouncyCastle.Asn1.X9;
using Org.BouncyCastle.Crypto.Digests;
using Org.BouncyCastle.Crypto.EC;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;
using Org.BouncyCastle.Math;
using Org.BouncyCastle.Math.EC;
using ECPoint = Org.BouncyCastle.Math.EC.ECPoint;

namespace Zkml.Chain.Ethereum;

/// <summary>A signature over a 32-byte hash.</summary>
/// <param name="R">32 bytes, most significant first.</param>
/// <param name="S">32 bytes, most significant first, at most half of the group's order.</param>
/// <param name="Parity">Whether y of the nonce point is odd.</param>
public sealed record EthereumSignature(byte[] R, byte[] S, bool Parity);

/// <summary>A private key of secp256k1. Zeroed when disposed; never printed.</summary>
public sealed class EthereumAccount : IDisposable
{
    static readonly X9ECParameters s_curve = CustomNamedCurves.GetByName("secp256k1");
    static readonly ECDomainParameters s_domain = new(s_curve.Curve, s_curve.G, s_curve.N, s_curve.H);
    static readonly BigInteger s_halfOrder = s_curve.N.ShiftRight(1);

    readonly byte[] _key;

    /// <summary>Takes a copy of a key, 32 bytes, at least 1 and below the group's order; throws <see cref="ArgumentException"/> otherwise.</summary>
    public EthereumAccount(ReadOnlySpan<byte> key)
    {
        if (key.Length != 32) throw new ArgumentException($"private key: expected 32 bytes, got {key.Length}.", nameof(key));
        byte[] copy = key.ToArray();
        BigInteger scalar = new(1, copy);
        if (scalar.SignValue == 0 || scalar.CompareTo(s_domain.N) >= 0) throw new ArgumentException("private key: expected 1 to n - 1 of secp256k1.", nameof(key));
        _key = copy;
        Address = AddressOf(s_domain.G.Multiply(scalar));
    }

    /// <summary>The account's address.</summary>
    public EthereumAddress Address { get; }

    /// <summary>Signs a hash of 32 bytes, deterministically (RFC 6979), with s in the lower half (EIP-2).</summary>
    public EthereumSignature Sign(ReadOnlySpan<byte> hash)
    {
        if (hash.Length != 32) throw new ArgumentException($"hash: expected 32 bytes, got {hash.Length}.", nameof(hash));
        ECDsaSigner signer = new(new HMacDsaKCalculator(new Sha256Digest()));
        signer.Init(true, new ECPrivateKeyParameters(new BigInteger(1, _key), s_domain));
        byte[] message = hash.ToArray();
        BigInteger[] signature = signer.GenerateSignature(message);
        (BigInteger r, BigInteger s) = (signature[0], signature[1]);
        if (s.CompareTo(s_halfOrder) > 0) s = s_domain.N.Subtract(s);
        foreach (bool parity in (ReadOnlySpan<bool>)[false, true])
        {
            EthereumSignature candidate = new(Word(r), Word(s), parity);
            if (Recover(message, candidate) is EthereumAddress signed && signed == Address) return candidate;
        }
        throw new CryptographicException("secp256k1: the signature does not recover to the key.");
    }

    /// <summary>The address whose key made a signature; null where there is none.</summary>
    public static EthereumAddress? Recover(ReadOnlySpan<byte> hash, EthereumSignature signature)
    {
        BigInteger r = new(1, signature.R), s = new(1, signature.S), n = s_domain.N;
        if (hash.Length != 32 || r.SignValue == 0 || s.SignValue == 0 || r.CompareTo(n) >= 0 || s.CompareTo(n) >= 0) return null;
        ECPoint nonce;
        try
        {
            // r + n as an x is so rare that Ethereum's transactions leave it out.
            nonce = s_domain.Curve.DecodePoint([(byte)(signature.Parity ? 3 : 2), .. signature.R]);
        }
        catch (ArgumentException)
        {
            return null;
        }
        BigInteger inverse = r.ModInverse(n), e = new(1, hash.ToArray());
        ECPoint key = ECAlgorithms.SumOfTwoMultiplies(s_domain.G, n.Subtract(e.Mod(n)).Multiply(inverse).Mod(n), nonce, s.Multiply(inverse).Mod(n)).Normalize();
        return key.IsInfinity ? null : AddressOf(key);
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(_key);

    /// <summary>A copy of the key, for a keystore file; the caller zeroes it.</summary>
    internal byte[] CopyKey() => (byte[])_key.Clone();

    static EthereumAddress AddressOf(ECPoint key) => new(Keccak256.Hash(key.Normalize().GetEncoded(false).AsSpan(1)).AsSpan(12));

    static byte[] Word(BigInteger value)
    {
        byte[] bytes = value.ToByteArrayUnsigned();
        return [.. new byte[32 - bytes.Length], .. bytes];
    }
}
