using System.Diagnostics;
using System.Globalization;
using Zkml.Cli.Input;
using Zkml.Machine.Shapes;
using Zkml.Receipts;
using Zkml.Sdk;
using Zkml.Stark;
using Zkml.Stark.Soundness;
using Zkml.Vm.Execution;

namespace Zkml.Cli.Output;

/// <summary>The summary of a proof.</summary>
static class ProofReport
{
    /// <summary>Cycles, time, sizes, security, image ID and journal.</summary>
    public static Report Of(ProveResult result, ProveOptions options)
    {
        ExecutionResult execution = result.Plan.Result;
        Receipt receipt = result.Receipt;
        long proofBytes = SizeOf(receipt), peakBytes = PeakMemoryBytes();
        double seconds = result.Elapsed.TotalSeconds;
        Report report = new Report()
            .Add("exitCode", "exit code", (long)execution.ExitCode)
            .Add("cycles", "cycles", execution.Cycles)
            .Add("segments", "segments", (long)result.Plan.Segments.Count, $"{result.Plan.Segments.Count} ({Classes(result.Plan)})")
            .Add("seconds", "time", seconds, Durations.Format(result.Elapsed))
            .Add("cyclesPerSecond", "cycles per second", execution.Cycles / seconds, (execution.Cycles / seconds).ToString("#,0", CultureInfo.InvariantCulture))
            .Add("peakMemoryBytes", "peak memory", peakBytes, ByteSize.Format(peakBytes))
            .Add("proofBytes", "proof size", proofBytes, ByteSize.Format(proofBytes));
        AddSecurity(report, receipt.Header);
        report
            .Add("imageId", "image ID", receipt.ImageId.ToString())
            .Add("standardOutput", null, PrintableText.Of(execution.StandardOutput));
        return ExecutionReport.AddJournal(report, execution.Journal);
    }

    /// <summary>Adds the proven bits of a receipt's profile, rounded down: those of the weakest class that its program has.</summary>
    public static Report AddSecurity(Report report, ReceiptHeader header)
    {
        SessionRules rules = RiscvSession.Rules(header.Profile, header.Program);
        double bits = ShapeClasses.All.Where(shape => rules.FindClass(shape.Index) is not null)
            .Min(shape => SoundnessCalculator.Report(shape.Name, rules.Layout(shape.Index)).Bits);
        double shown = FloorTenth(bits);
        string text = string.Create(CultureInfo.InvariantCulture,
            $"{shown:0.0} proven (hash collisions: {FloorTenth(SoundnessReport.DigestBits):0.0}); profile {header.Profile}");
        return report.Add("provableBits", "security bits", shown, text).Add("profile", null, header.Profile.ToString());
    }

    /// <summary>Security levels are never rounded up.</summary>
    public static double FloorTenth(double bits) => Math.Floor(bits * 10) / 10;

    /// <summary>The most memory that this process has held, in bytes.</summary>
    public static long PeakMemoryBytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>The size of the receipt's file in bytes.</summary>
    public static long SizeOf(Receipt receipt)
    {
        using MemoryStream stream = new();
        receipt.Write(stream);
        return stream.Length;
    }

    /// <summary>Shape classes in the order of the segments, repetitions counted.</summary>
    public static string Classes(ProvingPlan plan)
    {
        List<string> parts = [];
        for (int i = 0; i < plan.Segments.Count;)
        {
            int start = i;
            string name = plan.Segments[i].Class.Name;
            while (i < plan.Segments.Count && plan.Segments[i].Class.Name == name) i++;
            parts.Add(i - start == 1 ? name : $"{i - start} × {name}");
        }
        return string.Join(", ", parts);
    }
}
