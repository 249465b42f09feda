using System.Text;

namespace Zkml.Cli.Output;

/// <summary>Bytes of a guest or a file as text that a terminal may show.</summary>
static class PrintableText
{
    /// <summary>UTF-8 with control characters other than line feed and tab as "?": escape sequences of a hostile guest must not reach a terminal.</summary>
    public static string Of(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(Encoding.UTF8.GetString(bytes));
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsControl(text[i]) && text[i] is not ('\n' or '\t')) text[i] = '?';
        }
        return text.ToString();
    }

    /// <summary>One line of at most <paramref name="maximumLength"/> characters in quotes, or null where the bytes are not text.</summary>
    public static string? Quote(ReadOnlySpan<byte> bytes, int maximumLength)
    {
        if (!System.Text.Unicode.Utf8.IsValid(bytes)) return null;
        string text = Encoding.UTF8.GetString(bytes);
        foreach (char character in text)
        {
            if (char.IsControl(character) && character is not ('\n' or '\t')) return null;
        }
        string line = text.Replace("\n", "\\n", StringComparison.Ordinal).Replace("\t", "\\t", StringComparison.Ordinal);
        return line.Length <= maximumLength ? $"\"{line}\"" : $"\"{line[..maximumLength]}…\"";
    }

    /// <summary>Hexadecimal digits, shortened with the number of bytes where there are more than <paramref name="maximumBytes"/>.</summary>
    public static string Hex(ReadOnlySpan<byte> bytes, int maximumBytes)
    {
        if (bytes.Length == 0) return "(empty)";
        return bytes.Length <= maximumBytes
            ? Convert.ToHexStringLower(bytes)
            : $"{Convert.ToHexStringLower(bytes[..maximumBytes])}… ({bytes.Length} bytes)";
    }
}
