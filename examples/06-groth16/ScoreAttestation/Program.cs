using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Chain.Rpc;
using Zkml.Examples.ScoreAttestation;
using Zkml.Groth16.R1cs;

try
{
    switch (args)
    {
        case ["report"]:
            Console.Write(ScoreCircuit.Build().Report);
            return 0;
        case ["prove", string model, string values, string address, string folder]:
            Prove(ScoreFiles.ReadModel(model), ScoreFiles.ReadValues(values), ScoreFiles.ReadAddress(address), folder);
            return 0;
        case ["chain", string model, string values, string folder]:
            using (LocalNode node = await LocalNode.StartAsync())
                return await AttestAsync(node.Endpoint, model, values, folder);
        case ["chain", string model, string values, string folder, string endpoint]:
            return await AttestAsync(new Uri(endpoint), model, values, folder);
        default:
            Console.Error.WriteLine("""
                usage: report                              prints the constraints of the circuit by gadget
                       prove MODEL VALUES ADDRESS FOLDER   proves with a development key, writes the key, the witness and the proof
                       chain MODEL VALUES FOLDER [URL]     proves, deploys verifier and registry, certifies and attests, on an anvil of its own or at a URL
                """);
            return 1;
    }
}
catch (Exception error) when (error is ArgumentException or CircuitException or IOException or UriFormatException or InvalidOperationException or ContractException or RpcException)
{
    Console.Error.WriteLine(error.Message);
    return 1;
}

static ScoreProof Prove(ScoreModel model, IReadOnlyList<int> values, Fr address, string folder)
{
    Circuit circuit = ScoreCircuit.Build();
    ScoreProof proof = ScoreProver.Prove(circuit, model, new(address, ScoreSubject.RandomBlinding(), values), folder);
    Console.WriteLine($"proved with {circuit.System.ConstraintCount} constraints that the score behind commitment {proof.PublicValues[0]} is at least {model.Threshold}");
    return proof;
}

static async Task<int> AttestAsync(Uri endpoint, string model, string values, string folder)
{
    using ScoreChain chain = await ScoreChain.ConnectAsync(endpoint);
    ScoreProof proof = Prove(ScoreFiles.ReadModel(model), ScoreFiles.ReadValues(values), ScoreFiles.AddressNumber(chain.Address), folder);
    EthereumAddress registry = await chain.DeployAsync(proof);
    Console.WriteLine($"registry {registry} on chain {chain.ChainId}");
    await chain.CertifyAsync(registry, proof.PublicValues[0]);
    TransactionReceipt receipt = await chain.AttestAsync(registry, proof);
    bool isAttested = receipt.Succeeded && await chain.HasAttestedAsync(registry);
    Console.WriteLine($"transaction 0x{Convert.ToHexStringLower(receipt.Hash.Span)}: {(isAttested ? "attested" : "failed")}, {receipt.GasUsed} gas");
    return isAttested ? 0 : 1;
}
