using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Zkml.Cli.Input;
using Zkml.Cli.Output;
using Zkml.Guest.Assembly;
using Zkml.Program;
using Zkml.Program.Elf;
using Zkml.Receipts;
using Zkml.Records;
using Zkml.Sdk;
using Zkml.Stark.Prover;
using Zkml.Vm.Execution;

namespace Zkml.Cli.Benchmarks;

/// <summary>Proves the benchmark program of <see cref="Programs.Mixed"/> and reports speed, cells, stages and memory.</summary>
sealed class ProveBenchmark
{
    ProveBenchmark(Report report) => Report = report;

    /// <summary>The figures of the fastest run.</summary>
    public Report Report { get; }

    /// <summary>Makes the proofs, one after the other in this process, and verifies the last receipt several times.</summary>
    public static ProveBenchmark Measure(int cycles, int runs, ProveOptions options, Terminal terminal, bool isQuiet, CancellationToken cancellation)
    {
        ProgramImage program = ElfReader.Read(Programs.Mixed(cycles).ToElf());
        ExecutionInput input = new();
        ProveResult? best = null;
        TimeSpan first = default;
        for (int run = 0; run < runs; run++)
        {
            ProveResult result;
            using (ProgressDisplay progress = new(terminal, isQuiet)) result = ZkvmClient.Prove(program, input, options, progress, cancellation);
            if (run == 0) first = result.Elapsed;
            if (best is null || result.Elapsed < best.Elapsed) best = result;
        }
        long peakBytes = ProofReport.PeakMemoryBytes();
        TimeSpan verification = MeasureVerification(best!.Receipt);
        return new ProveBenchmark(MakeReport(best, first, peakBytes, verification, options));
    }

    static TimeSpan MeasureVerification(Receipt receipt)
    {
        const int Runs = 10;
        TimeSpan best = TimeSpan.MaxValue;
        for (int run = 0; run < Runs; run++)
        {
            long start = Stopwatch.GetTimestamp();
            if (!ZkvmClient.Verify(receipt, receipt.ImageId, TestAware(receipt)).IsAccepted) throw new InvalidOperationException("Benchmark: the receipt does not verify.");
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            if (elapsed < best) best = elapsed;
        }
        return best;
    }

    static VerifyOptions TestAware(Receipt receipt) => new() { AllowTestProfile = receipt.Header.Profile == Stark.SecurityProfile.Test };

    static Report MakeReport(ProveResult result, TimeSpan first, long peakBytes, TimeSpan verification, ProveOptions options)
    {
        long cycles = result.Plan.Result.Cycles, cells = result.Plan.UsedCells, padded = result.Plan.PaddedCells;
        double seconds = result.Elapsed.TotalSeconds;
        long proofBytes = ProofReport.SizeOf(result.Receipt);
        Report report = new Report()
            .Add("machine", "machine", Machine())
            .Add("threads", "threads", (long)options.Threads)
            .Add("cycles", "cycles", cycles)
            .Add("segments", "segments", (long)result.Plan.Segments.Count, $"{result.Plan.Segments.Count} ({ProofReport.Classes(result.Plan)})")
            .Add("seconds", "time", seconds, $"{Durations.Format(result.Elapsed)} (first proof of the process: {Durations.Format(first)})")
            .Add("cyclesPerSecond", "cycles per second", cycles / seconds, Whole(cycles / seconds))
            .Add("cells", "cells before padding", cells, $"{Whole(cells)} ({Number((double)cells / cycles)} per cycle)")
            .Add("paddedCells", "cells with padding", padded, $"{Whole(padded)} ({Number((double)padded / cycles)} per cycle)")
            .Add("cellsPerSecondPerCore", "cells per second and thread", cells / seconds / options.Threads,
                $"{Whole(cells / seconds / options.Threads)} before padding, {Whole(padded / seconds / options.Threads)} with it")
            .Add("peakMemoryBytes", "peak memory", peakBytes, $"{ByteSize.Format(peakBytes)} (estimated {ByteSize.Format(result.Plan.EstimatedPeakBytes)})")
            .Add("proofBytes", "proof size", proofBytes, $"{ByteSize.Format(proofBytes)} ({ByteSize.Format(proofBytes / result.Plan.Segments.Count)} a segment)")
            .Add("verifySeconds", "verification, warm", verification.TotalSeconds, Durations.Format(verification));
        ProofReport.AddSecurity(report, result.Receipt.Header);
        return report
            .AddTable("stages", "stages", Stages(result))
            .AddTable("mix", "instruction mix", Mix(result.Plan.Result));
    }

    static ReportTable Stages(ProveResult result)
    {
        ReportTable table = new(new("stage", "stage"), new("seconds", "seconds", "0.000"), new("share", "share", "0.0 %"));
        double total = result.Elapsed.TotalSeconds, counted = 0;
        foreach (ProverStage stage in Enum.GetValues<ProverStage>())
        {
            TimeSpan time = stage == ProverStage.Trace ? result.TraceTime : result.Statistics[stage];
            counted += time.TotalSeconds;
            table.Add(stage.ToString(), time.TotalSeconds, time.TotalSeconds / total);
        }
        return table.Add("other (plan, program commitment, verification)", total - counted, (total - counted) / total);
    }

    static ReportTable Mix(ExecutionResult result)
    {
        ReportTable table = new(new("table", "table"), new("rows", "rows"), new("share", "share of cycles", "0.0 %"));
        for (EventStream stream = 0; stream < EventStream.Halt; stream++)
        {
            if (result.Counts[stream] > 0) table.Add(stream.ToString(), (long)result.Counts[stream], (double)result.Counts[stream] / result.Cycles);
        }
        return table.Add(nameof(EventStream.Bump), (long)result.Counts[EventStream.Bump], (double)result.Counts[EventStream.Bump] / result.Cycles);
    }

    static string Machine()
    {
        string model = "unknown processor";
        if (File.Exists("/proc/cpuinfo"))
        {
            string? line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
            if (line is not null) model = line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
        }
        string vectors = System.Runtime.Intrinsics.X86.Avx512F.IsSupported ? "AVX-512" : System.Runtime.Intrinsics.X86.Avx2.IsSupported ? "AVX2" : "no wide vectors";
        return $"{model}, {Environment.ProcessorCount} cores, {vectors}, {RuntimeInformation.FrameworkDescription}";
    }

    static string Whole(double number) => number.ToString("#,0", CultureInfo.InvariantCulture);

    static string Number(double number) => number.ToString("0.0", CultureInfo.InvariantCulture);
}
