using Zkml.Fields;

namespace Zkml.Hashing;

/// <summary>What only a transcript of native elements can do: extension elements, digests and bits by value.</summary>
public static class NativeChallenger
{
    /// <summary>The most bits that one sample may give: p - 1 = 127·2^24, so up to 24 low bits are unbiased up to the value 0.</summary>
    public const int MaxSampleBits = 24;

    /// <summary>Absorbs the five coefficients of an extension element.</summary>
    public static void Observe<TPermutation>(this Challenger<KoalaBear, TPermutation> challenger, KoalaBear5 value)
        where TPermutation : IPermutation<KoalaBear>
    {
        challenger.Observe(value.C0);
        challenger.Observe(value.C1);
        challenger.Observe(value.C2);
        challenger.Observe(value.C3);
        challenger.Observe(value.C4);
    }

    /// <summary>Absorbs extension elements in order.</summary>
    public static void Observe<TPermutation>(this Challenger<KoalaBear, TPermutation> challenger, ReadOnlySpan<KoalaBear5> values)
        where TPermutation : IPermutation<KoalaBear>
    {
        foreach (KoalaBear5 value in values)
            challenger.Observe(value);
    }

    /// <summary>Absorbs digests in order, for example a Merkle cap. (A single <see cref="Digest"/> converts to the span of its elements.)</summary>
    public static void Observe<TPermutation>(this Challenger<KoalaBear, TPermutation> challenger, ReadOnlySpan<Digest> digests)
        where TPermutation : IPermutation<KoalaBear>
    {
        foreach (ref readonly Digest digest in digests)
            challenger.Observe(Digest.Elements(in digest));
    }

    /// <summary>An extension challenge: five samples, coefficients least significant first.</summary>
    public static KoalaBear5 SampleExtension<TPermutation>(this Challenger<KoalaBear, TPermutation> challenger)
        where TPermutation : IPermutation<KoalaBear>
    {
        KoalaBear c0 = challenger.Sample(), c1 = challenger.Sample(), c2 = challenger.Sample(), c3 = challenger.Sample(), c4 = challenger.Sample();
        return new KoalaBear5(c0, c1, c2, c3, c4);
    }

    /// <summary>The low <paramref name="count"/> bits, in [0, 24], of the canonical value of one sample.</summary>
    public static uint SampleBits<TPermutation>(this Challenger<KoalaBear, TPermutation> challenger, int count)
        where TPermutation : IPermutation<KoalaBear>
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)MaxSampleBits, nameof(count));
        return challenger.Sample().ToCanonical() & ((1u << count) - 1);
    }
}
