namespace Zkml.Guest.Loops;

/// <summary>Why a run on the host stopped.</summary>
public enum LoopError
{
    /// <summary>An index outside of its buffer.</summary>
    OutOfBounds,

    /// <summary>The program stopped itself by a <see cref="FailStatement"/>.</summary>
    Failed,

    /// <summary>More steps than the caller allows.</summary>
    OutOfSteps,

    /// <summary>More bytes of buffers than the caller allows.</summary>
    OutOfMemory,
}

/// <summary>A run of loop code on the host stopped before its end.</summary>
public sealed class LoopException : Exception
{
    internal LoopException(LoopError error, string message, int exitCode = 0) : base(message) => (Error, ExitCode) = (error, exitCode);

    /// <summary>Why.</summary>
    public LoopError Error { get; }

    /// <summary>The exit code of a program that stopped itself, 1 to 255; 0 for every other error.</summary>
    public int ExitCode { get; }

    internal static LoopException Bounds(string function, LoopBuffer buffer, int index) =>
        new(LoopError.OutOfBounds, $"Function {function}: index {index} of {buffer}, expected 0 to {buffer.Count - 1}.");
}
