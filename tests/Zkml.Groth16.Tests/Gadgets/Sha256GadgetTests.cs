using System.Security.Cryptography;
using Zkml.Groth16.Gadgets;
using Zkml.Groth16.R1cs;
using static Zkml.Groth16.Tests.Gadgets.GadgetTesting;

namespace Zkml.Groth16.Tests.Gadgets;

[TestFixture]
sealed class Sha256GadgetTests
{
    [TestCase(0)]
    [TestCase(3)]
    [TestCase(55)]
    [TestCase(56)]
    [TestCase(64)]
    public void Hash_OfMessage_EqualsFips180(int length)
    {
        byte[] message = length == 3 ? "abc"u8.ToArray() : [.. Enumerable.Range(1, length).Select(i => (byte)(i * 37))];
        CircuitBuilder builder = new();
        BooleanWire[] bits = Message(builder, length);
        BooleanWire[] digest = Sha256Gadget.Hash(builder, bits);
        builder.PublicOutput("high", Bits.Compose([.. digest[..128].Reverse()]));
        builder.PublicOutput("low", Bits.Compose([.. digest[128..].Reverse()]));
        Circuit circuit = builder.Build();
        byte[] expected = SHA256.HashData(message);
        (string, System.Numerics.BigInteger[])[] inputs = length == 0 ? [] : [("message", [.. message.Select(value => new System.Numerics.BigInteger(value))])];
        System.Numerics.BigInteger[] halves = Outputs(circuit, inputs);
        Assert.That(halves[0], Is.EqualTo(new System.Numerics.BigInteger(expected.AsSpan(0, 16), isUnsigned: true, isBigEndian: true)));
        Assert.That(halves[1], Is.EqualTo(new System.Numerics.BigInteger(expected.AsSpan(16), isUnsigned: true, isBigEndian: true)));
        TestContext.Out.WriteLine($"{length} bytes: {circuit.System.ConstraintCount} constraints");
    }

    [Test]
    [Category("Slow")]
    public void Hash_Circuit_PassesItsCheck()
    {
        CircuitBuilder builder = new();
        BooleanWire[] digest = Sha256Gadget.Hash(builder, Message(builder, 3));
        builder.PublicOutput("high", Bits.Compose(digest.AsSpan(0, 128)));
        builder.PublicOutput("low", Bits.Compose(digest.AsSpan(128)));
        Check(builder.Build(), Inputs(("message", ['a', 'b', 'c'])), Inputs(("message", [256, 0, 0])));
    }

    static BooleanWire[] Message(CircuitBuilder builder, int length) =>
        length == 0 ? [] : [.. builder.PrivateInput("message", length).SelectMany(value => Bits.Decompose(value, 8).Reverse())];
}
