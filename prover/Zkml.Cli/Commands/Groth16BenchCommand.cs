using System.CommandLine;
using Zkml.Cli.Benchmarks;
using Zkml.Cli.Input;
using Zkml.Cli.Output;

namespace Zkml.Cli.Commands;

/// <summary>zkvm bench groth16: whole proofs beside other provers.</summary>
static class Groth16BenchCommand
{
    const string SnarkjsVersion = "0.7.6";

    /// <summary>Declares the command.</summary>
    public static VerbCommand Create(Terminal terminal)
    {
        Option<string?> key = new("--key") { Description = "Also prove with this .zkey file.", HelpName = "FILE" };
        Option<string?> witness = new("--witness") { Description = "The .wtns file for --key.", HelpName = "FILE" };
        Option<int[]> logs = new("--log-sizes")
        {
            Description = "Rows of the synthetic circuits, as powers of two.", HelpName = "N", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [16, 18],
        };
        Option<int[]> sums = new("--sum-log-sizes")
        {
            Description = "Terms of the sums in G1, as powers of two.", HelpName = "N", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [16, 18, 20],
        };
        Option<bool> peers = new("--peers") { Description = $"Install snarkjs {SnarkjsVersion} with npm into a cache folder and measure it too." };
        Option<string?> rapidsnark = new("--rapidsnark") { Description = "Measure this prover of rapidsnark too.", HelpName = "FILE" };
        Option<int> runs = new("--runs") { Description = "Proofs of each prover but snarkjs; the fastest is reported.", HelpName = "N", DefaultValueFactory = _ => 3 };
        Option<int> threads = Groth16Command.Threads();
        Option<bool> json = StandardOptions.Json(), markdown = new("--markdown") { Description = "Print tables in Markdown." };
        VerbCommand command = new(
            "groth16", "Prove Groth16 circuits, beside other provers on the same files.", "zkvm bench groth16 --log-sizes 16",
            "zkvm bench groth16 --key chain14.zkey --witness chain14.wtns --peers --rapidsnark build/prover") { key, witness, logs, sums, peers, rapidsnark, runs, threads, json, markdown };
        command.SetAction(async (parsed, cancellation) =>
        {
            string? keyPath = parsed.GetValue(key), witnessPath = parsed.GetValue(witness), prover = parsed.GetValue(rapidsnark);
            if (keyPath is null != witnessPath is null) throw CommandException.Usage("expected --key and --witness together, got one of them.");
            if (keyPath is not null) InputFiles.CheckExists(keyPath, "proving key");
            if (witnessPath is not null) InputFiles.CheckExists(witnessPath, "witness");
            if (prover is not null) InputFiles.CheckExists(prover, "prover");
            int runCount = parsed.GetValue(runs);
            if (runCount is < 1 or > 100) throw CommandException.Usage($"--runs: expected 1 to 100, got {runCount}.");
            int[] logSizes = ReadLogs(parsed.GetValue(logs), "--log-sizes"), sumLogs = ReadLogs(parsed.GetValue(sums), "--sum-log-sizes");
            string? snarkjs = parsed.GetValue(peers) ? await InstallSnarkjs(terminal, cancellation) : null;
            Groth16Benchmark benchmark = new(new(snarkjs, prover is null ? null : Path.GetFullPath(prover)), runCount, terminal, cancellation);
            Report report = benchmark.Measure(keyPath, witnessPath, logSizes, sumLogs, Groth16Command.ReadThreads(parsed.GetValue(threads)));
            if (parsed.GetValue(markdown)) report.WriteMarkdown(terminal.Output);
            else report.Write(terminal.Output, parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    static int[] ReadLogs(int[]? logs, string option)
    {
        foreach (int log in logs ?? [])
        {
            if (log is < 4 or > 24) throw CommandException.Usage($"{option}: expected 4 to 24, got {log}.");
        }
        return logs ?? [];
    }

    static async Task<string> InstallSnarkjs(Terminal terminal, CancellationToken cancellation)
    {
        string cache = Path.Combine(
            Environment.GetEnvironmentVariable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"),
            "zkml-vm", $"snarkjs-{SnarkjsVersion}");
        if (File.Exists(Path.Combine(cache, "node_modules", "snarkjs", "build", "cli.cjs"))) return cache;
        Directory.CreateDirectory(cache);
        terminal.Error.WriteLine($"zkvm: npm installs snarkjs {SnarkjsVersion} into {cache}");
        try
        {
            await Task.Run(
                () => MeasuredProcess.Run(1, "npm", cache, cancellation, "install", "--prefix", cache, "--ignore-scripts", "--no-audit", "--no-fund", $"snarkjs@{SnarkjsVersion}"),
                cancellation);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            throw CommandException.Usage("--peers: expected npm and node on the path.");
        }
        return cache;
    }
}
