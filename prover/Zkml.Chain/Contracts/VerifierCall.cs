using Zkml.Chain.Ethereum;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Verifier;
using Zkml.Receipts;

namespace Zkml.Chain.Contracts;

/// <summary>The calls of verifier contracts.</summary>
public static class VerifierCall
{
    /// <summary>Bytes of a seal: a selector and a proof.</summary>
    public const int SealBytes = 4 + Groth16Proof.ByteCount;

    /// <summary>The call <c>verifyProof(uint256[8], uint256[n])</c>; <paramref name="inputs"/> are all of a plain verifier's, all but the first of a folded one's.</summary>
    public static byte[] VerifyProof(Groth16Proof proof, ReadOnlySpan<Fr> inputs)
    {
        byte[] call = new byte[4 + Groth16Proof.ByteCount + (32 * inputs.Length)];
        AbiEncoder.Selector(inputs.Length == 0 ? "verifyProof(uint256[8])" : $"verifyProof(uint256[8],uint256[{inputs.Length}])").CopyTo(call, 0);
        proof.Encode().CopyTo(call, 4);
        for (int i = 0; i < inputs.Length; i++) inputs[i].WriteBigEndian(call.AsSpan(4 + Groth16Proof.ByteCount + (32 * i), 32));
        return call;
    }

    /// <summary>A seal of <see cref="SealBytes"/>: the verifier's selector, 4 bytes, and the proof.</summary>
    public static byte[] Seal(ReadOnlySpan<byte> selector, Groth16Proof proof) => [.. selector, .. proof.Encode()];

    /// <summary>The call <c>verify(bytes seal, bytes32 imageId, bytes32 journalDigest)</c>.</summary>
    public static byte[] Verify(ReadOnlySpan<byte> seal, in Sha256Digest imageId, in Sha256Digest journalDigest) =>
        [.. AbiEncoder.Selector("verify(bytes,bytes32,bytes32)"), .. AbiEncoder.Word(0x60), .. imageId.ToArray(), .. journalDigest.ToArray(), .. AbiEncoder.Bytes(seal)];

    /// <summary>The call <c>verifyIntegrity((bytes seal, bytes32 claimDigest))</c>.</summary>
    public static byte[] VerifyIntegrity(ReadOnlySpan<byte> seal, in Sha256Digest claimDigest) =>
        [.. AbiEncoder.Selector("verifyIntegrity((bytes,bytes32))"), .. Receipt(seal, claimDigest)];

    /// <summary>The arguments of a function that takes one receipt, such as the emergency stop's.</summary>
    public static byte[] Receipt(ReadOnlySpan<byte> seal, in Sha256Digest claimDigest) =>
        [.. AbiEncoder.Word(0x20), .. AbiEncoder.Word(0x40), .. claimDigest.ToArray(), .. AbiEncoder.Bytes(seal)];

    /// <summary>
    /// The two public inputs of a claim's proof: control root + 2^248·(claim ≫ 253), and claim mod 2^253. The control root is below 2^248.
    /// </summary>
    public static Fr[] ClaimInputs(in Sha256Digest controlRoot, in Sha256Digest claimDigest)
    {
        byte[] first = controlRoot.ToArray(), second = claimDigest.ToArray();
        if (first[0] != 0) throw new ContractException("control root: expected a number below 2^248.");
        first[0] = (byte)(second[0] >> 5);
        second[0] &= 0x1F;
        Fr[] inputs = new Fr[2];
        if (!Fr.TryReadBigEndian(first, out inputs[0]) || !Fr.TryReadBigEndian(second, out inputs[1])) throw new InvalidOperationException("an input below 2^253 is below r.");
        return inputs;
    }
}
