namespace Zkml.Groth16.Prover;

/// <summary>How a proof is made. Whether it verifies depends on none of it.</summary>
public sealed record Groth16ProverOptions
{
    /// <summary>All processors, no progress, no cancellation.</summary>
    public static Groth16ProverOptions Default { get; } = new();

    /// <summary>Most threads at work, the caller's included, at least 1.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Told at the start of each stage, and within the long ones, from any of the threads.</summary>
    public IProgress<Groth16Progress>? Progress { get; init; }

    /// <summary>Looked at every few milliseconds.</summary>
    public CancellationToken Cancellation { get; init; }
}

/// <summary>How far a proof is.</summary>
/// <param name="Stage">What is done now.</param>
/// <param name="Part">The done part of the stage, in [0, 1].</param>
public readonly record struct Groth16Progress(string Stage, double Part);

/// <summary>A stage of a proof and its time.</summary>
/// <param name="Name">What was done.</param>
/// <param name="Time">Wall time.</param>
public readonly record struct Groth16Stage(string Name, TimeSpan Time);

/// <summary>A proof that was verified, and what it took.</summary>
/// <param name="Proof">The proof.</param>
/// <param name="PublicInputs">What it proves: the public signals of the witness.</param>
/// <param name="Stages">Wall times; the sum in G2 runs beside the others.</param>
/// <param name="Time">Wall time of all.</param>
/// <param name="PeakMemoryBytes">The most memory that the process has held so far, mapped files included.</param>
public sealed record Groth16ProvingResult(
    Verifier.Groth16Proof Proof, Fr[] PublicInputs, IReadOnlyList<Groth16Stage> Stages, TimeSpan Time, long PeakMemoryBytes);

/// <summary>A key and a witness that make no proof.</summary>
public sealed class Groth16ProvingException(string message) : Exception(message);
