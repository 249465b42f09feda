using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Zkml.Cli.Output;

/// <summary>A column of a table.</summary>
/// <param name="Key">The JSON name, in camel case.</param>
/// <param name="Title">The heading.</param>
/// <param name="Format">A format string for numbers, or null.</param>
sealed record ReportColumn(string Key, string Title, string? Format = null);

/// <summary>Rows of long, double, bool, string or null, as text, Markdown or JSON. Numbers are aligned to the right.</summary>
sealed class ReportTable(params ReportColumn[] columns)
{
    readonly List<object?[]> _rows = [];

    /// <summary>The number of rows.</summary>
    public int RowCount => _rows.Count;

    /// <summary>Adds a row with one value per column.</summary>
    public ReportTable Add(params object?[] row)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(row.Length, columns.Length, nameof(row));
        _rows.Add(row);
        return this;
    }

    /// <summary>A value as people read it: whole numbers with thousands separators.</summary>
    public static string Format(object? value, string? format = null) => value switch
    {
        null => "",
        bool flag => flag ? "yes" : "no",
        int or long => ((IFormattable)value).ToString(format ?? "#,0", CultureInfo.InvariantCulture),
        double number => number.ToString(format ?? "#,0.##", CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    /// <summary>Writes one value.</summary>
    public static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int or long: json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case double: json.WriteNullValue(); break;
            default: json.WriteStringValue(value.ToString()); break;
        }
    }

    /// <summary>Writes aligned columns, indented by two spaces.</summary>
    public void WriteText(TextWriter writer)
    {
        string[][] cells = Cells();
        int[] widths = Widths(cells);
        foreach (string[] row in cells)
        {
            StringBuilder line = new();
            for (int i = 0; i < row.Length; i++) line.Append("  ").Append(Pad(row[i], widths[i], IsNumeric(i)));
            writer.WriteLine(line.ToString().TrimEnd());
        }
    }

    /// <summary>Writes a Markdown table.</summary>
    public void WriteMarkdown(TextWriter writer)
    {
        string[][] cells = Cells();
        writer.WriteLine($"| {string.Join(" | ", cells[0])} |");
        writer.WriteLine($"|{string.Join("|", Enumerable.Range(0, columns.Length).Select(i => IsNumeric(i) ? "--:" : "---"))}|");
        for (int row = 1; row < cells.Length; row++) writer.WriteLine($"| {string.Join(" | ", cells[row])} |");
    }

    /// <summary>Writes an array of objects.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (object?[] row in _rows)
        {
            json.WriteStartObject();
            for (int i = 0; i < row.Length; i++)
            {
                json.WritePropertyName(columns[i].Key);
                WriteValue(json, row[i]);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    string[][] Cells() =>
    [
        [.. columns.Select(column => column.Title)],
        .. _rows.Select(row => row.Select((value, i) => Format(value, columns[i].Format)).ToArray()),
    ];

    int[] Widths(string[][] cells) => [.. columns.Select((_, i) => cells.Max(row => row[i].Length))];

    bool IsNumeric(int column) => _rows.Exists(row => row[column] is int or long or double) && _rows.TrueForAll(row => row[column] is not string);

    static string Pad(string text, int width, bool isRight) => isRight ? text.PadLeft(width) : text.PadRight(width);
}
