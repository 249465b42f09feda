using Google.Protobuf;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Quantization;

namespace Zkml.Guest.OnnxRuntime.Calibration;

/// <summary>How <see cref="Quantizer"/> works.</summary>
public sealed record QuantizerOptions
{
    /// <summary>Types of activations and weights.</summary>
    public QuantizationOptions Quantization { get; init; } = new();

    /// <summary>How ranges follow from what calibration saw.</summary>
    public CalibrationMethod Method { get; init; } = CalibrationMethod.MinMax;

    /// <summary>What <see cref="CalibrationMethod.Percentile"/> keeps of an activation's values, in (0.5, 1].</summary>
    public double KeptShare { get; init; } = 0.9999;

    /// <summary>The folder of a model's external data; null where it has none.</summary>
    public string? Folder { get; init; }

    /// <summary>Extents of symbolic dimensions by name.</summary>
    public IReadOnlyDictionary<string, long> Extents { get; init; } = new Dictionary<string, long>();
}

/// <summary>A step of <see cref="Quantizer"/>.</summary>
/// <param name="Step">For example "calibrating".</param>
/// <param name="Done">Samples done.</param>
/// <param name="Total">Samples in all; 0 where the step has none.</param>
public readonly record struct QuantizerProgress(string Step, int Done, int Total);

/// <summary>A quantised model and how it compares with the float model.</summary>
/// <param name="Model">The bytes of an ordinary ONNX file.</param>
/// <param name="Report">The comparison.</param>
public sealed record QuantizerResult(ReadOnlyMemory<byte> Model, QuantizationReport Report);

/// <summary>
/// Quantises a float model by calibration: ONNX Runtime simplifies the graph, runs it over samples while the ranges of its values are watched, and
/// runs the quantised model for comparison.
/// </summary>
public sealed class Quantizer
{
    // Samples in memory with all their values at once.
    const int SamplesAtOnce = 16, ComparedForMeaning = 4;

    // A rewritten graph may sum in another order.
    const double MeaningTolerance = 1e-3;

    readonly OnnxRuntimeProcess _process;
    readonly QuantizerOptions _options;
    readonly IProgress<QuantizerProgress>? _progress;
    readonly CancellationToken _cancellation;

    Quantizer(OnnxRuntimeProcess process, QuantizerOptions options, IProgress<QuantizerProgress>? progress, CancellationToken cancellation) =>
        (_process, _options, _progress, _cancellation) = (process, options, progress, cancellation);

    /// <summary>
    /// Quantises <paramref name="model"/> with ranges from <paramref name="calibration"/> and compares on <paramref name="evaluation"/>. Throws
    /// <see cref="OnnxException"/> for a model that cannot be quantised, <see cref="OnnxRuntimeException"/> where ONNX Runtime fails.
    /// </summary>
    public static QuantizerResult Run(
        OnnxRuntimeProcess process,
        ReadOnlySpan<byte> model,
        IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> calibration,
        IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> evaluation,
        QuantizerOptions options,
        IProgress<QuantizerProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        if (calibration.Count == 0 || evaluation.Count == 0) throw new CalibrationException("Calibration: expected at least one sample, got none.");
        Quantizer quantizer = new(process, options, progress, cancellation);
        ModelProto simple = quantizer.Simplify(model, calibration);
        QuantizationPlan plan = QuantizationPlan.Of(simple, quantizer.Facts(simple), options.Quantization);
        IReadOnlyDictionary<string, ValueRange> ranges = plan.Share(quantizer.Calibrate(plan, calibration));
        (ModelProto quantized, IReadOnlyDictionary<string, string> dequantized) = QdqWriter.Write(plan, ranges);
        QuantizationReport report = quantizer.Compare(plan, quantized, dequantized, ranges, evaluation) with { CalibrationSamples = calibration.Count };
        return new(quantized.ToByteArray(), report);
    }

    /// <summary>How a model is loaded for <paramref name="options"/>: with its external data and its extents.</summary>
    public static OnnxRuntimeOptions LoadOptions(QuantizerOptions options, OnnxRuntimeOptions? others = null)
    {
        others ??= new();
        Dictionary<string, string> settings = new(others.Settings);
        if (options.Folder is not null) settings["session.model_external_initializers_file_folder_path"] = options.Folder;
        return others with { Settings = settings, Extents = options.Extents };
    }

