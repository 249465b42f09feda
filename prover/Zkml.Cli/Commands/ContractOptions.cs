using System.CommandLine;
using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Chain.Rpc;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Verifier;

namespace Zkml.Cli.Commands;

/// <summary>What the verbs of zkvm contract declare and read alike.</summary>
static class ContractOptions
{
    static readonly string[] s_errors =
    [
        "VerificationFailed()", "PairingFailed()", "PrecompileFailed()", "InputNotCanonical(uint256)", "CalldataLengthMismatch(uint256,uint256)",
        "SelectorMismatch(bytes4,bytes4)", "SealLengthMismatch(uint256,uint256)",
    ];

    /// <summary>A verifying key.</summary>
    public static Argument<string> Key() => new("KEY") { Description = "The verifying key: verification_key.json of snarkjs or of zkvm, or a .zkey file." };

    /// <summary>A proof.</summary>
    public static Argument<string> Proof() => new("PROOF") { Description = "The proof: proof.json." };

    /// <summary>The public inputs.</summary>
    public static Argument<string> Inputs() => new("PUBLIC") { Description = "All public inputs: public.json." };

    /// <summary>A node.</summary>
    public static Option<string> Rpc() => new("--rpc") { Description = "A node's JSON-RPC endpoint.", HelpName = "URL", Required = true };

    /// <summary>Connects to a node.</summary>
    public static JsonRpcClient Connect(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out Uri? endpoint) && endpoint.Scheme is "http" or "https"
            ? new JsonRpcClient(endpoint) : throw CommandException.Usage("--rpc: expected an http or https address.");

    /// <summary>Reads a key and makes its contracts.</summary>
    public static VerifierContract ReadContract(string path) => new(Groth16Command.ReadKey(path));

    /// <summary>Reads a proof and its inputs into a verifier's call.</summary>
    public static byte[] ReadCall(string proofPath, string inputPath, bool isFolded)
    {
        Groth16Result result = SnarkjsJson.TryReadProof(InputFiles.ReadFile(proofPath, "proof", SnarkjsJson.MaximumBytes), out Groth16Proof? proof);
        if (!result.IsAccepted) throw CommandException.Usage($"{proofPath}: {result.Message}");
        Fr[] inputs = ReadInputs(inputPath);
        if (isFolded && inputs.Length == 0) throw CommandException.Usage("--folded: expected a public input to leave out, got none.");
        return VerifierCall.VerifyProof(proof!, isFolded ? inputs.AsSpan(1) : inputs);
    }

    /// <summary>Reads public inputs.</summary>
    public static Fr[] ReadInputs(string path)
    {
        Groth16Result result = SnarkjsJson.TryReadInputs(InputFiles.ReadFile(path, "public inputs", SnarkjsJson.MaximumBytes), out Fr[]? inputs);
        return result.IsAccepted ? inputs! : throw CommandException.Usage($"{path}: {result.Message}");
    }

    /// <summary>Compiles one contract of a key.</summary>
    public static async Task<CompiledContract> CompileAsync(VerifierContract contract, VerifierKind kind, CancellationToken cancellation)
    {
        if (!contract.Kinds.Contains(kind)) throw CommandException.Usage($"a key with {contract.Key.InputCount} public inputs has no {VerifierContract.NameOf(kind)}.");
        SolidityCompiler compiler = SolidityCompiler.Find(Environment.GetEnvironmentVariable("ZKVM_HOME"));
        return (await compiler.CompileAsync(contract.Sources(), cancellation))[VerifierContract.NameOf(kind)];
    }

    /// <summary>What every verb says about a key.</summary>
    public static Report Describe(VerifierContract contract) => new Report()
        .Add("keyDigest", "key digest", contract.KeyDigest.ToString())
        .Add("publicInputs", "public inputs", (long)contract.Key.InputCount)
        .Add("development", "development key", contract.Key.IsDevelopment);

    /// <summary>Says that a key is worth nothing, where it is.</summary>
    public static void WarnOfDevelopment(VerifierContract contract, Terminal terminal)
    {
        if (contract.Key.IsDevelopment) terminal.Error.WriteLine("zkvm: warning: the key came from a development setup; anyone can forge its proofs.");
    }

    /// <summary>The custom error of a revert.</summary>
    public static string DescribeRevert(RpcException exception)
    {
        ReadOnlyMemory<byte> data = exception.RevertData;
        if (data.Length < 4) return "the contract reverted without a reason.";
        foreach (string error in s_errors)
        {
            if (data.Span[..4].SequenceEqual(AbiEncoder.Selector(error))) return $"{error[..error.IndexOf('(', StringComparison.Ordinal)]}.";
        }
        return $"the contract reverted with 0x{Convert.ToHexStringLower(data.Span[..4])}….";
    }
}
