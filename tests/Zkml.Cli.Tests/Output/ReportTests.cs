using System.Text.Json;
using Zkml.Cli.Output;

namespace Zkml.Cli.Tests.Output;

[TestFixture]
sealed class ReportTests
{
    static Report Sample() => new Report()
        .Add("cycles", "cycles", 1234567L)
        .Add("hidden", null, "only in JSON")
        .Add("seconds", "time", 0.5, "500 ms")
        .AddTable("rows", "rows", new ReportTable(new("name", "name"), new("count", "count")).Add("a|b", 1000L).Add("c", null));

    [Test]
    public void Text_Values_AreAlignedWithSeparators()
    {
        using StringWriter writer = new() { NewLine = "\n" };
        Sample().Write(writer, isJson: false);
        Assert.That(writer.ToString(), Is.EqualTo("cycles  1,234,567\ntime    500 ms\n\nrows\n  name  count\n  a|b   1,000\n  c\n"));
    }

    [Test]
    public void Json_Values_KeepTheirTypes()
    {
        using StringWriter writer = new();
        Sample().Write(writer, isJson: true);
        JsonElement json = JsonDocument.Parse(writer.ToString()).RootElement;
        Assert.That(json.GetProperty("cycles").GetInt64(), Is.EqualTo(1234567));
        Assert.That(json.GetProperty("hidden").GetString(), Is.EqualTo("only in JSON"));
        Assert.That(json.GetProperty("seconds").GetDouble(), Is.EqualTo(0.5));
        Assert.That(json.GetProperty("rows")[1].GetProperty("count").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public void Markdown_Tables_HaveHeadingsAndAlignment()
    {
        using StringWriter writer = new() { NewLine = "\n" };
        Sample().WriteMarkdown(writer);
        Assert.That(writer.ToString(), Does.Contain("| cycles | 1,234,567 |\n").And.Contain("| name | count |\n|---|--:|\n"));
    }

    [Test]
    public void PrintableText_HostileBytes_ReachNoTerminal()
    {
        Assert.That(PrintableText.Of("a\u001b[2Jb\r\n"u8), Is.EqualTo("a?[2Jb?\n"));
        Assert.That(PrintableText.Quote([0x1B, 0x41], 10), Is.Null);
        Assert.That(PrintableText.Quote([0xFF], 10), Is.Null);
        Assert.That(PrintableText.Quote("two\nlines"u8, 100), Is.EqualTo("\"two\\nlines\""));
        Assert.That(PrintableText.Hex(new byte[300], 4), Is.EqualTo("00000000… (300 bytes)"));
    }
}
