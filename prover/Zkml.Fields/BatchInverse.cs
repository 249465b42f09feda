using System.Buffers;

namespace Zkml.Fields;

/// <summary>Inverts many elements with one inversion (Montgomery's trick): three products an element.</summary>
public static class BatchInverse
{
    /// <summary>Replaces each element by its inverse. A zero stays zero and does not disturb the others.</summary>
    public static void InPlace(Span<KoalaBear> values)
    {
        KoalaBear[] prefixes = ArrayPool<KoalaBear>.Shared.Rent(values.Length);
        KoalaBear product = KoalaBear.One;
        for (int i = 0; i < values.Length; i++)
        {
            prefixes[i] = product;
            if (values[i] != default)
                product *= values[i];
        }

        KoalaBear inverse = product.Inverse();
        for (int i = values.Length - 1; i >= 0; i--)
        {
            if (values[i] == default)
                continue;
            KoalaBear value = values[i];
            values[i] = inverse * prefixes[i];
            inverse *= value;
        }

        ArrayPool<KoalaBear>.Shared.Return(prefixes);
    }

    /// <summary>Replaces each element by its inverse. A zero stays zero and does not disturb the others.</summary>
    public static void InPlace(Span<KoalaBear5> values)
    {
        KoalaBear5[] prefixes = ArrayPool<KoalaBear5>.Shared.Rent(values.Length);
        KoalaBear5 product = KoalaBear5.One;
        for (int i = 0; i < values.Length; i++)
        {
            prefixes[i] = product;
            if (values[i] != default)
                product *= values[i];
        }

        KoalaBear5 inverse = product.Inverse();
        for (int i = values.Length - 1; i >= 0; i--)
        {
            if (values[i] == default)
                continue;
            KoalaBear5 value = values[i];
            values[i] = inverse * prefixes[i];
            inverse *= value;
        }

        ArrayPool<KoalaBear5>.Shared.Return(prefixes);
    }
}
