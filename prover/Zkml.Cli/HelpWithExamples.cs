using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Zkml.Cli;

/// <summary>The library's help, followed by examples where the command has them.</summary>
sealed class HelpWithExamples(HelpAction help, Terminal terminal) : SynchronousCommandLineAction
{
    /// <summary>Help is all that happens, so missing arguments are no error.</summary>
    public override bool ClearsParseErrors => true;

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int exitCode = help.Invoke(parseResult);
        if (parseResult.CommandResult.Command is not VerbCommand { Examples: { Length: > 0 } examples }) return exitCode;
        terminal.Output.WriteLine("Examples:");
        foreach (string example in examples) terminal.Output.WriteLine($"  {example}");
        terminal.Output.WriteLine();
        return exitCode;
    }
}

/// <summary>A command whose help ends with examples.</summary>
sealed class VerbCommand(string name, string description, params string[] examples) : Command(name, description)
{
    /// <summary>Whole command lines.</summary>
    public string[] Examples { get; } = examples;
}
