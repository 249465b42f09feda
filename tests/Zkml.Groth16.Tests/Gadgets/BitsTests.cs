using System.Numerics;
using Zkml.Groth16.Gadgets;
using Zkml.Groth16.R1cs;
using static Zkml.Groth16.Tests.Gadgets.GadgetTesting;

namespace Zkml.Groth16.Tests.Gadgets;

[TestFixture]
sealed class BitsTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(8)]
    [TestCase(253)]
    public void Decompose_Range_AcceptsItsEndsAndNothingBeyond(int count)
    {
        Circuit circuit = Build(builder => UnsignedWire.Assert(builder.PrivateInput("x"), count));
        BigInteger end = BigInteger.One << count;
        Assert.That(circuit.System.ConstraintCount, Is.EqualTo(count));
        Assert.That(IsRejected(circuit, ("x", [0])), Is.False);
        Assert.That(IsRejected(circuit, ("x", [end])), Is.True);
        Assert.That(IsRejected(circuit, ("x", [-1])), Is.True);
        Check(circuit, Inputs(("x", [end - 1])), Inputs(("x", [end + 1])));
    }

    [Test]
    public void DecomposeCanonical_EndsOfTheField_GivesTheirBits()
    {
        Circuit circuit = Canonical();
        foreach (BigInteger value in new[] { BigInteger.Zero, 1, FrIntegers.Modulus - 1, FrIntegers.Modulus >> 1, BigInteger.Pow(2, 253) })
        {
            BigInteger[] halves = Outputs(circuit, ("x", [value]));
            Assert.That(halves[0] + (halves[1] << 127), Is.EqualTo(value));
        }
        TestContext.Out.WriteLine(circuit.Report);
    }

    [Test]
    public void DecomposeCanonical_BitsOfTheValueAndTheModulus_AreRejected()
    {
        // The bits of 5 + r are the alias that a decomposition without the comparison would take.
        Circuit circuit = Canonical();
        Fr[] witness = circuit.Solve(Inputs(("x", [5])));
        BigInteger alias = FrIntegers.Modulus + 5;
        int bit = 0;
        for (int i = 0; i < witness.Length; i++)
        {
            if (circuit.Signals[i].Name.EndsWith("/bit", StringComparison.Ordinal)) witness[i] = (alias >> bit++).IsEven ? default : Fr.One;
        }
        int violation = circuit.System.FindViolation(witness);
        Assert.That(bit, Is.EqualTo(253));
        Assert.That(violation, Is.GreaterThanOrEqualTo(253), "The bits themselves are bits, and their sum is the value modulo r.");
        Assert.That(circuit.GadgetOf(violation), Does.Contain("AtMost").Or.EqualTo("circuit"));
    }

    [Test]
    public void DecomposeCanonical_Circuit_PassesItsCheck()
    {
        Circuit circuit = Build(builder =>
        {
            BooleanWire[] bits = Bits.DecomposeCanonical(builder.PrivateInput("x"));
            bits[0].AssertTrue();
        });
        Check(circuit, Inputs(("x", [FrIntegers.Modulus - 2])), Inputs(("x", [4])));
    }

    [Test]
    public void AtMost_EveryFiveBitBoundAndNumber_AgreesWithTheIntegers()
    {
        for (int bound = 0; bound < 32; bound++)
        {
            Circuit circuit = Build(builder => Comparisons.AssertAtMost(Bits.Decompose(builder.PrivateInput("x"), 5), bound));
            for (int value = 0; value < 32; value++)
                Assert.That(IsRejected(circuit, ("x", [value])), Is.EqualTo(value > bound), $"{value} ≤ {bound}");
        }
    }

    static Circuit Canonical() => Build(builder =>
    {
        BooleanWire[] bits = Bits.DecomposeCanonical(builder.PrivateInput("x"));
        builder.PublicOutput("low", Bits.Compose(bits.AsSpan(0, 127)));
        builder.PublicOutput("high", Bits.Compose(bits.AsSpan(127)));
    });
}
