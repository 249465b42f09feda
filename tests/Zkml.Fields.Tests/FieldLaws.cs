namespace Zkml.Fields.Tests;

/// <summary>The ring laws that every <see cref="IAlgebra{T}"/> must keep, on seeded and edge values. A type adds its generator.</summary>
abstract class FieldLaws<T>
    where T : unmanaged, IAlgebra<T>, IEquatable<T>
{
    const int Rounds = 2000;

    protected abstract T Next(Random random);

    static T Zero => T.FromBase(KoalaBear.Zero);

    static T One => T.FromBase(KoalaBear.One);

    [Test]
    public void Addition_RandomValues_IsCommutativeGroup()
    {
        var random = new Random(1);
        for (int i = 0; i < Rounds; i++)
        {
            T a = Next(random), b = Next(random), c = Next(random);
            Assert.That(a + b, Is.EqualTo(b + a));
            Assert.That(a + b + c, Is.EqualTo(a + (b + c)));
            Assert.That(a + Zero, Is.EqualTo(a));
            Assert.That(a - a, Is.EqualTo(Zero));
            Assert.That(a - b + b, Is.EqualTo(a));
        }
    }

    [Test]
    public void Multiplication_RandomValues_IsCommutativeMonoid()
    {
        var random = new Random(2);
        for (int i = 0; i < Rounds; i++)
        {
            T a = Next(random), b = Next(random), c = Next(random);
            Assert.That(a * b, Is.EqualTo(b * a));
            Assert.That(a * b * c, Is.EqualTo(a * (b * c)));
            Assert.That(a * One, Is.EqualTo(a));
            Assert.That(a * Zero, Is.EqualTo(Zero));
        }
    }

    [Test]
    public void Multiplication_OverSums_Distributes()
    {
        var random = new Random(3);
        for (int i = 0; i < Rounds; i++)
        {
            T a = Next(random), b = Next(random), c = Next(random);
            Assert.That(a * (b + c), Is.EqualTo(a * b + a * c));
            Assert.That(a * (b - c), Is.EqualTo(a * b - a * c));
        }
    }

    [Test]
    public void Scaling_ByBaseConstant_EqualsProductWithEmbedding()
    {
        var random = new Random(4);
        for (int i = 0; i < Rounds; i++)
        {
            T a = Next(random);
            KoalaBear b = RandomElements.Next(random), c = RandomElements.Next(random);
            Assert.That(a * b, Is.EqualTo(a * T.FromBase(b)));
            Assert.That(T.FromBase(b) * T.FromBase(c), Is.EqualTo(T.FromBase(b * c)));
            Assert.That(T.FromBase(b) + T.FromBase(c), Is.EqualTo(T.FromBase(b + c)));
            Assert.That(T.FromBase(b) - T.FromBase(c), Is.EqualTo(T.FromBase(b - c)));
        }
    }
}

sealed class KoalaBearLawTests : FieldLaws<KoalaBear>
{
    protected override KoalaBear Next(Random random) => RandomElements.Next(random);
}

sealed class KoalaBear5LawTests : FieldLaws<KoalaBear5>
{
    protected override KoalaBear5 Next(Random random) => RandomElements.NextExtension(random);
}

sealed class PackedKoalaBearLawTests : FieldLaws<PackedKoalaBear>
{
    protected override PackedKoalaBear Next(Random random) => PackedKoalaBear.FromElements(RandomElements.Array(random, PackedKoalaBear.Lanes));
}

sealed class PackedKoalaBear5LawTests : FieldLaws<PackedKoalaBear5>
{
    protected override PackedKoalaBear5 Next(Random random) => PackedKoalaBear5.FromElements(RandomElements.ExtensionArray(random, PackedKoalaBear.Lanes));
}
