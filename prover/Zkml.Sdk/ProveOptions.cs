using Zkml.Stark;

namespace Zkml.Sdk;

/// <summary>How to prove.</summary>
public sealed record ProveOptions
{
    /// <summary>The security profile.</summary>
    public SecurityProfile Profile { get; init; } = SecurityProfile.P100;

    /// <summary>Most threads at work.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Upper bound on the estimated peak memory of the process, in bytes; segments are made small enough for it.</summary>
    public long MemoryLimitBytes { get; init; } = 8L << 30;
}
