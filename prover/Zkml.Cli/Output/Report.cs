using System.Text;
using System.Text.Json;

namespace Zkml.Cli.Output;

/// <summary>
/// The result of a command: named values and tables, in order, printed for people or as one JSON object. Values are long, double, bool, string
/// or null.
/// </summary>
sealed class Report
{
    readonly record struct Line(string Key, string? Label, object? Value, string? Text, ReportTable? Table);

    readonly List<Line> _lines = [];

    /// <summary>Adds a value. <paramref name="text"/> is what people read; without it, the value itself.</summary>
    /// <param name="key">The JSON name, in camel case.</param>
    /// <param name="label">What people read before it; null leaves it out of the text.</param>
    /// <param name="value">The value.</param>
    /// <param name="text">The value as text, with units.</param>
    public Report Add(string key, string? label, object? value, string? text = null)
    {
        _lines.Add(new Line(key, label, value, text, null));
        return this;
    }

    /// <summary>Adds a table under a title, which may be empty.</summary>
    public Report AddTable(string key, string? title, ReportTable table)
    {
        _lines.Add(new Line(key, title, null, null, table));
        return this;
    }

    /// <summary>Writes the report in one of its two forms.</summary>
    public void Write(TextWriter writer, bool isJson)
    {
        if (isJson) WriteJson(writer);
        else WriteText(writer);
    }

    /// <summary>Writes tables in Markdown: one of all values, then the tables under their titles.</summary>
    public void WriteMarkdown(TextWriter writer)
    {
        ReportTable values = new(new("name", ""), new("value", ""));
        foreach (Line line in _lines)
        {
            if (line is { Table: null, Label: not null }) values.Add(line.Label, line.Text ?? ReportTable.Format(line.Value));
        }
        values.WriteMarkdown(writer);
        foreach (Line line in _lines)
        {
            if (line.Table is null || line.Table.RowCount == 0) continue;
            writer.WriteLine();
            if (line.Label is { Length: > 0 }) writer.WriteLine($"{line.Label}:{Environment.NewLine}");
            line.Table.WriteMarkdown(writer);
        }
    }

    void WriteText(TextWriter writer)
    {
        int width = _lines.Max(line => line.Table is null ? line.Label?.Length ?? 0 : 0);
        foreach (Line line in _lines)
        {
            if (line.Label is null) continue;
            if (line.Table is null)
            {
                string text = line.Text ?? ReportTable.Format(line.Value);
                if (text.Length > 0) writer.WriteLine($"{line.Label.PadRight(width)}  {text}");
                continue;
            }
            if (line.Table.RowCount == 0) continue;
            writer.WriteLine();
            if (line.Label.Length > 0) writer.WriteLine(line.Label);
            line.Table.WriteText(writer);
        }
    }

    void WriteJson(TextWriter writer)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter json = new(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            foreach (Line line in _lines)
            {
                json.WritePropertyName(line.Key);
                if (line.Table is null) ReportTable.WriteValue(json, line.Value);
                else line.Table.WriteJson(json);
            }
            json.WriteEndObject();
        }
        writer.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }
}
