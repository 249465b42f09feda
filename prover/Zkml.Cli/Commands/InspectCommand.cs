using System.CommandLine;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Cli.Reference;
using Zkml.Guest.Onnx.Contract;
using Zkml.Machine.Shapes;
using Zkml.Program;
using Zkml.Receipts;
using Zkml.Records;
using Zkml.Stark;

namespace Zkml.Cli.Commands;

/// <summary>zkvm inspect: what is in a guest program, a receipt or an ONNX model; with --write, the reference pages of the machine.</summary>
static class InspectCommand
{
    const string Kinds = "guest program, receipt or ONNX model";

    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string?> file = new("FILE") { Description = "A guest program, a receipt or an ONNX model.", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> json = StandardOptions.Json(), symbols = new("--symbols") { Description = "List a program's symbols too." };
        Option<int> batch = new("--batch") { Description = "The batch size that a model's symbolic outermost extents get.", HelpName = "N", DefaultValueFactory = _ => 1 };
        Option<string?> write = new("--write") { Description = "Write the machine's reference pages (chips, buses, parameters) to a folder.", HelpName = "FOLDER" };
        VerbCommand command = new(
            "inspect",
            "Show what is in a guest program, a receipt or an ONNX model.",
            "zkvm inspect examples/01-hello-c/guest.elf",
            "zkvm inspect hello.zkr",
            "zkvm inspect model.onnx --batch 1",
            "zkvm inspect --write docs/reference") { file, symbols, batch, write, json };
        command.SetAction(parsed =>
        {
            string? path = parsed.GetValue(file), folder = parsed.GetValue(write);
            if (path is null == folder is null) throw CommandException.Usage("expected a FILE or --write, got " + (path is null ? "neither." : "both."));
            if (folder is not null) return WriteReference(folder, terminal);
            InputFiles.CheckExists(path!, Kinds);
            Report report = IsReceipt(path!) ? ReceiptReport(path!)
                : path!.EndsWith(".onnx", StringComparison.OrdinalIgnoreCase) ? ModelReport.Create(path, parsed.GetValue(batch))
                : ProgramReport(path, parsed.GetValue(symbols));
            report.Write(terminal.Output, parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    static int WriteReference(string folder, Terminal terminal)
    {
        Directory.CreateDirectory(folder);
        foreach ((string name, string text) in ReferencePages.All())
        {
            File.WriteAllText(Path.Combine(folder, name), text);
            terminal.Output.WriteLine(Path.Combine(folder, name));
        }
        return ExitCode.Ok;
    }

    static bool IsReceipt(string path)
    {
        Span<byte> start = stackalloc byte[ReceiptFormat.Magic.Length];
        using FileStream stream = InputFiles.Open(path, Kinds);
        return stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) == start.Length && start.SequenceEqual(ReceiptFormat.Magic);
    }

    static Report ReceiptReport(string path)
    {
        using FileStream stream = InputFiles.Open(path, Kinds);
        Receipt receipt = Receipt.Read(stream, long.MaxValue, out ReceiptFailure failure)
            ?? throw new CommandException(ExitCode.Rejected, $"{path}: {failure.Message}");
        Report report = new Report()
            .Add("kind", "kind", "composite receipt", "composite receipt (not verified here; reveals private data)")
            .Add("bytes", "size", stream.Length, ByteSize.Format(stream.Length))
            .Add("claimedImageId", "image ID (claimed)", receipt.ImageId.ToString())
            .Add("claimDigest", "claim digest", receipt.Claim.Digest.ToString())
            .Add("parameterDigest", "parameter digest", receipt.Header.ParameterDigest.ToString())
            .Add("exitCode", "exit code (claimed)", (long)receipt.Header.ExitCode);
        ProofReport.AddSecurity(report, receipt.Header);
        ExecutionReport.AddJournal(report, receipt.Journal.Span);
        ReportTable segments = new(new("segment", "segment"), new("class", "class"), new("mainCells", "main cells"), new("permutationCells", "permutation cells"));
        for (int i = 0; i < receipt.Segments.Count; i++)
        {
            ShapeClass shape = ShapeClasses.All[receipt.Segments[i].ClassIndex];
            segments.Add((long)i, shape.Name, shape.MainCells, shape.PermutationCells);
        }
        return report.AddTable("segments", "segments", segments);
    }

    static Report ProgramReport(string path, bool withSymbols)
    {
        (ProgramImage program, ModelContract? contract) = InputFiles.ReadGuest(path);
        ProgramTables tables = program.ToTables();
        string? entryName = program.Symbols.Describe(program.Entry);
        ImageId imageId = ImageIdCommand.Compute(path, program);
        ProgramSize size = ProgramSize.Of(tables);
        Report report = new Report()
            .Add("kind", "kind", "guest program")
            .Add("imageId", "image ID", imageId.ToString())
            .Add("entry", "entry", (long)program.Entry, entryName is null ? $"0x{program.Entry:x8}" : $"0x{program.Entry:x8} ({entryName})")
            .Add("programSize", "program size", size.Name, $"{size.Name} (2^{size.LogRom} instructions, 2^{size.LogImage} words, 2^{size.LogReadOnly + 3} read-only words)")
            .Add("romRows", "instructions (ROM rows)", (long)tables.Rom.Length)
            .Add("imageWords", "initial words of read-write memory", (long)tables.Image.Length)
            .Add("readOnlyWords", "words of the read-only window", (long)tables.ReadOnly.Length)
            .Add("symbolCount", "symbols", (long)program.Symbols.Count)
            .AddTable("regions", "initial memory", Regions(program));
        if (contract is not null) InferenceReport.AddContract(report, contract);
        return withSymbols ? report.AddTable("symbols", "symbols", Symbols(program.Symbols)) : report;
    }

    static ReportTable Regions(ProgramImage program)
    {
        ReportTable table = new(new("start", "start"), new("end", "end"), new("bytes", "bytes"), new("kind", "kind"));
        foreach (ProgramRegion region in program.Image) AddRegion(table, region, region.IsExecutable ? "text" : "data");
        foreach (ProgramRegion region in program.ReadOnly) AddRegion(table, region, "read-only window");
        return table;
    }

    static void AddRegion(ReportTable table, ProgramRegion region, string kind) =>
        table.Add($"0x{4L * region.StartWord:x8}", $"0x{4L * region.EndWord:x8}", 4L * region.Words.Length, kind);

    static ReportTable Symbols(SymbolTable symbols)
    {
        ReportTable table = new(new("address", "address"), new("size", "bytes"), new("name", "name"));
        for (int i = 0; i < symbols.Count; i++) table.Add($"0x{symbols[i].Address:x8}", (long)symbols[i].Size, symbols[i].Name);
        return table;
    }
}
