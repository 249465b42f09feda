using System.Globalization;

namespace Zkml.Cli.Input;

/// <summary>Sizes such as "2GiB", "512M" or "1048576": the suffixes K, M, G, T are powers of 1024, with or without "iB" or "B".</summary>
static class ByteSize
{
    static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Parses a size in bytes, positive and below 2^62.</summary>
    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        ReadOnlySpan<char> rest = text.AsSpan().Trim();
        int end = 0;
        while (end < rest.Length && (char.IsAsciiDigit(rest[end]) || rest[end] == '.')) end++;
        if (!double.TryParse(rest[..end], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)) return false;
        string suffix = rest[end..].Trim().ToString().ToUpperInvariant();
        int power = suffix switch
        {
            "" or "B" => 0,
            "K" or "KB" or "KIB" => 1,
            "M" or "MB" or "MIB" => 2,
            "G" or "GB" or "GIB" => 3,
            "T" or "TB" or "TIB" => 4,
            _ => -1,
        };
        if (power < 0) return false;
        double value = number * Math.Pow(1024, power);
        if (value < 1 || value >= 1L << 62) return false;
        bytes = (long)value;
        return true;
    }

    /// <summary>A size for people, such as "1.9 MiB".</summary>
    public static string Format(long bytes)
    {
        int power = 0;
        double value = bytes;
        while (value >= 1024 && power < Units.Length - 1)
        {
            value /= 1024;
            power++;
        }
        return power == 0 ? $"{bytes} B" : string.Create(CultureInfo.InvariantCulture, $"{value:0.0} {Units[power]}");
    }
}
