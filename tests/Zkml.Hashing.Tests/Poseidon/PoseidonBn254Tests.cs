using Zkml.Fields.Bn254;

namespace Zkml.Hashing.Tests;

[TestFixture]
sealed class PoseidonBn254Tests
{
    // The known answer of circomlibjs, test/poseidon.js: poseidon([1, 2]); it reads every constant.
    [Test]
    public void Hash_OneTwo_IsTheKnownAnswer() =>
        Assert.That(
            PoseidonBn254.Hash(MontgomeryElement<FrModulus>.FromUInt64(1), MontgomeryElement<FrModulus>.FromUInt64(2)).ToString(),
            Is.EqualTo("0x115CC0F5E7D690413DF64C6B9662E9CF2A3617F2743245519E19607A4417189A"));
}
