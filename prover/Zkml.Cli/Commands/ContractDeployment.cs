using System.Buffers;
using System.CommandLine;
using System.Security.Cryptography;
using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Chain.Rpc;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Fields.Bn254;
using Zkml.Receipts;

namespace Zkml.Cli.Commands;

/// <summary>zkvm contract deploy: compiles the verifier of a key and puts it on a chain.</summary>
static class ContractDeployment
{
    const string KeyVariable = "ZKVM_PRIVATE_KEY", PasswordVariable = "ZKVM_KEYSTORE_PASSWORD";

    /// <summary>Declares the verb.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string> key = ContractOptions.Key();
        Option<string> rpc = ContractOptions.Rpc();
        Option<ulong> chainId = new("--chain-id") { Description = "The chain that you mean; a node of another one is refused.", HelpName = "N", Required = true };
        Option<string?> keystore = new("--keystore") { Description = $"The payer's keystore file (version 3); its password is in --password-file or in {PasswordVariable}. Without it, the key is in {KeyVariable}.", HelpName = "FILE" };
        Option<string?> password = new("--password-file") { Description = "A file with the keystore's password on its first line.", HelpName = "FILE" };
        Option<string?> folded = new("--fold") { Description = "Deploy the folded verifier, its first public input taken from this public.json.", HelpName = "PUBLIC" };
        Option<string?> controlRoot = new("--control-root") { Description = "Deploy the verifier of zkVM claims with this control root.", HelpName = "HEX" };
        Option<bool> json = StandardOptions.Json(), quiet = StandardOptions.Quiet();
        VerbCommand command = new(
            "deploy",
            "Compile the verifier of a key and deploy it.",
            "zkvm contract deploy verification_key.json --rpc http://localhost:8545 --chain-id 31337 --keystore account.json --password-file password.txt")
        { key, rpc, chainId, keystore, password, folded, controlRoot, json, quiet };
        command.SetAction(async (parsed, cancellation) =>
        {
            VerifierContract contract = ContractOptions.ReadContract(parsed.GetRequiredValue(key));
            ulong chain = parsed.GetValue(chainId);
            DeploymentPolicy.Check(contract.Key, chain);
            (VerifierKind kind, byte[] argument) = ReadKind(parsed.GetValue(folded), parsed.GetValue(controlRoot));
            using EthereumAccount account = OpenAccount(parsed.GetValue(keystore), parsed.GetValue(password));
            using JsonRpcClient node = ContractOptions.Connect(parsed.GetRequiredValue(rpc));
            Action<string> progress = line =>
            {
                if (!parsed.GetValue(quiet)) terminal.Error.WriteLine($"zkvm: {line}");
            };
            ContractOptions.WarnOfDevelopment(contract, terminal);
            progress("compiling …");
            CompiledContract compiled = await ContractOptions.CompileAsync(contract, kind, cancellation);
            progress($"deploying {compiled.Name} from {account.Address} …");
            EthereumClient client = new(node);
            TransactionReceipt receipt = await DeployAsync(client, account, chain, compiled, argument, cancellation);
            ContractOptions.Describe(contract)
                .Add("contract", "contract", compiled.Name)
                .Add("address", "address", receipt.Contract!.Value.ToString())
                .Add("transaction", "transaction", "0x" + Convert.ToHexStringLower(receipt.Hash.Span))
                .Add("gasUsed", "gas", (long)receipt.GasUsed)
                .Add("deployedBytes", "deployed size", (long)compiled.DeployedCode.Length, $"{compiled.DeployedCode.Length} bytes")
                .Add("chainId", "chain", (long)chain)
                .Write(terminal.Output, parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    static async Task<TransactionReceipt> DeployAsync(
        EthereumClient client, EthereumAccount account, ulong chain, CompiledContract compiled, byte[] argument, CancellationToken cancellation)
    {
        TransactionSender sender = new(client, account, chain);
        TransactionReceipt receipt = await sender.SendAsync(null, (byte[])[.. compiled.CreationCode.Span, .. argument], cancellation: cancellation);
        if (!receipt.Succeeded || receipt.Contract is not EthereumAddress address)
            throw new CommandException(ExitCode.Rejected, $"the deployment failed in transaction 0x{Convert.ToHexStringLower(receipt.Hash.Span)}.");
        if (!compiled.Matches(await client.CodeAsync(address, cancellation)))
            throw new CommandException(ExitCode.Rejected, $"{address}: the code there is not what was deployed; do not use it.");
        return receipt;
    }

    static (VerifierKind Kind, byte[] Argument) ReadKind(string? folded, string? controlRoot)
    {
        if (folded is not null && controlRoot is not null) throw CommandException.Usage("expected --fold or --control-root, got both.");
        if (folded is not null)
        {
            Fr[] inputs = ContractOptions.ReadInputs(folded);
            if (inputs.Length == 0) throw CommandException.Usage($"--fold: {folded}: expected at least one public input, got none.");
            byte[] word = new byte[32];
            inputs[0].WriteBigEndian(word);
            return (VerifierKind.Folded, word);
        }
        if (controlRoot is null) return (VerifierKind.Plain, []);
        return Sha256Digest.TryParse(controlRoot, out Sha256Digest root) && root[0] == 0
            ? (VerifierKind.Claim, root.ToArray())
            : throw CommandException.Usage("--control-root: expected 64 hexadecimal digits of a number below 2^248.");
    }

    static EthereumAccount OpenAccount(string? keystore, string? passwordFile)
    {
        if (keystore is not null) return Keystore.Open(InputFiles.ReadFile(keystore, "keystore", Keystore.MaximumBytes), ReadPassword(passwordFile));
        string text = Environment.GetEnvironmentVariable(KeyVariable)
            ?? throw CommandException.Usage($"expected --keystore, or a private key in {KeyVariable}; got neither.");
        byte[] key = new byte[32];
        try
        {
            ReadOnlySpan<char> digits = text.AsSpan(text.StartsWith("0x", StringComparison.Ordinal) ? 2 : 0);
            if (digits.Length != 64 || Convert.FromHexString(digits, key, out _, out _) != OperationStatus.Done)
                throw CommandException.Usage($"{KeyVariable}: expected 64 hexadecimal digits.");
            return new EthereumAccount(key);
        }
        catch (ArgumentException exception)
        {
            throw CommandException.Usage($"{KeyVariable}: {exception.Message}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    static string ReadPassword(string? path)
    {
        if (path is null)
            return Environment.GetEnvironmentVariable(PasswordVariable) ?? throw CommandException.Usage($"expected --password-file, or a password in {PasswordVariable}; got neither.");
        using StreamReader reader = new(new MemoryStream(InputFiles.ReadFile(path, "password file", 1 << 12)));
        return reader.ReadLine() ?? "";
    }
}
