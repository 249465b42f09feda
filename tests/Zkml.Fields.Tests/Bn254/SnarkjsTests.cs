using System.Numerics;
using System.Text.Json;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>A key, and proofs by two provers, of shared/vectors/groth16: circom 2.2, snarkjs 0.7.6 and rapidsnark. The check itself is the equation of [Gro16].</summary>
sealed class SnarkjsTests
{
    [TestCase("snarkjs")]
    [TestCase("rapidsnark")]
    public void Groth16Equation_ProofOfPeer_Holds(string prover)
    {
        JsonElement proof = Load($"proof_{prover}.json");
        Fr[] inputs = [.. Load($"public_{prover}.json").EnumerateArray().Select(Scalar)];
        Assert.That(Holds(proof, inputs), Is.True);
        for (int i = 0; i < inputs.Length; i++)
        {
            Fr[] changed = [.. inputs];
            changed[i] += Fr.One;
            Assert.That(Holds(proof, changed), Is.False, $"input {i} changed");
        }
    }

    [Test]
    public void Groth16Equation_PartsOfAnotherProof_Fails()
    {
        JsonElement proof = Load("proof_snarkjs.json"), other = Load("proof_rapidsnark.json");
        Fr[] inputs = [.. Load("public_snarkjs.json").EnumerateArray().Select(Scalar)];
        Assert.That(Holds(proof, other, inputs), Is.False);
    }

    /// <summary>snarkjs takes 2t(6t² + 3t + 1) times our exponent, [FKR11] §5: the same group, another generator.</summary>
    [TestCase("verification_key.json")]
    [TestCase("verification_key14.json")]
    public void Compute_AlphaBetaOfKey_EqualsSnarkjsPower(string file)
    {
        JsonElement key = Load(file);
        JsonElement[] sixths = [.. key.GetProperty("vk_alphabeta_12").EnumerateArray()];
        var expected = new Fq12(Sextic(sixths[0]), Sextic(sixths[1]));
        Fq12 value = Pairing.Compute(PointOfG1(key, "vk_alpha_1"), PointOfG2(key, "vk_beta_2"));
        Assert.That(FieldAlgorithms.Power(value, ToLimbs(2 * T * (6 * T * T + 3 * T + 1))), Is.EqualTo(expected));
    }

    static bool Holds(JsonElement proof, Fr[] inputs) => Holds(proof, proof, inputs);

    /// <summary>e(-A, B)·e(α, β)·e(IC0 + Σ input·IC, γ)·e(C, δ) = 1, with C from <paramref name="last"/>.</summary>
    static bool Holds(JsonElement proof, JsonElement last, Fr[] inputs)
    {
        JsonElement key = Load("verification_key.json");
        G1Affine[] bases = [.. key.GetProperty("IC").EnumerateArray().Select(PointOfG1)];
        Assert.That(bases, Has.Length.EqualTo(inputs.Length + 1));
        G1 sum = bases[0].ToJacobian();
        for (int i = 0; i < inputs.Length; i++)
            sum += bases[i + 1].ToJacobian() * inputs[i];
        return Pairing.ProductIsOne(
        [
            (-PointOfG1(proof, "pi_a"), PointOfG2(proof, "pi_b")),
            (PointOfG1(key, "vk_alpha_1"), PointOfG2(key, "vk_beta_2")),
            (sum.ToAffine(), PointOfG2(key, "vk_gamma_2")),
            (PointOfG1(last, "pi_c"), PointOfG2(key, "vk_delta_2")),
        ]);
    }

    static Fr Scalar(JsonElement number) => FromInteger<FrModulus>(BigInteger.Parse(number.GetString()!));

    static Fq Coordinate(JsonElement number) => FromInteger<FqModulus>(BigInteger.Parse(number.GetString()!));

    static Fq2 Quadratic(JsonElement pair) => new(Coordinate(pair[0]), Coordinate(pair[1]));

    static Fq6 Sextic(JsonElement triple) => new(Quadratic(triple[0]), Quadratic(triple[1]), Quadratic(triple[2]));

    static G1Affine PointOfG1(JsonElement parent, string name) => PointOfG1(parent.GetProperty(name));

    static G1Affine PointOfG1(JsonElement value)
    {
        var point = new G1Affine(Coordinate(value[0]), Coordinate(value[1]));
        Assert.That(point.Check(), Is.EqualTo(PointError.None));
        return point;
    }

    static G2Affine PointOfG2(JsonElement parent, string name)
    {
        JsonElement value = parent.GetProperty(name);
        var point = new G2Affine(Quadratic(value[0]), Quadratic(value[1]));
        Assert.That(point.Check(), Is.EqualTo(PointError.None));
        return point;
    }

    static JsonElement Load(string file)
    {
        for (DirectoryInfo? directory = new(TestContext.CurrentContext.TestDirectory); directory is not null; directory = directory.Parent)
        {
            string path = Path.Combine(directory.FullName, "shared", "vectors", "groth16", file);
            if (File.Exists(path))
                return JsonSerializer.Deserialize<JsonElement>(File.ReadAllBytes(path));
        }

        Assert.Ignore($"shared/vectors/groth16/{file} stands in no directory above the tests.");
        throw new InvalidOperationException("Assert.Ignore returns never.");
    }
}
