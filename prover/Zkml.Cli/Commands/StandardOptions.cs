using System.CommandLine;

namespace Zkml.Cli.Commands;

/// <summary>Options and arguments that several commands declare alike.</summary>
static class StandardOptions
{
    /// <summary>--json: the result as one JSON object.</summary>
    public static Option<bool> Json() => new("--json") { Description = "Print the result as JSON." };

    /// <summary>--quiet: no progress.</summary>
    public static Option<bool> Quiet() => new("--quiet", "-q") { Description = "Print no progress." };

    /// <summary>A guest program.</summary>
    public static Argument<string> Guest() => new("GUEST") { Description = "The guest program: an RV32IM ELF executable." };
}
