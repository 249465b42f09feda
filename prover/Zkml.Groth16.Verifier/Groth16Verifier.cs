using Zkml.Fields.Bn254;

namespace Zkml.Groth16.Verifier;

/// <summary>The check of [Gro16]: e(A, B) = e(α, β)·e(IC(x), γ)·e(C, δ). Throws nothing on values from outside.</summary>
public static class Groth16Verifier
{
    /// <summary>Checks an encoded proof, <see cref="Groth16Proof.ByteCount"/> bytes, against encoded inputs, 32 bytes each, most significant first.</summary>
    public static Groth16Result Verify(Groth16VerifyingKey key, ReadOnlySpan<byte> proof, ReadOnlySpan<byte> inputs)
    {
        if (inputs.Length != 32L * key.InputCount)
            return new(Groth16Error.InputCount, $"public inputs: expected {key.InputCount} of 32 bytes, got {inputs.Length} bytes.");
        Fr[] elements = new Fr[key.InputCount];
        for (int i = 0; i < elements.Length; i++)
        {
            if (!Fr.TryReadBigEndian(inputs.Slice(32 * i, 32), out elements[i]))
                return new(Groth16Error.InputNotCanonical, $"public input {i}: expected a number below r.");
        }
        Groth16Result decoded = Groth16Proof.TryDecode(proof, out Groth16Proof? decodedProof);
        return decodedProof is null ? decoded : CheckEquation(key, decodedProof, elements);
    }

    /// <summary>Checks a proof against public inputs. Elements of Fr are canonical; the points of the proof are checked here.</summary>
    public static Groth16Result Verify(Groth16VerifyingKey key, Groth16Proof proof, ReadOnlySpan<Fr> inputs)
    {
        if (inputs.Length != key.InputCount)
            return new(Groth16Error.InputCount, $"public inputs: expected {key.InputCount}, got {inputs.Length}.");
        Groth16Result points = proof.CheckPoints();
        return points.IsAccepted ? CheckEquation(key, proof, inputs) : points;
    }

    static Groth16Result CheckEquation(Groth16VerifyingKey key, Groth16Proof proof, ReadOnlySpan<Fr> inputs)
    {
        G1Affine combined = CombineInputs(key, inputs).ToAffine();
        bool holds = Pairing.ProductIsOne([(-proof.A, proof.B), (key.Alpha, key.Beta), (combined, key.Gamma), (proof.C, key.Delta)]);
        return holds ? Groth16Result.Accepted : new(Groth16Error.EquationFails, "proof: it does not prove these public inputs under this key.");
    }

    /// <summary>IC(x) = IC0 + Σ x_i·IC_(i+1).</summary>
    public static G1 CombineInputs(Groth16VerifyingKey key, ReadOnlySpan<Fr> inputs)
    {
        G1 sum = key.InputBases[0].ToJacobian();
        for (int i = 0; i < inputs.Length; i++)
            sum += key.InputBases[i + 1].ToJacobian() * inputs[i];
        return sum;
    }
}
