using System.CommandLine;
using System.Diagnostics;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Cli.Profiling;
using Zkml.Program;
using Zkml.Vm.Execution;

namespace Zkml.Cli.Commands;

/// <summary>zkvm run: executes a guest, and with --prove proves the execution.</summary>
static class RunCommand
{
    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string> guest = StandardOptions.Guest();
        GuestOptions guestOptions = new();
        Option<string?> profile = new("--profile") { Description = "Write cycles by call stack to a file, one folded stack a line.", HelpName = "FILE" };
        Option<bool> json = StandardOptions.Json();
        VerbCommand command = new("run", "Execute a guest program.", "zkvm run examples/02-digits-c/guest.elf --input examples/02-digits-c/samples/7.pgm") { guest };
        guestOptions.AddTo(command);
        command.Options.Add(profile);
        command.Options.Add(json);
        command.SetAction((parsed, cancellation) =>
        {
            ProgramImage program = InputFiles.ReadProgram(parsed.GetRequiredValue(guest));
            ExecutionInput input = guestOptions.Read(parsed, terminal);
            if (parsed.GetValue(profile) is string profilePath) WriteProfile(profilePath, program, input, terminal, cancellation);
            return Task.FromResult(Execute(program, input, parsed.GetValue(json), terminal, cancellation));
        });
        return command;
    }

    static int Execute(ProgramImage program, ExecutionInput input, bool isJson, Terminal terminal, CancellationToken cancellation)
    {
        Executor executor = new(program, input);
        Stopwatch watch = Stopwatch.StartNew();
        try
        {
            ExecutionResult result = executor.Run(cancellation);
            watch.Stop();
            WriteGuestOutput(executor, isJson, terminal);
            Report report = ExecutionReport.Of(result, watch.Elapsed);
            report.Write(terminal.Output, isJson);
            return result.ExitCode == 0 ? ExitCode.Ok : ExitCode.GuestFailed;
        }
        catch (GuestException)
        {
            WriteGuestOutput(executor, isJson, terminal);
            throw;
        }
    }

    // In JSON the output is a member of the result.
    static void WriteGuestOutput(Executor executor, bool isJson, Terminal terminal)
    {
        if (!isJson) WriteLines(terminal.Output, executor.StandardOutput);
        WriteLines(terminal.Error, executor.StandardError);
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
