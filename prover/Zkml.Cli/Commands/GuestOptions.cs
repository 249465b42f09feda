using System.CommandLine;
using System.Security.Cryptography;
using Zkml.Cli.Input;
using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Vm.Execution;

namespace Zkml.Cli.Commands;

/// <summary>The options that say what a guest gets from its host.</summary>
sealed class GuestOptions
{
    readonly Option<string?> _input = new("--input", "-i") { Description = "File with the private input; \"-\" is standard input.", HelpName = "FILE" };
    readonly Option<string?> _inputHex = new("--input-hex") { Description = "The private input as hexadecimal digits.", HelpName = "HEX" };
    readonly Option<string[]> _environment = new("--env") { Description = "Environment variable of the guest; may be repeated.", HelpName = "KEY=VALUE" };
    readonly Option<string[]> _arguments = new("--arg") { Description = "Command-line argument of the guest; may be repeated.", HelpName = "TEXT" };
    readonly Option<long> _cycleLimit = new("--cycle-limit")
    {
        Description = $"Cycles after which the guest is stopped, at most {ExecutionInput.MaximumCycleLimit}.",
        HelpName = "N",
        DefaultValueFactory = _ => ExecutionInput.MaximumCycleLimit,
    };

    /// <summary>Declares the options of a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_input);
        command.Options.Add(_inputHex);
        command.Options.Add(_arguments);
        command.Options.Add(_environment);
        command.Options.Add(_cycleLimit);
    }

    /// <summary>
    /// What the command line says; the input of a compiled model is read in real units, unless it is given in hexadecimal digits. Throws
    /// <see cref="CommandException"/> for values that make no sense.
    /// </summary>
    public ExecutionInput Read(ParseResult parsed, Terminal terminal, ModelContract? contract)
    {
        long cycleLimit = parsed.GetValue(_cycleLimit);
        if (cycleLimit is < 1 or > ExecutionInput.MaximumCycleLimit)
            throw CommandException.Usage($"--cycle-limit: expected 1 to {ExecutionInput.MaximumCycleLimit}, got {cycleLimit}.");
        return new ExecutionInput
        {
            StandardInput = contract is null || parsed.GetValue(_inputHex) is not null
                ? InputFiles.ReadInput(parsed.GetValue(_input), parsed.GetValue(_inputHex), terminal.Input)
                : ReadTensors(contract, parsed.GetValue(_input), terminal),
            Arguments = parsed.GetValue(_arguments) ?? [],
            Environment = ParseEnvironment(parsed.GetValue(_environment) ?? []),
            CycleLimit = cycleLimit,
        };
    }

    static byte[] ReadTensors(ModelContract contract, string? path, Terminal terminal)
    {
        if (path is null && contract.Inputs.Length > 0) throw CommandException.Usage($"expected --input with {InputDocument.Describe(contract)}; see zkvm inspect.");
        byte[] file = InputFiles.ReadInput(path, null, terminal.Input);
        try
        {
            Tensor[] tensors = contract.Inputs.Length == 0 ? [] : InputDocument.Read(contract, file);
            byte[]? inputSalt = DrawSalt(contract.InputVisibility, "input", terminal), outputSalt = DrawSalt(contract.OutputVisibility, "output", terminal);
            return BoundValues.Encode(contract, tensors, inputSalt, outputSalt);
        }
        catch (InvalidDataException exception)
        {
            throw CommandException.Usage($"{path}: {exception.Message}");
        }
    }

    // Whoever hashed something must be able to open it later.
    static byte[]? DrawSalt(Visibility visibility, string name, Terminal terminal)
    {
        if (visibility != Visibility.Hashed) return null;
        byte[] salt = RandomNumberGenerator.GetBytes(BoundValues.SaltBytes);
        terminal.Error.WriteLine($"zkvm: {name} salt (keep it; it opens the hash in the journal): {Convert.ToHexStringLower(salt)}");
        return salt;
    }

    static Dictionary<string, string> ParseEnvironment(string[] pairs)
    {
        Dictionary<string, string> environment = [];
        foreach (string pair in pairs)
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1) throw CommandException.Usage($"--env: expected KEY=VALUE, got \"{pair}\".");
            environment[pair[..equals]] = pair[(equals + 1)..];
        }
        return environment;
    }
}
