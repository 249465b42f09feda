using System.Text;
using System.Text.Json;

namespace Zkml.Cli.Tests;

/// <summary>What one command line left.</summary>
sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The one line that explains a failure. Fails the test where there are more, or none.</summary>
    public string ErrorLine
    {
        get
        {
            string[] lines = Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Assert.That(lines, Has.Length.EqualTo(1), Error);
            Assert.That(lines[0], Does.StartWith("zkvm: "));
            return lines[0];
        }
    }

    /// <summary>The JSON object on standard output.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;
}

/// <summary>Runs command lines in this process, and has the files that they need.</summary>
static class ZkvmProcess
{
    /// <summary>The folder with the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>The hello example.</summary>
    public static string Hello => Path.Combine(Root, "examples/01-hello-c/guest.elf");

    /// <summary>Runs one command line with an empty standard input.</summary>
    public static CommandResult Run(params string[] arguments) => RunWithInput([], default, arguments);

    /// <summary>Runs one command line.</summary>
    public static CommandResult RunWithInput(byte[] input, CancellationToken cancellation, params string[] arguments)
    {
        using StringWriter output = new() { NewLine = "\n" }, error = new() { NewLine = "\n" };
        using MemoryStream stream = new(input);
        Terminal terminal = new(output, error, stream, IsInteractive: false);
        int exitCode = CommandLine.RunAsync(arguments, terminal, cancellation).GetAwaiter().GetResult();
        return new CommandResult(exitCode, output.ToString(), error.ToString());
    }

    static string FindRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Zkml.Vm.sln"))) folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Tests: expected Zkml.Vm.sln in a folder above the test assembly.");
    }
}

/// <summary>A fixture with a folder of its own, removed at the end.</summary>
abstract class FolderFixture
{
    /// <summary>The folder.</summary>
    protected string Folder { get; private set; } = "";

    [OneTimeSetUp]
    public void MakeFolder() => Folder = Directory.CreateTempSubdirectory("zkvm-tests-").FullName;

    [OneTimeTearDown]
    public void RemoveFolder() => Directory.Delete(Folder, recursive: true);

    /// <summary>Writes a file and returns its path.</summary>
    protected string Write(string name, ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(Folder, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Writes a text and returns its path.</summary>
    protected string Write(string name, string text) => Write(name, Encoding.UTF8.GetBytes(text));
}
