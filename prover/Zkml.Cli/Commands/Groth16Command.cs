using System.CommandLine;
using System.Diagnostics;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Groth16.Formats;
using Zkml.Groth16.Prover;
using Zkml.Groth16.Verifier;

namespace Zkml.Cli.Commands;

/// <summary>zkvm groth16: proves and verifies any circuit of circom and snarkjs.</summary>
static class Groth16Command
{
    // The header and IC of a key of many inputs; a .zkey is mapped instead.
    const long MaximumJsonBytes = SnarkjsJson.MaximumBytes;

    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal) =>
        new("groth16", "Prove and verify Groth16 circuits in the files of snarkjs.") { CreateProve(terminal), CreateVerify(terminal) };

    static VerbCommand CreateProve(Terminal terminal)
    {
        Argument<string> keyPath = new("KEY") { Description = "The proving key, a .zkey file." };
        Argument<string> witnessPath = new("WITNESS") { Description = "The values of all signals, a .wtns file." };
        Option<string> proofPath = new("--proof") { Description = "Where the proof goes, as JSON.", HelpName = "FILE", DefaultValueFactory = _ => "proof.json" };
        Option<string> publicPath = new("--public") { Description = "Where the public inputs go, as JSON.", HelpName = "FILE", DefaultValueFactory = _ => "public.json" };
        Option<int> threads = Threads();
        Option<bool> json = StandardOptions.Json(), quiet = StandardOptions.Quiet();
        VerbCommand command = new(
            "prove", "Prove a witness and verify the proof.", "zkvm groth16 prove circuit.zkey witness.wtns",
            "zkvm groth16 prove circuit.zkey witness.wtns --proof p.json --public i.json") { keyPath, witnessPath, proofPath, publicPath, threads, json, quiet };
        command.SetAction((parsed, cancellation) =>
        {
            string proofFile = parsed.GetRequiredValue(proofPath), publicFile = parsed.GetRequiredValue(publicPath);
            using ProvingKeyFile key = OpenKey(parsed.GetRequiredValue(keyPath));
            string witnessFile = parsed.GetRequiredValue(witnessPath);
            InputFiles.CheckExists(witnessFile, "witness");
            using WitnessFile witness = WitnessFile.Open(witnessFile);
            using Groth16Display display = new(terminal, parsed.GetValue(quiet));
            Groth16ProverOptions options = new() { Threads = ReadThreads(parsed.GetValue(threads)), Progress = display, Cancellation = cancellation };
            Groth16ProvingResult result = Groth16Prover.Prove(key, witness, options);
            File.WriteAllBytes(proofFile, SnarkjsJson.WriteProof(result.Proof));
            File.WriteAllBytes(publicFile, SnarkjsJson.WriteInputs(result.PublicInputs));
            display.Dispose();
            if (key.VerifyingKey.IsDevelopment) terminal.Error.WriteLine("zkvm: warning: a development key: anyone can forge its proofs.");
            WriteReport(key, result, proofFile, publicFile).Write(terminal.Output, parsed.GetValue(json));
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    static Report WriteReport(ProvingKeyFile key, Groth16ProvingResult result, string proofFile, string publicFile)
    {
        ReportTable stages = new(new("stage", "stage"), new("milliseconds", "ms", "0.0"));
        foreach (Groth16Stage stage in result.Stages)
            stages.Add(stage.Name, stage.Time.TotalMilliseconds);
        return new Report()
            .Add("proof", "proof", proofFile)
            .Add("public", "public inputs", publicFile)
            .Add("isDevelopment", "development key", key.VerifyingKey.IsDevelopment)
            .Add("rows", "rows", 1L << key.DomainLog)
            .Add("seconds", "time", result.Time.TotalSeconds, Durations.Format(result.Time))
            .Add("peakMemoryBytes", "peak memory", result.PeakMemoryBytes, $"{result.PeakMemoryBytes >> 20:#,0} MiB")
            .AddTable("stages", "", stages);
    }

    static VerbCommand CreateVerify(Terminal terminal)
    {
        Argument<string> keyPath = new("KEY") { Description = "The verifying key: verification_key.json of snarkjs, or a .zkey file." };
        Argument<string> publicPath = new("PUBLIC") { Description = "The public inputs, as JSON." };
        Argument<string> proofPath = new("PROOF") { Description = "The proof, as JSON." };
        Option<bool> json = StandardOptions.Json();
        VerbCommand command = new("verify", "Verify a proof.", "zkvm groth16 verify verification_key.json public.json proof.json") { keyPath, publicPath, proofPath, json };
        command.SetAction(parsed =>
        {
            Stopwatch watch = Stopwatch.StartNew();
            Groth16VerifyingKey key = ReadKey(parsed.GetRequiredValue(keyPath));
            Check(SnarkjsJson.TryReadInputs(Read(parsed.GetRequiredValue(publicPath), "public inputs"), out Fr[]? inputs), parsed.GetRequiredValue(publicPath));
            Groth16Result result = SnarkjsJson.TryReadProof(Read(parsed.GetRequiredValue(proofPath), "proof"), out Groth16Proof? proof);
            if (proof is not null) result = Groth16Verifier.Verify(key, proof, inputs);
            Report report = new Report().Add("valid", "valid", result.IsAccepted).Add("isDevelopment", "development key", key.IsDevelopment);
            if (!result.IsAccepted)
            {
                if (parsed.GetValue(json)) report.Add("reason", null, result.Error.ToString()).Add("message", null, result.Message).Write(terminal.Output, true);
                throw new CommandException(ExitCode.Rejected, $"{parsed.GetRequiredValue(proofPath)}: rejected: {result.Message}");
            }
            if (key.IsDevelopment) terminal.Error.WriteLine("zkvm: warning: a development key: anyone can forge its proofs.");
            if (!key.CheckForExport().IsAccepted) terminal.Error.WriteLine($"zkvm: warning: {key.CheckForExport().Message}");
            report.Add("seconds", "time", watch.Elapsed.TotalSeconds, Durations.Format(watch.Elapsed)).Write(terminal.Output, parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Most threads at work.</summary>
    public static Option<int> Threads() => new("--threads") { Description = "Most threads at work.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };

    /// <summary>A number of threads in range. Throws <see cref="CommandException"/>.</summary>
    public static int ReadThreads(int threads) => threads is >= 1 and <= 1024 ? threads : throw CommandException.Usage($"--threads: expected 1 to 1024, got {threads}.");

    /// <summary>Opens a proving key.</summary>
    public static ProvingKeyFile OpenKey(string path)
    {
        InputFiles.CheckExists(path, "proving key");
        return ProvingKeyFile.Open(path);
    }

    /// <summary>Reads a verifying key from JSON or from a .zkey.</summary>
    public static Groth16VerifyingKey ReadKey(string path)
    {
        if (path.EndsWith(".zkey", StringComparison.OrdinalIgnoreCase))
        {
            using ProvingKeyFile file = OpenKey(path);
            return file.VerifyingKey;
        }
        Check(SnarkjsJson.TryReadKey(Read(path, "verifying key"), out Groth16VerifyingKey? key), path);
        return key!;
    }

    static byte[] Read(string path, string what) => InputFiles.ReadFile(path, what, MaximumJsonBytes);

    static void Check(Groth16Result result, string path)
    {
        if (!result.IsAccepted) throw CommandException.Usage($"{path}: {result.Message}");
    }
}
