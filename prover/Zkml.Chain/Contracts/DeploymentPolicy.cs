using Zkml.Groth16.Verifier;

namespace Zkml.Chain.Contracts;

/// <summary>Where a key may be deployed.</summary>
public static class DeploymentPolicy
{
    /// <summary>The chain ids that local nodes use: 1337 (geth --dev, Ganache), 31337 (anvil, Hardhat).</summary>
    public static IReadOnlyList<ulong> LocalChains { get; } = [1337, 31337];

    /// <summary>Throws <see cref="ContractException"/> for a development key anywhere but on a local chain.</summary>
    public static void Check(Groth16VerifyingKey key, ulong chainId)
    {
        if (key.IsDevelopment && !LocalChains.Contains(chainId))
            throw new ContractException($"the key came from a development setup: anyone can forge its proofs. It is deployed on local chains only ({string.Join(", ", LocalChains)}), not on chain {chainId}.");
    }
}
