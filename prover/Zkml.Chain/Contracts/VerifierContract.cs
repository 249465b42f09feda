using Zkml.Groth16.Verifier;
using Zkml.Receipts;

namespace Zkml.Chain.Contracts;

/// <summary>Which verifier contract is made of a key.</summary>
public enum VerifierKind
{
    /// <summary><c>verifyProof(uint256[8] proof, uint256[n] inputs)</c> for any key.</summary>
    Plain,

    /// <summary>As <see cref="Plain"/>, with the first public input fixed by the constructor: <c>verifyProof(uint256[8] proof, uint256[n-1] inputs)</c>.</summary>
    Folded,

    /// <summary><c>IZkmlVerifier</c>: the claims of zkVM programs; needs a key with two public inputs.</summary>
    Claim,
}

/// <summary>The verifier contracts of one key, in Solidity, with the files that they import.</summary>
public sealed class VerifierContract
{
    /// <summary>The most public inputs: more would not fit into the 24,576 bytes of EIP-170.</summary>
    public const int MaximumInputs = 100;

    /// <summary>The Solidity files that are the same for every key.</summary>
    public static IReadOnlyList<string> FixedFiles { get; } =
        ["IZkmlVerifier.sol", "Owned.sol", "ReceiptClaim.sol", "ZkmlVerifierEmergencyStop.sol", "ZkmlVerifierRouter.sol"];

    /// <summary>Generates the contracts of a key. Throws <see cref="ContractException"/> where the key may not be exported.</summary>
    public VerifierContract(Groth16VerifyingKey key)
    {
        Groth16Result safe = key.CheckForExport();
        if (!safe.IsAccepted) throw new ContractException(safe.Message);
        if (key.InputCount > MaximumInputs)
            throw new ContractException($"key: expected at most {MaximumInputs} public inputs for a contract, got {key.InputCount}.");
        Key = key;
        KeyDigest = VerifierParameters.KeyDigest(key);
        Kinds = key.InputCount switch
        {
            0 => [VerifierKind.Plain],
            2 => [VerifierKind.Plain, VerifierKind.Folded, VerifierKind.Claim],
            _ => [VerifierKind.Plain, VerifierKind.Folded],
        };
    }

    /// <summary>The key.</summary>
    public Groth16VerifyingKey Key { get; }

    /// <summary><see cref="VerifierParameters.KeyDigest"/> of the key; every contract has it as KEY_DIGEST.</summary>
    public Sha256Digest KeyDigest { get; }

    /// <summary>The contracts that the key has.</summary>
    public IReadOnlyList<VerifierKind> Kinds { get; }

    /// <summary>The name of a contract, and of its file without .sol.</summary>
    public static string NameOf(VerifierKind kind) => kind switch
    {
        VerifierKind.Plain => "Groth16Verifier",
        VerifierKind.Folded => "FoldedGroth16Verifier",
        _ => "ZkmlGroth16Verifier",
    };

    /// <summary>Every source file by its name.</summary>
    public IReadOnlyDictionary<string, string> Sources()
    {
        SortedDictionary<string, string> sources = new(StringComparer.Ordinal);
        foreach (string name in FixedFiles) sources[name] = EmbeddedText.Read(name);
        foreach (VerifierKind kind in Kinds) sources[NameOf(kind) + ".sol"] = VerifierSource.Write(this, kind);
        return sources;
    }
}
