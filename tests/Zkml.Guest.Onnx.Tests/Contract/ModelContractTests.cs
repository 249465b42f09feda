using System.Text;
using Zkml.Guest.Onnx.Contract;
using Zkml.Guest.Onnx.Graph;
using static Zkml.Guest.Onnx.Tests.Contract.ContractSamples;

namespace Zkml.Guest.Onnx.Tests.Contract;

[TestFixture]
sealed class ModelContractTests
{
    [Test]
    public void Note_ReadBack_IsTheSame()
    {
        ModelContract contract = Of([Bytes("x", 0.5f, 3, 1, 4)], [Floats("y", 2) with { Labels = ["no", "yes"] }], Visibility.Hashed);
        ModelContract read = ModelContract.FromNote(contract.ToNote());
        Assert.That(read.ToNote(), Is.EqualTo(contract.ToNote()));
        Assert.That(read.Outputs[0].Labels, Is.EqualTo(new[] { "no", "yes" }));
    }

    [TestCase("null")]
    [TestCase("{}")]
    [TestCase("not json")]
    [TestCase("""{"model":"m","modelHash":"zz","inputs":[],"outputs":[],"inputVisibility":"Private","outputVisibility":"Public","parametersVisibility":"Public"}""")]
    [TestCase("""{"model":"m","modelHash":"","inputs":[{"name":"x","type":"Float32","shape":[2147483647,2147483647],"guestType":"Float32"}],"outputs":[],"inputVisibility":"Private","outputVisibility":"Public","parametersVisibility":"Private"}""")]
    [TestCase("""{"model":"m","modelHash":"","inputs":[{"name":"x","type":"String","shape":[1],"guestType":"String"}],"outputs":[],"inputVisibility":"Private","outputVisibility":"Public","parametersVisibility":"Private"}""")]
    [TestCase("""{"model":"m","modelHash":"","inputs":null,"outputs":[],"inputVisibility":"Private","outputVisibility":"Public","parametersVisibility":"Private"}""")]
    public void FromNote_Hostile_ThrowsInvalidData(string note) =>
        Assert.That(() => ModelContract.FromNote(Encoding.UTF8.GetBytes(note)), Throws.TypeOf<InvalidDataException>());

    [TestCase(Visibility.Private, Visibility.Public, Visibility.Private, "(bytes output)")]
    [TestCase(Visibility.Hashed, Visibility.Public, Visibility.Public, "(bytes32 modelHash, bytes32 inputHash, bytes output)")]
    [TestCase(Visibility.Public, Visibility.Hashed, Visibility.Hashed, "(bytes32 modelHash, bytes input, bytes32 outputHash)")]
    [TestCase(Visibility.Private, Visibility.Private, Visibility.Private, "()")]
    public void JournalSignature_OfFlags_NamesTheParts(Visibility input, Visibility output, Visibility parameters, string expected) =>
        Assert.That(Of([Floats("x", 1)], [Floats("y", 1)], input, output, parameters).JournalSignature, Is.EqualTo(expected));

    [Test]
    public void Template_OfHashAndTwoByteStrings_IsSoliditysEncoding()
    {
        // abi.encode(bytes32(0xaa…), bytes(4 zeros), bytes(40 zeros)), written out by hand.
        ModelContract contract = Of([Floats("x", 1)], [Floats("y", 10)], Visibility.Public);
        string expected = new string('a', 64) + Word(0x60) + Word(0xA0) + Word(4) + Word(0) + Word(40) + Word(0) + Word(0);
        Assert.That(Convert.ToHexStringLower(JournalLayout.Template(contract)), Is.EqualTo(expected));
    }

    [Test]
    public void Read_ChangedByteOutsideOfTheParts_Throws()
    {
        ModelContract contract = Of([Floats("x", 1)], [Floats("y", 1)], Visibility.Public);
        byte[] journal = JournalLayout.Template(contract);
        JournalPart output = JournalLayout.PartsOf(contract)[^1];
        journal[output.Offset] = 7;
        Assert.That(InferenceJournal.Read(contract, journal).Output![0], Is.EqualTo(7));
        for (int i = 0; i < journal.Length; i++)
        {
            bool isHole = JournalLayout.PartsOf(contract).Any(part => part.Name != "modelHash" && i >= part.Offset && i < part.Offset + part.Length);
            if (isHole) continue;
            byte[] changed = [.. journal];
            changed[i] ^= 1;
            Assert.That(() => InferenceJournal.Read(contract, changed), Throws.TypeOf<InvalidDataException>(), $"byte {i}");
        }
    }

    static string Word(int value) => value.ToString("x64", System.Globalization.CultureInfo.InvariantCulture);
}
