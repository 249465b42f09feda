using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Chain.Rpc;
using Zkml.Examples.ScoreAttestation;
using Zkml.Groth16.R1cs;

namespace Zkml.Examples.Tests;

[TestFixture]
[Category("Chain")]
sealed class ScoreChainTests
{
    static readonly ScoreModel s_model = new([120, -35, 80, 15, -200, 60, 5, -10], 50000);

    [Test]
    public async Task Attestation_FromCircuitToTransaction_IsRecordedForItsHolderOnly()
    {
        string? home = Environment.GetEnvironmentVariable("ZKVM_HOME");
        if (!LocalNode.IsInstalled(home)) Assert.Ignore("anvil or solc is not installed: prover/Zkml.Chain/install.sh --anvil");
        string folder = Directory.CreateTempSubdirectory("zkml-score-").FullName;
        try
        {
            using LocalNode node = await LocalNode.StartAsync(home);
            using ScoreChain holder = await ScoreChain.ConnectAsync(node.Endpoint);
            ScoreSubject subject = new(FromAddress(holder.Address), ScoreSubject.RandomBlinding(), [640, 12, 310, 48, 3, 77, 1020, 25]);
            ScoreProof proof = ScoreProver.Prove(ScoreCircuit.Build(), s_model, subject, folder);
            EthereumAddress registry = await holder.DeployAsync(proof, home);
            await AssertRevertsAsync(holder, registry, proof, "NotCertified()");
            await holder.CertifyAsync(registry, proof.PublicValues[0]);
            using (ScoreChain thief = await ScoreChain.ConnectAsync(node.Endpoint))
                await AssertRevertsAsync(thief, registry, proof, null);
            Assert.That(await holder.HasAttestedAsync(registry), Is.False);
            TransactionReceipt receipt = await holder.AttestAsync(registry, proof);
            Assert.That(receipt.Succeeded, Is.True);
            Assert.That(await holder.HasAttestedAsync(registry), Is.True);
            TestContext.Out.WriteLine($"attest: {receipt.GasUsed} gas");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Test]
    public async Task Circuit_AtEveryLevel_PassesItsCheckOnAContract()
    {
        string? home = Environment.GetEnvironmentVariable("ZKVM_HOME");
        if (!LocalNode.IsInstalled(home)) Assert.Ignore("anvil or solc is not installed: prover/Zkml.Chain/install.sh --anvil");
        using LocalNode node = await LocalNode.StartAsync(home);
        using ScoreChain chain = await ScoreChain.ConnectAsync(node.Endpoint);
        EthereumAddress? verifier = null;
        ScoreSubject subject = new(FromAddress(chain.Address), ScoreSubject.RandomBlinding(), [640, 12, 310, 48, 3, 77, 1020, 25]);
        CircuitCheck check = new CircuitCheck(ScoreCircuit.Build())
        {
            Contract = (key, proof, values) =>
            {
                verifier ??= chain.DeployVerifierAsync(key, home).GetAwaiter().GetResult();
                try
                {
                    chain.Client.CallAsync(verifier.Value, VerifierCall.VerifyProof(proof, values)).GetAwaiter().GetResult();
                    return true;
                }
                catch (RpcException error) when (error.Error == RpcError.Reverted)
                {
                    return false;
                }
            },
        };
        long score = s_model.Score(subject.Values);
        check.Accepts("threshold reached exactly", ScoreCircuit.Inputs(s_model with { Threshold = score }, subject));
        check.Rejects("one below the threshold", ScoreCircuit.Inputs(s_model with { Threshold = score + 1 }, subject));
        Assert.That(check.Run(CircuitCheckLevel.Contract), Is.Empty);
    }

    static Fr FromAddress(EthereumAddress address) => Groth16.R1cs.FrIntegers.FromInteger(new(address.Bytes, isUnsigned: true, isBigEndian: true));

    static async Task AssertRevertsAsync(ScoreChain chain, EthereumAddress registry, ScoreProof proof, string? error)
    {
        RpcException? caught = null;
        try
        {
            await chain.AttestAsync(registry, proof);
        }
        catch (RpcException exception)
        {
            caught = exception;
        }
        Assert.That(caught?.Error, Is.EqualTo(RpcError.Reverted));
        if (error is not null) Assert.That(caught!.RevertData.Span[..4].ToArray(), Is.EqualTo(AbiEncoder.Selector(error)));
    }
}
