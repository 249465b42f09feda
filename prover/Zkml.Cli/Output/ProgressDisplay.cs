using System.Diagnostics;
using Zkml.Sdk;

namespace Zkml.Cli.Output;

/// <summary>Progress on standard error: a bar that is drawn over itself on a terminal, one line per step elsewhere, nothing when quiet.</summary>
sealed class ProgressDisplay : IProgress<SessionProgress>, IDisposable
{
    const int BarLength = 30, MillisecondsBetweenFrames = 200;

    readonly Terminal _terminal;
    readonly bool _isQuiet;
    readonly Stopwatch _watch = Stopwatch.StartNew();
    readonly Lock _lock = new();
    readonly Timer? _timer;
    SessionProgress _last = new(0, 0, "execute", 0);
    bool _isOver;

    /// <summary>Shows the progress of one proof from now on.</summary>
    public ProgressDisplay(Terminal terminal, bool isQuiet)
    {
        _terminal = terminal;
        _isQuiet = isQuiet;
        if (!isQuiet && terminal.IsInteractive) _timer = new Timer(_ => Draw(), null, 0, MillisecondsBetweenFrames);
    }

    /// <inheritdoc/>
    public void Report(SessionProgress value)
    {
        lock (_lock)
        {
            // Without a bar, a line for each step is enough.
            bool isSameStep = value.Activity == _last.Activity && value.Segment == _last.Segment;
            _last = value;
            if (_isQuiet || _timer is not null || isSameStep) return;
            _terminal.Error.WriteLine($"zkvm: {Describe(value)} ({100 * value.Fraction:0} %, {Durations.Format(_watch.Elapsed)})");
        }
    }

    /// <summary>Clears the bar.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _isOver = true;
            if (_timer is null) return;
            _timer.Dispose();
            _terminal.Error.Write("\r\e[K");
        }
    }

    void Draw()
    {
        lock (_lock)
        {
            if (_isOver) return;
            int filled = (int)(_last.Fraction * BarLength);
            string bar = new string('█', filled) + new string('░', BarLength - filled);
            _terminal.Error.Write($"\r\e[K{bar} {100 * _last.Fraction,3:0} %  {Describe(_last)}  {Durations.Format(_watch.Elapsed)}");
        }
    }

    static string Describe(SessionProgress progress) =>
        progress.SegmentCount > 1 ? $"{progress.Activity} segment {progress.Segment + 1} of {progress.SegmentCount}" : progress.Activity;
}
