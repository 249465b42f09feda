using Zkml.Chain.Contracts;
using Zkml.Fields.Bn254;
using Zkml.Groth16.Verifier;
using Zkml.Receipts;

namespace Zkml.Chain.Tests.Contracts;

/// <summary>What needs no compiler: which keys get a contract, selectors, calls.</summary>
[TestFixture]
sealed class VerifierSourceTests
{
    [Test]
    public void Contract_OfAnUnsafeKey_IsRefused()
    {
        Groth16VerifyingKey good = KnownKey.Create(1).Key;
        foreach (G2Affine delta in (G2Affine[])[good.Gamma, -good.Gamma, G2Affine.Generator])
        {
            Assert.That(Groth16VerifyingKey.TryCreate(good.Alpha, good.Beta, good.Gamma, delta, good.InputBases, out Groth16VerifyingKey? key).IsAccepted, Is.True);
            Assert.That(() => new VerifierContract(key!), Throws.TypeOf<ContractException>());
        }
        Assert.That(new VerifierContract(good).Kinds, Is.EqualTo(new[] { VerifierKind.Plain, VerifierKind.Folded }));
    }

    [Test]
    public void Policy_OfADevelopmentKey_AllowsLocalChainsOnly()
    {
        Groth16VerifyingKey development = KnownKey.CreateDevelopment(1).Key, real = KnownKey.Create(1).Key;
        foreach (ulong local in (ulong[])[1337, 31337]) Assert.That(() => DeploymentPolicy.Check(development, local), Throws.Nothing);
        foreach (ulong chain in (ulong[])[0, 1, 10, 137, 8453, 42161, 11155111]) Assert.That(() => DeploymentPolicy.Check(development, chain), Throws.TypeOf<ContractException>());
        Assert.That(() => DeploymentPolicy.Check(real, 1), Throws.Nothing);
    }

    [Test]
    public void Selector_OfADevelopmentKey_HasTheMarkAndNoOtherHas()
    {
        Sha256Digest marked = new([0xFF, 0xFF, .. new byte[30]]);
        Assert.That(VerifierParameters.Selector(marked, isDevelopment: false), Is.EqualTo(new byte[] { 0x7F, 0xFF, 0, 0 }));
        Assert.That(VerifierParameters.Selector(Sha256Digest.Zero, isDevelopment: true), Is.EqualTo(new byte[] { 0xFF, 0xFF, 0, 0 }));
        Assert.That(new VerifierContract(KnownKey.CreateDevelopment(2).Key).Sources()["Groth16Verifier.sol"], Does.Contain("DEVELOPMENT KEY"));
        Assert.That(new VerifierContract(KnownKey.Create(2).Key).Sources()["Groth16Verifier.sol"], Does.Not.Contain("DEVELOPMENT KEY"));
    }

    [Test]
    public void KeyDigest_OfAnyChangedPoint_Changes()
    {
        HashSet<string> digests = [];
        Groth16VerifyingKey key = KnownKey.Create(2).Key;
        G1Affine[] bases = key.InputBases.ToArray(), swapped = [bases[0], bases[2], bases[1]];
        (G1Affine Alpha, G2Affine Beta, G2Affine Gamma, G2Affine Delta, G1Affine[] Bases)[] changes =
        [
            (key.Alpha, key.Beta, key.Gamma, key.Delta, bases), (-key.Alpha, key.Beta, key.Gamma, key.Delta, bases), (key.Alpha, -key.Beta, key.Gamma, key.Delta, bases),
            (key.Alpha, key.Beta, -key.Gamma, key.Delta, bases), (key.Alpha, key.Beta, key.Gamma, -key.Delta, bases), (key.Alpha, key.Beta, key.Gamma, key.Delta, swapped),
            (key.Alpha, key.Beta, key.Gamma, key.Delta, bases[..2]),
        ];
        foreach (var (alpha, beta, gamma, delta, inputBases) in changes)
        {
            Assert.That(Groth16VerifyingKey.TryCreate(alpha, beta, gamma, delta, inputBases, out Groth16VerifyingKey? changed).IsAccepted, Is.True);
            Assert.That(digests.Add(VerifierParameters.KeyDigest(changed!).ToString()), Is.True);
        }
    }

    [Test]
    public void ClaimInputs_OfEveryBit_AreInjective()
    {
        HashSet<string> seen = [];
        for (int bit = 0; bit < 256; bit++)
        {
            byte[] claim = new byte[32];
            claim[bit / 8] = (byte)(1 << (bit % 8));
            Fr[] inputs = VerifierCall.ClaimInputs(Sha256Digest.Zero, new Sha256Digest(claim));
            Assert.That(seen.Add($"{inputs[0]} {inputs[1]}"), Is.True);
        }
        Assert.That(() => VerifierCall.ClaimInputs(new Sha256Digest([1, .. new byte[31]]), Sha256Digest.Zero), Throws.TypeOf<ContractException>());
    }

    [Test]
    public void ReceiptClaim_Constants_AreTheTagsOfReceipts()
    {
        string text = new VerifierContract(KnownKey.Create(2).Key).Sources()["ReceiptClaim.sol"];
        Assert.That(text, Does.Contain("0x" + Sha256Digest.Of("risc0.ReceiptClaim"u8)));
        Assert.That(text, Does.Contain("0x" + Sha256Digest.Of("risc0.Output"u8)));
        Assert.That(text, Does.Contain("0x" + SystemState.Halted.Digest));
    }
}
