using System.Net;
using Zkml.Guest.OnnxRuntime.Calibration;

namespace Zkml.Cli.Output;

/// <summary>The comparison of a float model with its quantised form as one page without scripts.</summary>
static class QuantizationPage
{
    // Above this, noise is not seen in any 8-bit output; below the second, a value deserves a look.
    const double FullBarDecibels = 60, LowDecibels = 15;

    const string Style = """
        body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #222; }
        h1 { font-size: 1.4rem; } table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #ddd; }
        td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; } td.bar { width: 30%; }
        .bar div { background: #4a7; height: .8rem; } .bar div.low { background: #d65; } dl { display: grid; grid-template-columns: max-content auto; gap: .2rem 1.5rem; } dd { margin: 0; }
        """;

    /// <summary>Writes the page.</summary>
    public static void Write(TextWriter writer, string model, QuantizationReport report)
    {
        string title = $"Quantisation of {model}";
        writer.WriteLine($"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{Encode(title)}</title><style>{Style}</style></head><body>");
        writer.WriteLine($"<h1>{Encode(title)}</h1><dl>");
        Term(writer, "ranges", $"{report.Method} over {report.CalibrationSamples} samples");
        Term(writer, "compared on", $"{report.EvaluationSamples} samples");
        foreach (QuantizedOutputReport output in report.Outputs)
        {
            Term(writer, output.Name, $"{QuantizationSummary.Decibels(output.Agreement)}, largest error {output.Agreement.MaximumError:g4}"
                + (output.Agreement.EqualDecisions is double equal ? $", same decision {equal:P2}" : ""));
        }
        Term(writer, "integer products", $"{report.Products.Share:P1} of {report.Products.Total:#,0} multiply-accumulates");
        if (report.FloatOperators.Count > 0) Term(writer, "left in float", string.Join(", ", report.FloatOperators.Select(pair => $"{pair.Count} {pair.Operator}")));
        writer.WriteLine("</dl><h2>Signal to quantisation noise by value</h2><table><tr><th>value<th>operator<th class=\"number\">minimum<th class=\"number\">maximum"
            + "<th class=\"number\">largest error<th class=\"number\">dB<th></tr>");
        foreach (QuantizedValueReport value in report.Values) Row(writer, value);
        writer.WriteLine("</table></body></html>");
    }

    static void Row(TextWriter writer, QuantizedValueReport value)
    {
        double decibels = value.Agreement.Decibels ?? double.PositiveInfinity;
        double width = 100 * Math.Clamp(decibels / FullBarDecibels, 0, 1);
        writer.WriteLine(
            $"<tr><td>{Encode(value.Value)}<td>{Encode(value.Operator)}<td class=\"number\">{value.Range.Minimum:g4}<td class=\"number\">{value.Range.Maximum:g4}"
            + $"<td class=\"number\">{value.Agreement.MaximumError:g3}<td class=\"number\">{QuantizationSummary.Decibels(value.Agreement)}"
            + $"<td class=\"bar\"><div{(decibels < LowDecibels ? " class=\"low\"" : "")} style=\"width:{width:0.#}%\"></div></tr>");
    }

    static void Term(TextWriter writer, string term, string text) => writer.WriteLine($"<dt>{Encode(term)}<dd>{Encode(text)}");

    static string Encode(string text) => WebUtility.HtmlEncode(text);
}
