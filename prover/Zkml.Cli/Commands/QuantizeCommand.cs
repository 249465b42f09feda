using System.CommandLine;
using System.Globalization;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.Onnx.Import;
using Zkml.Guest.Onnx.Import.Proto;
using Zkml.Guest.Onnx.Quantization;
using Zkml.Guest.OnnxRuntime;
using Zkml.Guest.OnnxRuntime.Calibration;

namespace Zkml.Cli.Commands;

/// <summary>zkvm quantize: turns a float model into an integer one, calibrated by ONNX Runtime.</summary>
static class QuantizeCommand
{
    // Protobuf's own limit.
    const long MaximumModelBytes = int.MaxValue;

    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = new("MODEL") { Description = "The float model: an ONNX file of opset 7 or newer." };
        Option<string> data = new("--calibrate") { Description = "Samples: a file, or a folder of files, of NumPy, JSON, IDX (.gz too) or raw float32.", HelpName = "DATA", Required = true };
        Option<string> output = new("--output", "-o") { Description = "Write the quantised model to a file.", HelpName = "FILE", Required = true };
        Option<string?> report = new("--report") { Description = "Write the comparison to a file, as a page (.html) or as JSON.", HelpName = "FILE" };
        Option<bool> json = StandardOptions.Json(), quiet = StandardOptions.Quiet();
        CalibrationOptions calibration = new();
        CodeOptions codes = new();
        VerbCommand command = new(
            "quantize",
            "Quantise a float ONNX model to 8 bits and compare both.",
            "zkvm quantize model.onnx --calibrate samples.npy -o model.int8.onnx",
            "zkvm quantize mnist.onnx --calibrate train-images-idx3-ubyte.gz --scale 1/255 --normalize 0.1307,0.3081 -o mnist.int8.onnx --report report.html",
            "zkvm quantize model.onnx --calibrate samples/ --method percentile --activations int8 -o model.int8.onnx") { model, data, output, report };
        calibration.AddTo(command);
        codes.AddTo(command);
        command.Options.Add(json);
        command.Options.Add(quiet);
        command.SetAction((parsed, cancellation) =>
        {
            string modelPath = parsed.GetRequiredValue(model), outputPath = parsed.GetRequiredValue(output);
            string? reportPath = parsed.GetValue(report);
            if (reportPath is not null && Path.GetExtension(reportPath) is not (".html" or ".json")) throw CommandException.Usage($"--report: expected a file ending in .html or .json, got {reportPath}.");
            byte[] bytes = InputFiles.ReadFile(modelPath, "ONNX model", MaximumModelBytes);
            QuantizerOptions options = codes.Read(parsed) with
            {
                Method = calibration.Method(parsed),
                KeptShare = calibration.KeptShare(parsed),
                Extents = calibration.Extents(parsed, bytes),
                Folder = Path.GetDirectoryName(Path.GetFullPath(modelPath)),
            };
            (int count, int evaluate) = calibration.Counts(parsed);
            CalibrationDataOptions dataOptions = calibration.Data(parsed) with { Count = count + evaluate };
            using OnnxRuntimeProcess process = OnnxRuntimeProcess.Start(OnnxRuntimeLocator.Find(Environment.GetEnvironmentVariable("ZKVM_HOME")));
            var samples = ReadSamples(process, bytes, parsed.GetRequiredValue(data), options, dataOptions);
            // Samples beyond those of calibration are the better judges; without any, the same ones have to do.
            var evaluation = samples.Count > count ? samples.Skip(count).ToList() : samples.Take(evaluate).ToList();
            QuantizerResult result;
            using (StepDisplay progress = new(terminal, parsed.GetValue(quiet)))
                result = Quantizer.Run(process, bytes, [.. samples.Take(count)], evaluation, options, progress, cancellation);
            File.WriteAllBytes(outputPath, result.Model.ToArray());
            Report written = QuantizationSummary.Of(result, bytes.Length, process.Version);
            if (reportPath is not null) WriteReport(reportPath, Path.GetFileName(modelPath), result.Report, written);
            written.Write(terminal.Output, parsed.GetValue(json));
            if (!parsed.GetValue(quiet)) terminal.Error.WriteLine($"zkvm: wrote {outputPath}, an ordinary ONNX model.");
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    static IReadOnlyList<IReadOnlyDictionary<string, OnnxRuntimeValue>> ReadSamples(
        OnnxRuntimeProcess process, byte[] model, string path, QuantizerOptions options, CalibrationDataOptions dataOptions)
    {
        using OnnxRuntimeSession session = process.Load(model, Quantizer.LoadOptions(options));
        return CalibrationData.Read(path, session.Inputs, dataOptions);
    }

    static void WriteReport(string path, string model, QuantizationReport report, Report written)
    {
        using StreamWriter writer = File.CreateText(path);
        if (Path.GetExtension(path) == ".json") written.Write(writer, isJson: true);
        else QuantizationPage.Write(writer, model, report);
    }

    /// <summary>What calibration reads and how ranges follow.</summary>
    sealed class CalibrationOptions
    {
        readonly Option<string> _method = new("--method") { Description = "How ranges are chosen: min-max, percentile or entropy.", HelpName = "METHOD", DefaultValueFactory = _ => "min-max" };
        readonly Option<double> _percentile = new("--percentile") { Description = "What the percentile method keeps of a value's elements.", HelpName = "PERCENT", DefaultValueFactory = _ => 99.99 };
        readonly Option<int> _count = new("--count") { Description = "Samples to calibrate with, at most.", HelpName = "N", DefaultValueFactory = _ => 256 };
        readonly Option<int> _evaluate = new("--evaluate") { Description = "Further samples to compare both models on, at most.", HelpName = "N", DefaultValueFactory = _ => 256 };
        readonly Option<string> _scale = new("--scale") { Description = "Multiply the data, for example by 1/255.", HelpName = "FACTOR", DefaultValueFactory = _ => "1" };
        readonly Option<string?> _normalize = new("--normalize") { Description = "Then subtract a mean and divide by a deviation.", HelpName = "MEAN,STD" };
        readonly Option<int?> _batch = new("--batch") { Description = "Extent of symbolic outermost dimensions.", HelpName = "N" };
        readonly Option<string[]> _dimensions = new("--dim") { Description = "Extent of another symbolic dimension; may be repeated.", HelpName = "SYMBOL=N" };

        public void AddTo(Command command)
        {
            foreach (Option option in (Option[])[_method, _percentile, _count, _evaluate, _scale, _normalize, _batch, _dimensions]) command.Options.Add(option);
        }

        public CalibrationMethod Method(ParseResult parsed) => parsed.GetRequiredValue(_method) switch
        {
            "min-max" => CalibrationMethod.MinMax,
            "percentile" => CalibrationMethod.Percentile,
            "entropy" => CalibrationMethod.Entropy,
            string other => throw CommandException.Usage($"--method: expected min-max, percentile or entropy, got \"{other}\"."),
        };

        public double KeptShare(ParseResult parsed)
        {
            double percent = parsed.GetValue(_percentile);
            return percent is > 50 and <= 100 ? percent / 100 : throw CommandException.Usage($"--percentile: expected more than 50 and at most 100, got {percent}.");
        }

        public (int Count, int Evaluate) Counts(ParseResult parsed)
        {
            (int count, int evaluate) = (parsed.GetValue(_count), parsed.GetValue(_evaluate));
            const int Most = 1_000_000;
            if (count is < 1 or > Most) throw CommandException.Usage($"--count: expected 1 to {Most}, got {count}.");
            if (evaluate is < 1 or > Most) throw CommandException.Usage($"--evaluate: expected 1 to {Most}, got {evaluate}.");
            return (count, evaluate);
        }

        public CalibrationDataOptions Data(ParseResult parsed)
        {
            double scale = Number("--scale", parsed.GetRequiredValue(_scale));
            if (parsed.GetValue(_normalize) is not string normalize) return new() { Scale = scale };
            string[] parts = normalize.Split(',');
            if (parts.Length != 2) throw CommandException.Usage($"--normalize: expected MEAN,STD, got \"{normalize}\".");
            (double mean, double deviation) = (Number("--normalize", parts[0]), Number("--normalize", parts[1]));
            return deviation != 0 ? new() { Scale = scale, Mean = mean, Deviation = deviation } : throw CommandException.Usage("--normalize: expected a deviation other than 0.");
        }

        public Dictionary<string, long> Extents(ParseResult parsed, byte[] model)
        {
            Dictionary<string, long> extents = [];
            if (parsed.GetValue(_batch) is int batch)
            {
                if (batch < 1) throw CommandException.Usage($"--batch: expected at least 1, got {batch}.");
                foreach (string symbol in SymbolicBatches(model)) extents[symbol] = batch;
            }
            foreach (string text in parsed.GetValue(_dimensions) ?? [])
            {
                int equals = text.LastIndexOf('=');
                if (equals < 1 || !long.TryParse(text[(equals + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out long extent) || extent < 1)
                    throw CommandException.Usage($"--dim: expected SYMBOL=N with N at least 1, got \"{text}\".");
                extents[text[..equals]] = extent;
            }
            return extents;
        }

        static IEnumerable<string> SymbolicBatches(byte[] model)
        {
            ModelProto parsed = OnnxImporter.Parse(model);
            HashSet<string> constants = [.. parsed.Graph.Initializer.Select(tensor => tensor.Name)];
            return from input in parsed.Graph.Input
                   where !constants.Contains(input.Name)
                   let first = input.Type?.TensorType?.Shape?.Dim.FirstOrDefault()
                   where first is { DimParam.Length: > 0 }
                   select first.DimParam;
        }

        // A number, or a fraction such as 1/255.
        static double Number(string option, string text)
        {
            string[] parts = text.Split('/');
            double value = parts.Length switch
            {
                1 => Parse(parts[0]),
                2 => Parse(parts[0]) / Parse(parts[1]),
                _ => double.NaN,
            };
            return double.IsFinite(value) ? value : throw CommandException.Usage($"{option}: expected a number or a fraction such as 1/255, got \"{text}\".");

            static double Parse(string part) => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : double.NaN;
        }
    }

    /// <summary>The integers of the quantised model.</summary>
    sealed class CodeOptions
    {
        readonly Option<string> _activations = new("--activations") { Description = "The type of activations: uint8, int8, uint16 or int16.", HelpName = "TYPE", DefaultValueFactory = _ => "uint8" };
        readonly Option<bool> _sevenBits = new("--seven-bit-weights") { Description = "Keep weights in [-63, 63], so that no CPU saturates in 16 bits." };
        readonly Option<bool> _perTensor = new("--per-tensor") { Description = "Give a weight one scale, not one for each output channel." };
        readonly Option<string[]> _keepFloat = new("--keep-float") { Description = "Leave a node in float.", HelpName = "NODE" };

        public void AddTo(Command command)
        {
            foreach (Option option in (Option[])[_activations, _sevenBits, _perTensor, _keepFloat]) command.Options.Add(option);
        }

        public QuantizerOptions Read(ParseResult parsed) => new()
        {
            Quantization = new QuantizationOptions
            {
                Activations = parsed.GetRequiredValue(_activations) switch
                {
                    "uint8" => ElementType.UInt8,
                    "int8" => ElementType.Int8,
                    "uint16" => ElementType.UInt16,
                    "int16" => ElementType.Int16,
                    string other => throw CommandException.Usage($"--activations: expected uint8, int8, uint16 or int16, got \"{other}\"."),
                },
                SevenBitWeights = parsed.GetValue(_sevenBits),
                PerChannel = !parsed.GetValue(_perTensor),
                KeepFloat = (parsed.GetValue(_keepFloat) ?? []).ToHashSet(),
            },
        };
    }
}
