using System.Numerics;
using Zkml.Fields.Bn254;
using static Zkml.Fields.Tests.Bn254.Bn254Numbers;

namespace Zkml.Fields.Tests.Bn254;

/// <summary>Many multiples of one point against double-and-add.</summary>
[TestFixture(true)]
[TestFixture(false)]
sealed class FixedBaseTests(bool useScalarKernel)
{
    MsmOptions Options => new() { UseScalarKernel = useScalarKernel, Threads = 2 };

    static Fr[] Scalars(int count)
    {
        var random = new Random(count);
        BigInteger[] edges = [0, 1, 2, 3, R - 1, R - 2, R / 2, R / 2 + 1, 0x8000, 0x10000, BigInteger.One << 128];
        return [.. Enumerable.Range(0, count).Select(i => i % 3 == 0 ? FromInteger<FrModulus>(edges[i / 3 % edges.Length]) : NextFr(random))];
    }

    [TestCase(0)]
    [TestCase(1)]
    [TestCase(9)]
    [TestCase(400)]
    public void Multiply_InG1_EqualsDoubleAndAdd(int count)
    {
        G1Affine point = (G1.Generator * Fr.FromUInt64(777)).ToAffine();
        Fr[] scalars = Scalars(count);
        var results = new G1Affine[count];
        FixedBase.Multiply(point, scalars, results, Options);
        for (int i = 0; i < count; i++)
            Assert.That(results[i], Is.EqualTo((point.ToJacobian() * scalars[i]).ToAffine()), $"scalar {scalars[i]}");
    }

    [Test]
    public void Multiply_InG2_EqualsDoubleAndAdd()
    {
        G2Affine point = (G2.Generator * Fr.FromUInt64(778)).ToAffine();
        Fr[] scalars = Scalars(40);
        var results = new G2Affine[scalars.Length];
        FixedBase.Multiply(point, scalars, results, Options);
        for (int i = 0; i < scalars.Length; i++)
            Assert.That(results[i], Is.EqualTo((point.ToJacobian() * scalars[i]).ToAffine()), $"scalar {scalars[i]}");
    }

    [Test]
    public void Multiply_MoreThanOneChunk_IsLinear()
    {
        // The sum of all multiples is the multiple of the sum.
        Fr[] scalars = Scalars(5000);
        var results = new G1Affine[scalars.Length];
        FixedBase.Multiply(G1Affine.Generator, scalars, results, Options);
        Fr total = default;
        G1 sum = default;
        for (int i = 0; i < scalars.Length; i++)
        {
            total += scalars[i];
            sum += results[i];
        }

        Assert.That(sum, Is.EqualTo(G1.Generator * total));
        Assert.That(results[4999], Is.EqualTo((G1.Generator * scalars[4999]).ToAffine()));
    }

    [Test]
    public void Multiply_Infinity_IsInfinity()
    {
        var results = new G1Affine[20];
        results.AsSpan().Fill(G1Affine.Generator);
        FixedBase.Multiply(default, Scalars(20), results, Options);
        Assert.That(results, Is.All.EqualTo(default(G1Affine)));
    }

    [Test]
    public void Multiply_LengthsDiffer_IsRefused() =>
        Assert.That(() => FixedBase.Multiply(G1Affine.Generator, new Fr[3], new G1Affine[2], Options), Throws.ArgumentException);

    [Test]
    public void Multiply_Cancelled_Throws() =>
        Assert.That(
            () => FixedBase.Multiply(G1Affine.Generator, Scalars(20), new G1Affine[20], Options with { Cancellation = new CancellationToken(canceled: true) }),
            Throws.InstanceOf<OperationCanceledException>());
}
