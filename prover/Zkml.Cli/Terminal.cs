namespace Zkml.Cli;

/// <summary>Where a command reads and writes: results to <paramref name="Output"/>, progress and errors to <paramref name="Error"/>.</summary>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="Input">Standard input.</param>
/// <param name="IsInteractive">Whether <paramref name="Error"/> is a terminal, where a line can be overwritten.</param>
sealed record Terminal(TextWriter Output, TextWriter Error, Stream Input, bool IsInteractive);
