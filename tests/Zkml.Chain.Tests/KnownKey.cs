using Zkml.Fields.Bn254;
using Zkml.Groth16.Verifier;

namespace Zkml.Chain.Tests;

/// <summary>A verifying key whose secrets the test knows, so that it can prove any inputs: what a setup must prevent, and a test needs.</summary>
sealed class KnownKey
{
    readonly Fr _alpha, _beta = Fr.FromUInt64(0xB7E1), _gamma = Fr.One, _delta = Fr.FromUInt64(0xDE17A);
    readonly Fr[] _bases;

    KnownKey(int inputCount, Fr alpha)
    {
        _alpha = alpha;
        _bases = [.. Enumerable.Range(0, inputCount + 1).Select(i => Fr.FromUInt64((ulong)(1000003 * i) + 77))];
        Groth16Result result = Groth16VerifyingKey.TryCreate(
            InG1(_alpha), InG2(_beta), InG2(_gamma), InG2(_delta), [.. _bases.Select(InG1)], out Groth16VerifyingKey? key);
        Assert.That(result.IsAccepted, Is.True, result.Message);
        Key = key!;
    }

    public Groth16VerifyingKey Key { get; }

    public static KnownKey Create(int inputCount) => new(inputCount, Fr.FromUInt64(0xA1FA));

    public static KnownKey CreateDevelopment(int inputCount) => new(inputCount, Groth16VerifyingKey.DevelopmentAlphaScalar);

    /// <summary>A proof of these inputs: A = a, B = b, C = (a·b − α·β − γ·IC(x)) / δ.</summary>
    public Groth16Proof Prove(params Fr[] inputs)
    {
        Fr a = Fr.FromUInt64(0x1234567), b = Fr.FromUInt64(0x7654321), sum = _bases[0];
        for (int i = 0; i < inputs.Length; i++) sum += inputs[i] * _bases[i + 1];
        Fr c = ((a * b) - (_alpha * _beta) - (_gamma * sum)) * _delta.Inverse();
        Groth16Proof proof = new(InG1(a), InG2(b), InG1(c));
        Assert.That(Groth16Verifier.Verify(Key, proof, inputs).IsAccepted, Is.True);
        return proof;
    }

    /// <summary>An element of full size.</summary>
    public static Fr Element(byte seed)
    {
        byte[] bytes = System.Security.Cryptography.SHA256.HashData([seed]);
        bytes[0] = (byte)((bytes[0] & 0x0F) | 0x10);
        Assert.That(Fr.TryReadBigEndian(bytes, out Fr element), Is.True);
        return element;
    }

    static G1Affine InG1(Fr scalar) => (G1.Generator * scalar).ToAffine();

    static G2Affine InG2(Fr scalar) => (G2.Generator * scalar).ToAffine();
}
