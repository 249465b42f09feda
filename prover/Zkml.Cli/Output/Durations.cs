using System.Globalization;

namespace Zkml.Cli.Output;

/// <summary>Times for people.</summary>
static class Durations
{
    /// <summary>"12.3 ms", "4.56 s" or "3 min 20 s".</summary>
    public static string Format(TimeSpan duration) => duration.TotalSeconds switch
    {
        < 1 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalMilliseconds:0.0} ms"),
        < 120 => string.Create(CultureInfo.InvariantCulture, $"{duration.TotalSeconds:0.00} s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{(long)duration.TotalMinutes} min {duration.Seconds} s"),
    };
}
