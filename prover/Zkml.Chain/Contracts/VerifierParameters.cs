using Zkml.Fields.Bn254;
using Zkml.Groth16.Verifier;
using Zkml.Receipts;

namespace Zkml.Chain.Contracts;

/// <summary>What names a verifier contract: the digest of everything that decides what it accepts, and the selector that its seals start with.</summary>
public static class VerifierParameters
{
    /// <summary>The tag of a verifier's parameters.</summary>
    public const string Tag = "zkml.Groth16VerifierParameters";

    /// <summary>The first two bytes of the selector of every development key, and of no other.</summary>
    public const ushort DevelopmentMark = 0xFFFF;

    /// <summary>
    /// The digest of a key: α, β, γ, δ, and the list of the input bases, each the SHA-256 of its encoding of EIP-196 or EIP-197. The structure of
    /// "risc0_groth16.VerifyingKey".
    /// </summary>
    public static Sha256Digest KeyDigest(Groth16VerifyingKey key)
    {
        var bases = new Sha256Digest[key.InputBases.Length];
        for (int i = 0; i < bases.Length; i++) bases[i] = PointDigest(key.InputBases[i]);
        return TaggedDigest.Structure(
            "risc0_groth16.VerifyingKey",
            [PointDigest(key.Alpha), PointDigest(key.Beta), PointDigest(key.Gamma), PointDigest(key.Delta), TaggedDigest.List("risc0_groth16.VerifyingKey.IC", bases)]);
    }

    /// <summary>The parameter digest of the verifier of zkVM claims: <see cref="Tag"/> over the control root and the key's digest.</summary>
    public static Sha256Digest ClaimVerifierDigest(Sha256Digest controlRoot, Sha256Digest keyDigest) => TaggedDigest.Structure(Tag, [controlRoot, keyDigest]);

    /// <summary>
    /// The selector, 4 bytes: the first of the parameter digest, or <see cref="DevelopmentMark"/> and two bytes of it for a development key. A real
    /// key whose digest starts with the mark gets its first bit cleared.
    /// </summary>
    public static byte[] Selector(in Sha256Digest parameterDigest, bool isDevelopment)
    {
        byte[] selector = parameterDigest.ToArray()[..4];
        if (isDevelopment) return [DevelopmentMark >> 8, DevelopmentMark & 0xFF, selector[0], selector[1]];
        if (selector[0] == DevelopmentMark >> 8 && selector[1] == (DevelopmentMark & 0xFF)) selector[0] &= 0x7F;
        return selector;
    }

    static Sha256Digest PointDigest(in G1Affine point)
    {
        Span<byte> bytes = stackalloc byte[64];
        point.Encode(bytes);
        return Sha256Digest.Of(bytes);
    }

    static Sha256Digest PointDigest(in G2Affine point)
    {
        Span<byte> bytes = stackalloc byte[128];
        point.Encode(bytes);
        return Sha256Digest.Of(bytes);
    }
}
