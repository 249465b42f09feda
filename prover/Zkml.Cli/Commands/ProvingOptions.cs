using System.CommandLine;
using Zkml.Cli.Input;
using Zkml.Sdk;
using Zkml.Stark;

namespace Zkml.Cli.Commands;

/// <summary>The options that say how to prove.</summary>
sealed class ProvingOptions
{
    const long LargestDefaultMemoryBytes = 8L << 30;

    readonly Option<string?> _memory = new("--memory") { Description = "Most memory to use, such as 2GiB; segments are cut to fit.", HelpName = "SIZE" };
    readonly Option<string> _security = Security("Proven bits of security: 100 or 128.");
    readonly Option<int> _threads = new("--threads") { Description = "Most threads at work.", HelpName = "N", DefaultValueFactory = _ => Environment.ProcessorCount };

    /// <summary>Declares the options of a command.</summary>
    public void AddTo(Command command)
    {
        command.Options.Add(_memory);
        command.Options.Add(_security);
        command.Options.Add(_threads);
    }

    /// <summary>What the command line says. Throws <see cref="CommandException"/> for values that make no sense.</summary>
    public ProveOptions Read(ParseResult parsed)
    {
        int threads = parsed.GetValue(_threads);
        if (threads is < 1 or > 1024) throw CommandException.Usage($"--threads: expected 1 to 1024, got {threads}.");
        long memory = DefaultMemoryBytes();
        if (parsed.GetValue(_memory) is string text && !ByteSize.TryParse(text, out memory))
            throw CommandException.Usage($"--memory: expected a size such as 2GiB or 512MiB, got \"{text}\".");
        return new ProveOptions { MemoryLimitBytes = memory, Profile = ParseSecurity(parsed.GetRequiredValue(_security)), Threads = threads };
    }

    /// <summary>--security with 100 as its default.</summary>
    public static Option<string> Security(string description) => new("--security") { Description = description, HelpName = "BITS", DefaultValueFactory = _ => "100" };

    /// <summary>"100" or "128"; "test" names the profile without security that tests use.</summary>
    public static SecurityProfile ParseSecurity(string text) => text switch
    {
        "100" => SecurityProfile.P100,
        "128" => SecurityProfile.P128,
        "test" => SecurityProfile.Test,
        _ => throw CommandException.Usage($"--security: expected 100 or 128, got \"{text}\"."),
    };

    // Three quarters of what the machine or the container has, so that the machine stays usable.
    static long DefaultMemoryBytes() => Math.Min(LargestDefaultMemoryBytes, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 4 * 3);
}
