using System.CommandLine;
using System.Diagnostics;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Cli.Profiling;
using Zkml.Guest.Onnx.Contract;
using Zkml.Program;
using Zkml.Sdk;
using Zkml.Stark;
using Zkml.Vm.Execution;

namespace Zkml.Cli.Commands;

/// <summary>zkvm run: executes a guest, and with --prove proves the execution.</summary>
static class RunCommand
{
    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string> guest = StandardOptions.Guest();
        Option<bool> prove = new("--prove") { Description = "Prove the execution and verify the proof." };
        Option<string?> output = new("--output", "-o") { Description = "Write the receipt to a file (with --prove).", HelpName = "FILE" };
        Option<bool> estimate = new("--estimate") { Description = "Tell what a proof would cost; with --prove, before proving." };
        Option<string?> profile = new("--profile") { Description = "Write cycles by call stack to a file, one folded stack a line.", HelpName = "FILE" };
        Option<bool> json = StandardOptions.Json(), quiet = StandardOptions.Quiet();
        GuestOptions guestOptions = new();
        ProvingOptions provingOptions = new();
        VerbCommand command = new(
            "run",
            "Execute a guest program, and prove the execution with --prove.",
            "zkvm run examples/02-digits-c/guest.elf --input examples/02-digits-c/samples/7.pgm",
            "zkvm run --prove examples/01-hello-c/guest.elf -o hello.zkr") { guest, prove, output, estimate };
        guestOptions.AddTo(command);
        provingOptions.AddTo(command);
        foreach (Option option in (Option[])[profile, json, quiet]) command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            bool isJson = parsed.GetValue(json), isQuiet = parsed.GetValue(quiet);
            string? outputPath = parsed.GetValue(output);
            if (outputPath is not null && !parsed.GetValue(prove)) throw CommandException.Usage("--output: expected --prove with it; without a proof there is no receipt.");
            ProveOptions options = provingOptions.Read(parsed);
            (ProgramImage program, ModelContract? contract) = InputFiles.ReadGuest(parsed.GetRequiredValue(guest));
            ExecutionInput input = guestOptions.Read(parsed, terminal, contract);
            if (parsed.GetValue(profile) is string profilePath) WriteProfile(profilePath, program, input, terminal, cancellation);
            if (parsed.GetValue(estimate) && !parsed.GetValue(prove)) return Task.FromResult(Estimate(program, input, options, isJson, terminal, cancellation));
            if (!parsed.GetValue(prove)) return Task.FromResult(Execute(program, contract, input, isJson, terminal, cancellation));
            if (parsed.GetValue(estimate)) EstimateReport.Of(Plan(program, input, options, cancellation), options).Write(terminal.Error, isJson: false);
            return Task.FromResult(Prove(program, contract, input, options, outputPath, isJson, isQuiet, terminal, cancellation));
        });
        return command;
    }

    static int Execute(ProgramImage program, ModelContract? contract, ExecutionInput input, bool isJson, Terminal terminal, CancellationToken cancellation)
    {
        Executor executor = new(program, input);
        Stopwatch watch = Stopwatch.StartNew();
        try
        {
            ExecutionResult result = executor.Run(cancellation);
            watch.Stop();
            WriteGuestOutput(executor.StandardOutput, executor.StandardError, isJson, terminal);
            InferenceReport.AddOutputs(ExecutionReport.Of(result, watch.Elapsed), contract, result.Journal).Write(terminal.Output, isJson);
            return result.ExitCode == 0 ? ExitCode.Ok : ExitCode.GuestFailed;
        }
        catch (GuestException)
        {
            WriteGuestOutput(executor.StandardOutput, executor.StandardError, isJson, terminal);
            throw;
        }
    }

    static int Estimate(ProgramImage program, ExecutionInput input, ProveOptions options, bool isJson, Terminal terminal, CancellationToken cancellation)
    {
        ProvingPlan plan = Plan(program, input, options, cancellation);
        EstimateReport.Of(plan, options).Write(terminal.Output, isJson);
        return plan.Result.ExitCode == 0 ? ExitCode.Ok : ExitCode.GuestFailed;
    }

    static ProvingPlan Plan(ProgramImage program, ExecutionInput input, ProveOptions options, CancellationToken cancellation)
    {
        try
        {
            return ZkvmClient.Estimate(program, input, options, cancellation);
        }
        catch (ArgumentException exception)
        {
            throw CommandException.Usage(exception.Message);
        }
    }

    static int Prove(
        ProgramImage program, ModelContract? contract, ExecutionInput input, ProveOptions options, string? outputPath, bool isJson, bool isQuiet, Terminal terminal, CancellationToken cancellation)
    {
        // A folder that does not exist is better found before a long proof than after it.
        using ReceiptFile? file = outputPath is null ? null : ReceiptFile.Create(outputPath);
        ProveResult result;
        using (ProgressDisplay progress = new(terminal, isQuiet))
        {
            try
            {
                result = ZkvmClient.Prove(program, input, options, progress, cancellation);
            }
            catch (ArgumentException exception)
            {
                throw CommandException.Usage(exception.Message);
            }
        }
        ExecutionResult execution = result.Plan.Result;
        WriteGuestOutput(execution.StandardOutput, execution.StandardError, isJson, terminal);
        if (options.Profile == SecurityProfile.Test) terminal.Error.WriteLine("zkvm: warning: a receipt of the test profile proves nothing.");
        InferenceReport.AddOutputs(ProofReport.Of(result, options), contract, execution.Journal).Write(terminal.Output, isJson);
        if (file is not null)
        {
            file.Write(result.Receipt);
            terminal.Error.WriteLine($"zkvm: wrote {outputPath}. A composite receipt reveals private data: hand it only to those who may know the guest's input.");
        }
        return execution.ExitCode == 0 ? ExitCode.Ok : ExitCode.GuestFailed;
    }

    // In JSON the output is a member of the result.
    static void WriteGuestOutput(byte[] standardOutput, byte[] standardError, bool isJson, Terminal terminal)
    {
        if (!isJson) WriteLines(terminal.Output, standardOutput);
        WriteLines(terminal.Error, standardError);
    }

    static void WriteLines(TextWriter writer, byte[] bytes)
    {
        if (bytes.Length == 0) return;
        writer.Write(PrintableText.Of(bytes));
        if (bytes[^1] != (byte)'\n') writer.WriteLine();
    }

    static void WriteProfile(string path, ProgramImage program, ExecutionInput input, Terminal terminal, CancellationToken cancellation)
    {
        CycleProfile profile = CycleProfiler.Profile(program, input, cancellation);
        using (StreamWriter writer = File.CreateText(path)) profile.WriteFolded(writer);
        terminal.Error.WriteLine($"zkvm: wrote {profile.Stacks.Count} call stacks to {path}; the functions that cost most:");
        profile.TopFunctions(10).WriteText(terminal.Error);
    }
}
