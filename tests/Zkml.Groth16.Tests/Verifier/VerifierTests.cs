using Zkml.Fields.Bn254;
using System.Text;
using Zkml.Groth16.Verifier;

namespace Zkml.Groth16.Tests.Verifier;

[TestFixture]
sealed class VerifierTests
{
    static Groth16VerifyingKey ReadKey(string name = "verification_key.json")
    {
        Groth16Result result = SnarkjsJson.TryReadKey(Vectors.Read(name), out Groth16VerifyingKey? key);
        Assert.That(result, Is.EqualTo(Groth16Result.Accepted));
        return key!;
    }

    static Groth16Proof ReadProof(string name)
    {
        Assert.That(SnarkjsJson.TryReadProof(Vectors.Read(name), out Groth16Proof? proof), Is.EqualTo(Groth16Result.Accepted));
        return proof!;
    }

    static Fr[] ReadInputs(string name)
    {
        Assert.That(SnarkjsJson.TryReadInputs(Vectors.Read(name), out Fr[]? inputs), Is.EqualTo(Groth16Result.Accepted));
        return inputs!;
    }

    static byte[] Encode(Fr[] inputs)
    {
        byte[] bytes = new byte[32 * inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
            inputs[i].WriteBigEndian(bytes.AsSpan(32 * i));
        return bytes;
    }

    [TestCase("snarkjs")]
    [TestCase("rapidsnark")]
    public void Proof_OfAnotherProver_IsAccepted(string prover)
    {
        Groth16VerifyingKey key = ReadKey();
        Groth16Proof proof = ReadProof($"proof_{prover}.json");
        Fr[] inputs = ReadInputs($"public_{prover}.json");
        Assert.That(Groth16Verifier.Verify(key, proof, inputs), Is.EqualTo(Groth16Result.Accepted));
        Assert.That(Groth16Verifier.Verify(key, proof.Encode(), Encode(inputs)), Is.EqualTo(Groth16Result.Accepted));
        Assert.That(key.CheckForExport(), Is.EqualTo(Groth16Result.Accepted));
        Assert.That(key.IsDevelopment, Is.False);
    }

    [Test]
    public void Proof_Tampered_IsRefusedWithAReason()
    {
        Groth16VerifyingKey key = ReadKey();
        byte[] proof = ReadProof("proof_snarkjs.json").Encode(), inputs = Encode(ReadInputs("public_snarkjs.json"));
        Assert.That(Groth16Verifier.Verify(key, proof.AsSpan(1), inputs).Error, Is.EqualTo(Groth16Error.WrongLength));
        Assert.That(Groth16Verifier.Verify(key, proof, inputs.AsSpan(32)).Error, Is.EqualTo(Groth16Error.InputCount));
        byte[] other = [.. inputs];
        other[63] ^= 1;
        Assert.That(Groth16Verifier.Verify(key, proof, other).Error, Is.EqualTo(Groth16Error.EquationFails));
        for (int i = 0; i < proof.Length; i += 31)
        {
            byte[] changed = [.. proof];
            changed[i] ^= 1;
            Assert.That(
                Groth16Verifier.Verify(key, changed, inputs).Error,
                Is.AnyOf(Groth16Error.NotOnCurve, Groth16Error.NotInSubgroup, Groth16Error.CoordinateNotCanonical), $"byte {i}");
        }
    }

    [Test]
    public void PublicInput_PlusR_IsRefused()
    {
        // 5 + r of EIP-197's group order.
        byte[] inputs = Encode(ReadInputs("public_snarkjs.json"));
        Convert.FromHexString("30644E72E131A029B85045B68181585D2833E84879B9709143E1F593F0000006").CopyTo(inputs, 32);
        Groth16Result result = Groth16Verifier.Verify(ReadKey(), ReadProof("proof_snarkjs.json").Encode(), inputs);
        Assert.That(result.Error, Is.EqualTo(Groth16Error.InputNotCanonical));
        string json = "[\"0\",\"21888242871839275222246405745257275088548364400416034343698204186575808495622\"]";
        Assert.That(SnarkjsJson.TryReadInputs(Encoding.UTF8.GetBytes(json), out _).Error, Is.EqualTo(Groth16Error.InputNotCanonical));
    }

    [Test]
    public void Proof_WithCoordinatePlusQ_IsRefused()
    {
        byte[] proof = new Groth16Proof(G1Affine.Generator, G2Affine.Generator, G1Affine.Generator).Encode();
        // 1 + q.
        Convert.FromHexString("30644E72E131A029B85045B68181585D97816A916871CA8D3C208C16D87CFD48").CopyTo(proof, 0);
        Assert.That(Groth16Proof.TryDecode(proof, out _).Error, Is.EqualTo(Groth16Error.CoordinateNotCanonical));
    }

    [Test]
    public void Proof_WithBOutsideOfTheSubgroup_IsRefused()
    {
        Groth16Proof proof = ReadProof("proof_snarkjs.json") with { B = TwistPoint() };
        Assert.That(Groth16Verifier.Verify(ReadKey(), proof, ReadInputs("public_snarkjs.json")).Error, Is.EqualTo(Groth16Error.NotInSubgroup));
    }

    [Test]
    public void Proof_OfInfinities_IsRefused()
    {
        Groth16Proof proof = new(default, default, default);
        Assert.That(Groth16Verifier.Verify(ReadKey(), proof, ReadInputs("public_snarkjs.json")).Error, Is.EqualTo(Groth16Error.EquationFails));
    }

    [Test]
    public void Key_WithWeakDelta_IsNotExported()
    {
        Groth16VerifyingKey key = ReadKey();
        G2Affine other = (G2.Generator * Fr.FromUInt64(5)).ToAffine();
        foreach ((G2Affine gamma, G2Affine delta) in new[] { (other, other), (other, G2Affine.Generator), (G2Affine.Generator, G2Affine.Generator), (other, -other) })
        {
            Groth16VerifyingKey.TryCreate(key.Alpha, key.Beta, gamma, delta, key.InputBases, out Groth16VerifyingKey? weak);
            Assert.That(weak!.CheckForExport().Error, Is.EqualTo(Groth16Error.UnsafeKey));
        }
        Assert.That(Groth16VerifyingKey.TryCreate(key.Alpha, key.Beta, key.Gamma, default, key.InputBases, out _).Error, Is.EqualTo(Groth16Error.Infinity));
        Assert.That(Groth16VerifyingKey.TryCreate(key.Alpha, key.Beta, default, key.Delta, key.InputBases, out _).Error, Is.EqualTo(Groth16Error.Infinity));
        Assert.That(Groth16VerifyingKey.TryCreate(key.Alpha, TwistPoint(), key.Gamma, key.Delta, key.InputBases, out _).Error, Is.EqualTo(Groth16Error.NotInSubgroup));
    }

    [Test]
    public void Json_WrittenAndRead_IsTheSame()
    {
        string text = Encoding.UTF8.GetString(Vectors.Read("verification_key.json"));
        Assert.That(Encoding.UTF8.GetString(SnarkjsJson.WriteKey(ReadKey())), Is.EqualTo(text), "also the pairing value as snarkjs has it");
        Assert.That(Encoding.UTF8.GetString(SnarkjsJson.WriteProof(ReadProof("proof_snarkjs.json"))), Is.EqualTo(Encoding.UTF8.GetString(Vectors.Read("proof_snarkjs.json"))));
        Assert.That(Encoding.UTF8.GetString(SnarkjsJson.WriteInputs(ReadInputs("public_snarkjs.json"))), Is.EqualTo(Encoding.UTF8.GetString(Vectors.Read("public_snarkjs.json"))));
        Groth16Proof infinite = new(default, default, G1Affine.Generator);
        SnarkjsJson.TryReadProof(SnarkjsJson.WriteProof(infinite), out Groth16Proof? copy);
        Assert.That(copy, Is.EqualTo(infinite));
    }

    [TestCase("")]
    [TestCase("[]")]
    [TestCase("{}")]
    [TestCase("""{"protocol":"plonk"}""")]
    [TestCase("""{"protocol":"groth16","curve":"bn128","nPublic":0,"IC":[]}""")]
    [TestCase("""{"protocol":"groth16","curve":"bls12381","nPublic":0,"IC":[["1","2","1"]]}""")]
    [TestCase("""{"protocol":"groth16","curve":"bn128","nPublic":0,"IC":[["01","2","1"]]}""")]
    [TestCase("""{"protocol":"groth16","curve":"bn128","nPublic":0,"IC":[["-1","2","1"]]}""")]
    [TestCase("""{"protocol":"groth16","protocol":"groth16"}""")]
    [TestCase("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]")]
    public void KeyJson_Malformed_IsRefused(string json)
    {
        Groth16Result result = SnarkjsJson.TryReadKey(Encoding.UTF8.GetBytes(json), out Groth16VerifyingKey? key);
        Assert.That(result.IsAccepted, Is.False);
        Assert.That(result.Message, Is.Not.Empty);
        Assert.That(key, Is.Null);
    }

    /// <summary>A point of the twist that is not in the group: the search of a small abscissa almost never hits the subgroup.</summary>
    internal static G2Affine TwistPoint()
    {
        // (x, y) with x = [1, 0]…: y² = x³ + 3/(9 + u); the first square is taken.
        Fq2 b = new Fq2(Fq.FromUInt64(3), default) * new Fq2(Fq.FromUInt64(9), Fq.One).Inverse();
        for (ulong i = 1; ; i++)
        {
            Fq2 x = new(Fq.FromUInt64(i), default);
            Fq2 square = x.Square() * x + b;
            if (Zkml.Groth16.Setup.Fq2SquareRoot.TryCompute(square, out Fq2 y))
            {
                G2Affine point = new(x, y);
                if (point.Check() == PointError.NotInSubgroup) return point;
            }
        }
    }
}
