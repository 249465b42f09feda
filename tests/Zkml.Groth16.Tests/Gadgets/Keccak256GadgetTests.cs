using System.Numerics;
using Zkml.Groth16.Gadgets;
using Zkml.Groth16.R1cs;
using static Zkml.Groth16.Tests.Gadgets.GadgetTesting;

namespace Zkml.Groth16.Tests.Gadgets;

[TestFixture]
sealed class Keccak256GadgetTests
{
    // Known answers of Ethereum: the hash of no bytes (the code hash of an account without code, EIP-1052) and of "abc".
    [TestCase("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470")]
    [TestCase("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45")]
    public void Hash_OfMessage_IsTheKnownAnswer(string message, string expected)
    {
        CircuitBuilder builder = new();
        BooleanWire[] bits = message.Length == 0 ? [] : [.. builder.PrivateInput("message", message.Length).SelectMany(value => Bits.Decompose(value, 8))];
        BooleanWire[] digest = Keccak256Gadget.Hash(builder, bits);
        builder.PublicOutput("first", Bits.Compose(digest.AsSpan(0, 128)));
        builder.PublicOutput("second", Bits.Compose(digest.AsSpan(128)));
        Circuit circuit = builder.Build();
        (string, BigInteger[])[] inputs = message.Length == 0 ? [] : [("message", [.. message.Select(letter => (BigInteger)letter)])];
        BigInteger[] halves = Outputs(circuit, inputs);
        byte[] bytes = Convert.FromHexString(expected);
        Assert.That(halves, Is.EqualTo(new[] { new BigInteger(bytes.AsSpan(0, 16), isUnsigned: true), new BigInteger(bytes.AsSpan(16), isUnsigned: true) }));
        TestContext.Out.WriteLine($"{message.Length} bytes: {circuit.System.ConstraintCount} constraints");
    }
}