    // Opset 13 or newer, constants folded, batch normalisation and paddings in their convolutions, biases in their products.
    ModelProto Simplify(ReadOnlySpan<byte> model, IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> samples)
    {
        Report("simplifying", 0, 0);
        ModelProto original = OnnxImporter.Parse(model);
        ModelProto upgraded = OpsetUpgrade.Apply(original, Facts(original));
        using OnnxRuntimeSession session = Load(upgraded, new() { Optimization = GraphOptimization.Basic, KeepOptimizedModel = true });
        ModelProto simple = OnnxImporter.Parse(session.OptimizedModel.Span);
        KeepUsedOpsets(simple);
        CheckMeaning(original, simple, [.. samples.Take(ComparedForMeaning)]);
        return simple;
    }

    // ONNX Runtime writes down every operator set that it knows.
    static void KeepUsedOpsets(ModelProto model)
    {
        HashSet<string> used = [""];
        foreach (NodeProto node in model.Graph.Node) CollectDomains(node, used);
        OperatorSetIdProto[] kept = [.. model.OpsetImport.Where(import => used.Contains(Standard(import.Domain)))];
        model.OpsetImport.Clear();
        model.OpsetImport.AddRange(kept);
    }

    static void CollectDomains(NodeProto node, HashSet<string> used)
    {
        used.Add(Standard(node.Domain));
        foreach (AttributeProto attribute in node.Attribute)
        {
            IEnumerable<GraphProto> bodies = attribute.G is null ? attribute.Graphs : attribute.Graphs.Append(attribute.G);
            foreach (NodeProto inner in bodies.SelectMany(body => body.Node)) CollectDomains(inner, used);
        }
    }

    static string Standard(string domain) => domain == "ai.onnx" ? "" : domain;

    void CheckMeaning(ModelProto original, ModelProto simple, IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> samples)
    {
        using OnnxRuntimeSession before = Load(original, new() { Optimization = GraphOptimization.None }), after = Load(simple, new() { Optimization = GraphOptimization.None });
        IReadOnlyList<OnnxRuntimeResult> expected = before.RunBatch(samples), got = after.RunBatch(samples);
        for (int i = 0; i < samples.Count; i++)
        {
            for (int output = 0; output < before.Outputs.Count; output++)
            {
                if (expected[i].ValuesOrThrow[output] is not OnnxRuntimeValue.OfTensor { Value.Type: ElementType.Float32 } left) continue;
                Agreement agreement = new();
                agreement.Add(left.Value.As<float>(), got[i].ValuesOrThrow[output].Tensor.As<float>());
                if (agreement.MaximumError > MeaningTolerance * Math.Max(1, agreement.MaximumValue))
                    throw OnnxException.Unsupported($"quantisation: expected the same {before.Outputs[output].Name} after the upgrade to opset {OpsetUpgrade.OpsetOf(simple)}, it differs by {agreement.MaximumError:g3}");
            }
        }
    }

    Dictionary<string, ValueRange> Calibrate(QuantizationPlan plan, IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> samples)
    {
        using OnnxRuntimeSession session = Watch(plan.Model, plan.Values, GraphOptimization.None, out string[] names);
        Dictionary<string, ValueRange> ranges = [];
        ForEachValue(session, plan.Values, names, samples, "calibrating", (value, elements) =>
        {
            ValueRange range = ranges.GetValueOrDefault(value);
            foreach (float element in elements)
            {
                if (!float.IsFinite(element)) throw new CalibrationException($"Calibration: expected finite values, {value} has {element}.");
                range = range.Include(new(element, element));
            }
            ranges[value] = range;
        });
        if (_options.Method == CalibrationMethod.MinMax) return ranges;
        Dictionary<string, ActivationHistogram> histograms = ranges.ToDictionary(range => range.Key, range => new ActivationHistogram(range.Value));
        ForEachValue(session, plan.Values, names, samples, "counting", (value, elements) => histograms[value].Add(elements));
        int levels = _options.Quantization.Activations is ElementType.UInt8 or ElementType.Int8 ? 256 : ActivationHistogram.BinCount;
        return histograms.ToDictionary(
            histogram => histogram.Key,
            histogram => _options.Method == CalibrationMethod.Percentile ? histogram.Value.Percentile(_options.KeptShare) : histogram.Value.Entropy(levels));
    }

