namespace Zkml.Fields.Tests;

/// <summary>Seeded elements; a third of the draws are the edge values 0, 1, p - 1 and their Montgomery-word twins.</summary>
static class RandomElements
{
    static readonly KoalaBear[] s_edges =
    [
        KoalaBear.Zero, KoalaBear.One, -KoalaBear.One, KoalaBear.FromCanonical(2),
        KoalaBear.FromMontgomery(1), KoalaBear.FromMontgomery(KoalaBear.Modulus - 1), KoalaBear.FromMontgomery(0x7FFFFFFF % KoalaBear.Modulus),
    ];

    public static KoalaBear Next(Random random) =>
        random.Next(3) == 0 ? s_edges[random.Next(s_edges.Length)] : KoalaBear.FromMontgomery((uint)random.NextInt64(KoalaBear.Modulus));

    public static KoalaBear5 NextExtension(Random random) => new(Next(random), Next(random), Next(random), Next(random), Next(random));

    public static KoalaBear[] Array(Random random, int count)
    {
        var values = new KoalaBear[count];
        for (int i = 0; i < count; i++)
            values[i] = Next(random);
        return values;
    }

    public static KoalaBear5[] ExtensionArray(Random random, int count)
    {
        var values = new KoalaBear5[count];
        for (int i = 0; i < count; i++)
            values[i] = NextExtension(random);
        return values;
    }
}
