using System.Diagnostics;

namespace Zkml.Cli.Benchmarks;

/// <summary>Runs programs to the end and takes their wall time, processor time and peak memory.</summary>
static class MeasuredProcess
{
    /// <summary>What a program took.</summary>
    public readonly record struct Measure(double Seconds, double ProcessorSeconds, long PeakMemoryBytes);

    /// <summary>Runs a program; the best wall time of some runs, with that run's other figures.</summary>
    /// <exception cref="CommandException">It ended with another code than 0.</exception>
    public static Measure Run(int runs, string program, string folder, CancellationToken cancellation, params string[] arguments)
    {
        Measure best = new(double.MaxValue, 0, 0);
        for (int i = 0; i < runs; i++)
        {
            Measure measure = RunOnce(program, folder, arguments, cancellation);
            if (measure.Seconds < best.Seconds) best = measure;
        }
        return best;
    }

    static Measure RunOnce(string program, string folder, string[] arguments, CancellationToken cancellation)
    {
        ProcessStartInfo start = new(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        long begin = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        using CancellationTokenRegistration kill = cancellation.Register(() => process.Kill(entireProcessTree: true));
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None), error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        long peak = 0;
        double processorSeconds = 0;
        // The system forgets the figures of a process that has ended, so these are those of its last milliseconds.
        while (!process.WaitForExit(5))
        {
            try
            {
                process.Refresh();
                peak = Math.Max(peak, process.PeakWorkingSet64);
                processorSeconds = process.TotalProcessorTime.TotalSeconds;
            }
            catch (InvalidOperationException)
            {
                break;
            }
        }
        process.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        cancellation.ThrowIfCancellationRequested();
        return process.ExitCode == 0
            ? new(seconds, processorSeconds, peak)
            : throw new CommandException(ExitCode.Internal, $"{program} ended with {process.ExitCode}: {(output.Result + error.Result).Trim()}");
    }
}
