using Zkml.Groth16.Formats;
using Zkml.Groth16.Prover;
using Zkml.Groth16.R1cs;
using Zkml.Groth16.Setup;
using Zkml.Groth16.Verifier;

namespace Zkml.Examples.ScoreAttestation;

/// <summary>A proof with the key that checks it.</summary>
/// <param name="Key">The key.</param>
/// <param name="Proof">The proof.</param>
/// <param name="PublicValues">Commitment, weights, threshold, address.</param>
public sealed record ScoreProof(Groth16VerifyingKey Key, Groth16Proof Proof, IReadOnlyList<Fr> PublicValues);

/// <summary>From a circuit to a proof, with all files that other tools read.</summary>
public static class ScoreProver
{
    const ulong Seed = 6;

    /// <summary>Proves with a development key. Writes circuit.r1cs, circuit.zkey, verification_key.json, witness.wtns, proof.json and public.json.</summary>
    /// <exception cref="ArgumentException">A number is not in range, or the score does not reach the threshold.</exception>
    public static ScoreProof Prove(Circuit circuit, ScoreModel model, ScoreSubject subject, string folder)
    {
        Dictionary<string, Fr[]> inputs = ScoreCircuit.Inputs(model, subject);
        if (model.Score(subject.Values) < model.Threshold)
            throw new ArgumentException($"values: expected a score of at least {model.Threshold}, got {model.Score(subject.Values)}; there is nothing to prove.");
        Fr[] witness = circuit.Solve(inputs);
        Directory.CreateDirectory(folder);
        string keyPath = Path.Combine(folder, "circuit.zkey"), witnessPath = Path.Combine(folder, "witness.wtns");
        R1csFile.Write(circuit.System, Path.Combine(folder, "circuit.r1cs"));
        WitnessFile.Write(witness, witnessPath);
        DevelopmentSetup.Write(circuit.System, Seed, keyPath, Environment.ProcessorCount);
        using ProvingKeyFile key = ProvingKeyFile.Open(keyPath);
        using WitnessFile values = WitnessFile.Open(witnessPath);
        Groth16ProvingResult result = Groth16Prover.Prove(key, values);
        File.WriteAllBytes(Path.Combine(folder, "verification_key.json"), SnarkjsJson.WriteKey(key.VerifyingKey));
        File.WriteAllBytes(Path.Combine(folder, "proof.json"), SnarkjsJson.WriteProof(result.Proof));
        File.WriteAllBytes(Path.Combine(folder, "public.json"), SnarkjsJson.WriteInputs(result.PublicInputs));
        return new(key.VerifyingKey, result.Proof, result.PublicInputs);
    }
}
