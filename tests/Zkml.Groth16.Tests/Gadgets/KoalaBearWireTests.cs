using System.Numerics;
using Zkml.Fields;
using Zkml.Groth16.Gadgets;
using Zkml.Groth16.R1cs;
using static Zkml.Groth16.Tests.Gadgets.GadgetTesting;

namespace Zkml.Groth16.Tests.Gadgets;

[TestFixture]
sealed class KoalaBearWireTests
{
    const uint P = KoalaBear.Modulus;

    [TestCase(0u, true)]
    [TestCase(P - 1, true)]
    [TestCase(P, false)]
    [TestCase(P + 5, false)]
    [TestCase(0x7FFFFFFFu, false)]
    [TestCase(0x80000000u, false)]
    public void Assert_Integer_AcceptsCanonicalOnesOnly(uint value, bool isCanonical)
    {
        Circuit circuit = Build(builder => KoalaBearWire.Assert(builder.PrivateInput("x")));
        Assert.That(circuit.System.ConstraintCount, Is.EqualTo(34));
        Assert.That(IsRejected(circuit, ("x", [value])), Is.EqualTo(!isCanonical));
    }

    [Test]
    public void Operators_RandomElements_AgreeWithTheField()
    {
        Circuit circuit = Build(builder =>
        {
            KoalaBearWire a = KoalaBearWire.Assert(builder.PrivateInput("a")), b = KoalaBearWire.Assert(builder.PrivateInput("b"));
            KoalaBearWire lazy = (((a - b) * (a + b)) - (b * a * a)) * (b - KoalaBearWire.Constant(KoalaBear.FromCanonical(3)));
            builder.PublicOutput("lazy", lazy.Reduce().Number);
            builder.PublicOutput("inverse", (a - b).Inverse().Number);
        });
        Random random = new(7);
        for (int i = 0; i < 20; i++)
        {
            uint x = i == 0 ? 0 : (uint)random.NextInt64(P), y = i == 0 ? P - 1 : (uint)random.NextInt64(P);
            KoalaBear a = KoalaBear.FromCanonical(x), b = KoalaBear.FromCanonical(y);
            KoalaBear lazy = (((a - b) * (a + b)) - (b * a * a)) * (b - KoalaBear.FromCanonical(3));
            Assert.That(Outputs(circuit, ("a", [x]), ("b", [y])), Is.EqualTo(new BigInteger[] { lazy.ToCanonical(), (a - b).Inverse().ToCanonical() }));
        }
        Check(circuit, Inputs(("a", [5]), ("b", [7])), Inputs(("a", [7]), ("b", [7])));
        TestContext.Out.WriteLine(circuit.Report);
    }

    [Test]
    public void Reduce_RemainderPlusTheModulus_IsRejected()
    {
        Circuit circuit = Build(builder =>
        {
            KoalaBearWire a = KoalaBearWire.Assert(builder.PrivateInput("a"));
            (a * a).Reduce().AssertEqual(KoalaBearWire.Constant(KoalaBear.FromCanonical(25)));
        });
        Assert.That(IsRejected(circuit, ("a", [5])), Is.False);
        Assert.That(IsRejected(circuit, ("a", [P - 5])), Is.False);
        Fr[] witness = circuit.Solve(Inputs(("a", [P - 5])));
        BigInteger alias = P + 25;
        int remainder = circuit.Signals.ToList().FindIndex(signal => signal.Name.EndsWith("/remainder", StringComparison.Ordinal));
        witness[remainder] = FrIntegers.FromInteger(alias);
        for (int i = 0; i < 30; i++)
            witness[remainder + 1 + i] = (alias >> i).IsEven ? default : Fr.One;
        Assert.That(circuit.Describe(circuit.System.FindViolation(witness)), Does.Contain("AtMost").Or.Contain("KoalaBearReduce"));
    }

    [Test]
    public void Product_ThatCouldReachTheModulusOfFr_FailsWhenItIsBuilt()
    {
        KoalaBearWire a = KoalaBearWire.Assert(new CircuitBuilder().PrivateInput("a"));
        KoalaBearWire eighth = a * a * a * a * a * a * a * a;
        Assert.That(eighth.Number.BitCount, Is.EqualTo(248));
        Assert.That(() => eighth * a, Throws.TypeOf<CircuitException>().With.Message.Contains("below r"));
        Assert.That(() => (eighth.Reduce() * a).Reduce(), Throws.Nothing);
    }

    [Test]
    public void Extension_RandomElements_AgreesWithTheField()
    {
        Circuit circuit = Build(builder =>
        {
            KoalaBear5Wire a = KoalaBear5Wire.Assert(builder.PrivateInput("a", 5)), b = KoalaBear5Wire.Assert(builder.PrivateInput("b", 5));
            using (builder.Gadget("Product"))
                _ = a * b;
            KoalaBear5Wire lazy = ((a * b) - (a + b)) * a.Coefficients[1];
            Output(builder, "lazy", lazy.Reduce());
            Output(builder, "inverse", (a * b).Inverse());
        });
        Assert.That(circuit.Report.Gadgets.Single(gadget => gadget.Path == "Product").Constraints, Is.EqualTo(9));
        Random random = new(11);
        for (int n = 0; n < 5; n++)
        {
            uint[] x = [.. Enumerable.Range(0, 5).Select(_ => (uint)random.NextInt64(P))], y = [.. Enumerable.Range(0, 5).Select(_ => P - 1 - (uint)random.Next(3))];
            KoalaBear5 a = Element(x), b = Element(y), lazy = ((a * b) - (a + b)) * a[1], inverse = (a * b).Inverse();
            BigInteger[] expected = [.. Enumerable.Range(0, 5).Select(i => (BigInteger)lazy[i].ToCanonical()), .. Enumerable.Range(0, 5).Select(i => (BigInteger)inverse[i].ToCanonical())];
            Assert.That(Outputs(circuit, ("a", [.. x.Select(value => (BigInteger)value)]), ("b", [.. y.Select(value => (BigInteger)value)])), Is.EqualTo(expected));
        }
        Check(circuit, Inputs(("a", [1, 2, 3, 4, 5]), ("b", [6, 7, 8, 9, 10])), Inputs(("a", [1, 2, 3, 4, 5]), ("b", [0, 0, 0, 0, 0])));
        TestContext.Out.WriteLine(circuit.Report);
    }

    [Test]
    public void Pack_NineElements_TakesTwoWiresOf31BitsEach()
    {
        Circuit circuit = Build(builder =>
        {
            Wire[] packed = KoalaBearPacking.Pack([.. builder.PrivateInput("x", 9).Select(KoalaBearWire.Assert)]);
            builder.PublicOutput("first", packed[0]);
            builder.PublicOutput("second", packed[1]);
        });
        BigInteger[] x = [1, 2, 3, 4, 5, 6, 7, P - 1, 9];
        BigInteger first = x[..8].Select((value, i) => value << (31 * i)).Aggregate(BigInteger.Add);
        Assert.That(Outputs(circuit, ("x", x)), Is.EqualTo(new[] { first, 9 }));
    }

    static void Output(CircuitBuilder builder, string name, KoalaBear5Wire value)
    {
        for (int i = 0; i < 5; i++)
            builder.PublicOutput($"{name}[{i}]", value.Coefficients[i].Number);
    }

    static KoalaBear5 Element(uint[] coefficients) => KoalaBear5.FromCoefficients([.. coefficients.Select(KoalaBear.FromCanonical)]);
}
