using Zkml.Fields.Bn254;

namespace Zkml.Groth16.R1cs;

/// <summary>An input of a circuit.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Count">How many values it has.</param>
/// <param name="IsPublic">Whether the verifier sees it.</param>
/// <param name="FirstSignal">Its first signal in the order of creation.</param>
public sealed record CircuitInput(string Name, int Count, bool IsPublic, int FirstSignal);

/// <summary>A constraint system with the program that solves its witness. Immutable; safe to use from several threads.</summary>
public sealed class Circuit
{
    readonly int[] _places;
    readonly WitnessStep[] _steps;
    readonly string[] _gadgetOfConstraint;
    readonly SignalInfo[] _signals;

    internal Circuit(
        R1csSystem system, SignalInfo[] signals, int[] places, CircuitInput[] inputs, WitnessStep[] steps, string[] gadgetOfConstraint, CircuitReport report)
    {
        (System, _signals, _places, Inputs, _steps) = (system, signals, places, inputs, steps);
        (_gadgetOfConstraint, Report) = (gadgetOfConstraint, report);
    }

    /// <summary>The constraints.</summary>
    public R1csSystem System { get; }

    /// <summary>The inputs, in the order of their definition. The public values of a proof are the outputs, then the public inputs, in that order.</summary>
    public IReadOnlyList<CircuitInput> Inputs { get; }

    /// <summary>What each signal of the system is.</summary>
    public IReadOnlyList<SignalInfo> Signals => _signals;

    /// <summary>Constraints by gadget.</summary>
    public CircuitReport Report { get; }

    /// <summary>Solves the witness: the values of all signals.</summary>
    /// <param name="inputs">For each input its values.</param>
    /// <exception cref="CircuitException">An input is missing, unknown or of another length, or a constraint fails.</exception>
    public Fr[] Solve(IReadOnlyDictionary<string, Fr[]> inputs)
    {
        Fr[] witness = SolveUnchecked(inputs);
        int violation = System.FindViolation(witness);
        return violation < 0 ? witness : throw new CircuitException(Describe(violation));
    }

    /// <summary>Runs the witness program without a look at the constraints: what a prover can do with inputs that do not satisfy them.</summary>
    /// <exception cref="CircuitException">An input is missing, unknown or of another length.</exception>
    public Fr[] SolveUnchecked(IReadOnlyDictionary<string, Fr[]> inputs)
    {
        Fr[] created = new Fr[System.SignalCount];
        created[0] = Fr.One;
        foreach (CircuitInput input in Inputs)
        {
            if (!inputs.TryGetValue(input.Name, out Fr[]? values)) throw new CircuitException($"Input {input.Name}: expected {input.Count} values, got none.");
            if (values.Length != input.Count) throw new CircuitException($"Input {input.Name}: expected {input.Count} values, got {values.Length}.");
            values.CopyTo(created, input.FirstSignal);
        }
        foreach (string name in inputs.Keys)
        {
            if (!Inputs.Any(input => input.Name == name)) throw new CircuitException($"Input {name}: the circuit has none of this name.");
        }
        Run(created);
        Fr[] witness = new Fr[created.Length];
        for (int i = 0; i < created.Length; i++)
            witness[_places[i]] = created[i];
        return witness;
    }

    /// <summary>The public values of a witness: the public inputs of a proof.</summary>
    public Fr[] PublicValues(ReadOnlySpan<Fr> witness) => witness.Slice(1, System.PublicCount).ToArray();

    /// <summary>A constraint's number and gadget, for messages.</summary>
    public string Describe(int constraint) => $"Constraint {constraint}, gadget {GadgetOf(constraint)}: it does not hold.";

    /// <summary>The path of the gadget that made a constraint.</summary>
    public string GadgetOf(int constraint) => _gadgetOfConstraint[constraint];

    void Run(Fr[] signals)
    {
        Fr[] values = new Fr[_steps.Length == 0 ? 0 : _steps.Max(step => step.Inputs.Length)];
        foreach (WitnessStep step in _steps)
        {
            for (int i = 0; i < step.Inputs.Length; i++)
                values[i] = step.Inputs[i].Evaluate(signals);
            if (step.Compute is null)
                signals[step.FirstSignal] = values[0] * values[1];
            else
                step.Compute(values.AsSpan(0, step.Inputs.Length), signals.AsSpan(step.FirstSignal, step.Count));
        }
    }
}
