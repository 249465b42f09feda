using System.CommandLine;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Program;
using Zkml.Records;

namespace Zkml.Cli.Commands;

/// <summary>zkvm inspect: what is in a guest program.</summary>
static class InspectCommand
{
    /// <summary>Declares the command.</summary>
    public static Command Create(Terminal terminal)
    {
        Argument<string> file = new("FILE") { Description = "A guest program." };
        Option<bool> json = StandardOptions.Json(), symbols = new("--symbols") { Description = "List the symbols too." };
        VerbCommand command = new("inspect", "Show what is in a guest program.", "zkvm inspect examples/01-hello-c/guest.elf") { file, symbols, json };
        command.SetAction(parsed =>
        {
            ProgramImage program = InputFiles.ReadProgram(parsed.GetRequiredValue(file));
            ProgramReport(program, parsed.GetValue(symbols)).Write(terminal.Output, parsed.GetValue(json));
            return ExitCode.Ok;
        });
        return command;
    }

    static Report ProgramReport(ProgramImage program, bool withSymbols)
    {
        ProgramTables tables = program.ToTables();
        string? entryName = program.Symbols.Describe(program.Entry);
        Report report = new Report()
            .Add("kind", "kind", "guest program")
            .Add("entry", "entry", (long)program.Entry, entryName is null ? $"0x{program.Entry:x8}" : $"0x{program.Entry:x8} ({entryName})")
            .Add("romRows", "instructions (ROM rows)", (long)tables.Rom.Length)
            .Add("imageWords", "initial words of read-write memory", (long)tables.Image.Length)
            .Add("readOnlyWords", "words of the read-only window", (long)tables.ReadOnly.Length)
            .Add("symbolCount", "symbols", (long)program.Symbols.Count)
            .AddTable("regions", "initial memory", Regions(program));
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
