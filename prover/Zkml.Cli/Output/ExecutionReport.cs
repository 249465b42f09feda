using Zkml.Vm.Execution;

namespace Zkml.Cli.Output;

/// <summary>What an execution left, for people and machines.</summary>
static class ExecutionReport
{
    const int MaximumJournalBytesShown = 256;

    /// <summary>The summary of an execution that was not proved.</summary>
    public static Report Of(ExecutionResult result, TimeSpan duration)
    {
        Report report = new Report()
            .Add("exitCode", "exit code", (long)result.ExitCode)
            .Add("cycles", "cycles", result.Cycles)
            .Add("instructions", "instructions", result.Instructions)
            .Add("seconds", "time", duration.TotalSeconds, Durations.Format(duration))
            .Add("standardOutput", null, PrintableText.Of(result.StandardOutput));
        return AddJournal(report, result.Journal);
    }

    /// <summary>Adds a journal as hexadecimal digits, and as text where it is text.</summary>
    public static Report AddJournal(Report report, ReadOnlySpan<byte> journal)
    {
        string? text = PrintableText.Quote(journal, MaximumJournalBytesShown);
        report.Add("journal", "journal", Convert.ToHexStringLower(journal), PrintableText.Hex(journal, MaximumJournalBytesShown));
        report.Add("journalText", journal.Length > 0 && text is not null ? "journal as text" : null, text is null ? null : PrintableText.Of(journal), text);
        return report;
    }
}
