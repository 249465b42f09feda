using System.Globalization;
using Zkml.Cli.Benchmarks;
using Zkml.Cli.Input;
using Zkml.Sdk;

namespace Zkml.Cli.Output;

/// <summary>What a proof would cost.</summary>
static class EstimateReport
{
    /// <summary>Cycles, segments, cells, memory, and seconds on this machine, from a plan and a short measurement.</summary>
    public static Report Of(ProvingPlan plan, ProveOptions options) =>
        AddTo(new Report().Add("exitCode", "exit code", (long)plan.Result.ExitCode).Add("cycles", "cycles", plan.Result.Cycles), plan, options);

    /// <summary>Adds segments, cells, memory and seconds to a report.</summary>
    public static Report AddTo(Report report, ProvingPlan plan, ProveOptions options)
    {
        long cycles = plan.Result.Cycles;
        double seconds = SpeedProbe.EstimateSeconds(plan, options.Threads);
        return report
            .Add("segments", "segments", (long)plan.Segments.Count, $"{plan.Segments.Count} ({ProofReport.Classes(plan)})")
            .Add("cells", "cells before padding", plan.UsedCells, $"{ReportTable.Format(plan.UsedCells)} ({(double)plan.UsedCells / cycles:0.0} per cycle)")
            .Add("paddedCells", "cells with padding", plan.PaddedCells)
            .Add("estimatedPeakBytes", "peak memory, about", plan.EstimatedPeakBytes, ByteSize.Format(plan.EstimatedPeakBytes))
            .Add("estimatedSeconds", "time to prove, about", seconds, seconds.ToString("0.0 s", CultureInfo.InvariantCulture));
    }
}
