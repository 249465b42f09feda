using System.Security.Cryptography;
using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Chain.Rpc;
using Zkml.Groth16.Verifier;

namespace Zkml.Examples.ScoreAttestation;

/// <summary>The verifier and the registry on a local chain, with a fresh account that anvil gives coins to.</summary>
public sealed class ScoreChain : IDisposable
{
    const string Balance = "0xde0b6b3a7640000"; // 10^18 wei

    readonly JsonRpcClient _rpc;
    readonly EthereumAccount _account;

    ScoreChain(JsonRpcClient rpc, EthereumAccount account, ulong chainId)
    {
        (_rpc, _account, ChainId) = (rpc, account, chainId);
        Client = new(rpc);
        Sender = new(Client, account, chainId);
    }

    /// <summary>The chain.</summary>
    public ulong ChainId { get; }

    /// <summary>The node.</summary>
    public EthereumClient Client { get; }

    /// <summary>Sends from the fresh account.</summary>
    public TransactionSender Sender { get; }

    /// <summary>The fresh account: certifier and holder in one.</summary>
    public EthereumAddress Address => _account.Address;

    /// <summary>Connects to a local anvil.</summary>
    /// <exception cref="RpcException">The node does not answer or is not an anvil.</exception>
    public static async Task<ScoreChain> ConnectAsync(Uri endpoint)
    {
        JsonRpcClient rpc = new(endpoint);
        byte[] key = RandomNumberGenerator.GetBytes(32);
        // Below the order of secp256k1, and not 0.
        key[0] = 1;
        EthereumAccount account = new(key);
        CryptographicOperations.ZeroMemory(key);
        try
        {
            ulong chainId = await new EthereumClient(rpc).ChainIdAsync();
            await rpc.CallAsync("anvil_setBalance", [account.Address.ToString(), Balance]);
            return new(rpc, account, chainId);
        }
        catch
        {
            rpc.Dispose();
            account.Dispose();
            throw;
        }
    }

    /// <summary>Deploys the verifier of a key and a registry for a model.</summary>
    /// <param name="proof">A proof with its key.</param>
    /// <param name="home">Where install.sh put solc; null for its default.</param>
    /// <returns>The registry.</returns>
    /// <exception cref="ContractException">solc is not installed, or the key is a development key and the chain is not local.</exception>
    public async Task<EthereumAddress> DeployAsync(ScoreProof proof, string? home = null)
    {
        IReadOnlyDictionary<string, CompiledContract> contracts = await CompileAsync(proof.Key, home);
        EthereumAddress verifier = await CreateAsync(contracts["Groth16Verifier"], []);
        return await CreateAsync(contracts["ScoreRegistry"], [.. AbiEncoder.Word(verifier), .. Word(proof.PublicValues[1]), .. Word(proof.PublicValues[2])]);
    }

    /// <summary>Deploys the verifier of a key alone.</summary>
    /// <exception cref="ContractException">solc is not installed, or the key is a development key and the chain is not local.</exception>
    public async Task<EthereumAddress> DeployVerifierAsync(Groth16VerifyingKey key, string? home = null) =>
        await CreateAsync((await CompileAsync(key, home))["Groth16Verifier"], []);

    /// <summary>The certifier publishes the commitment.</summary>
    public Task<TransactionReceipt> CertifyAsync(EthereumAddress registry, in Fr commitment) =>
        Sender.SendAsync(registry, (byte[])[.. AbiEncoder.Selector("certify(uint256)"), .. Word(commitment)]);

    /// <summary>The holder sends the proof.</summary>
    public Task<TransactionReceipt> AttestAsync(EthereumAddress registry, ScoreProof proof) =>
        Sender.SendAsync(registry, (byte[])[.. AbiEncoder.Selector("attest(uint256[8],uint256)"), .. proof.Proof.Encode(), .. Word(proof.PublicValues[0])]);

    /// <summary>Whether the registry knows an attestation of the account.</summary>
    public async Task<bool> HasAttestedAsync(EthereumAddress registry) =>
        (await Client.CallAsync(registry, (byte[])[.. AbiEncoder.Selector("hasAttested(address)"), .. AbiEncoder.Word(Address)]))[^1] == 1;

    /// <inheritdoc/>
    public void Dispose()
    {
        _rpc.Dispose();
        _account.Dispose();
    }

    static byte[] Word(in Fr value)
    {
        byte[] word = new byte[32];
        value.WriteBigEndian(word);
        return word;
    }

    static string ReadRegistry()
    {
        using Stream stream = typeof(ScoreChain).Assembly.GetManifestResourceStream("ScoreRegistry.sol")!;
        using StreamReader reader = new(stream);
        return reader.ReadToEnd();
    }

    Task<IReadOnlyDictionary<string, CompiledContract>> CompileAsync(Groth16VerifyingKey key, string? home)
    {
        DeploymentPolicy.Check(key, ChainId);
        Dictionary<string, string> sources = new(new VerifierContract(key).Sources()) { ["ScoreRegistry.sol"] = ReadRegistry() };
        return SolidityCompiler.Find(home).CompileAsync(sources);
    }

    async Task<EthereumAddress> CreateAsync(CompiledContract contract, byte[] arguments)
    {
        TransactionReceipt receipt = await Sender.SendAsync(null, (byte[])[.. contract.CreationCode.Span, .. arguments]);
        EthereumAddress address = receipt is { Succeeded: true, Contract: { } created }
            ? created
            : throw new ContractException($"{contract.Name}: the transaction that creates it failed.");
        return contract.Matches(await Client.CodeAsync(address)) ? address : throw new ContractException($"{contract.Name}: other code stands at {address}.");
    }
}
