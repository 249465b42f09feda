using Zkml.Isa;
using Zkml.Records;

namespace Zkml.Vm.Execution;

/// <summary>What a guest left when it halted.</summary>
public sealed record ExecutionResult
{
    /// <summary>The exit code given to HALT; 0 is success.</summary>
    public required byte ExitCode { get; init; }

    /// <summary>The bytes written to the journal.</summary>
    public required byte[] Journal { get; init; }

    /// <summary>The eight words that HALT read, least significant byte first: the guest's claim of its output digest, unchecked here.</summary>
    public required uint[] OutputDigest { get; init; }

    /// <summary>Cycles: a quarter of the clock, so that a host word counts 1 and a SHA-256 block 4.</summary>
    public required long Cycles { get; init; }

    /// <summary>Instructions executed.</summary>
    public required long Instructions { get; init; }

    /// <summary>Executions of each instruction, by the number of its <see cref="Opcode"/>; a fence counts as ADDI.</summary>
    public required IReadOnlyList<long> InstructionMix { get; init; }

    /// <summary>Rows of each event stream over the session. Bump and Boundary are 0 after a run without segments, which has no accesses.</summary>
    public required EventCounts Counts { get; init; }

    /// <summary>The bytes written to standard output.</summary>
    public required byte[] StandardOutput { get; init; }

    /// <summary>The bytes written to standard error, and the lines of the log.</summary>
    public required byte[] StandardError { get; init; }

    /// <summary>Executions of one instruction.</summary>
    public long CountOf(Opcode opcode) => InstructionMix[(int)opcode];
}
