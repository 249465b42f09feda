using System.Diagnostics;
using Zkml.Groth16.Prover;

namespace Zkml.Cli.Output;

/// <summary>The steps of a Groth16 proof or setup on standard error: drawn over each other on a terminal, one line each elsewhere, nothing when quiet.</summary>
sealed class Groth16Display(Terminal terminal, bool isQuiet) : IProgress<Groth16Progress>, IProgress<string>, IDisposable
{
    readonly Stopwatch _watch = Stopwatch.StartNew();
    readonly Lock _lock = new();
    string _last = "";
    bool _isOver;

    /// <inheritdoc/>
    public void Report(Groth16Progress value) => Show(value.Stage, value.Part);

    /// <inheritdoc/>
    public void Report(string value) => Show(value, 0);

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (!_isOver && !isQuiet && terminal.IsInteractive) terminal.Error.Write("\r\e[K");
            _isOver = true;
        }
    }

    void Show(string step, double part)
    {
        lock (_lock)
        {
            if (isQuiet || _isOver) return;
            if (terminal.IsInteractive) terminal.Error.Write($"\r\e[K{step} {100 * part:0} %  {Durations.Format(_watch.Elapsed)}");
            else if (step != _last) terminal.Error.WriteLine($"zkvm: {step} ({Durations.Format(_watch.Elapsed)})");
            _last = step;
        }
    }
}
