using System.Security.Cryptography;
using Zkml.Groth16.R1cs;
using Zkml.Hashing;

namespace Zkml.Examples.ScoreAttestation;

/// <summary>Whom a score is about, and what only he and who certified his values know.</summary>
/// <param name="Address">The holder: the number of an Ethereum address, so that nobody else can use the proof.</param>
/// <param name="Blinding">A random element of Fr, so that the commitment tells nothing about the values.</param>
/// <param name="Values">[8], each in [0, 65535].</param>
public sealed record ScoreSubject(Fr Address, Fr Blinding, IReadOnlyList<int> Values)
{
    /// <summary>A random blinding.</summary>
    public static Fr RandomBlinding() => FrIntegers.FromInteger(new(RandomNumberGenerator.GetBytes(48), isUnsigned: true));

    /// <summary>The values as elements.</summary>
    /// <exception cref="ArgumentException">A value or their number is not in range.</exception>
    public Fr[] EncodeValues()
    {
        if (Values.Count != ScoreModel.FeatureCount) throw new ArgumentException($"values: expected {ScoreModel.FeatureCount}, got {Values.Count}.");
        Fr[] encoded = new Fr[Values.Count];
        for (int i = 0; i < encoded.Length; i++)
        {
            encoded[i] = Values[i] is >= 0 and < 1 << ScoreModel.ValueBits
                ? Fr.FromUInt64((ulong)Values[i])
                : throw new ArgumentException($"value {i}: expected a number in [0, {(1 << ScoreModel.ValueBits) - 1}], got {Values[i]}.");
        }
        return encoded;
    }

    /// <summary>The commitment that the certifier publishes: Poseidon2 of the address, the blinding and the values.</summary>
    public Fr Commitment() => Poseidon2Bn254.Hash([Address, Blinding, .. EncodeValues()], ScoreModel.CommitmentDomain);
}
