using System.CommandLine;
using System.Globalization;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Cli.Profiling;
using Zkml.Guest.Emission;
using Zkml.Guest.Onnx;
using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using Zkml.Guest.OnnxRuntime;
using Zkml.Sdk;
using Zkml.Sdk.Inference;
using Zkml.Vm.Execution;

namespace Zkml.Cli.Commands;

/// <summary>zkvm compile: an ONNX model becomes a guest program.</summary>
static class CompileCommand
{
    const int Seed = 1, LayerCases = 16;

    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string> model = new("MODEL") { Description = "The model: an ONNX file." };
        Option<string?> output = new("--output", "-o") { Description = "Where to write the guest program; without it nothing is written.", HelpName = "GUEST" };
        Option<string?> sample = new("--sample") { Description = "An input for the table of layers; a random one without it. JSON, NPY, PNG, PGM or raw bytes.", HelpName = "FILE" };
        Option<int> check = new("--check") { Description = "Compare this many runs in the VM with ONNX Runtime, on random inputs or those of --data.", HelpName = "N" };
        Option<string?> data = new("--data") { Description = "Inputs for --check: a file or folder as for zkvm quantize.", HelpName = "PATH" };
        Option<string?> html = new("--report") { Description = "Write a page with plots.", HelpName = "FILE.html" };
        Option<bool> json = StandardOptions.Json(), quiet = StandardOptions.Quiet();
        ModelOptions modelOptions = new();
        VerbCommand command = new(
            "compile",
            "Compile an ONNX model to a guest program; show what each layer costs.",
            "zkvm compile examples/04-mnist/model.q.onnx -o mnist.elf",
            "zkvm compile model.onnx -o model.elf --input-visibility hashed --check 100 --report report.html") { model, output };
        modelOptions.AddTo(command);
        foreach (Option option in (Option[])[sample, check, data, html, json, quiet]) command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
        {
            string path = parsed.GetRequiredValue(model);
            byte[] file = InputFiles.ReadFile(path, "model", int.MaxValue);
            InferenceGuest guest = Compile(path, file, modelOptions.Read(parsed, path));
            InferenceClient client = InferenceClient.TryOpen(guest.Elf)!;
            ExecutionInput input = SampleInput(client.Contract, parsed.GetValue(sample));
            Report report = new Report().Add("guestBytes", "guest size", (long)guest.Elf.Length, ByteSize.Format(guest.Elf.Length));
            report.Add("imageId", "image ID", ImageIdCommand.Compute(path, client.Program).ToString());
            InferenceReport.AddContract(report, guest.Contract);
            if (guest.ParametersSalt is { } salt) report.Add("parametersSalt", "parameters salt (keep it)", Convert.ToHexStringLower(salt));
            LayerCosts costs = LayerCosts.Of(guest, LayerMeasurement.Run(guest, input, cancellation));
            ProvingPlan plan = ZkvmClient.Estimate(client.Program, input, new(), cancellation);
            EstimateReport.AddTo(report, plan, new());
            InferenceReport.AddCosts(report, costs);
            (ModelCheckResult? checkResult, IReadOnlyList<TensorComparison> layers) = parsed.GetValue(check) is > 0 and var count
                ? Check(guest, modelOptions.Read(parsed, path), file, count, parsed.GetValue(data), terminal, parsed.GetValue(quiet), cancellation)
                : (null, []);
            if (checkResult != null) InferenceReport.AddCheck(report, checkResult, layers);
            if (parsed.GetValue(output) is { } target)
            {
                File.WriteAllBytes(target, guest.Elf);
                terminal.Error.WriteLine($"zkvm: wrote {target}.");
            }
            if (parsed.GetValue(html) is { } page)
            {
                File.WriteAllText(page, ModelHtml.Page(report, costs, checkResult, layers));
                terminal.Error.WriteLine($"zkvm: wrote {page}.");
            }
            report.Write(terminal.Output, parsed.GetValue(json));
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    static InferenceGuest Compile(string path, byte[] file, InferenceOptions options)
    {
        try
        {
            return InferenceGuest.Compile(file, options);
        }
        catch (Exception exception) when (exception is OnnxException or EmissionException)
        {
            throw CommandException.Usage($"{path}: {exception.Message}");
        }
    }

    static ExecutionInput SampleInput(ModelContract contract, string? path)
    {
        try
        {
            IReadOnlyList<Tensor> tensors = path is null ? RandomInputs.Draw(contract, new(Seed)) : InputDocument.Read(contract, InputFiles.ReadFile(path, "sample", int.MaxValue));
            return new ExecutionInput { StandardInput = BoundValues.Encode(contract, tensors) };
        }
        catch (InvalidDataException exception)
        {
            throw CommandException.Usage(exception.Message);
        }
    }

    static (ModelCheckResult, IReadOnlyList<TensorComparison>) Check(
        InferenceGuest guest, InferenceOptions options, byte[] model, int count, string? data, Terminal terminal, bool isQuiet, CancellationToken cancellation)
    {
        // The comparison needs the output, whatever the guest shows.
        InferenceClient client = InferenceClient.TryOpen(InferenceGuest.Compile(model, options with { Input = Visibility.Private, Output = Visibility.Public }).Elf)!;
        Random random = new(Seed);
        IReadOnlyList<Tensor[]> cases = data is null
            ? [.. Enumerable.Range(0, count).Select(_ => RandomInputs.Draw(guest.Contract, random))]
            : CheckData.Read(data, guest.Contract, count);
        Progress progress = new(terminal, cases.Count, isQuiet);
        try
        {
            return (ModelCheck.Run(client, model, cases, progress, cancellation), LayerCheck.Run(guest, model, [.. cases.Take(LayerCases)], cancellation));
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or InvalidDataException)
        {
            throw CommandException.Usage(exception.Message);
        }
    }

    sealed class Progress(Terminal terminal, int total, bool isQuiet) : IProgress<int>
    {
        int _shown = -1;

        public void Report(int value)
        {
            int percent = 100 * value / total / 10 * 10;
            if (isQuiet || percent == _shown) return;
            _shown = percent;
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"zkvm: checked {value} of {total}"));
        }
    }
}
