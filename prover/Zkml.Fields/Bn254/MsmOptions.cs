namespace Zkml.Fields.Bn254;

/// <summary>How a multi-scalar multiplication runs. The result depends on none of it.</summary>
public sealed record MsmOptions
{
    /// <summary>All processors, no progress, no cancellation.</summary>
    public static MsmOptions Default { get; } = new();

    /// <summary>Most threads at work, the caller's included, at least 1.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Told the done part of the work, in [0, 1], now and then, from any of the threads.</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>Looked at every few thousand sums.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>Whether the scalar kernel is used even where the processor has AVX-512; for tests and measurements.</summary>
    internal bool UseScalarKernel { get; init; }
}
