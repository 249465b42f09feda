using System.CommandLine;
using System.Diagnostics;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Guest.Onnx.Contract;
using Zkml.Program;
using Zkml.Receipts;
using Zkml.Stark;

namespace Zkml.Cli.Commands;

/// <summary>zkvm verify: checks a receipt.</summary>
static class VerifyCommand
{
    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string> receipt = new("RECEIPT") { Description = "The receipt file." };
        Option<string?> imageId = new("--image-id") { Description = "The program, by an image ID that you trust.", HelpName = "HEX" };
        Option<string?> elf = new("--elf") { Description = "The program, by its ELF file.", HelpName = "FILE" };
        Option<byte> exitCode = new("--exit-code") { Description = "The exit code that the guest must have ended with.", HelpName = "N" };
        Option<string> security = ProvingOptions.Security("Least proven bits of security to accept: 100 or 128.");
        Option<string?> maximum = new("--max-size") { Description = "Refuse a longer file (default 64MiB).", HelpName = "SIZE" };
        Option<bool> json = StandardOptions.Json();
        VerbCommand command = new(
            "verify",
            "Check a receipt against a program and print the journal.",
            "zkvm verify hello.zkr --elf examples/01-hello-c/guest.elf",
            "zkvm verify hello.zkr --image-id $(zkvm image-id examples/01-hello-c/guest.elf)") { receipt, imageId, elf, exitCode, security, maximum, json };
        command.SetAction(parsed =>
        {
            VerifyOptions options = ReadOptions(parsed.GetValue(exitCode), parsed.GetRequiredValue(security), parsed.GetValue(maximum));
            string path = parsed.GetRequiredValue(receipt);
            InputFiles.CheckExists(path, "receipt");
            string? elfPath = parsed.GetValue(elf);
            ImageId expected = ReadImageId(parsed.GetValue(imageId), elfPath);
            return Verify(path, expected, elfPath is null ? null : InputFiles.ReadGuest(elfPath).Contract, options, parsed.GetValue(json), terminal);
        });
        return command;
    }

    static VerifyOptions ReadOptions(byte exitCode, string security, string? maximum)
    {
        SecurityProfile profile = ProvingOptions.ParseSecurity(security);
        long maximumBytes = VerifyOptions.Default.MaxFileBytes;
        if (maximum is not null && !ByteSize.TryParse(maximum, out maximumBytes))
            throw CommandException.Usage($"--max-size: expected a size such as 64MiB, got \"{maximum}\".");
        return new VerifyOptions
        {
            ExitCode = exitCode,
            MinimumProfile = profile == SecurityProfile.Test ? SecurityProfile.P100 : profile,
            AllowTestProfile = profile == SecurityProfile.Test,
            MaxFileBytes = maximumBytes,
        };
    }

    static ImageId ReadImageId(string? text, string? elfPath)
    {
        if (text is null == elfPath is null)
            throw CommandException.Usage($"expected --image-id or --elf, got {(text is null ? "neither" : "both")}: a receipt means nothing without the program.");
        if (elfPath is not null) return ImageIdCommand.Compute(elfPath);
        return ImageId.TryParse(text, out ImageId imageId)
            ? imageId
            : throw CommandException.Usage($"--image-id: expected {2 * ImageId.ByteCount} hexadecimal digits, got {text!.Length} characters.");
    }

    static int Verify(string path, ImageId expected, ModelContract? contract, VerifyOptions options, bool isJson, Terminal terminal)
    {
        Stopwatch watch = Stopwatch.StartNew();
        ReceiptVerification verdict;
        ReceiptHeader? header;
        using (FileStream stream = InputFiles.Open(path, "receipt")) verdict = ReceiptVerifier.Verify(stream, expected, options, out header);
        if (header is null || !verdict.IsAccepted) return Reject(path, verdict.Failure, isJson, terminal);
        Report report = new Report()
            .Add("valid", "valid", true)
            .Add("exitCode", "exit code", (long)header.ExitCode)
            .Add("segments", "segments", (long)header.SegmentCount);
        ProofReport.AddSecurity(report, header)
            .Add("imageId", "image ID", expected.ToString())
            .Add("seconds", "time", watch.Elapsed.TotalSeconds, Durations.Format(watch.Elapsed));
        if (header.Profile == SecurityProfile.Test) terminal.Error.WriteLine("zkvm: warning: a receipt of the test profile proves nothing.");
        InferenceReport.AddOutputs(ExecutionReport.AddJournal(report, header.Journal.Span), contract, header.Journal.Span).Write(terminal.Output, isJson);
        return ExitCode.Ok;
    }

    static int Reject(string path, ReceiptFailure failure, bool isJson, Terminal terminal)
    {
        if (isJson) new Report().Add("valid", null, false).Add("reason", null, failure.Error.ToString()).Add("message", null, failure.Message).Write(terminal.Output, true);
        throw new CommandException(ExitCode.Rejected, $"{path}: rejected: {failure.Message}");
    }
}
