using Zkml.Fields.Bn254;

namespace Zkml.Hashing.Tests;

[TestFixture]
sealed class Poseidon2Bn254Tests
{
    // The known answer of the reference code of the authors of [GKS23]: HorizenLabs/poseidon2, poseidon2_tests_bn256::kats; it reads every constant.
    [Test]
    public void Permute_ZeroOneTwo_IsTheKnownAnswer()
    {
        MontgomeryElement<FrModulus>[] state = [default, Element(1), Element(2)];
        Poseidon2Bn254.Permute(state);
        Assert.That(state.Select(value => value.ToString()), Is.EqualTo(
        [
            "0x0BB61D24DACA55EEBCB1929A82650F328134334DA98EA4F847F760054F4A3033",
            "0x303B6F7C86D043BFCBCC80214F26A30277A15D3F74CA654992DEFE7FF8D03570",
            "0x1ED25194542B12EEF8617361C3BA7C52E660B145994427CC86296242CF766EC8",
        ]));
    }

    // The first row of RC3 in HorizenLabs/poseidon2, poseidon2_instance_bn256.rs.
    [Test]
    public void Constants_FromTheGenerator_StartAsInTheReference()
    {
        Assert.That(Poseidon2Bn254.ExternalConstants[0].ToString(), Is.EqualTo("0x1D066A255517B7FD8BDDD3A93F7804EF7F8FCDE48BB4C37A59A09A1A97052816"));
        Assert.That(Poseidon2Bn254.ExternalConstants[1].ToString(), Is.EqualTo("0x29DAEFB55F6F2DC6AC3F089CEBCC6120B7C6FEF31367B68EB7238547D32C1610"));
        Assert.That(Poseidon2Bn254.InternalConstants.Length, Is.EqualTo(Poseidon2Bn254.InternalRounds));
    }

    [Test]
    public void Hash_OtherLengthOrDomain_IsAnotherHash()
    {
        MontgomeryElement<FrModulus>[] hashes =
        [
            Poseidon2Bn254.Hash([], 16), Poseidon2Bn254.Hash([default], 16), Poseidon2Bn254.Hash([default, default], 16), Poseidon2Bn254.Hash([default, default], 17),
            Poseidon2Bn254.Compress(default, default), Poseidon2Bn254.Hash([default, default, default], 16),
        ];
        Assert.That(hashes, Is.Unique);
    }

    static MontgomeryElement<FrModulus> Element(ulong value) => MontgomeryElement<FrModulus>.FromUInt64(value);
}
