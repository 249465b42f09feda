using Zkml.Cli.Output;

namespace Zkml.Cli.Profiling;

/// <summary>Cycles by call stack.</summary>
/// <param name="Stacks">Function names from the outermost to the innermost, joined by ";", and the cycles spent in the innermost.</param>
sealed record CycleProfile(IReadOnlyDictionary<string, long> Stacks)
{
    /// <summary>Writes one "outer;inner cycles" line per stack, the form that flame graph tools read.</summary>
    public void WriteFolded(TextWriter writer)
    {
        foreach ((string stack, long cycles) in Stacks.OrderBy(pair => pair.Key, StringComparer.Ordinal)) writer.WriteLine($"{stack} {cycles}");
    }

    /// <summary>The functions with the most cycles of their own.</summary>
    public ReportTable TopFunctions(int count)
    {
        long total = Math.Max(1, Stacks.Values.Sum());
        ReportTable table = new(new("function", "function"), new("cycles", "cycles"), new("share", "share", "0.0 %"));
        var functions = Stacks
            .GroupBy(pair => pair.Key[(pair.Key.LastIndexOf(';') + 1)..], pair => pair.Value)
            .Select(group => (Name: group.Key, Cycles: group.Sum()))
            .OrderByDescending(function => function.Cycles).ThenBy(function => function.Name, StringComparer.Ordinal);
        foreach ((string name, long cycles) in functions.Take(count)) table.Add(name, cycles, (double)cycles / total);
        return table;
    }
}
