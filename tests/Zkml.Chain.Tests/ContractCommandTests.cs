using System.Text.Json;
using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Cli;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Verifier;

namespace Zkml.Chain.Tests;

/// <summary>zkvm contract: files, messages and exit codes, and deployment to a real node.</summary>
[TestFixture]
sealed class ContractCommandTests
{
    string _folder = null!;
    KnownKey _key = null!;
    Fr[] _inputs = null!;

    [SetUp]
    public void Prepare()
    {
        _folder = Directory.CreateTempSubdirectory("zkvm-contract-").FullName;
        _key = KnownKey.Create(2);
        _inputs = [KnownKey.Element(1), KnownKey.Element(2)];
        File.WriteAllBytes(At("key.json"), SnarkjsJson.WriteKey(_key.Key));
        File.WriteAllBytes(At("development.json"), SnarkjsJson.WriteKey(KnownKey.CreateDevelopment(2).Key));
        File.WriteAllBytes(At("proof.json"), SnarkjsJson.WriteProof(_key.Prove(_inputs)));
        File.WriteAllBytes(At("public.json"), SnarkjsJson.WriteInputs(_inputs));
        using EthereumAccount account = new(Convert.FromHexString(LocalChain.FirstKey));
        File.WriteAllBytes(At("account.json"), Keystore.Write(account, "secret", cost: 1 << 4));
        File.WriteAllText(At("password.txt"), "secret\n");
        File.WriteAllText(At("wrong.txt"), "guess\n");
    }

    [TearDown]
    public void Clean() => Directory.Delete(_folder, recursive: true);

    [Test]
    public async Task Export_OfAKey_WritesEveryFile()
    {
        (int code, string output, _) = await RunAsync("contract", "export", At("key.json"), "-o", At("out"), "--json");
        Assert.That(code, Is.Zero);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.That(json.RootElement.GetProperty("keyDigest").GetString(), Is.EqualTo(VerifierParameters.KeyDigest(_key.Key).ToString()));
        string[] files = [.. Directory.GetFiles(At("out")).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];
        Assert.That(files, Is.SupersetOf(new[] { "Groth16Verifier.sol", "FoldedGroth16Verifier.sol", "ZkmlGroth16Verifier.sol", "ZkmlVerifierRouter.sol", "solc-input.json" }));
    }

    [Test]
    public async Task Calldata_OfAProof_IsTheCall()
    {
        (int code, string output, _) = await RunAsync("contract", "calldata", At("proof.json"), At("public.json"));
        Assert.That(code, Is.Zero);
        Assert.That(output.Trim(), Is.EqualTo("0x" + Convert.ToHexStringLower(VerifierCall.VerifyProof(_key.Prove(_inputs), _inputs))));
    }

    [TestCase("missing.json", "not found")]
    [TestCase("password.txt", "not JSON")]
    public async Task Export_OfWhatIsNoKey_Fails(string file, string message)
    {
        (int code, _, string error) = await RunAsync("contract", "export", At(file), "-o", At("out"));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(error, Does.Contain(message));
    }

    [Test]
    public async Task Deploy_OfADevelopmentKey_IsRefusedOnPublicChains()
    {
        (int code, _, string error) = await RunAsync(
            "contract", "deploy", At("development.json"), "--rpc", "http://127.0.0.1:1", "--chain-id", "1", "--keystore", At("account.json"), "--password-file", At("password.txt"));
        Assert.That(code, Is.EqualTo(1));
        Assert.That(error, Does.Contain("development setup"));
    }

