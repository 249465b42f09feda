using System.CommandLine;
using System.Globalization;
using Zkml.Cli.Input;
using Zkml.Guest.Onnx;
using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;

namespace Zkml.Cli.Commands;

/// <summary>The options that say how a model becomes a guest.</summary>
sealed class ModelOptions
{
    readonly Option<string> _input = VisibilityOption("--input-visibility", "Who sees the input", Visibility.Private);
    readonly Option<string> _output = VisibilityOption("--output-visibility", "Who sees the output", Visibility.Public);
    readonly Option<string> _parameters = VisibilityOption("--params-visibility", "Who sees which model it is (the journal holds the file's SHA-256)", Visibility.Public);
    readonly Option<string?> _salt = new("--params-salt") { Description = "Salt of hashed parameters, 64 hexadecimal digits; drawn at random without it.", HelpName = "HEX" };
    readonly Option<int?> _batch = new("--batch") { Description = "Extent of symbolic outermost dimensions.", HelpName = "N" };
    readonly Option<string[]> _dimensions = new("--dim") { Description = "Extent of another symbolic dimension; may be repeated.", HelpName = "SYMBOL=N" };
    readonly Option<string[]> _shapes = new("--shape") { Description = "Shape of an input whose extents the model leaves open; may be repeated.", HelpName = "INPUT=1x20" };
    readonly Option<string[]> _bind = new("--bind") { Description = "Make an input a constant, from an NPY file; may be repeated.", HelpName = "INPUT=FILE" };
    readonly Option<string[]> _labels = new("--labels") { Description = "Names of classes of an output, separated by commas; may be repeated.", HelpName = "OUTPUT=A,B,…" };

    /// <summary>Declares the options of a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_input, _output, _parameters, _salt, _batch, _dimensions, _shapes, _bind, _labels]) command.Options.Add(option);
    }

    /// <summary>What the command line says about the model at a path. Throws <see cref="CommandException"/> for values that make no sense.</summary>
    public InferenceOptions Read(ParseResult parsed, string modelPath) => new()
    {
        Import = new OnnxImportOptions
        {
            Batch = parsed.GetValue(_batch) is { } batch ? batch >= 1 ? batch : throw CommandException.Usage($"--batch: expected at least 1, got {batch}.") : null,
            Dimensions = Pairs(parsed, _dimensions).ToDictionary(pair => pair.Key, pair => ParseExtent("--dim", pair.Value)),
            Shapes = Pairs(parsed, _shapes).ToDictionary(pair => pair.Key, pair => Shape.Of([.. pair.Value.Split('x').Select(text => (long)ParseExtent("--shape", text))])),
            Bind = Pairs(parsed, _bind).ToDictionary(pair => pair.Key, pair => ReadTensor(pair.Value)),
            Folder = Path.GetDirectoryName(Path.GetFullPath(modelPath)),
        },
        Input = ReadVisibility(parsed, _input),
        Output = ReadVisibility(parsed, _output),
        Parameters = ReadVisibility(parsed, _parameters),
        ParametersSalt = ParseSalt(parsed.GetValue(_salt)),
        Labels = Pairs(parsed, _labels).ToDictionary(pair => pair.Key, pair => pair.Value.Split(',')),
    };

    static Option<string> VisibilityOption(string name, string description, Visibility normal) => new(name)
    {
        Description = $"{description}: private, public or hashed.",
        HelpName = "private|public|hashed",
        DefaultValueFactory = _ => normal.ToString().ToLowerInvariant(),
    };

    static Visibility ReadVisibility(ParseResult parsed, Option<string> option) => parsed.GetRequiredValue(option) switch
    {
        "private" => Visibility.Private,
        "public" => Visibility.Public,
        "hashed" => Visibility.Hashed,
        string other => throw CommandException.Usage($"{option.Name}: expected private, public or hashed, got \"{other}\"."),
    };

    static Dictionary<string, string> Pairs(ParseResult parsed, Option<string[]> option)
    {
        Dictionary<string, string> pairs = [];
        foreach (string text in parsed.GetValue(option) ?? [])
        {
            int equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1 || !pairs.TryAdd(text[..equals], text[(equals + 1)..]))
                throw CommandException.Usage($"{option.Name}: expected {option.HelpName}, each name once, got \"{text}\".");
        }
        return pairs;
    }

    static int ParseExtent(string option, string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int extent) && extent >= 1
        ? extent
        : throw CommandException.Usage($"{option}: expected an extent of at least 1, got \"{text}\".");

    static Tensor ReadTensor(string path)
    {
        try
        {
            return NpyFile.Read(InputFiles.ReadFile(path, "tensor", int.MaxValue));
        }
        catch (InvalidDataException exception)
        {
            throw CommandException.Usage($"{path}: {exception.Message}");
        }
    }

    static byte[]? ParseSalt(string? hex)
    {
        if (hex is null) return null;
        bool isSalt = hex.Length == 2 * BoundValues.SaltBytes && hex.All(char.IsAsciiHexDigit);
        return isSalt ? Convert.FromHexString(hex) : throw CommandException.Usage($"--params-salt: expected {2 * BoundValues.SaltBytes} hexadecimal digits, got \"{hex}\".");
    }
}
