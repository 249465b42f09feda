using Zkml.Hashing;
using Zkml.Stark;

namespace Zkml.Receipts;

/// <summary>Everything of a composite receipt but the proofs of its segments.</summary>
public sealed class ReceiptHeader
{
    /// <summary>The profile that the proofs were made with.</summary>
    public required SecurityProfile Profile { get; init; }

    /// <summary>What the prover took for granted; equal to the verifier's own digest, or the receipt is refused.</summary>
    public required Digest ParameterDigest { get; init; }

    /// <summary>The program, as far as its image ID needs it.</summary>
    public required ProgramKey Program { get; init; }

    /// <summary>The guest's exit code.</summary>
    public required byte ExitCode { get; init; }

    /// <summary>The guest's public output, at most 16 MiB.</summary>
    public required ReadOnlyMemory<byte> Journal { get; init; }

    /// <summary>The nonce of the session's challenge.</summary>
    public required uint Nonce { get; init; }

    /// <summary>The number of segments, in [1, 2^12].</summary>
    public required int SegmentCount { get; init; }
}
