namespace Zkml.Cli;

/// <summary>Ends a command with one line on standard error and an exit code.</summary>
sealed class CommandException(int exitCode, string message) : Exception(message)
{
    /// <summary>One of <see cref="Cli.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;

    /// <summary>A mistake of the caller.</summary>
    public static CommandException Usage(string message) => new(Cli.ExitCode.Usage, message);
}
