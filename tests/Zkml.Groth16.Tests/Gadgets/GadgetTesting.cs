using System.Numerics;
using Zkml.Groth16.R1cs;

namespace Zkml.Groth16.Tests.Gadgets;

/// <summary>Circuits of one gadget.</summary>
static class GadgetTesting
{
    /// <summary>A circuit made by a text.</summary>
    public static Circuit Build(Action<CircuitBuilder> define)
    {
        CircuitBuilder builder = new();
        define(builder);
        return builder.Build();
    }

    /// <summary>Inputs by name from integers modulo r.</summary>
    public static Dictionary<string, Fr[]> Inputs(params (string Name, BigInteger[] Values)[] inputs) =>
        inputs.ToDictionary(input => input.Name, input => input.Values.Select(FrIntegers.FromInteger).ToArray());

    /// <summary>The public outputs for given inputs.</summary>
    public static BigInteger[] Outputs(Circuit circuit, params (string Name, BigInteger[] Values)[] inputs) =>
        [.. circuit.PublicValues(circuit.Solve(Inputs(inputs)))[..circuit.System.PublicOutputCount].Select(value => FrIntegers.ToInteger(value))];

    /// <summary>Whether a constraint is violated.</summary>
    public static bool IsRejected(Circuit circuit, params (string Name, BigInteger[] Values)[] inputs) =>
        circuit.System.FindViolation(circuit.SolveUnchecked(Inputs(inputs))) >= 0;

    /// <summary>Checks a circuit on one valid and one invalid assignment at all levels but proofs.</summary>
    public static void Check(Circuit circuit, Dictionary<string, Fr[]> valid, Dictionary<string, Fr[]> invalid) =>
        Assert.That(new CircuitCheck(circuit).Accepts("valid", valid).Rejects("invalid", invalid).Run(), Is.Empty);
}
