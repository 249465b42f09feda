using System.Diagnostics;

namespace Zkml.Stark.Prover;

/// <summary>The parts of a proof that are timed.</summary>
public enum ProverStage
{
    /// <summary>Executing and filling traces; measured by whoever fills them.</summary>
    Trace,

    /// <summary>Low-degree extensions.</summary>
    Extend,

    /// <summary>Merkle trees of the three phases.</summary>
    Hash,

    /// <summary>LogUp columns.</summary>
    LogUp,

    /// <summary>Constraints, on both quotient cosets.</summary>
    Quotient,

    /// <summary>Values at ζ and ω·ζ, and the DEEP codeword.</summary>
    Open,

    /// <summary>Layers, their trees, proofs of work and queries.</summary>
    Fri,
}

/// <summary>How far a segment is.</summary>
/// <param name="Stage">The stage that begins.</param>
/// <param name="Fraction">The share of the segment's proving time that lies behind, in [0, 1], by experience.</param>
public readonly record struct ProverEvent(ProverStage Stage, double Fraction);

/// <summary>What proving cost; adds up over the segments that it is passed for. Not thread-safe.</summary>
public sealed class ProverStatistics
{
    readonly TimeSpan[] _times = new TimeSpan[Enum.GetValues<ProverStage>().Length];

    /// <summary>Wall time of a stage.</summary>
    public TimeSpan this[ProverStage stage] => _times[(int)stage];

    /// <summary>Wall time of all stages.</summary>
    public TimeSpan Total => new(_times.Sum(time => time.Ticks));

    /// <summary>Base cells of main and permutation traces, rows of padding not counted.</summary>
    public long CommittedCells { get; internal set; }

    /// <summary>The same with padding.</summary>
    public long PaddedCells { get; internal set; }

    /// <summary>The most bytes that matrices and trees took at a time.</summary>
    public long PeakBytes { get; internal set; }

    /// <summary>Segments proved.</summary>
    public int Segments { get; internal set; }

    /// <summary>Adds the time since <paramref name="start"/>, a Stopwatch timestamp, and returns the present one.</summary>
    public long Add(ProverStage stage, long start)
    {
        long now = Stopwatch.GetTimestamp();
        _times[(int)stage] += Stopwatch.GetElapsedTime(start, now);
        return now;
    }
}
