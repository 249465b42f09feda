namespace Zkml.Vm.Execution;

/// <summary>Everything that a guest can learn from its host. The same program and input give the same execution, event by event.</summary>
public sealed record ExecutionInput
{
    /// <summary>The largest cycle limit: 2^27, so that clocks stay below 2^30 (machine.md D7, D10).</summary>
    public const long MaximumCycleLimit = 1L << 27;

    /// <summary>The bytes of standard input.</summary>
    public ReadOnlyMemory<byte> StandardInput { get; init; }

    /// <summary>Command-line arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Environment variables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Seed of the random system call, 32 bytes; all zero where the guest needs no secrets.</summary>
    public ReadOnlyMemory<byte> RandomSeed { get; init; } = new byte[32];

    /// <summary>Cycles after which the guest is stopped, in [1, 2^27].</summary>
    public long CycleLimit { get; init; } = MaximumCycleLimit;

    /// <summary>Bytes of guest memory that the guest may touch, counted in pages of 16 KiB; the image counts.</summary>
    public long MemoryLimitBytes { get; init; } = 256L << 20;

    /// <summary>Bytes that the guest may write to journal, output and error streams together.</summary>
    public long OutputLimitBytes { get; init; } = 64L << 20;

    internal void Validate()
    {
        if (CycleLimit is < 1 or > MaximumCycleLimit)
            throw new ArgumentException($"Cycle limit: expected 1 to {MaximumCycleLimit}, got {CycleLimit}.");
        if (RandomSeed.Length != 32) throw new ArgumentException($"Random seed: expected 32 bytes, got {RandomSeed.Length}.");
        ArgumentOutOfRangeException.ThrowIfNegative(MemoryLimitBytes);
        ArgumentOutOfRangeException.ThrowIfNegative(OutputLimitBytes);
    }
}
