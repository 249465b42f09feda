using System.CommandLine;
using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Chain.Rpc;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Verifier;
using Zkml.Receipts;

namespace Zkml.Cli.Commands;

/// <summary>zkvm contract: verifier contracts of a Groth16 key, from Solidity to a chain.</summary>
static class ContractCommand
{
    /// <summary>Declares the command and its verbs.</summary>
    public static Command Create(Terminal terminal) => new("contract", "Export, deploy and call the verifier contracts of a Groth16 key.")
    {
        CreateExport(terminal),
        ContractDeployment.Create(terminal),
        CreateVerify(terminal),
        CreateCalldata(terminal),
    };

    static VerbCommand CreateExport(Terminal terminal)
    {
        Argument<string> key = ContractOptions.Key();
        Option<string> output = new("--output", "-o") { Description = "The folder to write to.", HelpName = "FOLDER", Required = true };
        Option<bool> json = StandardOptions.Json();
        VerbCommand command = new(
            "export",
            "Write the verifier contracts of a key in Solidity, with solc's input.",
            "zkvm contract export verification_key.json -o contracts") { key, output, json };
        command.SetAction(parsed =>
        {
            VerifierContract contract = ContractOptions.ReadContract(parsed.GetRequiredValue(key));
            string folder = parsed.GetRequiredValue(output);
            Directory.CreateDirectory(folder);
            IReadOnlyDictionary<string, string> sources = contract.Sources();
            ReportTable files = new(new("file", "file"), new("bytes", "bytes"));
            foreach ((string name, string text) in sources.Append(new("solc-input.json", SolidityCompiler.StandardInput(sources))))
            {
                File.WriteAllText(Path.Combine(folder, name), text);
                files.Add(name, (long)text.Length);
            }
            ContractOptions.WarnOfDevelopment(contract, terminal);
            ContractOptions.Describe(contract).AddTable("files", $"written to {folder}", files).Write(terminal.Output, parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    static VerbCommand CreateCalldata(Terminal terminal)
    {
        Argument<string> proof = ContractOptions.Proof(), inputs = ContractOptions.Inputs();
        Option<bool> folded = new("--folded") { Description = "For a folded verifier: leave out the first public input." }, json = StandardOptions.Json();
        VerbCommand command = new(
            "calldata",
            "Print the call that verifies a proof on a chain.",
            "zkvm contract calldata proof.json public.json",
            "zkvm contract calldata proof.json public.json --folded") { proof, inputs, folded, json };
        command.SetAction(parsed =>
        {
            byte[] call = ContractOptions.ReadCall(parsed.GetRequiredValue(proof), parsed.GetRequiredValue(inputs), parsed.GetValue(folded));
            string hex = "0x" + Convert.ToHexStringLower(call);
            if (parsed.GetValue(json)) new Report().Add("calldata", null, hex).Add("bytes", null, (long)call.Length).Write(terminal.Output, true);
            else terminal.Output.WriteLine(hex);
            return ExitCode.Ok;
        });
        return command;
    }

    static VerbCommand CreateVerify(Terminal terminal)
    {
        Argument<string> key = ContractOptions.Key(), proof = ContractOptions.Proof(), inputs = ContractOptions.Inputs();
        Option<string> rpc = ContractOptions.Rpc(), address = new("--address") { Description = "The contract's address.", HelpName = "ADDRESS", Required = true };
        Option<bool> folded = new("--folded") { Description = "The contract is the folded verifier." }, json = StandardOptions.Json();
        VerbCommand command = new(
            "verify",
            "Check that the code at an address is the key's verifier, and have it verify a proof (a call, not a transaction).",
            "zkvm contract verify verification_key.json proof.json public.json --rpc http://localhost:8545 --address 0x5FbDB2315678afecb367f032d93F642f64180aa3")
        { key, proof, inputs, rpc, address, folded, json };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (!EthereumAddress.TryParse(parsed.GetRequiredValue(address), out EthereumAddress target))
                throw CommandException.Usage("--address: expected 0x and 40 hexadecimal digits, with the checksum of EIP-55 where they are of mixed case.");
            bool isFolded = parsed.GetValue(folded);
            VerifierContract contract = ContractOptions.ReadContract(parsed.GetRequiredValue(key));
            byte[] call = ContractOptions.ReadCall(parsed.GetRequiredValue(proof), parsed.GetRequiredValue(inputs), isFolded);
            using JsonRpcClient node = ContractOptions.Connect(parsed.GetRequiredValue(rpc));
            EthereumClient client = new(node);
            CompiledContract expected = await ContractOptions.CompileAsync(contract, isFolded ? VerifierKind.Folded : VerifierKind.Plain, cancellation);
            if (!expected.Matches(await client.CodeAsync(target, cancellation)))
                throw new CommandException(ExitCode.Rejected, $"{target}: the code there is not {expected.Name} of this key.");
            try
            {
                await client.CallAsync(target, call, cancellation: cancellation);
            }
            catch (RpcException exception) when (exception.Error == RpcError.Reverted)
            {
                throw new CommandException(ExitCode.Rejected, $"{target}: rejected: {ContractOptions.DescribeRevert(exception)}");
            }
            ContractOptions.WarnOfDevelopment(contract, terminal);
            new Report().Add("valid", "valid", true)
                .Add("address", "contract", target.ToString())
                .Add("chainId", "chain", (long)await client.ChainIdAsync(cancellation))
                .Add("gas", "gas of a transaction (estimate)", (long)await client.EstimateGasAsync(null, target, call, cancellation))
                .Write(terminal.Output, parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }
}
