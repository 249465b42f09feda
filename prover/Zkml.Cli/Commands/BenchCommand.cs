using System.CommandLine;
using Zkml.Cli.Benchmarks;
using Zkml.Cli.Output;
using Zkml.Sdk;

namespace Zkml.Cli.Commands;

/// <summary>zkvm bench: measures this machine.</summary>
static class BenchCommand
{
    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal) => new("bench", "Measure this machine.") { CreateProve(terminal), CreateKernels(terminal), CreateMsm(terminal), Groth16BenchCommand.Create(terminal) };

    static VerbCommand CreateProve(Terminal terminal)
    {
        ProvingOptions provingOptions = new();
        Option<int> cycles = new("--cycles") { Description = "Cycles of the benchmark program.", HelpName = "N", DefaultValueFactory = _ => 1 << 20 };
        Option<int> runs = new("--runs") { Description = "Proofs to make; the fastest is reported.", HelpName = "N", DefaultValueFactory = _ => 2 };
        Option<bool> json = StandardOptions.Json(), quiet = StandardOptions.Quiet(), markdown = new("--markdown") { Description = "Print tables in Markdown." };
        VerbCommand command = new(
            "prove",
            "Prove an integer program: speed, cells, stage shares, memory, verification.",
            "zkvm bench prove",
            "zkvm bench prove --security 128 --markdown") { cycles, runs, json, markdown, quiet };
        provingOptions.AddTo(command);
        command.SetAction((parsed, cancellation) =>
        {
            int cycleCount = parsed.GetValue(cycles), runCount = parsed.GetValue(runs);
            if (cycleCount is < 1000 or > 1 << 26) throw CommandException.Usage($"--cycles: expected 1000 to {1 << 26}, got {cycleCount}.");
            if (runCount is < 1 or > 100) throw CommandException.Usage($"--runs: expected 1 to 100, got {runCount}.");
            ProveOptions options = provingOptions.Read(parsed);
            ProveBenchmark benchmark = ProveBenchmark.Measure(cycleCount, runCount, options, terminal, parsed.GetValue(quiet), cancellation);
            if (parsed.GetValue(markdown)) benchmark.Report.WriteMarkdown(terminal.Output);
            else benchmark.Report.Write(terminal.Output, parsed.GetValue(json));
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    static VerbCommand CreateKernels(Terminal terminal)
    {
        Option<int> threads = new("--threads") { Description = "Most threads at work.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<bool> json = StandardOptions.Json();
        VerbCommand command = new("kernels", "Measure the field, transform and hash kernels.", "zkvm bench kernels --threads 1") { threads, json };
        command.SetAction(parsed =>
        {
            int threadCount = parsed.GetValue(threads);
            if (threadCount is < 1 or > 1024) throw CommandException.Usage($"--threads: expected 1 to 1024, got {threadCount}.");
            KernelBenchmark.Measure(threadCount).Write(terminal.Output, parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    static VerbCommand CreateMsm(Terminal terminal)
    {
        Option<int> logSize = new("--log-size") { Description = "Terms of the largest sum, as a power of two.", HelpName = "N", DefaultValueFactory = _ => 20 };
        Option<int> threads = new("--threads") { Description = "Most threads at work.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<bool> json = StandardOptions.Json(), markdown = new("--markdown") { Description = "Print tables in Markdown." };
        VerbCommand command = new("msm", "Measure the BN254 kernels of a Groth16 proof.", "zkvm bench msm --log-size 18") { logSize, threads, json, markdown };
        command.SetAction((parsed, cancellation) =>
        {
            int log = parsed.GetValue(logSize), threadCount = parsed.GetValue(threads);
            if (log is < 4 or > 24) throw CommandException.Usage($"--log-size: expected 4 to 24, got {log}.");
            if (threadCount is < 1 or > 1024) throw CommandException.Usage($"--threads: expected 1 to 1024, got {threadCount}.");
            Report report = MsmBenchmark.Measure(log, threadCount, cancellation);
            if (parsed.GetValue(markdown)) report.WriteMarkdown(terminal.Output);
            else report.Write(terminal.Output, parsed.GetValue(json));
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }
}
