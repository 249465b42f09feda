using Zkml.Fields.Bn254;
using Zkml.Groth16.Formats;
using Zkml.Groth16.Verifier;

namespace Zkml.Groth16.R1cs;

/// <summary>
/// Checks a circuit on valid and invalid assignments at every level: the witness program, the constraint system with a mutation of every signal, the
/// files of circom, a proof with a development setup, and a contract where one is given.
/// </summary>
/// <param name="circuit">The circuit.</param>
public sealed class CircuitCheck(Circuit circuit)
{
    readonly List<(string Name, IReadOnlyDictionary<string, Fr[]> Inputs)> _valid = [];
    readonly List<(string Name, IReadOnlyDictionary<string, Fr[]> Inputs)> _invalid = [];
    readonly List<string> _failures = [];

    /// <summary>Asks a contract for a key whether it accepts a proof of public values; for <see cref="CircuitCheckLevel.Contract"/>.</summary>
    public Func<Groth16VerifyingKey, Groth16Proof, Fr[], bool>? Contract { get; init; }

    /// <summary>Adds inputs that must have a witness.</summary>
    public CircuitCheck Accepts(string name, IReadOnlyDictionary<string, Fr[]> inputs)
    {
        _valid.Add((name, inputs));
        return this;
    }

    /// <summary>Adds inputs that must have none: the witness that an honest solver finds violates a constraint.</summary>
    public CircuitCheck Rejects(string name, IReadOnlyDictionary<string, Fr[]> inputs)
    {
        _invalid.Add((name, inputs));
        return this;
    }

    /// <summary>Runs the checks.</summary>
    /// <returns>What failed, a line each; empty if the circuit passes.</returns>
    /// <exception cref="InvalidOperationException">There is no valid or no invalid assignment, or no contract for its level.</exception>
    public IReadOnlyList<string> Run(CircuitCheckLevel level = CircuitCheckLevel.Files)
    {
        if (_valid.Count == 0 || _invalid.Count == 0) throw new InvalidOperationException("A check needs at least one valid and one invalid assignment.");
        if (level >= CircuitCheckLevel.Contract && Contract is null) throw new InvalidOperationException("The level of contracts needs one.");
        _failures.Clear();
        using ProofCheck? proofs = level >= CircuitCheckLevel.Proof ? new(circuit.System) : null;
        bool[] isBound = new bool[circuit.System.SignalCount];
        foreach ((string name, IReadOnlyDictionary<string, Fr[]> inputs) in _valid)
            CheckValid(name, inputs, isBound, level, proofs);
        foreach ((string name, IReadOnlyDictionary<string, Fr[]> inputs) in _invalid)
            CheckInvalid(name, inputs, proofs);
        if (level >= CircuitCheckLevel.Constraints && _failures.Count == 0) CheckInputsBound(isBound);
        return [.. _failures];
    }

    void CheckValid(string name, IReadOnlyDictionary<string, Fr[]> inputs, bool[] isBound, CircuitCheckLevel level, ProofCheck? proofs)
    {
        Fr[] witness;
        try
        {
            witness = circuit.Solve(inputs);
        }
        catch (CircuitException error)
        {
            _failures.Add($"{name}: expected a witness; {error.Message}");
            return;
        }
        if (level >= CircuitCheckLevel.Constraints)
        {
            CheckMutations(name, witness, isBound);
            foreach (int signal in WitnessFreedom.Find(circuit, witness))
                _failures.Add($"{name}: signal {signal}, {circuit.Signals[signal].Name}: it can change while the inputs stay.");
        }
        if (level >= CircuitCheckLevel.Files) CheckFiles(name, witness);
        if (proofs is not null) CheckProof(name, witness, proofs, level >= CircuitCheckLevel.Contract ? Contract : null);
    }

    void CheckInvalid(string name, IReadOnlyDictionary<string, Fr[]> inputs, ProofCheck? proofs)
    {
        Fr[] witness = circuit.SolveUnchecked(inputs);
        if (circuit.System.FindViolation(witness) < 0)
            _failures.Add($"{name}: expected a violated constraint, all hold.");
        else if (proofs?.TryProve(witness, out _) is not null)
            _failures.Add($"{name}: expected no proof, got one.");
    }

