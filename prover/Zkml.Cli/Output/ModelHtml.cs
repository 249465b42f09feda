using System.Globalization;
using System.Net;
using System.Text;
using Zkml.Cli.Profiling;
using Zkml.Sdk.Inference;

namespace Zkml.Cli.Output;

/// <summary>The report of a compiled model as one HTML file that needs nothing else: tables, and plots as inline SVG.</summary>
static class ModelHtml
{
    const int PlotWidth = 860, LabelWidth = 220, BarHeight = 18, HistogramHeight = 160, HistogramBars = 20;

    const string Style = """
        body { font: 15px/1.5 system-ui, sans-serif; max-width: 920px; margin: 2rem auto; padding: 0 1rem; color: #1b1f24; }
        h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
        pre { background: #f6f8fa; padding: 1rem; overflow-x: auto; font-size: 12.5px; }
        svg { max-width: 100%; height: auto; } svg text { font: 12px system-ui, sans-serif; fill: #1b1f24; }
        .bar { fill: #3b6fb5; } .error { fill: #b5563b; }
        @media (prefers-color-scheme: dark) { body { background: #0d1117; color: #e6edf3; } pre { background: #161b22; } svg text { fill: #e6edf3; } }
        """;

    /// <summary>Writes the page: the text of the report, the cost of each layer, and with a check the errors by layer and output.</summary>
    public static string Page(Report report, LayerCosts costs, ModelCheckResult? check, IReadOnlyList<TensorComparison> layers)
    {
        StringBuilder page = new();
        string title = "Compiled model";
        page.Append(CultureInfo.InvariantCulture, $"<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n<title>{title}</title>\n<style>\n{Style}\n</style>\n<h1>{title}</h1>\n");
        Plot(page, "Cycles by layer", "bar", costs.Layers.Select(layer => ($"{layer.Name} ({layer.Operator})", (double)layer.Cycles, ReportTable.Format(layer.Cycles))));
        if (check != null)
        {
            Plot(page, "Largest difference from ONNX Runtime by layer", "error", layers.Concat(check.Outputs).Select(row =>
                (row.Name, row.LargestDifference, string.Create(CultureInfo.InvariantCulture, $"{row.LargestDifference:G4} ({row.Differing} of {row.Elements} differ)"))));
            foreach (TensorComparison output in check.Outputs) Histogram(page, output);
        }
        using StringWriter text = new(CultureInfo.InvariantCulture);
        report.Write(text, isJson: false);
        page.Append(CultureInfo.InvariantCulture, $"<h2>All figures</h2>\n<pre>{WebUtility.HtmlEncode(text.ToString())}</pre>\n</html>\n");
        return page.ToString();
    }

    static void Plot(StringBuilder page, string title, string style, IEnumerable<(string Label, double Value, string Text)> rows)
    {
        (string Label, double Value, string Text)[] bars = [.. rows];
        if (bars.Length == 0) return;
        double largest = Math.Max(bars.Max(bar => bar.Value), double.Epsilon);
        int height = bars.Length * (BarHeight + 6) + 6;
        page.Append(CultureInfo.InvariantCulture, $"<h2>{title}</h2>\n<svg viewBox=\"0 0 {PlotWidth} {height}\" role=\"img\" aria-label=\"{title}\">\n");
        for (int i = 0; i < bars.Length; i++)
        {
            int y = i * (BarHeight + 6) + 6;
            double width = Math.Max(1, bars[i].Value / largest * (PlotWidth - LabelWidth - 190));
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{y + 13}\">{Shorten(bars[i].Label)}</text>");
            page.Append(CultureInfo.InvariantCulture, $"<rect class=\"{style}\" x=\"{LabelWidth}\" y=\"{y}\" width=\"{width:0.#}\" height=\"{BarHeight}\"/>");
            page.Append(CultureInfo.InvariantCulture, $"<text x=\"{LabelWidth + width + 6:0.#}\" y=\"{y + 13}\">{WebUtility.HtmlEncode(bars[i].Text)}</text>\n");
        }
        page.Append("</svg>\n");
    }

    static void Histogram(StringBuilder page, TensorComparison output)
    {
        string title = string.Create(CultureInfo.InvariantCulture, $"Differences of {output.Name}: {output.Differing:#,0} of {output.Elements:#,0} elements");
        page.Append(CultureInfo.InvariantCulture, $"<h2>{WebUtility.HtmlEncode(title)}</h2>\n");
        if (output.Differing == 0 || !double.IsFinite(output.LargestDifference))
        {
            page.Append("<p>No element differs by a finite amount.</p>\n");
            return;
        }
        long[] counts = new long[HistogramBars];
        foreach (double difference in output.Differences) counts[Math.Min(HistogramBars - 1, (int)(difference / output.LargestDifference * HistogramBars))]++;
        double step = (double)PlotWidth / HistogramBars;
        page.Append(CultureInfo.InvariantCulture, $"<svg viewBox=\"0 0 {PlotWidth} {HistogramHeight + 24}\" role=\"img\" aria-label=\"Histogram\">\n");
        for (int i = 0; i < counts.Length; i++)
        {
            double height = (double)counts[i] / counts.Max() * HistogramHeight;
            page.Append(CultureInfo.InvariantCulture, $"<rect class=\"error\" x=\"{i * step + 1:0.#}\" y=\"{HistogramHeight - height:0.#}\" width=\"{step - 2:0.#}\" height=\"{height:0.#}\"><title>{counts[i]}</title></rect>\n");
        }
        page.Append(CultureInfo.InvariantCulture, $"<text x=\"0\" y=\"{HistogramHeight + 18}\">0</text><text x=\"{PlotWidth}\" y=\"{HistogramHeight + 18}\" text-anchor=\"end\">{output.LargestDifference:G4}</text>\n</svg>\n");
    }

    static string Shorten(string label) => WebUtility.HtmlEncode(label.Length <= 34 ? label : $"{label[..16]}…{label[^16..]}");
}
