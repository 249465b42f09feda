using System.CommandLine;
using System.CommandLine.Help;
using Zkml.Chain.Contracts;
using Zkml.Chain.Ethereum;
using Zkml.Chain.Rpc;
using Zkml.Cli.Commands;
using Zkml.Groth16.Formats;
using Zkml.Groth16.Prover;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime;
using Zkml.Guest.OnnxRuntime.Calibration;
using Zkml.Program.Elf;
using Zkml.Sdk;
using Zkml.Vm.Execution;

namespace Zkml.Cli;

/// <summary>The root command, and the one place where exceptions become a line and an exit code.</summary>
static class CommandLine
{
    /// <summary>Runs one command line and returns its <see cref="ExitCode"/>. Throws nothing.</summary>
    public static async Task<int> RunAsync(string[] arguments, Terminal terminal, CancellationToken cancellation = default)
    {
        Option<bool> verbose = new("--verbose") { Description = "Print the stack trace of an error.", Recursive = true };
        RootCommand root = CreateRoot(terminal);
        root.Options.Add(verbose);
        HelpOption help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, terminal);
        ParseResult parsed = root.Parse(arguments);
        if (parsed.Errors.Count > 0) return RefuseArguments(parsed, terminal);
        InvocationConfiguration configuration = new()
        {
            Output = terminal.Output,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
        };
        try
        {
            return await parsed.InvokeAsync(configuration, cancellation);
        }
        catch (Exception exception)
        {
            Exception cause = Unwrap(exception);
            (int exitCode, string line) = Describe(cause);
            terminal.Error.WriteLine($"zkvm: {line}");
            if (parsed.GetValue(verbose)) terminal.Error.WriteLine(cause);
            return exitCode;
        }
    }

    static RootCommand CreateRoot(Terminal terminal) => new("Runs RISC-V guest programs, proves their execution and verifies the proofs.")
    {
        RunCommand.Create(terminal),
        VerifyCommand.Create(terminal),
        CompileCommand.Create(terminal),
        ImageIdCommand.Create(terminal),
        InspectCommand.Create(terminal),
        DisassembleCommand.Create(terminal),
        SoundnessCommand.Create(terminal),
        QuantizeCommand.Create(terminal),
        ContractCommand.Create(terminal),
        BenchCommand.Create(terminal),
        SetupCommand.Create(terminal),
        Groth16Command.Create(terminal),
    };

    static int RefuseArguments(ParseResult parsed, Terminal terminal)
    {
        Command command = parsed.CommandResult.Command;
        string message = command is RootCommand
            ? parsed.UnmatchedTokens is [string unknown, ..] ? $"expected a command, got \"{unknown}\"" : "expected a command, got none"
            : parsed.Errors[0].Message.TrimEnd('.');
        string verb = command is RootCommand ? "" : $" {command.Name}";
        terminal.Error.WriteLine($"zkvm: {message}; see zkvm{verb} --help");
        return ExitCode.Usage;
    }

    // Parallel loops wrap what a worker threw.
    static Exception Unwrap(Exception exception) =>
        exception is AggregateException { InnerExceptions: [Exception inner, ..] } ? Unwrap(inner) : exception;

    static (int ExitCode, string Line) Describe(Exception exception) => exception switch
    {
        CommandException command => (command.ExitCode, command.Message),
        ElfException elf => (ExitCode.Usage, elf.Message),
        GuestException guest => (ExitCode.GuestFailed, guest.Message),
        GuestOutputException output => (ExitCode.GuestFailed, output.Message),
        OnnxException onnx => (ExitCode.Usage, onnx.Message),
        CalibrationException calibration => (ExitCode.Usage, calibration.Message),
        OnnxRuntimeException { Error: OnnxRuntimeError.Crashed or OnnxRuntimeError.TimedOut } runtime => (ExitCode.Internal, runtime.Message),
        OnnxRuntimeException runtime => (ExitCode.Usage, runtime.Message),
        Groth16FileException file => (ExitCode.Usage, file.Message),
        Groth16ProvingException proving => (ExitCode.Usage, proving.Message),
        ContractException or KeystoreException => (ExitCode.Usage, exception.Message),
        RpcException { Error: RpcError.Refused or RpcError.WrongTarget } refused => (ExitCode.Usage, refused.Message),
        RpcException { Error: RpcError.Reverted } reverted => (ExitCode.Rejected, $"{reverted.Message.TrimEnd('.')}: {ContractOptions.DescribeRevert(reverted)}"),
        RpcException rpc => (ExitCode.Internal, rpc.Message),
        IOException or UnauthorizedAccessException => (ExitCode.Usage, exception.Message),
        OperationCanceledException => (ExitCode.Internal, "interrupted."),
        OutOfMemoryException => (ExitCode.Internal, "out of memory; try a smaller --memory."),
        _ => (ExitCode.Internal, $"internal error: {exception.GetType().Name}: {exception.Message} (--verbose shows where)"),
    };
}
