using System.Globalization;
using Zkml.Cli.Profiling;
using Zkml.Guest.Onnx;
using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Sdk.Inference;

namespace Zkml.Cli.Output;

/// <summary>The summary of a compiled model.</summary>
static class InferenceReport
{
    /// <summary>Adds tensors, visibility, journal and hash.</summary>
    public static Report AddContract(Report report, ModelContract contract)
    {
        report.Add("model", "model", contract.Model);
        foreach (BoundTensor input in contract.Inputs) report.Add($"input.{input.Name}", $"input {input.Name}", Describe(input));
        foreach (BoundTensor output in contract.Outputs) report.Add($"output.{output.Name}", $"output {output.Name}", Describe(output));
        return report
            .Add("inputVisibility", "visibility", Lower(contract.InputVisibility), $"input {Lower(contract.InputVisibility)}, output {Lower(contract.OutputVisibility)}, parameters {Lower(contract.ParametersVisibility)}")
            .Add("outputVisibility", null, Lower(contract.OutputVisibility))
            .Add("parametersVisibility", null, Lower(contract.ParametersVisibility))
            .Add("modelHash", contract.ModelHash.Length > 0 ? "model hash" : null, contract.ModelHash)
            .Add("journalType", "journal", contract.JournalSignature, $"abi.encode of {contract.JournalSignature}");
    }

    /// <summary>Adds totals and the table of layers.</summary>
    public static Report AddCosts(Report report, LayerCosts costs)
    {
        double integerShare = costs.Macs == 0 ? 0 : (double)costs.IntegerMacs / costs.Macs;
        report
            .Add("parameters", "parameters", costs.Parameters)
            .Add("macs", "multiply-accumulates", costs.Macs)
            .Add("integerShare", costs.Macs > 0 ? "of these in int8" : null, integerShare, integerShare.ToString("0.0 %", CultureInfo.InvariantCulture))
            .Add("cycles", "cycles", costs.TotalCycles)
            .Add("frameCycles", "of these outside of layers", costs.FrameCycles);
        ReportTable table = new(
            new("layer", "layer"), new("operator", "operator"), new("shape", "output"), new("parameters", "parameters"), new("macs", "MACs"),
            new("cycles", "cycles"), new("share", "share", "0.0 %"), new("cyclesPerMac", "per MAC", "0.00"));
        foreach (LayerCost layer in costs.Layers)
        {
            table.Add(layer.Name, layer.Operator, layer.Shape.ToString(), layer.Statistics.Parameters, layer.Statistics.Macs, layer.Cycles,
                (double)layer.Cycles / Math.Max(1, costs.TotalCycles), layer.Statistics.Macs == 0 ? null : (double)layer.Cycles / layer.Statistics.Macs);
        }
        return report.AddTable("layers", "layers", table);
    }

    /// <summary>Adds the comparison with ONNX Runtime, of the outputs and of the layers.</summary>
    public static Report AddCheck(Report report, ModelCheckResult check, IReadOnlyList<TensorComparison> layers)
    {
        report
            .Add("checkedInputs", "checked inputs", (long)check.Cases)
            .Add("sameTopClass", "same top class", (long)check.SameTopClass)
            .Add("isExact", "exact", check.IsExact);
        return report
            .AddTable("check", "VM against ONNX Runtime", Comparisons("output", check.Outputs))
            .AddTable("layerCheck", "layers against ONNX Runtime", Comparisons("layer", layers));
    }

    static ReportTable Comparisons(string what, IReadOnlyList<TensorComparison> rows)
    {
        ReportTable table = new(new(what, what), new("elements", "elements"), new("differing", "differing"), new("saturated", "by saturation"),
            new("largestDifference", "largest difference", "0.######e+0"), new("signalToNoise", "SQNR (dB)", "0.0"));
        foreach (TensorComparison row in rows)
        {
            object? ratio = double.IsInfinity(row.SignalToNoise) ? null : row.SignalToNoise;
            table.Add(row.Name, row.Elements, row.Differing, row.Saturated, row.LargestDifference, ratio);
        }
        return table;
    }

    /// <summary>Adds the public outputs in a journal in real units, with class names where the model has them; nothing for other guests.</summary>
    public static Report AddOutputs(Report report, ModelContract? contract, ReadOnlySpan<byte> journal)
    {
        if (contract is null) return report;
        const int shown = 16;
        byte[]? bytes;
        try
        {
            bytes = InferenceJournal.Read(contract, journal).Output;
        }
        catch (InvalidDataException)
        {
            // A guest that stopped early has no journal of this form; a note of the wrong guest is the problem of whoever attached it.
            return report;
        }
        if (bytes is null) return report;
        Tensor[] outputs = BoundValues.Decode(contract.Outputs, bytes);
        for (int i = 0; i < outputs.Length; i++)
        {
            BoundTensor bound = contract.Outputs[i];
            string[] numbers = [.. Enumerable.Range(0, outputs[i].Shape.Count).Select(j => outputs[i].NumberAt(j).ToString(outputs[i].Type == ElementType.Float32 ? "G7" : "R", CultureInfo.InvariantCulture))];
            string text = string.Join(' ', numbers.Take(shown)) + (numbers.Length > shown ? $" … ({numbers.Length} numbers)" : "");
            report.Add($"result.{bound.Name}", bound.Name, $"[{string.Join(", ", numbers)}]", text);
            if (ClassOf(bound, outputs[i]) is { } label) report.Add($"class.{bound.Name}", $"{bound.Name}: class", label);
        }
        return report;
    }

    // Scores have one element for each class, the largest wins; an index is one integer.
    static string? ClassOf(BoundTensor bound, Tensor tensor)
    {
        if (bound.Labels is not { Length: > 0 } labels) return null;
        if (tensor.Shape.Count == 1 && tensor.Type.IsInteger) return tensor.IntegerAt(0) is >= 0 and var index && index < labels.Length ? labels[index] : null;
        if (tensor.Shape.Count != labels.Length) return null;
        int best = 0;
        for (int i = 1; i < labels.Length; i++)
            if (tensor.NumberAt(i) > tensor.NumberAt(best)) best = i;
        return labels[best];
    }

    static string Describe(BoundTensor tensor) => tensor.IsQuantized
        ? string.Create(CultureInfo.InvariantCulture, $"{tensor.Type}{new Shape(tensor.Shape)}, in the guest {tensor.GuestType} with scale {tensor.Scale} and zero point {tensor.ZeroPoint}")
        : $"{tensor.Type}{new Shape(tensor.Shape)}";

    static string Lower(Visibility visibility) => visibility.ToString().ToLowerInvariant();
}
