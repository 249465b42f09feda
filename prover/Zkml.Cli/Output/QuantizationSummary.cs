using Zkml.Cli.Input;
using Zkml.Guest.OnnxRuntime.Calibration;

namespace Zkml.Cli.Output;

/// <summary>What a quantisation did, as values and tables.</summary>
static class QuantizationSummary
{
    /// <summary>The report of a result; <paramref name="floatBytes"/> is the size of the float model.</summary>
    public static Report Of(QuantizerResult result, long floatBytes, string version)
    {
        QuantizationReport report = result.Report;
        QuantizedOutputReport main = report.Outputs[0];
        Report summary = new Report()
            .Add("bytes", "size", (long)result.Model.Length, $"{ByteSize.Format(result.Model.Length)} (float: {ByteSize.Format(floatBytes)})")
            .Add("method", "ranges", report.Method.ToString(), $"{report.Method} over {report.CalibrationSamples} samples")
            .Add("calibrationSamples", null, (long)report.CalibrationSamples)
            .Add("evaluationSamples", "compared on", (long)report.EvaluationSamples, $"{report.EvaluationSamples} samples, ONNX Runtime {version}")
            .Add("equalDecisions", main.Agreement.EqualDecisions is null ? null : "same decision", main.Agreement.EqualDecisions, $"{main.Agreement.EqualDecisions:P2}")
            .Add("decibels", "signal to noise", main.Agreement.Decibels, $"{Decibels(main.Agreement)} at {main.Name}")
            .Add("maximumError", "largest error", main.Agreement.MaximumError, $"{main.Agreement.MaximumError:g4} (values up to {main.Agreement.MaximumValue:g4})")
            .Add("integerProducts", null, report.Products.Integer)
            .Add("products", "integer products", report.Products.Total, $"{report.Products.Share:P1} of {report.Products.Total:#,0} multiply-accumulates");
        ReportTable values = new(
            new("value", "value"), new("operator", "operator"), new("minimum", "minimum", "g4"), new("maximum", "maximum", "g4"), new("decibels", "dB", "0.0"), new("maximumError", "largest error", "g3"));
        foreach (QuantizedValueReport value in report.Values)
            values.Add(value.Value, value.Operator, (double)value.Range.Minimum, (double)value.Range.Maximum, value.Agreement.Decibels, value.Agreement.MaximumError);
        ReportTable floats = new(new("operator", "operator"), new("count", "count"));
        foreach ((string name, int count) in report.FloatOperators) floats.Add(name, (long)count);
        return summary.AddTable("values", "values", values).AddTable("floatOperators", "left in float", floats);
    }

    /// <summary>Signal to noise as text.</summary>
    public static string Decibels(Agreement agreement) => agreement.Decibels switch
    {
        null => "–",
        double.PositiveInfinity => "exact",
        double decibels => $"{decibels:0.0} dB",
    };
}
