using System.Numerics;
using Zkml.Fields.Bn254;

namespace Zkml.Groth16.R1cs;

/// <summary>
/// A rank-1 constraint system: signals z with (A·z)∘(B·z) = C·z. Signal 0 is 1; then come the public outputs, the public inputs, and the
/// private signals, private inputs first.
/// </summary>
public sealed class R1csSystem
{
    /// <summary>The most signals and constraints of a system.</summary>
    public const int MaximumSize = (1 << 26) - 1;

    /// <summary>A system of three matrices with as many rows.</summary>
    /// <exception cref="ArgumentException">The counts do not fit, or a term names a signal that is not there.</exception>
    public R1csSystem(int signalCount, int publicOutputCount, int publicInputCount, int privateInputCount, R1csMatrix a, R1csMatrix b, R1csMatrix c)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(publicOutputCount);
        ArgumentOutOfRangeException.ThrowIfNegative(publicInputCount);
        ArgumentOutOfRangeException.ThrowIfNegative(privateInputCount);
        if (signalCount is < 1 or > MaximumSize || 1L + publicOutputCount + publicInputCount + privateInputCount > signalCount)
        {
            throw new ArgumentException(
                $"Expected at most {MaximumSize} signals, the constant, {publicOutputCount} outputs and {publicInputCount} + {privateInputCount} inputs among them, got {signalCount}.",
                nameof(signalCount));
        }
        if (a.RowCount != b.RowCount || a.RowCount != c.RowCount || a.RowCount > MaximumSize)
            throw new ArgumentException($"Expected three matrices with as many rows, at most {MaximumSize}, got {a.RowCount}, {b.RowCount}, {c.RowCount}.", nameof(a));
        foreach (R1csMatrix matrix in new[] { a, b, c })
            CheckSignals(matrix, signalCount);
        (SignalCount, PublicOutputCount, PublicInputCount, PrivateInputCount) = (signalCount, publicOutputCount, publicInputCount, privateInputCount);
        (A, B, C) = (a, b, c);
    }

    /// <summary>Signals, the constant included.</summary>
    public int SignalCount { get; }

    /// <summary>Public outputs, signals 1 and on.</summary>
    public int PublicOutputCount { get; }

    /// <summary>Public inputs, after the outputs.</summary>
    public int PublicInputCount { get; }

    /// <summary>Private inputs, after the public ones.</summary>
    public int PrivateInputCount { get; }

    /// <summary>Public outputs and inputs: the public inputs of a proof.</summary>
    public int PublicCount => PublicOutputCount + PublicInputCount;

    /// <summary>The number of constraints.</summary>
    public int ConstraintCount => A.RowCount;

    /// <summary>The left factors.</summary>
    public R1csMatrix A { get; }

    /// <summary>The right factors.</summary>
    public R1csMatrix B { get; }

    /// <summary>The products.</summary>
    public R1csMatrix C { get; }

    /// <summary>
    /// The least k such that 2^k holds the constraints and one more row for each public signal and the constant; at least 1, as snarkjs has it.
    /// </summary>
    public int DomainLog => Math.Max(1, BitOperations.Log2((uint)(ConstraintCount + PublicCount)) + 1);

    /// <summary>The first constraint that the signals violate; -1 where they satisfy the system.</summary>
    /// <exception cref="ArgumentException">There are more or fewer values than signals, or signal 0 is not 1.</exception>
    public int FindViolation(ReadOnlySpan<Fr> signals)
    {
        if (signals.Length != SignalCount) throw new ArgumentException($"Expected {SignalCount} values, got {signals.Length}.", nameof(signals));
        if (signals[0] != Fr.One) throw new ArgumentException($"Signal 0: expected 1, got {signals[0]}.", nameof(signals));
        for (int i = 0; i < ConstraintCount; i++)
        {
            if (A.Evaluate(i, signals) * B.Evaluate(i, signals) != C.Evaluate(i, signals)) return i;
        }
        return -1;
    }

    static void CheckSignals(R1csMatrix matrix, int signalCount)
    {
        for (int row = 0; row < matrix.RowCount; row++)
        {
            foreach (R1csTerm term in matrix.Row(row))
            {
                if ((uint)term.Signal >= (uint)signalCount)
                    throw new ArgumentException($"Constraint {row}: expected a signal below {signalCount}, got {term.Signal}.");
            }
        }
    }
}
