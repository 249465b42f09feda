using System.Text.Json;

namespace Zkml.Chain.Contracts;

/// <summary>What solc made of a contract.</summary>
/// <param name="Name">The contract's name.</param>
/// <param name="Abi">Its interface, JSON.</param>
/// <param name="CreationCode">The code that deploys it, without constructor arguments.</param>
/// <param name="DeployedCode">The code at its address, with zeros where the constructor writes immutables.</param>
/// <param name="Immutables">Where the immutables are: offsets into the deployed code, and lengths, in bytes.</param>
public sealed record CompiledContract(
    string Name, string Abi, ReadOnlyMemory<byte> CreationCode, ReadOnlyMemory<byte> DeployedCode, IReadOnlyList<(int Start, int Length)> Immutables)
{
    /// <summary>The most bytes of deployed code that a chain takes, EIP-170.</summary>
    public const int MaximumDeployedBytes = 24_576;

    /// <summary>Whether the code at an address is this contract's, apart from the values of immutables.</summary>
    public bool Matches(ReadOnlySpan<byte> code)
    {
        if (code.Length != DeployedCode.Length) return false;
        byte[] masked = code.ToArray();
        foreach ((int start, int length) in Immutables) masked.AsSpan(start, length).Clear();
        return masked.AsSpan().SequenceEqual(DeployedCode.Span);
    }

    internal static CompiledContract FromSolc(string name, JsonElement contract)
    {
        JsonElement evm = contract.GetProperty("evm"), deployed = evm.GetProperty("deployedBytecode");
        List<(int, int)> immutables = [];
        if (deployed.TryGetProperty("immutableReferences", out JsonElement references))
        {
            foreach (JsonProperty immutable in references.EnumerateObject())
            {
                foreach (JsonElement place in immutable.Value.EnumerateArray()) immutables.Add((place.GetProperty("start").GetInt32(), place.GetProperty("length").GetInt32()));
            }
        }
        byte[] code = Convert.FromHexString(deployed.GetProperty("object").GetString()!);
        if (immutables.Any(place => place.Item1 < 0 || place.Item2 < 0 || place.Item1 > code.Length - place.Item2))
            throw new FormatException($"{name}: an immutable lies outside of the code.");
        return new(name, contract.GetProperty("abi").GetRawText(), Convert.FromHexString(evm.GetProperty("bytecode").GetProperty("object").GetString()!), code, immutables);
    }
}
