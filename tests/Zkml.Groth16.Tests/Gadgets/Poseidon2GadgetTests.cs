using System.Numerics;
using Zkml.Groth16.Gadgets;
using Zkml.Groth16.R1cs;
using Zkml.Hashing;
using static Zkml.Groth16.Tests.Gadgets.GadgetTesting;

namespace Zkml.Groth16.Tests.Gadgets;

[TestFixture]
sealed class Poseidon2GadgetTests
{
    [TestCase(1)]
    [TestCase(2)]
    [TestCase(5)]
    public void Hash_OfElements_EqualsTheNativeHash(int count)
    {
        Circuit circuit = Build(builder => builder.PublicOutput("hash", Poseidon2Gadget.Hash(builder, builder.PrivateInput("x", count), 16)));
        BigInteger[] values = [.. Enumerable.Range(0, count).Select(i => BigInteger.Pow(3, 100 + i))];
        Fr expected = Poseidon2Bn254.Hash([.. values.Select(FrIntegers.FromInteger)], 16);
        Assert.That(Outputs(circuit, ("x", values)), Is.EqualTo(new[] { FrIntegers.ToInteger(expected) }));
    }

    [Test]
    public void Hash_OfTwo_Takes240Constraints()
    {
        Circuit circuit = Build(builder =>
        {
            Wire[] x = builder.PrivateInput("x", 2);
            builder.AssertEqual(Poseidon2Gadget.Compress(builder, x[0], x[1]), builder.PublicInput("hash"));
        });
        Assert.That(circuit.System.ConstraintCount, Is.EqualTo(241));
        BigInteger hash = FrIntegers.ToInteger(Poseidon2Bn254.Compress(Fr.FromUInt64(1), Fr.FromUInt64(2)));
        Check(circuit, Inputs(("x", [1, 2]), ("hash", [hash])), Inputs(("x", [2, 1]), ("hash", [hash])));
    }

    [Test]
    public void MerklePath_EveryLeaf_LeadsToTheRoot()
    {
        Fr[] leaves = [.. Enumerable.Range(0, 8).Select(i => Poseidon2Bn254.Hash([Fr.FromUInt64((ulong)i)], 16))];
        List<Fr[]> levels = [leaves];
        while (levels[^1].Length > 1)
            levels.Add([.. Enumerable.Range(0, levels[^1].Length / 2).Select(i => Poseidon2Bn254.Compress(levels[^1][2 * i], levels[^1][(2 * i) + 1]))]);
        Circuit circuit = Build(builder =>
        {
            BooleanWire[] index = Bits.Decompose(builder.PublicInput("index"), 3);
            Wire leaf = Poseidon2Gadget.Hash(builder, [builder.PrivateInput("value")], 16);
            builder.PublicOutput("root", MerklePath.Root(builder, leaf, index, builder.PrivateInput("siblings", 3)));
        });
        Assert.That(circuit.Report.Gadgets.Single(gadget => gadget.Path == "MerklePath").Constraints, Is.EqualTo(3 * 241));
        for (int i = 0; i < 8; i++)
        {
            BigInteger[] siblings = [.. Enumerable.Range(0, 3).Select(level => FrIntegers.ToInteger(levels[level][(i >> level) ^ 1]))];
            Assert.That(Outputs(circuit, ("index", [i]), ("value", [i]), ("siblings", siblings)), Is.EqualTo(new[] { FrIntegers.ToInteger(levels[^1][0]) }));
            Assert.That(Outputs(circuit, ("index", [i ^ 1]), ("value", [i]), ("siblings", siblings)), Is.Not.EqualTo(new[] { FrIntegers.ToInteger(levels[^1][0]) }));
        }
    }
}
