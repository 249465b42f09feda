using Zkml.Fields;

namespace Zkml.Stark.Prover.Backends;

/// <summary>
/// Inverses of packed elements, lane by lane, many with one inversion (Montgomery's trick). A zero makes every result of its lane zero: callers
/// invert values that are not zero but with negligible probability, and then the proof they make does not verify.
/// </summary>
static unsafe class PackedInverse
{
    // Row i is (X^i)^(p^k): raising to the power p^k is linear over F.
    static readonly KoalaBear5[] s_frobenius = Images(1), s_frobeniusSquared = Images(2);

    /// <summary>Replaces each of <paramref name="count"/> values by its inverse; <paramref name="scratch"/> has room for as many.</summary>
    // Pointers: the caller owns both blocks, which do not overlap.
    public static void InPlace(PackedKoalaBear5* values, int count, PackedKoalaBear5* scratch)
    {
        PackedKoalaBear5 product = PackedKoalaBear5.One;
        for (int i = 0; i < count; i++)
        {
            scratch[i] = product;
            product *= values[i];
        }

        PackedKoalaBear5 inverse = Invert(product);
        for (int i = count - 1; i >= 0; i--)
        {
            PackedKoalaBear5 value = values[i];
            values[i] = inverse * scratch[i];
            inverse *= value;
        }
    }

    /// <inheritdoc cref="InPlace(PackedKoalaBear5*, int, PackedKoalaBear5*)"/>
    public static void InPlace(PackedKoalaBear* values, int count, PackedKoalaBear* scratch)
    {
        PackedKoalaBear product = PackedKoalaBear.One;
        for (int i = 0; i < count; i++)
        {
            scratch[i] = product;
            product *= values[i];
        }

        PackedKoalaBear inverse = Invert(product);
        for (int i = count - 1; i >= 0; i--)
        {
            PackedKoalaBear value = values[i];
            values[i] = inverse * scratch[i];
            inverse *= value;
        }
    }

    /// <summary>x^(p-2): p - 2 = 2^31 - 2^24 - 1 in binary is six ones, a zero, 24 ones.</summary>
    public static PackedKoalaBear Invert(PackedKoalaBear value)
    {
        PackedKoalaBear ones3 = value.Square() * value;
        ones3 = ones3.Square() * value;
        PackedKoalaBear ones6 = PowerOfTwo(ones3, 3) * ones3, ones12 = PowerOfTwo(ones6, 6) * ones6, ones24 = PowerOfTwo(ones12, 12) * ones12;
        return PowerOfTwo(ones6, 25) * ones24;
    }

    /// <summary>With r = 1 + p + p² + p³ + p⁴ the norm a^r lies in F, and a^-1 = a^(r-1) / a^r; the steps of <see cref="KoalaBear5.Inverse"/>.</summary>
    public static PackedKoalaBear5 Invert(PackedKoalaBear5 value)
    {
        PackedKoalaBear5 firstTwo = Apply(value, s_frobenius) * Apply(value, s_frobeniusSquared);
        PackedKoalaBear5 conjugates = firstTwo * Apply(firstTwo, s_frobeniusSquared);
        return conjugates * Invert((value * conjugates).C0);
    }

    static PackedKoalaBear PowerOfTwo(PackedKoalaBear value, int squarings)
    {
        for (int i = 0; i < squarings; i++)
            value = value.Square();
        return value;
    }

    static PackedKoalaBear5 Apply(PackedKoalaBear5 value, KoalaBear5[] images) =>
        PackedKoalaBear5.FromExtension(images[1]) * value.C1 + PackedKoalaBear5.FromExtension(images[2]) * value.C2
        + PackedKoalaBear5.FromExtension(images[3]) * value.C3 + PackedKoalaBear5.FromExtension(images[4]) * value.C4 + value.C0;

    static KoalaBear5[] Images(int power)
    {
        var images = new KoalaBear5[KoalaBear5.Degree];
        KoalaBear5 basis = KoalaBear5.One;
        for (int i = 0; i < images.Length; i++, basis = basis.TimesX())
        {
            images[i] = basis;
            for (int k = 0; k < power; k++)
                images[i] = images[i].Frobenius();
        }

        return images;
    }
}
