using System.Numerics;
using Zkml.Groth16.Gadgets;
using Zkml.Groth16.R1cs;
using static Zkml.Groth16.Tests.Gadgets.GadgetTesting;

namespace Zkml.Groth16.Tests.Gadgets;

[TestFixture]
sealed class LogicTests
{
    [Test]
    public void Boolean_Operators_AgreeWithTheTruthTables()
    {
        Circuit circuit = Build(builder =>
        {
            BooleanWire a = BooleanWire.Assert(builder.PrivateInput("a")), b = BooleanWire.Assert(builder.PrivateInput("b"));
            builder.PublicOutput("and", a & b);
            builder.PublicOutput("or", a | b);
            builder.PublicOutput("xor", a ^ b);
            builder.PublicOutput("not", !a);
            builder.PublicOutput("select", a.Select(b.Value, 7));
        });
        for (int i = 0; i < 4; i++)
        {
            int a = i & 1, b = i >> 1;
            Assert.That(Outputs(circuit, ("a", [a]), ("b", [b])), Is.EqualTo(new BigInteger[] { a & b, a | b, a ^ b, 1 - a, a == 1 ? b : 7 }));
        }
        Check(circuit, Inputs(("a", [1]), ("b", [1])), Inputs(("a", [2]), ("b", [1])));
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(-1)]
    public void IsZero_Value_IsKnownAndNothingElseHolds(int value)
    {
        Circuit circuit = Build(builder => builder.PublicOutput("zero", Comparisons.IsZero(builder.PrivateInput("x"))));
        Assert.That(Outputs(circuit, ("x", [value])), Is.EqualTo(new BigInteger[] { value == 0 ? 1 : 0 }));
        Fr[] witness = circuit.Solve(Inputs(("x", [value])));
        witness[1] = Fr.One - witness[1];
        Assert.That(circuit.System.FindViolation(witness), Is.GreaterThanOrEqualTo(0));
        Assert.That(WitnessFreedom.Find(circuit, circuit.Solve(Inputs(("x", [value])))), Is.Empty);
    }

    [Test]
    public void Inverse_OfZero_IsRejected()
    {
        Circuit circuit = Build(builder => builder.PublicOutput("y", Comparisons.Inverse(builder.PrivateInput("x"))));
        Check(circuit, Inputs(("x", [7])), Inputs(("x", [0])));
    }

    [Test]
    public void Comparisons_OfSmallNumbers_AgreeWithTheIntegers()
    {
        Circuit circuit = Build(builder =>
        {
            UnsignedWire a = UnsignedWire.Assert(builder.PrivateInput("a"), 3), b = UnsignedWire.Assert(builder.PrivateInput("b"), 4);
            builder.PublicOutput("less", a.IsLess(b));
            builder.PublicOutput("atLeast", a.IsAtLeast(b));
            builder.PublicOutput("equal", a.IsEqual(b));
        });
        for (int a = 0; a < 8; a++)
        {
            for (int b = 0; b < 16; b++)
            {
                BigInteger[] expected = [a < b ? 1 : 0, a >= b ? 1 : 0, a == b ? 1 : 0];
                Assert.That(Outputs(circuit, ("a", [a]), ("b", [b])), Is.EqualTo(expected), $"{a}, {b}");
            }
        }
        Check(circuit, Inputs(("a", [7]), ("b", [15])), Inputs(("a", [8]), ("b", [0])));
    }

    [Test]
    public void AssertAtLeast_SmallerNumber_IsRejected()
    {
        Circuit circuit = Build(builder => UnsignedWire.Assert(builder.PrivateInput("a"), 3).AssertAtLeast(UnsignedWire.Assert(builder.PrivateInput("b"), 5)));
        for (int a = 0; a < 8; a++)
        {
            for (int b = 0; b < 32; b++)
                Assert.That(IsRejected(circuit, ("a", [a]), ("b", [b])), Is.EqualTo(a < b), $"{a}, {b}");
        }
    }

    [Test]
    public void Unsigned_ProductThatCouldReachTheModulus_FailsWhenItIsBuilt()
    {
        UnsignedWire wide = UnsignedWire.Assert(new CircuitBuilder().PrivateInput("x"), 127);
        Assert.That((wide * 8).BitCount, Is.EqualTo(130));
        Assert.That(() => wide * wide, Throws.TypeOf<CircuitException>().With.Message.Contains("below r"));
        Assert.That(() => UnsignedWire.Assert(wide, 254), Throws.TypeOf<ArgumentOutOfRangeException>());
    }

    [Test]
    public void Pick_EveryIndex_GivesItsValue()
    {
        Circuit circuit = Build(builder =>
        {
            BooleanWire[] index = Bits.Decompose(builder.PublicInput("index"), 3);
            builder.PublicOutput("value", Multiplexers.Pick(index, builder.PrivateInput("values", 8)));
        });
        Assert.That(circuit.System.ConstraintCount, Is.EqualTo(3 + 7 + 1));
        BigInteger[] values = [3, 1, 4, 1, 5, 9, 2, 6];
        for (int i = 0; i < 8; i++)
            Assert.That(Outputs(circuit, ("index", [i]), ("values", values)), Is.EqualTo(new[] { values[i] }));
    }
}
