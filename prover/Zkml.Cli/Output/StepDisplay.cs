using Zkml.Guest.OnnxRuntime.Calibration;

namespace Zkml.Cli.Output;

/// <summary>Steps of a quantisation on standard error: drawn over each other on a terminal, one line a step elsewhere, nothing when quiet.</summary>
sealed class StepDisplay(Terminal terminal, bool isQuiet) : IProgress<QuantizerProgress>, IDisposable
{
    string _last = "";

    /// <inheritdoc/>
    public void Report(QuantizerProgress value)
    {
        if (isQuiet) return;
        if (terminal.IsInteractive) terminal.Error.Write($"\r\e[K{value.Step} {(value.Total > 0 ? $"{value.Done} of {value.Total}" : "…")}");
        else if (value.Step != _last) terminal.Error.WriteLine($"zkvm: {value.Step} …");
        _last = value.Step;
    }

    /// <summary>Clears the line.</summary>
    public void Dispose()
    {
        if (!isQuiet && terminal.IsInteractive) terminal.Error.Write("\r\e[K");
    }
}
