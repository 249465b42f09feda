using Zkml.Groth16.Gadgets;
using Zkml.Groth16.R1cs;
using Zkml.Hashing;
using static Zkml.Groth16.Tests.Gadgets.GadgetTesting;

namespace Zkml.Groth16.Tests.Gadgets;

[TestFixture]
sealed class PoseidonGadgetTests
{
    [Test]
    public void Hash_OfTwo_EqualsTheNativeHash()
    {
        Circuit circuit = Build(builder =>
        {
            Wire[] x = builder.PrivateInput("x", 2);
            builder.PublicOutput("hash", PoseidonGadget.Hash(builder, x[0], x[1]));
        });
        Assert.That(circuit.System.ConstraintCount, Is.EqualTo(241));
        Assert.That(Outputs(circuit, ("x", [1, 2])), Is.EqualTo(new[] { FrIntegers.ToInteger(PoseidonBn254.Hash(Fr.FromUInt64(1), Fr.FromUInt64(2))) }));
    }
}
