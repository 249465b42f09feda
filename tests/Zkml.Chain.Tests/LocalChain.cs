using System.Diagnostics;
using System.Numerics;
using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Chain.Rpc;

namespace Zkml.Chain.Tests;

/// <summary>An anvil of its own, with contracts compiled by solc; the test is skipped where one of them is not installed.</summary>
sealed class LocalChain : IDisposable
{
    /// <summary>The first account of anvil's well-known mnemonic.</summary>
    public const string FirstKey = "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

    public const ulong GasLimit = 5_000_000;
    const ulong DefaultChainId = 31337;

    readonly Process _process;
    readonly JsonRpcClient _rpc;

    LocalChain(Process process, Uri endpoint, ulong chainId)
    {
        _process = process;
        Endpoint = endpoint;
        _rpc = new JsonRpcClient(endpoint);
        Client = new EthereumClient(_rpc);
        Account = new EthereumAccount(Convert.FromHexString(FirstKey));
        Sender = new TransactionSender(Client, Account, chainId);
    }

    public Uri Endpoint { get; }

    public EthereumClient Client { get; }

    public EthereumAccount Account { get; }

    public TransactionSender Sender { get; }

    static string? Home => Environment.GetEnvironmentVariable("ZKVM_HOME");

    public static SolidityCompiler Compiler()
    {
        if (SolidityCompiler.TryFind(Home) is SolidityCompiler compiler) return compiler;
        Assert.Ignore("solc is not installed: prover/Zkml.Chain/install.sh --anvil");
        throw new UnreachableException();
    }

    public static async Task<LocalChain> StartAsync(ulong chainId = DefaultChainId)
    {
        string anvil = Path.Combine(Home ?? SolidityCompiler.DefaultHome, "chain", "anvil-1.7.1", "node_modules", "@foundry-rs", "anvil-linux-amd64", "bin", "anvil");
        if (!File.Exists(anvil)) Assert.Ignore("anvil is not installed: prover/Zkml.Chain/install.sh --anvil");
        var process = Process.Start(new ProcessStartInfo(anvil, ["--port", "0", "--chain-id", $"{chainId}", "--hardfork", "prague"]) { RedirectStandardOutput = true, UseShellExecute = false })!;
        using CancellationTokenSource limit = new(TimeSpan.FromMinutes(1));
        while (await process.StandardOutput.ReadLineAsync(limit.Token) is string line)
        {
            const string Mark = "Listening on ";
            int at = line.IndexOf(Mark, StringComparison.Ordinal);
            if (at < 0) continue;
            _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
            return new LocalChain(process, new Uri("http://" + line[(at + Mark.Length)..].Trim()), chainId);
        }
        throw new InvalidOperationException("anvil ended before it listened.");
    }

    public async Task<EthereumAddress> DeployAsync(CompiledContract contract, params byte[][] arguments)
    {
        TransactionReceipt receipt = await Sender.SendAsync(null, (byte[])[.. contract.CreationCode.Span, .. arguments.SelectMany(word => word)]);
        Assert.That(receipt.Succeeded, Is.True);
        byte[] code = await Client.CodeAsync(receipt.Contract!.Value);
        Assert.That(contract.Matches(code), Is.True);
        Assert.That(code, Has.Length.LessThan(CompiledContract.MaximumDeployedBytes));
        return receipt.Contract.Value;
    }

    /// <summary>Checks that a call reverts with a custom error of this signature.</summary>
    public async Task AssertRevertsAsync(EthereumAddress to, byte[] call, string error, string what = "")
    {
        RpcException? exception = null;
        try
        {
            await Client.CallAsync(to, call);
        }
        catch (RpcException caught)
        {
            exception = caught;
        }
        Assert.That(exception?.Error, Is.EqualTo(RpcError.Reverted), what);
        Assert.That(Convert.ToHexStringLower(exception!.RevertData.Span[..4]), Is.EqualTo(Convert.ToHexStringLower(AbiEncoder.Selector(error))), $"{what}: expected {error}");
    }

    public async Task SendAsync(EthereumAddress to, byte[] call) => Assert.That((await Sender.SendAsync(to, call)).Succeeded, Is.True);

    public void Dispose()
    {
        _rpc.Dispose();
        Account.Dispose();
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