    [Test]
    [Category("Chain")]
    public async Task Deploy_WithAKeystore_PutsAVerifierOnTheChain()
    {
        LocalChain.Compiler();
        using LocalChain chain = await LocalChain.StartAsync();
        string rpc = chain.Endpoint.ToString();
        string[] deploy = ["contract", "deploy", At("key.json"), "--rpc", rpc, "--chain-id", "31337", "--keystore", At("account.json"), "--password-file", At("password.txt"), "--json"];
        (int code, string output, string error) = await RunAsync(deploy);
        Assert.That(code, Is.Zero, error);
        using JsonDocument json = JsonDocument.Parse(output);
        string address = json.RootElement.GetProperty("address").GetString()!;
        string[] verify = ["contract", "verify", At("key.json"), At("proof.json"), At("public.json"), "--rpc", rpc, "--address", address, "--json"];
        (code, output, error) = await RunAsync(verify);
        Assert.That(code, Is.Zero, error);
        Assert.That(output, Does.Contain("\"valid\": true"));
        File.WriteAllBytes(At("public.json"), SnarkjsJson.WriteInputs([_inputs[1], _inputs[0]]));
        (code, _, error) = await RunAsync(verify);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("VerificationFailed"));
        verify[2] = At("development.json");
        (code, _, error) = await RunAsync(verify);
        Assert.That(code, Is.EqualTo(2));
        Assert.That(error, Does.Contain("is not Groth16Verifier of this key"));
    }

    [Test]
    [Category("Chain")]
    public async Task Deploy_OfACircuitsKey_VerifiesAProofOfOurProver()
    {
        LocalChain.Compiler();
        foreach (string name in (string[])["chain.zkey", "chain.wtns"]) File.WriteAllBytes(At(name), VectorFiles.Read("vectors/groth16/" + name));
        (int code, _, string error) = await RunAsync("groth16", "prove", At("chain.zkey"), At("chain.wtns"), "--proof", At("own.json"), "--public", At("inputs.json"), "--quiet");
        Assert.That(code, Is.Zero, error);
        using LocalChain chain = await LocalChain.StartAsync();
        string rpc = chain.Endpoint.ToString();
        string[] deploy = ["contract", "deploy", At("chain.zkey"), "--fold", At("inputs.json"), "--rpc", rpc, "--chain-id", "31337", "--keystore", At("account.json"), "--password-file", At("password.txt"), "--json"];
        (code, string output, error) = await RunAsync(deploy);
        Assert.That(code, Is.Zero, error);
        using JsonDocument json = JsonDocument.Parse(output);
        string address = json.RootElement.GetProperty("address").GetString()!;
        (code, _, error) = await RunAsync("contract", "verify", At("chain.zkey"), At("own.json"), At("inputs.json"), "--folded", "--rpc", rpc, "--address", address);
        Assert.That(code, Is.Zero, error);
        (code, _, error) = await RunAsync("contract", "verify", At("chain.zkey"), At("proof.json"), At("inputs.json"), "--folded", "--rpc", rpc, "--address", address);
        Assert.That(code, Is.EqualTo(2), error);
    }

    [Test]
    [Category("Chain")]
    public async Task Deploy_ToAnotherChainOrByAWrongPassword_SendsNothing()
    {
        LocalChain.Compiler();
        using LocalChain chain = await LocalChain.StartAsync(chainId: 777);
        string[] deploy = ["contract", "deploy", At("key.json"), "--rpc", chain.Endpoint.ToString(), "--chain-id", "31337", "--keystore", At("account.json"), "--password-file", At("password.txt")];
        (int code, _, string error) = await RunAsync(deploy);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(error, Does.Contain("expected a node of chain 31337, got one of chain 777"));
        deploy[^1] = At("wrong.txt");
        (code, _, error) = await RunAsync(deploy);
        Assert.That(code, Is.EqualTo(1));
        Assert.That(error, Does.Contain("wrong password"));
        Assert.That(await chain.Client.NonceAsync(chain.Account.Address), Is.Zero);
    }

    string At(string name) => Path.Combine(_folder, name);

    static async Task<(int Code, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(arguments, new Terminal(output, error, Stream.Null, IsInteractive: false));
        return (code, output.ToString(), error.ToString());
    }
}
