using Zkml.Fields;

namespace Zkml.Hashing.Tests;

static class RandomElements
{
    /// <summary>Elements from a fixed seed, with the edge values 0, 1 and p - 1 strewn in.</summary>
    public static KoalaBear[] Next(Random random, int count)
    {
        KoalaBear[] elements = new KoalaBear[count];
        foreach (ref KoalaBear element in elements.AsSpan())
            element = KoalaBear.FromCanonical(random.Next(16) switch
            {
                0 => 0,
                1 => 1,
                2 => KoalaBear.Modulus - 1,
                _ => (uint)random.NextInt64(KoalaBear.Modulus),
            });
        return elements;
    }
}