    QuantizationReport Compare(
        QuantizationPlan plan,
        ModelProto quantized,
        IReadOnlyDictionary<string, string> dequantized,
        IReadOnlyDictionary<string, ValueRange> ranges,
        IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> samples)
    {
        string[] codes = [.. plan.Values.Select(value => dequantized[value])];
        using OnnxRuntimeSession before = Watch(plan.Model, plan.Values, GraphOptimization.None, out string[] floatNames);
        using OnnxRuntimeSession after = Watch(quantized, codes, GraphOptimization.None, out string[] codeNames);
        using OnnxRuntimeSession fused = Load(quantized, new() { Settings = KernelShare.ExactProducts });
        Agreement[] values = [.. plan.Values.Select(_ => new Agreement())];
        Agreement[] outputs = [.. plan.Model.Graph.Output.Select(_ => new Agreement())];
        for (int first = 0; first < samples.Count; first += SamplesAtOnce)
        {
            _cancellation.ThrowIfCancellationRequested();
            Report("comparing", first, samples.Count);
            IReadOnlyDictionary<string, OnnxRuntimeValue>[] batch = [.. samples.Skip(first).Take(SamplesAtOnce)];
            IReadOnlyList<OnnxRuntimeResult> exact = before.RunBatch(batch, floatNames), coded = after.RunBatch(batch, codeNames);
            string[] outputNames = [.. plan.Model.Graph.Output.Select(output => output.Name)];
            IReadOnlyList<OnnxRuntimeResult> exactOutputs = before.RunBatch(batch, outputNames), fusedOutputs = fused.RunBatch(batch, outputNames);
            for (int i = 0; i < batch.Length; i++)
            {
                Add(values, exact[i], coded[i]);
                Add(outputs, exactOutputs[i], fusedOutputs[i]);
            }
        }
        KernelShare share = KernelShare.Of(quantized, Facts, options => Load(quantized, options));
        return QuantizationReport.Of(plan, ranges, values, outputs, share, samples.Count, _options.Method);
    }

    static void Add(Agreement[] agreements, OnnxRuntimeResult exact, OnnxRuntimeResult got)
    {
        for (int i = 0; i < agreements.Length; i++)
        {
            if (exact.ValuesOrThrow[i] is not OnnxRuntimeValue.OfTensor { Value.Type: ElementType.Float32 } left) continue;
            Tensor right = got.ValuesOrThrow[i].Tensor;
            agreements[i].Add(left.Value.As<float>(), right.As<float>());
            agreements[i].AddDecisions(left.Value, right);
        }
    }

    void ForEachValue(
        OnnxRuntimeSession session,
        IReadOnlyList<string> values,
        string[] names,
        IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> samples,
        string step,
        WatchValue watch)
    {
        for (int first = 0; first < samples.Count; first += SamplesAtOnce)
        {
            _cancellation.ThrowIfCancellationRequested();
            Report(step, first, samples.Count);
            foreach (OnnxRuntimeResult result in session.RunBatch([.. samples.Skip(first).Take(SamplesAtOnce)], names))
            {
                for (int i = 0; i < names.Length; i++) watch(values[i], result.ValuesOrThrow[i].Tensor.As<float>());
            }
        }
    }

    delegate void WatchValue(string value, ReadOnlySpan<float> elements);

    // ONNX Runtime returns no input as an output, so a watched input passes an Identity.
    OnnxRuntimeSession Watch(ModelProto model, IReadOnlyList<string> values, GraphOptimization optimization, out string[] names)
    {
        ModelProto watched = model.Clone();
        HashSet<string> inputs = [.. model.Graph.Input.Select(input => input.Name)], outputs = [.. model.Graph.Output.Select(output => output.Name)];
        names = new string[values.Count];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = values[i];
            if (!inputs.Contains(values[i])) continue;
            names[i] = $"{values[i]}_watched";
            NodeProto identity = new() { OpType = "Identity" };
            identity.Input.Add(values[i]);
            identity.Output.Add(names[i]);
            watched.Graph.Node.Add(identity);
        }
        return Load(watched, new() { Optimization = optimization, ExtraOutputs = [.. names.Where(name => !outputs.Contains(name))] });
    }

    // Every value as an output shows what ONNX Runtime inferred about it.
    Dictionary<string, TensorFact> Facts(ModelProto model)
    {
        HashSet<string> outputs = [.. model.Graph.Output.Select(output => output.Name)];
        string[] extra = [.. model.Graph.Node.SelectMany(node => node.Output).Where(output => output.Length > 0 && !outputs.Contains(output)).Distinct()];
        using OnnxRuntimeSession session = Load(model, new() { Optimization = GraphOptimization.None, ExtraOutputs = extra });
        Dictionary<string, TensorFact> facts = [];
        foreach (OnnxRuntimePort port in session.Inputs.Concat(session.Outputs)) facts[port.Name] = new(port.Type, port.Dimensions);
        return facts;
    }

    OnnxRuntimeSession Load(ModelProto model, OnnxRuntimeOptions options) => _process.Load(model.ToByteArray(), LoadOptions(_options, options));

    void Report(string step, int done, int total) => _progress?.Report(new(step, done, total));
}