    void CheckProof(string name, Fr[] witness, ProofCheck proofs, Func<Groth16VerifyingKey, Groth16Proof, Fr[], bool>? contract)
    {
        Groth16Proof? proof = proofs.TryProve(witness, out string reason);
        if (proof is null)
        {
            _failures.Add($"{name}: expected a proof; {reason}");
            return;
        }
        Fr[] values = circuit.PublicValues(witness);
        if (Groth16Verifier.Verify(proofs.Key, proof, values) is { IsAccepted: false } result) _failures.Add($"{name}: {result.Message}");
        if (contract?.Invoke(proofs.Key, proof, values) == false) _failures.Add($"{name}: the contract refuses the proof.");
        for (int i = 0; i < values.Length; i++)
        {
            Fr original = values[i];
            values[i] += Fr.One;
            if (Groth16Verifier.Verify(proofs.Key, proof, values).IsAccepted) _failures.Add($"{name}: accepted with public value {i} changed.");
            if (contract?.Invoke(proofs.Key, proof, values) == true) _failures.Add($"{name}: the contract accepts it with public value {i} changed.");
            values[i] = original;
        }
    }

    /// <summary>Changes each signal by 1 and by −1; the constraints that name it must notice, except where it is an input or may be free.</summary>
    void CheckMutations(string name, Fr[] witness, bool[] isBound)
    {
        R1csSystem system = circuit.System;
        (int[] starts, int[] uses) = SignalUses(system);
        for (int signal = 1; signal < witness.Length; signal++)
        {
            Fr original = witness[signal];
            ReadOnlySpan<int> constraints = uses.AsSpan(starts[signal]..starts[signal + 1]);
            foreach (Fr change in (ReadOnlySpan<Fr>)[Fr.One, -Fr.One])
            {
                witness[signal] = original + change;
                bool isCaught = IsViolated(system, constraints, witness);
                isBound[signal] |= isCaught;
                SignalInfo info = circuit.Signals[signal];
                // An input may be without influence in one witness, such as the branch that is not chosen; it must have some in one of them.
                if (!isCaught && !info.MayBeFree && info.Kind is (SignalKind.Internal or SignalKind.PublicOutput))
                    _failures.Add($"{name}: signal {signal}, {info.Name}: changed from {original} to {witness[signal]}, no constraint notices.");
            }
            witness[signal] = original;
        }
    }

    void CheckInputsBound(bool[] isBound)
    {
        for (int signal = 1; signal < isBound.Length; signal++)
        {
            if (!isBound[signal] && circuit.Signals[signal].Kind is (SignalKind.PublicInput or SignalKind.PrivateInput))
                _failures.Add($"Input {circuit.Signals[signal].Name}: no constraint notices a change under any of the valid assignments.");
        }
    }

    void CheckFiles(string name, Fr[] witness)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("zkml-circuit-");
        try
        {
            string systemPath = Path.Combine(folder.FullName, "circuit.r1cs"), witnessPath = Path.Combine(folder.FullName, "circuit.wtns");
            R1csFile.Write(circuit.System, systemPath);
            WitnessFile.Write(witness, witnessPath);
            using WitnessFile file = WitnessFile.Open(witnessPath);
            int violation = R1csFile.Read(systemPath).FindViolation(file.ToArray());
            if (violation >= 0) _failures.Add($"{name}: read back from files, {circuit.Describe(violation)}");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static bool IsViolated(R1csSystem system, ReadOnlySpan<int> constraints, Fr[] witness)
    {
        foreach (int i in constraints)
        {
            if (system.A.Evaluate(i, witness) * system.B.Evaluate(i, witness) != system.C.Evaluate(i, witness)) return true;
        }
        return false;
    }

    /// <summary>The constraints of each signal: those of signal s stand in [starts[s], starts[s + 1]).</summary>
    static (int[] Starts, int[] Uses) SignalUses(R1csSystem system)
    {
        int[] starts = new int[system.SignalCount + 1];
        R1csMatrix[] matrices = [system.A, system.B, system.C];
        ForEach((signal, _) => starts[signal + 1]++);
        for (int i = 1; i < starts.Length; i++)
            starts[i] += starts[i - 1];
        int[] uses = new int[starts[^1]], next = starts[..^1];
        ForEach((signal, constraint) => uses[next[signal]++] = constraint);
        return (starts, uses);

        void ForEach(Action<int, int> action)
        {
            for (int i = 0; i < system.ConstraintCount; i++)
            {
                foreach (R1csMatrix matrix in matrices)
                {
                    foreach (R1csTerm term in matrix.Row(i))
                        action(term.Signal, i);
                }
            }
        }
    }
}
