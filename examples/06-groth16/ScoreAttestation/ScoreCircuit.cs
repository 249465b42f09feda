using System.Numerics;
using Zkml.Groth16.Gadgets;
using Zkml.Groth16.R1cs;

namespace Zkml.Examples.ScoreAttestation;

/// <summary>
/// Proves: I know values in [0, 2^16) whose commitment to my address is this one, and the weights with this hash give them a score of at least the
/// threshold. Public: commitment, weights, threshold, address; all else stays private.
/// </summary>
/// <remarks>
/// The score cannot wrap: weights and thresholds are shifted to be not negative, every number has its range checked, and the builder computes the largest
/// value of both sides of the comparison, below 2^42, from these ranges.
/// </remarks>
public static class ScoreCircuit
{
    /// <summary>Builds the circuit.</summary>
    public static Circuit Build()
    {
        CircuitBuilder builder = new();
        Wire commitment = builder.PublicInput("commitment"), weightsHash = builder.PublicInput("weightsHash");
        Wire threshold = builder.PublicInput("threshold"), address = builder.PublicInput("address");
        Wire blinding = builder.PrivateInput("blinding");
        Wire[] values = builder.PrivateInput("values", ScoreModel.FeatureCount), weights = builder.PrivateInput("weights", ScoreModel.FeatureCount);
        using (builder.Gadget("Commitment"))
            builder.AssertEqual(Poseidon2Gadget.Hash(builder, [address, blinding, .. values], ScoreModel.CommitmentDomain), commitment);
        using (builder.Gadget("Weights"))
            builder.AssertEqual(Poseidon2Gadget.Hash(builder, weights, ScoreModel.WeightsDomain), weightsHash);
        using (builder.Gadget("Score"))
            AssertScore(values, weights, threshold);
        return builder.Build();
    }

    /// <summary>The inputs of the circuit.</summary>
    /// <exception cref="ArgumentException">A number is not in range.</exception>
    public static Dictionary<string, Fr[]> Inputs(ScoreModel model, ScoreSubject subject) => new()
    {
        ["commitment"] = [subject.Commitment()],
        ["weightsHash"] = [model.WeightsHash()],
        ["threshold"] = [model.EncodeThreshold()],
        ["address"] = [subject.Address],
        ["blinding"] = [subject.Blinding],
        ["values"] = subject.EncodeValues(),
        ["weights"] = model.EncodeWeights(),
    };

    /// <summary>
    /// Σ (w + 2^15)·x + 2^39 ≥ (t + 2^39) + 2^15·Σ x, which is Σ w·x ≥ t with nothing negative on either side.
    /// </summary>
    static void AssertScore(Wire[] values, Wire[] weights, Wire threshold)
    {
        UnsignedWire score = UnsignedWire.Constant(ScoreModel.ThresholdOffset), sum = UnsignedWire.Zero;
        for (int i = 0; i < values.Length; i++)
        {
            UnsignedWire value = UnsignedWire.Assert(values[i], ScoreModel.ValueBits);
            score += UnsignedWire.Assert(weights[i], ScoreModel.ValueBits) * value;
            sum += value;
        }
        UnsignedWire least = UnsignedWire.Assert(threshold, ScoreModel.ThresholdBits) + (sum * UnsignedWire.Constant(new BigInteger(ScoreModel.WeightOffset)));
        score.AssertAtLeast(least);
    }
}
