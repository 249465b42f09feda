using Zkml.Groth16.R1cs;
using Zkml.Hashing;

namespace Zkml.Examples.ScoreAttestation;

/// <summary>A linear score: Σ weight·value, and the least score that passes.</summary>
/// <param name="Weights">[8], each in [-32768, 32767].</param>
/// <param name="Threshold">In [-2^39, 2^39).</param>
public sealed record ScoreModel(IReadOnlyList<int> Weights, long Threshold)
{
    /// <summary>The values of a person.</summary>
    public const int FeatureCount = 8;

    /// <summary>A value is in [0, 2^16), a weight in [-2^15, 2^15).</summary>
    public const int ValueBits = 16;

    /// <summary>Bits of the threshold: no score of this size, at most 2^34, is out of its reach.</summary>
    public const int ThresholdBits = 40;

    /// <summary>What is added to weights, so that they are not negative.</summary>
    public const int WeightOffset = 1 << (ValueBits - 1);

    /// <summary>What is added to thresholds, so that they are not negative.</summary>
    public const long ThresholdOffset = 1L << (ThresholdBits - 1);

    /// <summary>The domain of the hash of weights.</summary>
    public const uint WeightsDomain = Poseidon2Bn254.FirstApplicationDomain;

    /// <summary>The domain of commitments.</summary>
    public const uint CommitmentDomain = WeightsDomain + 1;

    /// <summary>The weights as the circuit takes them: each plus 2^15.</summary>
    /// <exception cref="ArgumentException">A weight or their number is not in range.</exception>
    public Fr[] EncodeWeights()
    {
        if (Weights.Count != FeatureCount) throw new ArgumentException($"weights: expected {FeatureCount}, got {Weights.Count}.");
        Fr[] encoded = new Fr[FeatureCount];
        for (int i = 0; i < encoded.Length; i++)
        {
            if (Weights[i] is < -WeightOffset or >= WeightOffset)
                throw new ArgumentException($"weight {i}: expected a number in [{-WeightOffset}, {WeightOffset - 1}], got {Weights[i]}.");
            encoded[i] = Fr.FromUInt64((ulong)(Weights[i] + WeightOffset));
        }
        return encoded;
    }

    /// <summary>The threshold as the circuit takes it: plus 2^39.</summary>
    /// <exception cref="ArgumentException">It is not in range.</exception>
    public Fr EncodeThreshold() => Threshold is >= -ThresholdOffset and < ThresholdOffset
        ? Fr.FromUInt64((ulong)(Threshold + ThresholdOffset))
        : throw new ArgumentException($"threshold: expected a number in [{-ThresholdOffset}, {ThresholdOffset - 1}], got {Threshold}.");

    /// <summary>The hash that names the weights: a public input of the proof.</summary>
    public Fr WeightsHash() => Poseidon2Bn254.Hash(EncodeWeights(), WeightsDomain);

    /// <summary>The score of values.</summary>
    public long Score(IReadOnlyList<int> values) => Weights.Zip(values, (weight, value) => (long)weight * value).Sum();
}
